"""Properties of generated periods."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_pipelines.fiscal import (
    PERIOD_KEY,
    WEEK_PATTERNS,
    Period,
    month_periods,
    week_periods,
    year_ends_differ,
    year_start_problem,
)
from mlc_pipelines_tests.fiscal.generated import calendars, spans, year_starts

DAY = timedelta(days=1)


@given(calendars())
def test_regular_periods_tile_their_years_and_years_tile(periods: tuple[Period, ...]) -> None:
    regular = [period for period in periods if not period.adjustment]
    assert all(period.start <= period.end for period in regular)
    assert all(after.start == before.end + DAY for before, after in pairwise(regular))


@given(calendars())
def test_keys_are_unique_well_formed_and_in_calendar_order(periods: tuple[Period, ...]) -> None:
    keys = [period.key for period in periods]
    assert len(set(keys)) == len(keys)
    assert keys == sorted(keys)
    assert list(periods) == sorted(periods)
    assert all(PERIOD_KEY.fullmatch(key) for key in keys)
    assert all(period.key == f"FY{period.year}-P{period.number:02d}" for period in periods)


@given(calendars())
def test_numbers_count_from_one_within_each_year(periods: tuple[Period, ...]) -> None:
    for year in {period.year for period in periods}:
        numbers = [period.number for period in periods if period.year == year]
        assert numbers == list(range(1, len(numbers) + 1))


@given(calendars())
def test_adjustment_periods_lie_over_the_years_last_regular_period(periods: tuple[Period, ...]) -> None:
    for period in (each for each in periods if each.adjustment):
        last = max(each for each in periods if each.year == period.year and not each.adjustment)
        assert period.over == last
        assert (period.start, period.end) == (last.start, last.end)
        assert period.number > last.number
        assert period.label("%b %y") == last.label("%b %y")
        assert period.label("%P") == last.label("%P")


@given(spans, st.sampled_from(sorted(WEEK_PATTERNS)), year_starts)
def test_week_years_have_52_or_53_weeks_and_keep_their_weekday(years: range, pattern: str, start: date) -> None:
    periods = week_periods(years, pattern=pattern, year_start=start)
    for year in years:
        of_year = [period for period in periods if period.year == year]
        weeks = [((period.end - period.start).days + 1) / 7 for period in of_year]
        assert sum(weeks) in {52, 53}
        assert weeks[:-1] == list(WEEK_PATTERNS[pattern][:-1])
        assert weeks[-1] - WEEK_PATTERNS[pattern][-1] == sum(weeks) - 52
        assert of_year[0].start.weekday() == start.weekday()


@given(st.sampled_from(sorted(WEEK_PATTERNS)), year_starts)
def test_the_given_start_is_the_start_of_one_year(pattern: str, start: date) -> None:
    periods = week_periods(range(start.year - 1, start.year + 3), pattern=pattern, year_start=start)
    assert start in {period.start for period in periods if period.number == 1}


@given(spans, st.sampled_from(["4-4-5", "4-5-4", "5-4-4"]), year_starts)
def test_quarter_calendars_have_a_label_of_its_own_for_every_period(years: range, pattern: str, start: date) -> None:
    labels = [period.label("%b %Y") for period in week_periods(years, pattern=pattern, year_start=start)]
    assert len(set(labels)) == len(labels)


@given(spans, st.integers(1, 12))
def test_months_are_whole_and_the_year_is_named_by_its_end(years: range, start_month: int) -> None:
    for period in month_periods(years, start_month=start_month):
        assert period.start.day == 1
        assert (period.end + DAY).day == 1
        assert period.start.month == period.end.month
        assert period.label("%Y-%m") == f"{period.start:%Y-%m}"
    assert all(period.end.year == period.year for period in month_periods(years, start_month=start_month)[11::12])


@given(st.dates(date(2000, 1, 1), date(2090, 12, 31)))
def test_a_year_start_is_refused_exactly_when_it_is_far_from_a_first(day: date) -> None:
    near = any((day + timedelta(days=offset)).day == 1 for offset in range(-3, 4))
    assert bool(year_start_problem(day)) == (not near)
    if not near:
        with pytest.raises(ValueError, match="within three"):
            week_periods([2026], pattern="13x4", year_start=day)


@given(spans, st.sampled_from(sorted(WEEK_PATTERNS)), st.dates(date(2000, 1, 1), date(2090, 12, 31)))
def test_years_of_the_last_weekday_end_on_the_last_one_of_one_month(years: range, pattern: str, start: date) -> None:
    if year_start_problem(start, "last"):
        with pytest.raises(ValueError, match="at most six days before"):
            week_periods(years, pattern=pattern, year_start=start, year_ends="last")
        return
    periods = week_periods(years, pattern=pattern, year_start=start, year_ends="last")
    ends = {before.end for before, after in pairwise(periods) if before.year != after.year}
    assert {end.weekday() for end in ends} <= {(start - DAY).weekday()}
    assert all((end + 7 * DAY).month != end.month for end in ends)
    assert len({end.month for end in ends}) <= 1


@given(spans, year_starts)
def test_rules_that_differ_are_told_with_days_that_they_give(years: range, start: date) -> None:
    differing = year_ends_differ(years, start)
    if year_start_problem(start, "last"):
        assert differing is None
        return
    days = {
        rule: week_periods(years, pattern="4-4-5", year_start=start, year_ends=rule) for rule in ("nearest", "last")
    }
    assert (differing is None) == (days["nearest"] == days["last"])
    if differing:
        year, spans_told = differing
        for rule, (first, last) in spans_told.items():
            of_year = [period for period in days[rule] if period.year == year]
            assert (of_year[0].start, of_year[-1].end) == (first, last)


def test_a_known_445_calendar() -> None:
    periods = {period.key: period for period in week_periods([2026], pattern="4-4-5", year_start=date(2025, 12, 29))}
    assert (periods["FY2026-P01"].start, periods["FY2026-P01"].end) == (date(2025, 12, 29), date(2026, 1, 25))
    assert (periods["FY2026-P03"].start, periods["FY2026-P03"].end) == (date(2026, 2, 23), date(2026, 3, 29))
    # January 1st 2027 is a Friday: the nearest Monday is January 4th, so 2026 has 53 weeks.
    assert periods["FY2026-P12"].end == date(2027, 1, 3)
    assert periods["FY2026-P12"].label("%b %y") == "Dec 26"


def test_a_known_retail_calendar_with_53_weeks() -> None:
    # The National Retail Federation's 4-5-4 calendar: fiscal 2023 had 53 weeks, from January 29th to February 3rd.
    periods = week_periods([2022, 2023, 2024], pattern="4-5-4", year_start=date(2023, 1, 29))
    of_2023 = [period for period in periods if period.year == 2023]
    assert (of_2023[0].start, of_2023[-1].end) == (date(2023, 1, 29), date(2024, 2, 3))
    assert of_2023[0].label("%b %y") == "Feb 23"


def test_a_fiscal_year_from_october_is_named_by_its_larger_part() -> None:
    periods = week_periods([2026], pattern="4-4-5", year_start=date(2025, 9, 29))
    assert periods[0].start == date(2025, 9, 29)
    assert periods[0].label("%b %y FY%F") == "Oct 25 FY2026"

"""Calendars: looking periods up, working days, close windows."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import (
    CloseRule,
    FiscalCalendar,
    WorkingDayOffset,
    calendar_months,
    month_periods,
    union_of_periods,
    week_periods,
    working_days,
)

OSLO = ZoneInfo("Europe/Oslo")
NORWAY = FiscalCalendar("norway", OSLO, month_periods(range(2024, 2029), adjustment_periods=1), "NO")
WEEKS = FiscalCalendar("weeks", OSLO, week_periods([2025, 2026], pattern="13x4", year_start=date(2025, 12, 29)))


class FixedClock:
    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


@pytest.mark.parametrize("calendar", [NORWAY, WEEKS], ids=["months", "weeks"])
def test_every_day_belongs_to_exactly_the_period_that_covers_it(calendar: FiscalCalendar) -> None:
    for period in calendar.regular:
        assert calendar.period_of(period.start) == period
        assert calendar.period_of(period.end) == period
        assert calendar.period(period.key) == period


def test_a_day_outside_the_calendar_is_refused() -> None:
    for day in (date(2023, 12, 31), date(2029, 1, 1)):
        with pytest.raises(ConfigurationError, match="outside calendar 'norway'"):
            NORWAY.period_of(day)


def test_an_unknown_key_gets_near_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"FY2026-P1[0-9]"):
        NORWAY.period("fy2026-p1")


def test_labels_lead_back_to_regular_periods() -> None:
    assert NORWAY.period_labelled("Dec 26", "%b %y").key == "FY2026-P12"
    with pytest.raises(ConfigurationError, match="no period has"):
        NORWAY.period_labelled("Dez 26", "%b %y")
    assert WEEKS.shared_label("%P %F") is None
    shared = WEEKS.shared_label("%b %y")
    assert shared is not None
    with pytest.raises(ConfigurationError, match="all have"):
        WEEKS.period_labelled(shared[0].label("%b %y"), "%b %y")


def test_the_built_in_calendar_ends_with_the_year_after_the_clock() -> None:
    calendar = calendar_months(FixedClock(datetime(2026, 11, 21, tzinfo=UTC)))
    assert (calendar.name, calendar.timezone.key) == ("calendar-months", "UTC")
    assert (calendar.periods[0].key, calendar.periods[-1].key) == ("FY2024-P01", "FY2027-P12")
    assert len(calendar.periods) == 48


def test_the_union_of_periods_is_ordered_and_has_each_key_once() -> None:
    union = union_of_periods([WEEKS, NORWAY, calendar_months(FixedClock(datetime(2024, 1, 1, tzinfo=UTC)))])
    assert list(union) == sorted(set(union))
    assert set(union) == {period.key for calendar in (NORWAY, WEEKS) for period in calendar.periods}
    assert "FY2026-P13" in union
    assert union_of_periods([]) == ()


def test_norwegian_working_days() -> None:
    assert not NORWAY.is_working_day(date(2026, 5, 17))
    assert not NORWAY.is_working_day(date(2026, 4, 3)), "Good Friday"
    assert NORWAY.is_working_day(date(2026, 4, 7))
    # March 2026 ends before Easter: Maundy Thursday to Easter Monday are holidays.
    end = date(2026, 3, 31)
    assert NORWAY.working_day(-1, end) == date(2026, 3, 31)
    assert NORWAY.working_day(1, end) == date(2026, 4, 1)
    assert NORWAY.working_day(2, end) == date(2026, 4, 7)


def test_the_weekend_is_the_country_s() -> None:
    assert date(2026, 1, 2) not in working_days("SA", 2026, 2026), "Friday"
    assert date(2026, 1, 4) in working_days("SA", 2026, 2026), "Sunday"
    assert date(2026, 1, 1) in working_days(None, 2026, 2026)


def test_a_country_without_known_holidays_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="XX"):
        working_days("XX", 2026, 2026)


@given(st.dates(date(2024, 1, 1), date(2028, 12, 31)), st.integers(1, 30))
def test_working_days_count_outwards_from_the_period_s_end(end: date, number: int) -> None:
    after, before = NORWAY.working_day(number, end), NORWAY.working_day(-number, end)
    assert before <= end < after
    for day, span in ((after, (end + timedelta(days=1), after)), (before, (before, end))):
        assert NORWAY.is_working_day(day)
        between = ((span[0] + timedelta(days=offset)) for offset in range((span[1] - span[0]).days + 1))
        assert sum(NORWAY.is_working_day(each) for each in between) == number


def test_there_is_no_working_day_zero() -> None:
    with pytest.raises(ValueError, match="Working day 0"):
        NORWAY.working_day(0, date(2026, 1, 31))


def test_working_days_beyond_the_calendar_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="add years"):
        NORWAY.working_day(30, date(2030, 1, 1))


def test_the_close_window_of_a_month() -> None:
    window = NORWAY.close_window(NORWAY.period("FY2026-P05"))
    # May 2026 ends on a Sunday; its last working days are Friday 29th and Thursday 28th.
    assert window.opens == datetime(2026, 5, 28, tzinfo=OSLO)
    assert window.final_load == datetime(2026, 6, 5, 17, tzinfo=OSLO)
    assert window.closes == datetime(2026, 6, 5, 18, tzinfo=OSLO)
    assert window.opens.tzinfo is OSLO
    assert NORWAY.close_window(NORWAY.period("FY2026-P13")) == NORWAY.close_window(NORWAY.period("FY2026-P12"))


def test_a_moment_that_summer_time_skips_is_the_first_after_the_gap() -> None:
    everyday = working_days("SA", 2024, 2024)
    # Oslo's clocks went from 02:00 to 03:00 on Sunday March 31st 2024, which is a working day in Saudi Arabia.
    moment = WorkingDayOffset(1, time(2, 30)).moment(date(2024, 3, 30), everyday, OSLO)
    assert moment.astimezone(UTC) == datetime(2024, 3, 31, 1, tzinfo=UTC)
    assert (moment.hour, moment.minute) == (3, 0)


def test_a_moment_that_comes_twice_is_the_first() -> None:
    everyday = working_days("SA", 2024, 2024)
    moment = WorkingDayOffset(1, time(2, 30)).moment(date(2024, 10, 26), everyday, OSLO)
    assert moment.astimezone(UTC) == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)


offsets = st.builds(
    WorkingDayOffset, st.integers(-9, 9).filter(bool), st.times().map(lambda at: at.replace(second=0, microsecond=0))
)


@settings(max_examples=300)
@given(
    st.lists(offsets, min_size=3, max_size=3).map(sorted),
    st.sampled_from(["Europe/Oslo", "America/Sao_Paulo", "Asia/Kolkata", "Africa/Cairo", "Pacific/Apia", "UTC"]),
    st.dates(date(2010, 12, 1), date(2027, 12, 31)),
)
def test_close_windows_are_existing_moments_in_order(three: list[WorkingDayOffset], zone: str, end: date) -> None:
    if three[0] == three[1]:
        return
    rule = CloseRule(opens=three[0], final_load=three[1], closes=three[2])
    window = rule.window(end, working_days("AE", 2010, 2028), ZoneInfo(zone))
    moments = [each.astimezone(UTC) for each in (window.opens, window.final_load, window.closes)]
    assert moments == sorted(moments)
    for each in (window.opens, window.final_load, window.closes):
        assert each.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == each.replace(tzinfo=None)


@given(offsets)
def test_offsets_read_back_from_their_text(offset: WorkingDayOffset) -> None:
    assert WorkingDayOffset.parse(str(offset)) == offset


@pytest.mark.parametrize("text", ["WD0", "WD+0 10:00", "WD5", "5", "WD+5 25:00", "WD+5 10:60", "WD+5 10", "", "wd+5"])
def test_offsets_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"WD\+"):
        WorkingDayOffset.parse(text)


def test_a_close_that_ends_before_it_opens_is_refused() -> None:
    with pytest.raises(ValueError, match="order"):
        CloseRule(opens=WorkingDayOffset(6))
    with pytest.raises(ValueError, match="order"):
        CloseRule(closes=WorkingDayOffset(5, time(16)))

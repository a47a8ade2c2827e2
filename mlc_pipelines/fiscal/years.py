"""Periods of calendars that follow a rule: months, and 52/53-week years cut into quarters or four-week periods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise

from mlc_pipelines.fiscal.period import Period, period_key

WEEK_PATTERNS: dict[str, tuple[int, ...]] = {
    "4-4-5": (4, 4, 5) * 4,
    "4-5-4": (4, 5, 4) * 4,
    "5-4-4": (5, 4, 4) * 4,
    "13x4": (4,) * 13,
}
"""Weeks of each period of a 52-week year, by the calendar's kind; a 53rd week goes to the last period."""

YEAR_ENDS = ("nearest", "last")
"""Rules for the day on which a 52/53-week year ends: the weekday nearest to a month's end, or the last one in it."""

_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
_EARLIEST = {"nearest": -3, "last": -6}
"""Days from the first of a month to the earliest start of a year, by rule; the latest is six days after that."""


def month_periods(years: Iterable[int], *, start_month: int = 1, adjustment_periods: int = 0) -> tuple[Period, ...]:
    """Calendar months; a fiscal year is named by the calendar year in which it ends.

    Args:
        years: fiscal years.
        start_month: month in which a fiscal year starts, 1 to 12.
        adjustment_periods: how many adjustment periods follow the twelve, over the last month's days.
    """
    periods: list[Period] = []
    for year in sorted(years):
        first_year = year if start_month == 1 else year - 1
        starts = [_first_of(first_year, start_month + offset) for offset in range(13)]
        periods += _periods_of(year, starts, adjustment_periods)
    return tuple(periods)


def week_periods(
    years: Iterable[int], *, pattern: str, year_start: date, year_ends: str = "nearest", adjustment_periods: int = 0
) -> tuple[Period, ...]:
    """Years of 52 or 53 weeks.

    Every fiscal year starts on `year_start`'s weekday, the day after the year before ended. It is named by the calendar
    year in which most of the days from the first of a month about which it starts lie (so one that starts about
    February 1st 2026 is 2026, about October 1st 2025 is 2026 too).

    Args:
        years: fiscal years.
        pattern: a key of `WEEK_PATTERNS`.
        year_start: first day of any fiscal year.
        year_ends: one of `YEAR_ENDS`: years end on the weekday nearest to a month's end, or on the last one in it.
        adjustment_periods: how many adjustment periods follow, over the last regular period's days.

    Raises:
        ValueError: no fiscal year of that rule starts on `year_start`.
    """
    problem = year_start_problem(year_start, year_ends)
    if problem:
        raise ValueError(f"year_start {year_start} {problem}.")
    periods: list[Period] = []
    for year, start, after in _year_spans(years, year_start, year_ends):
        starts = [start]
        for weeks in WEEK_PATTERNS[pattern][:-1]:
            starts.append(starts[-1] + weeks * _WEEK)
        periods += _periods_of(year, [*starts, after], adjustment_periods)
    return tuple(periods)


def year_start_problem(year_start: date, year_ends: str = "nearest") -> str:
    """Why a 52/53-week year of that rule can't start on that day, or an empty text."""
    first = _first_about(year_start, year_ends)
    days = (year_start - first).days
    if _EARLIEST[year_ends] <= days <= _EARLIEST[year_ends] + 6:
        return ""
    if year_ends == "last":
        return f"is {-days} days before {first}, and such a year starts at most six days before a first"
    return f"is {abs(days)} days from {first}, and such a year starts within three of a first"


def year_ends_differ(years: Iterable[int], year_start: date) -> tuple[int, dict[str, tuple[date, date]]] | None:
    """The first year in which the two rules give a year that starts on `year_start`'s weekday other days.

    Returns:
        The fiscal year and its first and last day by each rule; None where the rules agree in all years, or where only
        one of them has a year that starts on that day.
    """
    if any(year_start_problem(year_start, rule) for rule in YEAR_ENDS):
        return None
    spans = {rule: list(_year_spans(years, year_start, rule)) for rule in YEAR_ENDS}
    for by_rule in zip(*spans.values(), strict=True):
        if len(set(by_rule)) > 1:
            days = {rule: (start, after - _DAY) for rule, (_, start, after) in zip(spans, by_rule, strict=True)}
            return by_rule[0][0], days
    return None


def _year_spans(years: Iterable[int], year_start: date, year_ends: str) -> Iterator[tuple[int, date, date]]:
    """Fiscal years, each with its first day and the first day after it."""
    month, weekday = _first_about(year_start, year_ends).month, year_start.weekday()
    for year in sorted(years):
        start, after = (_week_year_start(each, month, weekday, year_ends) for each in (year, year + 1))
        yield year, start, after


def _periods_of(year: int, starts: list[date], adjustment_periods: int) -> Iterator[Period]:
    """Periods of one year from their first days and the first day after the year."""
    regular = [
        Period(period_key(year, number), year, number, start, after - _DAY)
        for number, (start, after) in enumerate(pairwise(starts), 1)
    ]
    yield from regular
    last = regular[-1]
    for number in range(last.number + 1, last.number + 1 + adjustment_periods):
        yield Period(period_key(year, number), year, number, last.start, last.end, adjustment=True, over=last)


def _first_of(year: int, month: int) -> date:
    """The first of a month; months above 12 run into the next year."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def _first_about(day: date, year_ends: str) -> date:
    """The first of a month about which a year that starts on that day starts."""
    firsts = _first_of(day.year, day.month), _first_of(day.year, day.month + 1)
    if year_ends == "last":
        return firsts[0] if day == firsts[0] else firsts[1]
    return min(firsts, key=lambda first: abs(first - day))


def _week_year_start(year: int, month: int, weekday: int, year_ends: str) -> date:
    """First day of a fiscal year by its rule."""
    # From August on, less than half of the year's days lie in the calendar year that it starts in.
    first = date(year if month <= 7 else year - 1, month, 1)
    earliest = first + timedelta(days=_EARLIEST[year_ends])
    return earliest + timedelta(days=(weekday - earliest.weekday()) % 7)

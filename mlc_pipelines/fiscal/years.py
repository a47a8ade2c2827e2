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

_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
_NEAREST = 3


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
    years: Iterable[int], *, pattern: str, year_start: date, adjustment_periods: int = 0
) -> tuple[Period, ...]:
    """Years of 52 or 53 weeks.

    Every fiscal year starts on `year_start`'s weekday, nearest to the first of the month that `year_start` is nearest
    to, and is named by the calendar year in which most of the days from that first of the month on lie (so one
    that starts about February 1st 2026 is 2026, about October 1st 2025 is 2026 too).

    Args:
        years: fiscal years.
        pattern: a key of `WEEK_PATTERNS`.
        year_start: first day of any fiscal year, at most three days from the first of a month.
        adjustment_periods: how many adjustment periods follow, over the last regular period's days.

    Raises:
        ValueError: no fiscal year of that rule starts on `year_start`.
    """
    problem = year_start_problem(year_start)
    if problem:
        raise ValueError(f"year_start {year_start} {problem}.")
    month = _nearest_first(year_start).month
    periods: list[Period] = []
    for year in sorted(years):
        start, after = (_week_year_start(each, month, year_start.weekday()) for each in (year, year + 1))
        starts = [start]
        for weeks in WEEK_PATTERNS[pattern][:-1]:
            starts.append(starts[-1] + weeks * _WEEK)
        periods += _periods_of(year, [*starts, after], adjustment_periods)
    return tuple(periods)


def year_start_problem(year_start: date) -> str:
    """Why a 52/53-week year can't start on that day, or an empty text."""
    first = _nearest_first(year_start)
    if abs((year_start - first).days) > _NEAREST:
        return f"is {abs((year_start - first).days)} days from {first}, and such a year starts within three of a first"
    return ""


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


def _nearest_first(day: date) -> date:
    """The first of a month that is nearest to a day."""
    return min(_first_of(day.year, day.month), _first_of(day.year, day.month + 1), key=lambda first: abs(first - day))


def _week_year_start(year: int, month: int, weekday: int) -> date:
    """First day of a fiscal year: the weekday nearest to the first of its month."""
    # From August on, less than half of the year's days lie in the calendar year that it starts in.
    first = date(year if month <= 7 else year - 1, month, 1)
    return first + timedelta(days=(weekday - first.weekday() + _NEAREST) % 7 - _NEAREST)

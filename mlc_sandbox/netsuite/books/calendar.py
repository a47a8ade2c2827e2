"""Accounting periods: calendar months, quarters, years, and an adjustment period over each December."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

_FIRST_ID = 325
"""Chosen so that Jan 2026 is period 345, as in the examples of docs/vendors/netsuite.md, when the first year is
2025."""


@dataclass(frozen=True)
class Period:
    """A row of `accountingperiod`.

    Attributes:
        id: internal id.
        name: for instance `Mar 2026`, `Q1 2026`, `FY 2026`, `Adj Dec 2026`.
        start: first day.
        end: last day.
        kind: month, adjustment, quarter or year.
        parent: id of the quarter or year above; None for a year.
    """

    id: int
    name: str
    start: date
    end: date
    kind: str
    parent: int | None

    @property
    def posting(self) -> bool:
        """Whether transactions can post in it."""
        return self.kind in {"month", "adjustment"}


def build_periods(first_year: int, last_year: int) -> list[Period]:
    """The periods of whole fiscal years that are calendar years, in order of their ids."""
    periods: list[Period] = []
    for year in range(first_year, last_year + 1):
        periods.append(_next(periods, f"FY {year}", (date(year, 1, 1), date(year, 12, 31)), "year", None))
        of_year = periods[-1].id
        for quarter in range(4):
            months = range(quarter * 3 + 1, quarter * 3 + 4)
            start, end = _first(year, months[0]), _last(year, months[-1])
            periods.append(_next(periods, f"Q{quarter + 1} {year}", (start, end), "quarter", of_year))
            of_quarter = periods[-1].id
            for month in months:
                start, end = _first(year, month), _last(year, month)
                periods.append(_next(periods, f"{start:%b %Y}", (start, end), "month", of_quarter))
        december = periods[-1]
        periods.append(_next(periods, f"Adj Dec {year}", (december.start, december.end), "adjustment", december.parent))
    return periods


def _next(periods: list[Period], name: str, span: tuple[date, date], kind: str, parent: int | None) -> Period:
    return Period(_FIRST_ID + len(periods), name, *span, kind, parent)


def _first(year: int, month: int) -> date:
    return date(year, month, 1)


def _last(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])

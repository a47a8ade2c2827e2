"""The posting periods that are filled."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

MONTHS = 12
"""Periods with dates of their own; the next one takes adjustments over the last month's."""


@dataclass(frozen=True)
class Slot:
    """A posting period to fill: its days, and how many ledger lines it gets."""

    year: int
    period: int
    start: date
    end: date
    lines: int


def slots(first_year: int, today: date, gl_lines: int) -> Iterator[Slot]:
    """The periods up to today, each with its share of the lines: growing, and period 13 a small one."""
    spans: list[tuple[int, int, date, date, float]] = []
    for year in range(first_year, today.year + 1):
        for month in range(1, MONTHS + 1):
            start = date(year, month, 1)
            end = min(date(year, month, calendar.monthrange(year, month)[1]), today)
            if start <= today:
                spans.append((year, month, start, end, (1 + len(spans) * 0.02) * ((end - start).days + 1)))
        if year < today.year:
            spans.append((year, MONTHS + 1, date(year, 12, 1), date(year, 12, 31), 4.0))
    whole, done, weight = sum(span[-1] for span in spans), 0, 0.0
    for year, period, start, end, share in spans:
        weight += share
        lines = max(2, round(gl_lines * weight / whole) - done)
        done += lines
        yield Slot(year, period, start, end, lines)

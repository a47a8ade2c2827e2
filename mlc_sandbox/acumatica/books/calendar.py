"""The master calendar: months and an adjustment period at each year's end (docs/vendors/acumatica.md, section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

MODULES = ("AP", "AR", "CA", "FA", "IN")


@dataclass
class Period:
    """A financial period.

    Attributes:
        id: `MMYYYY`: its number within the year, then the year.
        year: financial year, named after the calendar year that it ends in.
        number: 1 to 12; 13 is the adjustment period.
        start, end: first and last day, both inside; those of an adjustment period are the year's last day.
        adjustment: an adjustment period.
        status: Inactive, Open, Closed or Locked.
        closed_in: subledgers that it is closed in.
    """

    id: str
    year: str
    number: int
    start: date
    end: date
    adjustment: bool
    status: str
    closed_in: frozenset[str]

    @property
    def order(self) -> int:
        """Place in time, among all periods."""
        return int(self.year) * 100 + self.number

    def set_status(self, status: str) -> None:
        """Open or close it, in all subledgers too."""
        self.status = status
        self.closed_in = frozenset(MODULES) if status in {"Closed", "Locked"} else frozenset()


class Calendar:
    """All periods.

    Args:
        first_year, last_year: financial years.
        first_month: the calendar month that a financial year begins with.
        today: its month is the first open one.
    """

    def __init__(self, first_year: int, last_year: int, *, first_month: int, today: date) -> None:
        self.periods: list[Period] = []
        for year in range(first_year, last_year + 1):
            start = date(year if first_month == 1 else year - 1, first_month, 1)
            for number in range(1, 13):
                after = (start + timedelta(days=31)).replace(day=1)
                self._append(year, number, start, after - timedelta(days=1), today)
                start = after
            self._append(year, 13, start - timedelta(days=1), start - timedelta(days=1), today)
        self._by_id = {period.id: period for period in self.periods}

    def find(self, period_id: str) -> Period | None:
        """The period of an id as clients write it: `012025` or `01-2025`."""
        return self._by_id.get(period_id.strip().replace("-", ""))

    def __getitem__(self, period_id: str) -> Period:
        return self._by_id[period_id]

    def of_day(self, day: date) -> Period | None:
        """The period that a day lies in, never an adjustment period."""
        return next((p for p in self.periods if not p.adjustment and p.start <= day <= p.end), None)

    def years(self) -> Sequence[str]:
        """All financial years."""
        return sorted({period.year for period in self.periods})

    def of_year(self, year: str) -> Sequence[Period]:
        """The periods of a financial year."""
        return [period for period in self.periods if period.year == year]

    def _append(self, year: int, number: int, start: date, end: date, today: date) -> None:
        period = Period(f"{number:02d}{year}", str(year), number, start, end, number == 13, "Open", frozenset())
        # The adjustment period stays open while its year's last month is.
        if end < today.replace(day=1):
            period.set_status("Closed")
        self.periods.append(period)

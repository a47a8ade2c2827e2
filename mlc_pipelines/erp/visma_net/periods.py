"""Fiscal periods in Visma.net: from our window to the code of a financial period (contract visma.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mlc_pipelines.erp.base import FiscalWindow
from mlc_pipelines.erp.periods import only_period


@dataclass(frozen=True)
class FinancialPeriod:
    """A period that is posted to.

    Attributes:
        code: YYYYPP.
        year: financial year.
        number: in the year.
        start, end: first and last day; those of an adjustment period say little.
    """

    code: str
    year: int
    number: int
    start: date
    end: date

    def __str__(self) -> str:
        return f"{self.code} ({self.start} to {self.end})"


def periods_of(rows: Iterable[dict[str, Any]]) -> list[FinancialPeriod]:
    """The periods out of rows of `financial_periods`; those without dates are left out."""
    names = ("code", "year", "number", "start", "end")
    return [FinancialPeriod(*(row[name] for name in names)) for row in rows if row["start"] and row["end"]]


def period_of(window: FiscalWindow, periods: Sequence[FinancialPeriod]) -> FinancialPeriod:
    """The financial period of the window's days; of an adjustment window the adjustment period of that year.

    Raises:
        ConfigurationError: there is none, or several; lists what is there.
    """
    regular = [period for period in periods if not _adjusts(period, periods)]
    found = [period for period in regular if (period.start, period.end) == (window.start, window.end)]
    if window.adjustment and len(found) == 1:
        year = found[0].year
        found = [period for period in periods if period.year == year and period not in regular]
    return only_period(
        window,
        found,
        periods,
        erp="Visma.net",
        when_several="A fiscal period stands for one financial period of Visma.net.",
        when_none="Generate the period in Visma.net, or correct the tenant's calendar so that its days agree.",
    )


def _adjusts(period: FinancialPeriod, periods: Iterable[FinancialPeriod]) -> bool:
    """Whether it lies over the days of an earlier period of its year, or has none of its own."""
    return period.start > period.end or any(
        other.year == period.year and other.number < period.number and period.start <= other.end for other in periods
    )

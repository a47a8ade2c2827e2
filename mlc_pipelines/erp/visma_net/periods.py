"""Fiscal periods in Visma.net: from our window to the code of a financial period (contract visma.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mlc_pipelines.erp.base import FiscalWindow
from mlc_pipelines.errors import ConfigurationError

_SHOWN = 12


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
    if len(found) == 1:
        return found[0]
    kind = "adjustment period" if window.adjustment else "financial period"
    wanted = f"{window.key} ({window.start} to {window.end})"
    if found:
        raise ConfigurationError(
            f"Visma.net has several candidates for the {kind} {wanted}: {', '.join(map(str, found))}.",
            hint="A fiscal period stands for one financial period of Visma.net.",
        )
    near = sorted(periods, key=lambda period: abs((period.start - window.start).days))[:_SHOWN]
    there = ", ".join(map(str, sorted(near, key=lambda period: period.code))) or "none at all"
    raise ConfigurationError(
        f"Visma.net has no {kind} for {wanted}. There is: {there}.",
        hint="Generate the period in Visma.net, or correct the tenant's calendar so that its days agree.",
    )


def _adjusts(period: FinancialPeriod, periods: Iterable[FinancialPeriod]) -> bool:
    """Whether it lies over the days of an earlier period of its year, or has none of its own."""
    return period.start > period.end or any(
        other.year == period.year and other.number < period.number and period.start <= other.end for other in periods
    )

"""Fiscal periods in Visma.net: from our window to the code of a financial period.

See docs/vendors/visma_net.md, section 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from mlc_pipelines.erp.base import ErpPeriod
from mlc_pipelines.erp.periods import only_period
from mlc_pipelines.fiscal import Period


def periods_of(rows: Iterable[dict[str, Any]]) -> list[ErpPeriod]:
    """The periods out of rows of `financial_periods`; those without dates are left out.

    The days of an adjustment period say little.
    """
    found = [
        ErpPeriod(row["code"], row["start"], row["end"], year=row["year"], number=row["number"])
        for row in rows
        if row["start"] and row["end"]
    ]
    return [replace(period, adjustment=_adjusts(period, found)) for period in found]


def period_of(window: Period, periods: Sequence[ErpPeriod]) -> ErpPeriod:
    """The financial period of the window's days; of an adjustment window the adjustment period of that year.

    Raises:
        ConfigurationError: there is none, or several; lists what is there.
    """
    days = (window.start, window.end)
    found = [period for period in periods if not period.adjustment and (period.start, period.end) == days]
    if window.adjustment and len(found) == 1:
        year = found[0].year
        found = [period for period in periods if period.year == year and period.adjustment]
    return only_period(
        window,
        found,
        periods,
        erp="Visma.net",
        when_several="A fiscal period stands for one financial period of Visma.net.",
        when_none="Generate the period in Visma.net, or correct the tenant's calendar so that its days agree.",
    )


def _adjusts(period: ErpPeriod, periods: Iterable[ErpPeriod]) -> bool:
    """Whether it lies over the days of an earlier period of its year, or has none of its own."""
    earlier = (other for other in periods if other.year == period.year and other.id < period.id)
    return period.start > period.end or any(period.start <= other.end for other in earlier)

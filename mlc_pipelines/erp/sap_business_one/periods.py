"""Posting periods, and which journal entries are an adjustment period's: SQL tells.

See docs/vendors/sap_business_one.md, section 5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute

from mlc_pipelines.erp.base import ErpPeriod
from mlc_pipelines.erp.periods import only_period
from mlc_pipelines.erp.sap_business_one.client import ServiceLayer
from mlc_pipelines.erp.sap_business_one.sql import StoredQuery
from mlc_pipelines.erp.sap_business_one.totals import TOTALS_OF_PERIOD
from mlc_pipelines.fiscal import Period
from mlc_pipelines.http import Answer

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none

PERIODS = StoredQuery(
    "mlc_periods_1",
    "Posting periods",
    "SELECT T0.AbsEntry AS id, T0.Code AS code, T0.F_RefDate AS first_day, T0.T_RefDate AS last_day"
    " FROM OFPR T0 ORDER BY T0.F_RefDate, T0.AbsEntry",
    {},
)

_ENTRIES = StoredQuery(
    "mlc_entries_of_period_1",
    "Numbers of a period's journal entries",
    "SELECT T0.TransId AS id FROM OJDT T0 WHERE T0.FinncPriod = :period ORDER BY T0.TransId",
    {"period": "0"},
)


@dataclass(frozen=True)
class PostingPeriods:
    """What the company tells of its posting periods.

    Attributes:
        found: the periods; None where it may not be asked for them.
        with_entries: whether it may be asked for the journal entries of a period, and for their totals.
    """

    found: list[ErpPeriod] | None
    with_entries: bool = False


@dataclass(frozen=True)
class Placement:
    """Which journal entries of a window's days are its own, where adjustment periods lie over these days.

    Attributes:
        period: AbsEntry of the window's own period.
        adjusting: numbers of the entries of adjustment periods: the window's own ones, or those that are not.
        own: whether the window is the adjustment period itself.
    """

    period: str
    adjusting: frozenset[int]
    own: bool

    def kept(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows of the window's own entries."""
        adjusting = pc.is_in(batch.column("transaction_id"), pa.array(sorted(self.adjusting), pa.int64()))
        return batch.filter(adjusting if self.own else pc.invert(adjusting))


def find_periods(service: ServiceLayer) -> PostingPeriods:
    """Ask for the posting periods; those that are made over the days of earlier ones are adjustment periods."""
    if PERIODS.refusal(service):
        return PostingPeriods(None)
    found = [_period(row) for row in PERIODS.rows(service)]
    periods = [replace(period, adjustment=any(_lies_over(period, other) for other in found)) for period in found]
    return PostingPeriods(periods, not (_ENTRIES.refusal(service) or TOTALS_OF_PERIOD.refusal(service)))


def place(service: ServiceLayer, window: Period, periods: list[ErpPeriod]) -> Placement | None:
    """What is the window's own; None where no adjustment period lies over its days, so that these decide.

    Raises:
        ConfigurationError: the company has no such period, or several.
    """
    over = [each for each in periods if each.adjustment and each.start <= window.end and window.start <= each.end]
    if not over and not window.adjustment:
        return None
    alike = [each for each in periods if each.adjustment == window.adjustment]
    found = [each for each in alike if window.start <= each.start and each.end <= window.end]
    if not window.adjustment:
        found = [each for each in found if (each.start, each.end) == (window.start, window.end)]
    own = only_period(
        window,
        found,
        alike,
        erp="SAP Business One",
        when_several="A fiscal period stands for one posting period: correct the tenant's calendar.",
        when_none="Make the period in SAP Business One, or correct the tenant's calendar so that its days agree.",
    )
    numbers = [_ENTRIES.rows(service, {"period": each.id}) for each in ([own] if window.adjustment else over)]
    return Placement(own.id, frozenset(_number(row) for rows in numbers for row in rows), window.adjustment)


def _period(row: Answer) -> ErpPeriod:
    days = row.of({name: _dashed(row.needed(name)) for name in ("first_day", "last_day")})
    return ErpPeriod(str(_number(row)), days.day("first_day"), days.day("last_day"), name=row.needed("code"))


def _number(row: Answer) -> int:
    """The id, which must be there."""
    row.needed("id")
    return row.whole("id")


def _dashed(day: str) -> str:
    """A day as ISO 8601 writes it: databases also give `20260131`, and a time behind it."""
    day = day[:10]
    return day if "-" in day else f"{day[:4]}-{day[4:6]}-{day[6:8]}"


def _lies_over(period: ErpPeriod, other: ErpPeriod) -> bool:
    """Whether a period is made over the days of an earlier one."""
    return int(other.id) < int(period.id) and other.start <= period.start and period.end <= other.end

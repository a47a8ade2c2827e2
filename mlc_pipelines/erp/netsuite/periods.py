"""Fiscal periods in NetSuite: from our window to the id of an accounting period.

See docs/vendors/netsuite.md, section 4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from mlc_pipelines.erp.base import ErpPeriod
from mlc_pipelines.erp.netsuite.fields import day
from mlc_pipelines.erp.netsuite.statement import Query
from mlc_pipelines.erp.netsuite.suiteql import SuiteQl
from mlc_pipelines.erp.netsuite.words import PERIOD_FLAG
from mlc_pipelines.erp.periods import only_period
from mlc_pipelines.errors import DataError
from mlc_pipelines.fiscal import Period


def find_periods(suiteql: SuiteQl) -> list[ErpPeriod]:
    """All active posting periods; an account's fiscal calendars share them and differ in quarters and years only.

    Raises:
        DataError: a period says neither yes nor no, or has no days.
    """
    query = Query(
        f"SELECT id, periodname, {day('startdate')} AS startdate, {day('enddate')} AS enddate,"  # noqa: S608 - constants only
        " isposting, isadjust, isquarter, isyear, isinactive FROM accountingperiod ORDER BY id ASC"
    )
    return [
        ErpPeriod(
            row["id"],
            _day(row, "startdate"),
            _day(row, "enddate"),
            _says(row, "isadjust"),
            name=row.get("periodname", ""),
        )
        for row in suiteql.texts(query)
        if _says(row, "isposting") and not any(_says(row, other) for other in ("isquarter", "isyear", "isinactive"))
    ]


def _says(row: Mapping[str, str], name: str) -> bool:
    return PERIOD_FLAG.one(row.get(name), f"accountingperiod {row['id']}: {name}")


def _day(row: Mapping[str, str], name: str) -> date:
    try:
        return date.fromisoformat(row[name])
    except ValueError:
        raise DataError(f"accountingperiod {row.get('id')}: {name} is no date.") from None


def period_of(window: Period, periods: Sequence[ErpPeriod]) -> ErpPeriod:
    """The accounting period with the window's days and kind.

    An adjustment period of NetSuite may be a part of the days that it adjusts, often the last one only.

    Raises:
        ConfigurationError: there is none, or several; lists what is there.
    """
    alike = [period for period in periods if period.adjustment == window.adjustment]
    found = [period for period in alike if (period.start, period.end) == (window.start, window.end)]
    if not found and window.adjustment:
        found = [period for period in alike if window.start <= period.start and period.end <= window.end]
    return only_period(
        window,
        found,
        alike,
        erp="NetSuite",
        when_several="Deactivate the ones that nothing posts to: a fiscal period stands for one accounting period.",
        when_none="Set up the period in NetSuite, or correct the tenant's calendar so that its days agree.",
    )

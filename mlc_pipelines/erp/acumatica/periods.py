"""Fiscal periods: from our window to the period as Acumatica writes it (docs/vendors/acumatica.md, section 6)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pyarrow as pa

from mlc_pipelines.erp.acumatica.connection import AcumaticaConnection
from mlc_pipelines.erp.arrow_json import PageParser
from mlc_pipelines.erp.base import ErpPeriod
from mlc_pipelines.erp.periods import only_period
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import Period
from mlc_pipelines.http import HttpClient

_DAY = timedelta(days=1)

_FIELDS = {
    "year": ("FinancialYear", pa.string()),
    "number": ("Details/PeriodNbr", pa.string()),
    "id": ("Details/FinancialPeriodID", pa.string()),
    "start": ("Details/StartDate", pa.date32()),
    "end": ("Details/EndDate", pa.date32()),
    "adjustment": ("Details/AdjustmentPeriod", pa.bool_()),
}
_PARSER = PageParser(
    pa.schema([(name, kind) for name, (_, kind) in _FIELDS.items()]),
    {name: (*source.split("/"), "value") for name, (source, _) in _FIELDS.items()},
    subject="FinancialPeriod",
    key=("id", "year", "number"),
    records=None,
    lines="Details",
    padded=True,
)


def find_periods(http: HttpClient, connection: AcumaticaConnection) -> list[ErpPeriod]:
    """All periods of the master calendar, or of the configured company's; their ids are MMYYYY of the fiscal year.

    Raises:
        ConfigurationError: there is none.
    """
    params = {"$expand": "Details"}
    record = "FinancialPeriod"
    if connection.company:
        record, params["$filter"] = "CompanyFinancialPeriod", f"Company eq {quoted(connection.company)}"
    answer = http.request("GET", f"{connection.address}/{record}", params=params)
    rows: list[dict[str, Any]] = _PARSER.parse(answer.content).rows.to_pylist()
    if not rows:
        raise ConfigurationError(
            f"Acumatica shows no financial periods{f' of company {connection.company}' if connection.company else ''}.",
            hint="Generate them (Master Financial Calendar, GL201000), check company, or give the right to view them.",
        )
    return sorted(
        (_period(row) for row in rows if row["start"] and row["end"]),
        key=lambda period: (period.start, period.end, period.id),
    )


def period_of(window: Period, periods: Sequence[ErpPeriod]) -> ErpPeriod:
    """The period with the window's days and kind; its number says nothing of the month.

    An adjustment period may be a part of the days that it adjusts. An end that is the day after counts as well.

    Raises:
        ConfigurationError: there is none, or several; lists what is there.
    """
    alike = [period for period in periods if period.adjustment == window.adjustment]
    ends = (window.end, window.end + _DAY)
    found = [
        period
        for period in alike
        if period.end in ends and (period.start == window.start or (window.adjustment and window.start <= period.start))
    ]
    return only_period(
        window,
        found,
        alike,
        erp="Acumatica",
        when_several="Name the company whose calendar counts (company), or correct the tenant's calendar.",
        when_none="Generate the period (GL201000), or correct the tenant's calendar so that its days agree.",
    )


def _period(row: Mapping[str, Any]) -> ErpPeriod:
    found = _id(row)
    year, number = (int(found[2:]), int(found[:2])) if re.fullmatch(r"[0-9]{6}", found) else (None, None)
    return ErpPeriod(found, row["start"], row["end"], bool(row["adjustment"]), year, number)


def _id(row: Mapping[str, Any]) -> str:
    """MMYYYY; how the calendar writes it is not certain (docs/vendors/acumatica.md, section 17)."""
    year = row["year"] or ""
    digits = re.sub(r"\D", "", row["id"] or f"{row['number']:0>2}{year}")
    return digits[len(year) :] + year if digits.startswith(year) and not digits.endswith(year) else digits


def quoted(text: str) -> str:
    """A text as `$filter` takes it."""
    return "'" + text.replace("'", "''") + "'"

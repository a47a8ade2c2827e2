"""The calendar as the endpoint's records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from mlc_sandbox.acumatica.books import chart
from mlc_sandbox.acumatica.books.calendar import MODULES, Calendar, Period
from mlc_sandbox.acumatica.records import Record, Table, Value


def publish(
    calendar: Calendar,
    tables: Mapping[str, Table[Record]],
    guid: Callable[[], str],
    stamp: datetime,
    *,
    year: str | None = None,
) -> None:
    """Make the records of the calendar anew, of one year or of all.

    Args:
        calendar: the periods.
        tables: of the entities FinancialPeriod, CompanyFinancialPeriod and FinancialYear.
        guid: a new GUID.
        stamp: of the change.
        year: its label.
    """
    for label in [year] if year else calendar.years():
        periods = calendar.of_year(label)
        rows = [_period_row(guid, period) for period in periods]
        fields = {"FinancialYear": label, "StartDate": periods[0].start, "NbrOfPeriods": len(periods)}
        known = tables["FinancialPeriod"].by_key(label)
        master = fields | {
            "UserDefinedPeriods": False,
            "CreatedDateTime": known.fields["CreatedDateTime"] if known else stamp,
            "LastModifiedDateTime": stamp,
        }
        tables["FinancialPeriod"].add(Record(known.id if known else guid(), master, {"Details": rows}))
        for company in sorted({branch.company for branch in chart.BRANCHES}):
            tables["CompanyFinancialPeriod"].add(Record(guid(), {**fields, "Company": company}, {"Details": rows}))
    if year is None:
        tables["FinancialYear"].add(_year_template(calendar, guid, stamp))


def _period_row(guid: Callable[[], str], period: Period) -> Record:
    fields: dict[str, Value] = {
        "FinancialPeriodID": period.id,
        "PeriodNbr": f"{period.number:02d}",
        "Description": "Adjustment" if period.adjustment else f"{period.start:%B}",
        "StartDate": period.start,
        "EndDate": period.end,
        "LengthInDays": 0 if period.adjustment else (period.end - period.start).days + 1,
        "AdjustmentPeriod": period.adjustment,
        "Status": period.status,
    }
    return Record(guid(), fields | {f"ClosedIn{module}": module in period.closed_in for module in MODULES})


def _year_template(calendar: Calendar, guid: Callable[[], str], stamp: datetime) -> Record:
    periods = calendar.of_year(calendar.years()[0])
    rows = [
        Record(
            guid(),
            {
                "PeriodNbr": f"{period.number:02d}",
                "StartDate": period.start,
                "EndDate": period.end,
                "Description": "Adjustment" if period.adjustment else f"{period.start:%B}",
            },
        )
        for period in periods
    ]
    fields: dict[str, Value] = {
        "FirstFinancialYear": periods[0].year,
        "FirstPeriodStartDate": periods[0].start,
        "FinancialYearStartsOn": periods[0].start,
        "HasAdjustmentPeriod": True,
        "NbrOfFinancialPeriods": 12,
        "PeriodType": "Month",
        "BelongsToNextYear": periods[0].start.month != 1,
        "UserDefinedPeriods": False,
        "CreatedDateTime": stamp,
        "LastModifiedDateTime": stamp,
    }
    return Record(guid(), fields, {"Details": rows})

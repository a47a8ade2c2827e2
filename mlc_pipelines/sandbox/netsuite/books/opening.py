"""Opens a set of books: master records, periods and rates as rows, and the generated ledger over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from mlc_pipelines.sandbox.netsuite.books.calendar import Period
from mlc_pipelines.sandbox.netsuite.books.chart import ACCOUNT_TYPES, Account
from mlc_pipelines.sandbox.netsuite.books.ledger import LedgerPlan, generate_ledger, monthly_rates
from mlc_pipelines.sandbox.netsuite.books.loading import RECORD_TYPES, insert_many, load_ledger, status_rows
from mlc_pipelines.sandbox.netsuite.books.master_records import (
    CURRENCIES,
    SUBSIDIARIES,
    USD_RATES,
    Dimension,
    Entity,
)
from mlc_pipelines.sandbox.netsuite.books.schema import create_statements

_APPROVALS = {1: "Pending Approval", 2: "Approved", 3: "Rejected"}


def create_books(
    rng: np.random.Generator, plan: LedgerPlan, periods: Sequence[Period], *, multi_book: bool
) -> duckdb.DuckDBPyConnection:
    """An in-memory database with the tables of `schema.TABLES`, filled."""
    database = duckdb.connect()
    database.execute("ATTACH ':memory:' AS books (COMPRESS)")
    database.execute("USE books")
    for statement in create_statements():
        database.execute(statement)
    rates = monthly_rates(rng, len(plan.months))
    for table, rows in _records(plan, periods, multi_book=multi_book).items():
        insert_many(database, table, rows)
    load_ledger(database, generate_ledger(rng, plan, rates))
    insert_many(database, "vendor", list(_vendors(plan, _unpaid(database))))
    insert_many(database, "consolidatedexchangerate", list(_rates(plan, periods, rates, multi_book=multi_book)))
    budgets, amounts = _budgets(plan, periods)
    insert_many(database, "budgets", budgets)
    insert_many(database, "budgetsmachine", amounts)
    database.execute("CHECKPOINT")
    return database


def _records(plan: LedgerPlan, periods: Sequence[Period], *, multi_book: bool) -> dict[str, list[dict[str, Any]]]:
    records = plan.records
    # Master records were last touched well before the first month, but for a few of this month.
    then = datetime(plan.months[0].start.year, 1, 1, 9, 30) - timedelta(days=40)  # noqa: DTZ001 - account's zone
    entities = [*records.vendors, *records.employees, *records.customers]
    return {
        "dual": [{"dummy": "X"}],
        "account": [_account(account, then) for account in plan.chart],
        "accounttype": [
            {"id": code, "longname": name, "balancesheet": _flag(sheet), "left": _flag(left), "seqnum": number,
             "defaultgeneralratetype": rate}
            for number, (code, (name, sheet, left, rate)) in enumerate(ACCOUNT_TYPES.items(), 1)
        ],
        "accountingperiod": [_period(period, plan) for period in periods],
        "accountingperiodfiscalcalendars": [
            {"accountingperiod": period.id, "fiscalcalendar": 1, "parent": period.parent} for period in periods
        ],
        "department": [_dimension(row, then) for row in records.departments],
        "classification": [_dimension(row, then) for row in records.classes],
        "location": [_dimension(row, then) | {"mainaddress": None, "locationtype": "1"} for row in records.locations],
        "subsidiary": [
            {"id": sub.id, "name": sub.name, "fullname": sub.fullname, "parent": sub.parent, "currency": sub.currency,
             "fiscalcalendar": 1, "country": sub.country, "state": "CA" if sub.country == "US" else None,
             "iselimination": _flag(sub.elimination), "isinactive": "F", "legalname": sub.name, "externalid": None,
             "lastmodifieddate": then}
            for sub in SUBSIDIARIES
        ],
        "currency": [
            {"id": number, "symbol": symbol, "name": name, "currencyprecision": 2, "exchangerate": USD_RATES[number],
             "isbasecurrency": _flag(number == 1), "isinactive": "F", "lastmodifieddate": then}
            for number, (symbol, name) in CURRENCIES.items()
        ],
        "accountingbook": [
            {"id": number, "name": name, "isprimary": _flag(number == 1), "isadjustmentonly": "F",
             "isconsolidated": "F", "basebook": None, "effectiveperiod": periods[0].id, "lastmodifieddate": then}
            for number, name in ((1, "Primary Accounting Book"), (2, "IFRS, secondary"))[: 2 if multi_book else 1]
        ],
        "employee": [_employee(entity, number, plan, then) for number, entity in enumerate(records.employees)],
        "customer": [
            {"id": entity.id, "entityid": entity.name, "companyname": entity.name,
             "isinactive": _flag(entity.inactive), "subsidiary": entity.subsidiary}
            for entity in records.customers
        ],
        "_entity": [{"id": entity.id, "name": entity.name} for entity in entities],
        "_transactiontype": [
            {"id": code, "name": name, "recordtype": record} for code, (record, name) in RECORD_TYPES.items()
        ],
        "_approvalstatus": [{"id": number, "name": name} for number, name in _APPROVALS.items()],
        "_status": list(status_rows()),
    }  # fmt: skip


def _account(account: Account, then: datetime) -> dict[str, Any]:
    sheet = ACCOUNT_TYPES[account.type][1]
    return {
        "id": account.id,
        "externalid": None,
        "acctnumber": account.number,
        "accountsearchdisplayname": f"{account.number} {account.name}",
        "accountsearchdisplaynamecopy": account.name,
        "fullname": " : ".join((*account.above, account.name)),
        "displaynamewithhierarchy": " : ".join((*account.above, f"{account.number} {account.name}")),
        "accttype": account.type,
        "sspecacct": account.special,
        "parent": account.parent,
        "description": f'"{account.name}", see manual' if account.id % 7 == 0 else None,
        "isinactive": _flag(account.inactive),
        "issummary": _flag(account.summary),
        "includechildren": "T",
        "eliminate": _flag("Intercompany" in account.name),
        "inventory": "F",
        "generalrate": ACCOUNT_TYPES[account.type][3],
        "cashflowrate": "AVERAGE",
        "currency": 3 if account.number == "0130" else 2 if account.number == "0140" else None,
        # Mobile development is a matter of the parent company alone: a journal of another subsidiary can't use it.
        "subsidiary": "1" if account.number == "0620" else "1, 2, 3, 4" if sheet else "1, 2, 3",
        "department": None,
        "class": None,
        "location": None,
        "lastmodifieddate": then + timedelta(hours=account.id),
    }


def _period(period: Period, plan: LedgerPlan) -> dict[str, Any]:
    open_ = period.end >= plan.months[-1].start
    closed_on = period.end + timedelta(days=9)
    changed = plan.now if open_ else datetime(closed_on.year, closed_on.month, closed_on.day, 17)  # noqa: DTZ001 - account's zone
    return {
        "id": period.id,
        "periodname": period.name,
        "startdate": period.start,
        "enddate": period.end,
        "parent": period.parent,
        "closed": _flag(not open_),
        "closedondate": None if open_ else closed_on,
        "isposting": _flag(period.posting),
        "isadjust": _flag(period.kind == "adjustment"),
        "isquarter": _flag(period.kind == "quarter"),
        "isyear": _flag(period.kind == "year"),
        "isinactive": "F",
        **dict.fromkeys(("alllocked", "arlocked", "aplocked"), _flag(not open_)),
        "allownonglchanges": "F",
        "lastmodifieddate": changed.replace(microsecond=0),
    }


def _dimension(row: Dimension, then: datetime) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "fullname": row.fullname,
        "parent": row.parent,
        "isinactive": _flag(row.inactive),
        "includechildren": "T",
        "externalid": f"dim-{row.id}" if row.id % 2 else None,
        "subsidiary": "1, 2, 3",
        "lastmodifieddate": then + timedelta(minutes=row.id),
    }


def _employee(entity: Entity, number: int, plan: LedgerPlan, then: datetime) -> dict[str, Any]:
    family, _, given = entity.name.partition(", ")
    departments = plan.records.departments
    return {
        "id": entity.id,
        "entityid": entity.name,
        "firstname": given,
        "lastname": family,
        "email": f"employee{entity.id}@example.com",
        "department": departments[number % len(departments)].id if number % 9 else None,
        "class": None,
        "location": plan.records.locations[number % len(plan.records.locations)].id,
        "subsidiary": entity.subsidiary,
        "isinactive": _flag(entity.inactive),
        "lastmodifieddate": then + timedelta(minutes=number),
    }


def _vendors(plan: LedgerPlan, unpaid: Mapping[int, Any]) -> Iterator[dict[str, Any]]:
    payables = next(account.id for account in plan.chart if account.number == "2010")
    for number, entity in enumerate(plan.records.vendors):
        added = datetime(2023, 5, 2, 10) + timedelta(days=number)  # noqa: DTZ001 - account's zone
        yield {
            "id": entity.id,
            "entityid": entity.name,
            "companyname": entity.name,
            "legalname": entity.name.strip() if number % 2 else None,
            "isperson": "F",
            "email": f"vendor{entity.id}@example.com" if number % 4 else None,
            "phone": f"+1 555 {number:04d}",
            "isinactive": _flag(entity.inactive),
            "currency": next(sub.currency for sub in SUBSIDIARIES if sub.id == entity.subsidiary),
            "terms": number % 3 + 1,
            "subsidiary": entity.subsidiary,
            "payablesaccount": payables,
            "balance": unpaid.get(entity.id),
            "externalid": f"V{entity.id}",
            "datecreated": added,
            "lastmodifieddate": added + timedelta(days=3),
        }


def _unpaid(database: duckdb.DuckDBPyConnection) -> dict[int, Any]:
    rows = database.execute(
        "SELECT t.entity, sum(a.amountunpaid) FROM transactionaccountingline a JOIN transaction t ON t.id = a.transaction "
        "WHERE t.type = 'VendBill' AND a.accountingbook = 1 GROUP BY t.entity"
    ).fetchall()
    return dict(rows)


def _rates(
    plan: LedgerPlan, periods: Sequence[Period], rates: npt.NDArray[np.float64], *, multi_book: bool
) -> Iterator[dict[str, Any]]:
    number = 0
    for month, period in enumerate(plan.months):
        adjustment = [one for one in periods if one.kind == "adjustment" and one.start == period.start]
        for of_month in (period, *adjustment):
            for book in (1, 2) if multi_book else (1,):
                for source in SUBSIDIARIES:
                    for target in SUBSIDIARIES:
                        number += 1
                        now = rates[month, source.currency] / rates[month, target.currency]
                        first = rates[0, source.currency] / rates[0, target.currency]
                        yield {
                            "id": number,
                            "postingperiod": of_month.id,
                            "accountingbook": book,
                            "fromsubsidiary": source.id,
                            "tosubsidiary": target.id,
                            "fromcurrency": source.currency,
                            "tocurrency": target.currency,
                            "currentrate": round(now, 6),
                            "averagerate": round((now + first) / 2, 6),
                            "historicalrate": round(first, 6),
                        }


def _budgets(plan: LedgerPlan, periods: Sequence[Period]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    years = [period for period in periods if period.kind == "year"]
    costs = [account for account in plan.chart if account.type == "Expense" and not account.summary][:12]
    budgets = [
        {"id": number, "account": account.id, "department": plan.records.departments[number % 5].id,
         "class": None, "location": None, "subsidiary": 1, "year": year.id, "category": 1}
        for number, (account, year) in enumerate(((account, year) for year in years for account in costs), 1)
    ]  # fmt: skip
    amounts = [
        {"budget": budget["id"], "period": period.id, "amount": 1000.0 * (budget["id"] % 7 + 1) + 0.5}
        for budget in budgets
        for period in periods
        if period.kind == "month" and budget["year"] == _year(periods, period.start.year)
    ]
    return budgets, amounts


def _year(periods: Sequence[Period], year: int) -> int:
    return next(period.id for period in periods if period.kind == "year" and period.start.year == year)


def _flag(value: bool) -> str:  # noqa: FBT001 - a converter of truth values
    return "T" if value else "F"

"""Opens a set of books: master records, periods and rates as rows, and the generated ledger over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from mlc_sandbox.netsuite.books.calendar import Period
from mlc_sandbox.netsuite.books.chart import ACCOUNT_TYPES
from mlc_sandbox.netsuite.books.ledger import generate_ledger
from mlc_sandbox.netsuite.books.ledger_plan import LedgerPlan, monthly_rates
from mlc_sandbox.netsuite.books.loading import RECORD_TYPES, insert, load_ledger, status_rows
from mlc_sandbox.netsuite.books.master_records import CURRENCIES, SUBSIDIARIES, USD_RATES
from mlc_sandbox.netsuite.books.rows import account_row, dimension_row, employee_row, flag, period_row, vendor_rows
from mlc_sandbox.netsuite.books.schema import create_statements

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
        insert(database, table, rows)
    load_ledger(database, generate_ledger(rng, plan, rates))
    insert(database, "vendor", list(vendor_rows(plan, _unpaid(database))))
    insert(database, "consolidatedexchangerate", list(_rates(plan, periods, rates, multi_book=multi_book)))
    budgets, amounts = _budgets(plan, periods)
    insert(database, "budgets", budgets)
    insert(database, "budgetsmachine", amounts)
    database.execute("CHECKPOINT")
    return database


def _records(plan: LedgerPlan, periods: Sequence[Period], *, multi_book: bool) -> dict[str, list[dict[str, Any]]]:
    records = plan.records
    # Master records were last touched well before the first month, but for a few of this month.
    then = datetime(plan.months[0].start.year, 1, 1, 9, 30) - timedelta(days=40)  # noqa: DTZ001 - account's zone
    entities = [*records.vendors, *records.employees, *records.customers]
    return {
        "dual": [{"dummy": "X"}],
        "account": [account_row(account, then) for account in plan.chart],
        "accounttype": [
            {"id": code, "longname": name, "balancesheet": flag(sheet), "left": flag(left), "seqnum": number,
             "defaultgeneralratetype": rate}
            for number, (code, (name, sheet, left, rate)) in enumerate(ACCOUNT_TYPES.items(), 1)
        ],
        "accountingperiod": [period_row(period, plan) for period in periods],
        "accountingperiodfiscalcalendars": [
            {"accountingperiod": period.id, "fiscalcalendar": 1, "parent": period.parent} for period in periods
        ],
        "department": [dimension_row(row, then) for row in records.departments],
        "classification": [dimension_row(row, then) for row in records.classes],
        "location": [dimension_row(row, then) | {"locationtype": "1"} for row in records.locations],
        "subsidiary": [
            {"id": sub.id, "name": sub.name, "fullname": sub.fullname, "parent": sub.parent, "currency": sub.currency,
             "fiscalcalendar": 1, "country": sub.country, "state": "CA" if sub.country == "US" else None,
             "iselimination": flag(sub.elimination), "isinactive": "F", "legalname": sub.name, "externalid": None,
             "lastmodifieddate": then}
            for sub in SUBSIDIARIES
        ],
        "currency": [
            {"id": number, "symbol": symbol, "name": name, "currencyprecision": 2, "exchangerate": USD_RATES[number],
             "isbasecurrency": flag(number == 1), "isinactive": "F", "lastmodifieddate": then}
            for number, (symbol, name) in CURRENCIES.items()
        ],
        "accountingbook": [
            {"id": number, "name": name, "isprimary": flag(number == 1), "isadjustmentonly": "F",
             "isconsolidated": "F", "basebook": None, "effectiveperiod": periods[0].id, "lastmodifieddate": then}
            for number, name in ((1, "Primary Accounting Book"), (2, "IFRS, secondary"))[: 2 if multi_book else 1]
        ],
        "employee": [employee_row(entity, number, plan, then) for number, entity in enumerate(records.employees)],
        "customer": [
            {"id": entity.id, "entityid": entity.name, "companyname": entity.name,
             "isinactive": flag(entity.inactive), "subsidiary": entity.subsidiary}
            for entity in records.customers
        ],
        "_entity": [{"id": entity.id, "name": entity.name} for entity in entities],
        "_transactiontype": [
            {"id": code, "name": name, "recordtype": record} for code, (record, name) in RECORD_TYPES.items()
        ],
        "_approvalstatus": [{"id": number, "name": name} for number, name in _APPROVALS.items()],
        "_status": list(status_rows()),
    }  # fmt: skip


def _unpaid(database: duckdb.DuckDBPyConnection) -> dict[int, Any]:
    rows = database.execute(
        "SELECT t.entity, sum(a.amountunpaid) FROM transactionaccountingline a "
        "JOIN transaction t ON t.id = a.transaction "
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
    costs = [account for account in plan.chart if account.type == "Expense" and not account.summary][:12]
    budgets: list[dict[str, Any]] = []
    amounts: list[dict[str, Any]] = []
    for year in (period for period in periods if period.kind == "year"):
        months = [one for one in periods if one.kind == "month" and one.start.year == year.start.year]
        for number, account in enumerate(costs):
            budget = {
                "id": len(budgets) + 1,
                "account": account.id,
                "department": plan.records.departments[number % 5].id,
                "class": None,
                "location": None,
                "subsidiary": 1,
                "year": year.id,
                "category": 1,
            }
            budgets.append(budget)
            amounts += [
                {"budget": budget["id"], "period": month.id, "amount": 1000.0 * (number % 7 + 1) + 0.5}
                for month in months
            ]
    return budgets, amounts

"""Rows of the master tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from mlc_sandbox.netsuite.books.calendar import Period
from mlc_sandbox.netsuite.books.chart import ACCOUNT_TYPES, Account
from mlc_sandbox.netsuite.books.ledger_plan import LedgerPlan
from mlc_sandbox.netsuite.books.master_records import SUBSIDIARIES, Dimension, Entity


def account_row(account: Account, then: datetime) -> dict[str, Any]:
    """A row of `account`."""
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
        "isinactive": flag(account.inactive),
        "issummary": flag(account.summary),
        "includechildren": "T",
        "eliminate": flag("Intercompany" in account.name),
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


def period_row(period: Period, plan: LedgerPlan) -> dict[str, Any]:
    """A row of `accountingperiod`; open from the last month with transactions on."""
    open_ = period.end >= plan.months[-1].start
    closed_on = period.end + timedelta(days=9)
    changed = plan.now if open_ else datetime(closed_on.year, closed_on.month, closed_on.day, 17)  # noqa: DTZ001 - account's zone
    return {
        "id": period.id,
        "periodname": period.name,
        "startdate": period.start,
        "enddate": period.end,
        "parent": period.parent,
        "closed": flag(not open_),
        "closedondate": None if open_ else closed_on,
        "isposting": flag(period.posting),
        "isadjust": flag(period.kind == "adjustment"),
        "isquarter": flag(period.kind == "quarter"),
        "isyear": flag(period.kind == "year"),
        "isinactive": "F",
        **dict.fromkeys(("alllocked", "arlocked", "aplocked"), flag(not open_)),
        "allownonglchanges": "F",
        "lastmodifieddate": changed.replace(microsecond=0),
    }


def dimension_row(row: Dimension, then: datetime) -> dict[str, Any]:
    """A row of `department`, `classification` or `location`."""
    return {
        "id": row.id,
        "name": row.name,
        "fullname": row.fullname,
        "parent": row.parent,
        "isinactive": flag(row.inactive),
        "includechildren": "T",
        "externalid": f"dim-{row.id}" if row.id % 2 else None,
        "subsidiary": "1, 2, 3",
        "lastmodifieddate": then + timedelta(minutes=row.id),
    }


def employee_row(entity: Entity, number: int, plan: LedgerPlan, then: datetime) -> dict[str, Any]:
    """A row of `employee`."""
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
        "isinactive": flag(entity.inactive),
        "lastmodifieddate": then + timedelta(minutes=number),
    }


def vendor_rows(plan: LedgerPlan, unpaid: Mapping[int, Any]) -> Iterator[dict[str, Any]]:
    """The rows of `vendor`; `unpaid` is what is owed, by vendor id."""
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
            "isinactive": flag(entity.inactive),
            "currency": next(sub.currency for sub in SUBSIDIARIES if sub.id == entity.subsidiary),
            "terms": number % 3 + 1,
            "subsidiary": entity.subsidiary,
            "payablesaccount": payables,
            "balance": unpaid.get(entity.id),
            "externalid": f"V{entity.id}",
            "datecreated": added,
            "lastmodifieddate": added + timedelta(days=3),
        }


def flag(value: bool) -> str:  # noqa: FBT001 - a converter of truth values
    """A truth value as SuiteQL has it."""
    return "T" if value else "F"

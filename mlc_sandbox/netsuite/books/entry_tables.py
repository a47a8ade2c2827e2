"""Writes transactions to the tables, and reads them back."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import duckdb

from mlc_sandbox.netsuite.books.entries import Entry, Line, base_amounts
from mlc_sandbox.netsuite.books.loading import RECORD_TYPES, insert
from mlc_sandbox.netsuite.books.schema import POSTING_LINES, posting_lines_query

_WITH_EXPENSES = frozenset({"VendBill", "VendCred", "ExpRept", "PurchOrd"})


def write_entry(
    database: duckdb.DuckDBPyConnection, number: int, entry: Entry, *, by: int, books: Iterable[int]
) -> None:
    """Write a complete, numbered entry under an id, in place of what was there.

    Args:
        database: a cursor inside a transaction.
        number: transaction id.
        entry: with currency, rate, status, dates and line numbers filled in.
        by: employee who does it.
        books: the accounting books that exist.
    """
    erase_entry(database, number)
    insert(database, "transaction", [_header_row(number, entry, by)])
    rate = entry.exchange_rate or Decimal(1)
    posted = list(zip(entry.lines, base_amounts(entry.lines, rate), strict=True))
    insert(database, "transactionline", [_line_row(number, entry, line, base) for line, base in posted])
    impact = [
        {
            "transaction": number,
            "transactionline": line.number,
            "accountingbook": book,
            "account": line.account,
            "amount": base,
            "debit": base if base >= 0 else None,
            "credit": -base if base < 0 else None,
            "netamount": base,
            "posting": _flag(entry.posting),
            "exchangerate": rate,
        }
        for book in entry.books or books
        for line, base in posted
    ]
    insert(database, "transactionaccountingline", impact)
    database.execute(f"INSERT INTO {POSTING_LINES} {posting_lines_query(f'WHERE transaction.id = {number:d}')}")


def erase_entry(database: duckdb.DuckDBPyConnection, number: int) -> None:
    """Remove a transaction and its lines from the tables."""
    database.execute("DELETE FROM transaction WHERE id = ?", [number])
    database.execute("DELETE FROM transactionline WHERE transaction = ?", [number])
    database.execute("DELETE FROM transactionaccountingline WHERE transaction = ?", [number])
    database.execute(f'DELETE FROM {POSTING_LINES} WHERE "transaction.id" = ?', [number])  # noqa: S608 - constant


def read_entry(database: duckdb.DuckDBPyConnection, number: int) -> Entry | None:
    """The transaction with an id; None when there is none."""
    header = _one(database, "SELECT * FROM transaction WHERE id = ?", number)
    if header is None:
        return None
    lines = _all(database, "SELECT * FROM transactionline WHERE transaction = ? ORDER BY id", number)
    impact = _all(
        database, "SELECT * FROM transactionaccountingline WHERE transaction = ? ORDER BY accountingbook", number
    )
    accounts = {row["transactionline"]: row["account"] for row in impact}
    return Entry(
        type=header["type"],
        date=header["trandate"],
        period=header["postingperiod"],
        lines=[
            Line(
                account=accounts[row["id"]],
                amount=row["foreignamount"],
                number=row["id"],
                department=row["department"],
                class_=row["class"],
                location=row["location"],
                entity=row["entity"],
                memo=row["memo"],
            )
            for row in lines
        ],
        subsidiary=header["subsidiary"],
        currency=header["currency"],
        exchange_rate=header["exchangerate"],
        entity=header["entity"],
        memo=header["memo"],
        external_id=header["externalid"],
        tran_id=header["tranid"],
        posting=header["posting"] == "T",
        status=header["status"],
        approval_status=header["approvalstatus"],
        books=tuple(sorted({row["accountingbook"] for row in impact})),
        reversal_date=header["reversaldate"],
        reversal_defer=header["reversaldefer"] == "T",
        reversal=header["reversal"],
        is_reversal=header["isreversal"] == "T",
        voided=header["voided"] == "T",
        created=header["createddate"],
        modified=header["lastmodifieddate"],
    )


def _header_row(number: int, entry: Entry, by: int) -> dict[str, Any]:
    total = sum((line.amount for line in entry.lines if line.amount > 0), Decimal())
    return {
        "id": number,
        "tranid": entry.tran_id,
        "transactionnumber": f"{RECORD_TYPES[entry.type][0].upper()}{number}",
        "type": entry.type,
        "recordtype": RECORD_TYPES[entry.type][0],
        "trandate": entry.date,
        "postingperiod": entry.period,
        "posting": _flag(entry.posting),
        "status": entry.status,
        "approvalstatus": entry.approval_status,
        "entity": entry.entity,
        "currency": entry.currency,
        "exchangerate": entry.exchange_rate,
        # Of what a vendor is owed the payable's sign: money that leaves is negative
        # (docs/vendors/netsuite.md, section 4).
        "foreigntotal": entry.lines[0].amount if entry.type in ("VendBill", "PurchOrd", "VendCred") else total,
        "memo": entry.memo,
        "externalid": entry.external_id,
        "createddate": entry.created,
        "lastmodifieddate": entry.modified,
        "createdby": by,
        "lastmodifiedby": by,
        "isreversal": _flag(entry.is_reversal),
        "reversal": entry.reversal,
        "reversaldate": entry.reversal_date,
        "reversaldefer": _flag(entry.reversal_defer),
        "intercoadj": "F",
        "voided": _flag(entry.voided),
        "subsidiary": entry.subsidiary,
    }


def _line_row(number: int, entry: Entry, line: Line, base: Decimal) -> dict[str, Any]:
    main = line.number == 0 and entry.type != "Journal"
    return {
        "transaction": number,
        "id": line.number,
        "linesequencenumber": line.number,
        "mainline": _flag(main),
        "taxline": "F",
        "iscogs": "F",
        "subsidiary": entry.subsidiary,
        "department": line.department,
        "class": line.class_,
        "location": line.location,
        "entity": line.entity,
        "memo": line.memo,
        "netamount": base,
        "foreignamount": line.amount,
        "creditforeignamount": -line.amount if line.amount < 0 else None,
        "debitforeignamount": line.amount if line.amount >= 0 else None,
        "expenseaccount": line.account if not main and entry.type in _WITH_EXPENSES else None,
        "eliminate": "F",
        "cleared": "F",
        "isclosed": "F",
        "linelastmodifieddate": entry.modified,
        "linecreateddate": entry.created,
    }


def _one(database: duckdb.DuckDBPyConnection, query: str, number: int) -> dict[str, Any] | None:
    rows = _all(database, query, number)
    return rows[0] if rows else None


def _all(database: duckdb.DuckDBPyConnection, query: str, number: int) -> list[dict[str, Any]]:
    cursor = database.execute(query, [number])
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _flag(value: bool) -> str:  # noqa: FBT001 - a converter of truth values
    return "T" if value else "F"

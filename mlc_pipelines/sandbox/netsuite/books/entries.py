"""A transaction as book-keepers see it: a header and signed lines; how it is written to the tables and read back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from typing import Any

import duckdb

from mlc_pipelines.sandbox.netsuite.books.loading import RECORD_TYPES, insert
from mlc_pipelines.sandbox.netsuite.books.schema import POSTING_LINES, posting_lines_query

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        account: account id.
        amount: debit positive, credit negative, in the transaction's currency.
        number: line id; None takes the next free one. 0 is the main line of a type that has one.
        department: id or None; likewise the fields that follow.
        class_: class id.
        location: location id.
        entity: vendor, customer or employee id.
        memo: text.
    """

    account: int
    amount: Decimal
    number: int | None = None
    department: int | None = None
    class_: int | None = None
    location: int | None = None
    entity: int | None = None
    memo: str | None = None


@dataclass(frozen=True)
class Entry:
    """One transaction.

    Attributes:
        type: a key of `RECORD_TYPES`, for instance `Journal` or `VendBill`.
        date: transaction date.
        period: id of the accounting period that it posts in.
        lines: at least two, balanced.
        subsidiary: subsidiary id.
        currency: currency id; None is the subsidiary's.
        exchange_rate: the subsidiary's currency for one unit of the transaction's; None looks it up.
        entity: vendor, customer or employee id.
        memo: header memo.
        external_id: unique over all transactions.
        tran_id: document number; None numbers it.
        posting: whether it reaches the general ledger.
        status: status code; None takes the usual one of the type.
        approval_status: 1 pending, 2 approved, 3 rejected.
        books: ids of the accounting books it posts to; empty for all.
        reversal_date: when it is reversed.
        reversal_defer: whether the reversal waits for that day.
        reversal: id of the reversing or reversed journal.
        is_reversal: whether it reverses another one.
        voided: whether it was voided.
        created: when it was entered; None is now.
    """

    type: str
    date: date
    period: int
    lines: Sequence[Line]
    subsidiary: int = 1
    currency: int | None = None
    exchange_rate: Decimal | None = None
    entity: int | None = None
    memo: str | None = None
    external_id: str | None = None
    tran_id: str | None = None
    posting: bool = True
    status: str | None = None
    approval_status: int = 2
    books: tuple[int, ...] = ()
    reversal_date: date | None = None
    reversal_defer: bool = False
    reversal: int | None = None
    is_reversal: bool = False
    voided: bool = False
    created: datetime | None = None
    modified: datetime | None = None

    @property
    def balance(self) -> Decimal:
        """Debits less credits; zero when it is in balance."""
        return sum((line.amount for line in self.lines), Decimal())

    def numbered(self) -> Entry:
        """The same with a number on every line: those given are kept, others take the next free ones."""
        taken = {line.number for line in self.lines}
        free = (number for number in count(1 if self.type == "Journal" else 0) if number not in taken)
        return replace(
            self,
            lines=[line if line.number is not None else replace(line, number=next(free)) for line in self.lines],
        )


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
    for position, (line, base) in enumerate(zip(entry.lines, base_amounts(entry.lines, rate), strict=True)):
        insert(database, "transactionline", [_line_row(number, entry, line, base, position)])
        for book in entry.books or books:
            insert(
                database,
                "transactionaccountingline",
                [
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
                ],
            )
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


def base_amounts(lines: Sequence[Line], rate: Decimal) -> list[Decimal]:
    """Amounts in the subsidiary's currency; what rounding leaves over goes to the biggest line, so that they balance."""
    amounts = [(line.amount * rate).quantize(CENT, ROUND_HALF_UP) for line in lines]
    if sum(line.amount for line in lines) == 0 and (rest := sum(amounts)):
        biggest = max(range(len(amounts)), key=lambda index: abs(amounts[index]))
        amounts[biggest] -= rest
    return amounts


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
        "foreigntotal": -total if entry.type == "VendCred" else total,
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


def _line_row(number: int, entry: Entry, line: Line, base: Decimal, position: int) -> dict[str, Any]:
    main = line.number == 0 and entry.type != "Journal"
    return {
        "transaction": number,
        "id": line.number,
        "linesequencenumber": position,
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
        "expenseaccount": line.account if not main and entry.type in {"VendBill", "VendCred", "ExpRept"} else None,
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

"""Fills the tables of a DuckDB database from generated master records and a generated ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mlc_sandbox.netsuite.books.ledger import TYPES, Columns, Ledger
from mlc_sandbox.netsuite.books.schema import POSTING_LINES, posting_lines_query, quoted

RECORD_TYPES: Mapping[str, tuple[str, str]] = {
    "VendBill": ("vendorbill", "Bill"),
    "CustInvc": ("invoice", "Invoice"),
    "Journal": ("journalentry", "Journal"),
    "VendPymt": ("vendorpayment", "Bill Payment"),
    "CustPymt": ("customerpayment", "Payment"),
    "VendCred": ("vendorcredit", "Bill Credit"),
    "ExpRept": ("expensereport", "Expense Report"),
    "PurchOrd": ("purchaseorder", "Purchase Order"),
}
"""`transaction.type` -> `transaction.recordtype` and what BUILTIN.DF shows of the type."""

OPEN_STATUS = {"PurchOrd": "B", "Journal": "A", "ExpRept": "B", "VendPymt": "F", "CustPymt": "B"}
"""Type -> status code of one that is still open; A for types that are not here."""

CLOSED_STATUS = {"PurchOrd": "G", "Journal": "B", "ExpRept": "F", "VendPymt": "F", "CustPymt": "C"}
"""Type -> status code of one that is done; B for types that are not here."""

_STATUS_NAMES = {
    "VendBill": {"A": "Open", "B": "Paid In Full"},
    "CustInvc": {"A": "Open", "B": "Paid In Full"},
    "Journal": {"A": "Pending Approval", "B": "Approved for Posting"},
    "VendPymt": {"F": "Cleared", "V": "Voided"},
    "CustPymt": {"B": "Not Deposited", "C": "Deposited"},
    "VendCred": {"A": "Open", "B": "Fully Applied"},
    "ExpRept": {"B": "Pending Supervisor Approval", "F": "Approved by Accounting"},
    "PurchOrd": {"B": "Pending Receipt", "G": "Fully Billed", "H": "Closed"},
}

_MEMOS = (
    "Monthly invoice", "Rent, office 3rd floor", 'License "Pro" renewal', "It's a true-up", " leading blank",
    "trailing ", "Überweisung für März", "Reclass; see ticket 4411", "Line one\nline two", "50% prepayment",
    "コンサルティング", "Credit for outage", "Travel: Malmö-Köln", "Accrual", "Accrual reversal", "Bonus Q2",
    "Comma, comma", "Tab\there", "Adjustment (audit)", "PO 8812", "Payroll", "Hosting", "Back\\slash",
    "€ amount per contract",
)  # fmt: skip

_LEDGER_SQL = (
    """
    INSERT INTO transaction BY NAME
    SELECT h.id, k.type, k.recordtype, h.trandate, h.postingperiod, h.entity, h.currency, h.exchangerate, h.subsidiary,
           CASE WHEN k.type <> 'VendBill' THEN k.prefix || h.id
                ELSE 'INV-' || (h.id * 7919 % 99991) || CASE WHEN h.id % 50 = 0 THEN '/"A"' ELSE '' END
           END AS tranid,
           upper(k.recordtype) || h.id AS transactionnumber,
           CASE WHEN k.type = 'PurchOrd' THEN 'F' ELSE 'T' END AS posting,
           CASE WHEN h.open AND k.type <> 'Journal' THEN k.open ELSE k.closed END AS status, 2 AS approvalstatus,
           CASE WHEN k.type IN ('VendBill', 'PurchOrd', 'VendCred') THEN m.foreignamount
                ELSE abs(m.foreignamount) END AS foreigntotal,
           m.memo,
           CASE WHEN h.id % 5 = 0 THEN 'ext-' || k.recordtype || '-' || h.id END AS externalid,
           h.createddate, h.lastmodifieddate, h.createdby, h.createdby AS lastmodifiedby,
           CASE WHEN k.type IN ('VendBill', 'CustInvc') THEN h.trandate + 30 END AS duedate,
           CASE WHEN k.type IN ('VendBill', 'CustInvc') AND NOT h.open THEN h.lastmodifieddate::DATE END AS closedate,
           'F' AS isreversal, 'F' AS reversaldefer, 'F' AS intercoadj, 'F' AS voided
    FROM raw_header h JOIN raw_kind k ON k.type = h.type
    JOIN (SELECT * FROM raw_line WHERE first) m ON m.transaction = h.id
    ORDER BY h.id
    """,
    """
    INSERT INTO transactionline BY NAME
    SELECT l.transaction, l.id, l.linesequencenumber, CASE WHEN l.mainline THEN 'T' ELSE 'F' END AS mainline,
           'F' AS taxline, 'F' AS iscogs, h.subsidiary, l.department, l.class, l.location, h.entity, l.memo,
           l.amount AS netamount, l.foreignamount,
           CASE WHEN l.foreignamount < 0 THEN -l.foreignamount END AS creditforeignamount,
           CASE WHEN l.foreignamount >= 0 THEN l.foreignamount END AS debitforeignamount,
           CASE WHEN NOT l.mainline AND h.type IN ('VendBill', 'VendCred', 'ExpRept', 'PurchOrd')
                THEN l.account END AS expenseaccount,
           'F' AS eliminate, 'F' AS cleared, 'F' AS isclosed, h.lastmodifieddate AS linelastmodifieddate,
           h.createddate AS linecreateddate
    FROM raw_line l JOIN raw_header h ON h.id = l.transaction ORDER BY l.transaction, l.id
    """,
    """
    INSERT INTO transactionaccountingline BY NAME
    SELECT l.transaction, l.id AS transactionline, b.id AS accountingbook, l.account, l.amount,
           CASE WHEN l.amount >= 0 THEN l.amount END AS debit, CASE WHEN l.amount < 0 THEN -l.amount END AS credit,
           l.amount AS netamount, CASE WHEN h.type = 'PurchOrd' THEN 'F' ELSE 'T' END AS posting, h.exchangerate,
           CASE WHEN l.mainline AND h.type IN ('VendBill', 'CustInvc') AND NOT h.open
                THEN abs(l.amount) END AS amountpaid,
           CASE WHEN l.mainline AND h.type IN ('VendBill', 'CustInvc') AND h.open
                THEN abs(l.amount) END AS amountunpaid
    FROM raw_line l JOIN raw_header h ON h.id = l.transaction CROSS JOIN accountingbook b
    ORDER BY accountingbook, l.transaction, transactionline
    """,
)


def insert(database: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of one shape.

    Columns that they leave out become null, as do empty texts: Oracle knows no empty text.
    """
    if not rows:
        return
    columns = {name: [None if row[name] == "" else row[name] for row in rows] for name in rows[0]}
    database.register("incoming", pa.table({name: _column(values) for name, values in columns.items()}))
    database.execute(f"INSERT INTO {quoted(table)} BY NAME SELECT * FROM incoming")  # noqa: S608 - own names
    database.unregister("incoming")


def _column(values: list[Any]) -> pa.Array:
    if all(value is None for value in values):
        return pa.nulls(len(values))
    if any(isinstance(value, date) and not isinstance(value, datetime) for value in values):
        return pa.array(values, pa.date32())
    return pa.array(values)


def load_ledger(database: duckdb.DuckDBPyConnection, ledger: Ledger) -> None:
    """Insert a generated ledger, and build the joined posting lines."""
    for name, table in (
        ("raw_header", _headers(ledger.headers)),
        ("raw_line", _lines(ledger.lines)),
        ("raw_kind", _kinds()),
    ):
        database.register(name, table)
    for statement in _LEDGER_SQL:
        database.execute(statement)
    for name in ("raw_header", "raw_line", "raw_kind"):
        database.unregister(name)
    database.execute(f"CREATE TABLE {POSTING_LINES} AS {posting_lines_query()}")


def status_rows() -> list[dict[str, str]]:
    """Rows of the hidden status table: what BUILTIN.DF(status) shows, for instance `Bill : Open`."""
    return [
        {"type": kind, "id": status, "name": f"{RECORD_TYPES[kind][1]} : {name}"}
        for kind, names in _STATUS_NAMES.items()
        for status, name in names.items()
    ]


def _kinds() -> pa.Table:
    prefixes = ("", "INV", "JE", "PMT", "PYMT", "VC-", "ER", "PO")
    return pa.table(
        {
            "type": TYPES,
            "recordtype": [RECORD_TYPES[kind][0] for kind in TYPES],
            "prefix": prefixes,
            "open": [OPEN_STATUS.get(kind, "A") for kind in TYPES],
            "closed": [CLOSED_STATUS.get(kind, "B") for kind in TYPES],
        }
    )


def _headers(columns: Columns) -> pa.Table:
    arrays = {name: pa.array(values) for name, values in columns.items() if name != "kind"}
    arrays["type"] = pa.DictionaryArray.from_arrays(pa.array(columns["kind"]), pa.array(TYPES)).cast(pa.string())
    arrays["entity"] = _nullable(columns["entity"])
    arrays["exchangerate"] = _decimals(np.round(columns["exchangerate"] * 10**8).astype(np.int64), 8)
    return pa.table(arrays)


def _lines(columns: Columns) -> pa.Table:
    arrays: dict[str, pa.Array] = {name: _nullable(columns[name]) for name in ("department", "class", "location")} | {
        name: pa.array(columns[name]) for name in ("transaction", "id", "linesequencenumber", "mainline", "account")
    }
    memo = columns["memo"]
    arrays["memo"] = pa.DictionaryArray.from_arrays(
        pa.array(np.maximum(memo, 0), pa.int32(), mask=memo < 0), pa.array(_MEMOS)
    ).cast(pa.string())
    arrays["amount"] = _decimals(columns["amount"], 2)
    arrays["foreignamount"] = _decimals(columns["foreignamount"], 2)
    arrays["first"] = pa.array(np.diff(columns["owner"], prepend=-1) > 0)
    return pa.table(arrays)


def _nullable(values: npt.NDArray[Any]) -> pa.Array:
    return pa.array(values, mask=values < 0)


def _decimals(units: npt.NDArray[np.int64], scale: int) -> pa.Array:
    # The memory of a decimal128 is its unscaled number in 16 bytes: exact, and no Decimal per row.
    wide = np.empty((len(units), 2), dtype=np.int64)
    wide[:, 0] = units
    wide[:, 1] = units >> 63
    return pa.Array.from_buffers(pa.decimal128(18, scale), len(units), [None, pa.py_buffer(wide.tobytes())])

"""A NetSuite account with one big period, rendered beforehand: pages cost a binary search and a copy."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from mlc_pipelines.erp.netsuite import ERP

_compute: Any = pyarrow.compute  # its kernels are made at run time, unknown to type checkers

PERIOD_ID, BOOK = "30", "1"
_KEY = 1000  # lines of a transaction are fewer


class NetSuitePages:
    """Answers the token request and every query of `gl_activity`; a query's offset is obeyed, for the floor.

    Args:
        rows: of the period, an even number.
    """

    def __init__(self, rows: int) -> None:
        columns, cents, accounts = _lines(rows)
        self._totals = _small(_totals(cents, accounts))
        self._transactions = columns["transaction_id"]
        self._keys = self._transactions * _KEY + columns["line_id"]
        self._rows = _rendered(columns)

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> bytes:
        if path.endswith("/token"):
            return b'{"access_token": "canned", "expires_in": "3600", "token_type": "bearer"}'
        asked = json.loads(body)
        sql = asked["q"]
        if "FROM accountingperiod" in sql:
            return _small([_PERIOD])
        if "FROM accountingbook" in sql:
            return _small([{"id": BOOK, "name": "Primary", "isprimary": "T", "isadjustmentonly": "F"}])
        if "AS header" in sql:
            return _small([{"header": "T", "line": "T", "row_count": "1", "first": "1"}])
        if "GROUP BY" in sql:
            return self._totals
        if "AS f_transaction_id" in sql:
            return self._page(*self._range(sql), int(query["offset"]))
        if "AS lowest" in sql:
            start, end = self._range(sql)
            first, last = self._transactions[start], self._transactions[end - 1]
            return _small([{"lowest": str(first), "highest": str(last), "row_count": str(end - start)}])
        return _small([{f"n{number}": "0" for number in range(sql.count("COUNT("))}])

    def _range(self, sql: str) -> tuple[int, int]:
        """The rows of a key range."""
        end = len(self._keys)
        if last := re.search(r"\bt\.id <= (\d+)", sql):
            end = int(np.searchsorted(self._transactions, int(last[1]), side="right"))
        after = re.search(r"\bt\.id > (\d+)", sql)
        if after is None:
            return 0, end
        behind = re.search(r"\btal\.transactionline > (\d+)", sql)
        transaction, line = int(after[1]), int(behind[1]) if behind else _KEY - 1
        return int(np.searchsorted(self._keys, transaction * _KEY + line, side="right")), end

    def _page(self, start: int, end: int, offset: int) -> bytes:
        rows = self._rows[start + offset : min(end, start + offset + 1000)]
        more = "true" if start + offset + len(rows) < end else "false"
        head = f'{{"links":[],"count":{len(rows)},"hasMore":{more},"items":['
        tail = f'],"offset":{offset},"totalResults":{end - start}}}'
        return b"".join([head.encode(), b",".join(rows), tail.encode()])


_PERIOD = {
    "id": PERIOD_ID,
    "periodname": "Mar 2026",
    "startdate": "2026-03-01",
    "enddate": "2026-03-31",
    "isposting": "T",
    "isadjust": "F",
    "isquarter": "F",
    "isyear": "F",
    "isinactive": "F",
}


def _small(rows: list[dict[str, str]]) -> bytes:
    items = [{"links": [], **row} for row in rows]
    page = {"links": [], "count": len(rows), "hasMore": False, "items": items, "offset": 0, "totalResults": len(rows)}
    return json.dumps(page).encode()


def _lines(rows: int) -> tuple[dict[str, Any], Any, Any]:
    """Values of the columns, cents and account ids of the lines."""
    rng = np.random.default_rng(7)
    sizes = rng.integers(2, 10, size=rows)
    owner = np.repeat(np.arange(rows), sizes)[:rows]
    transaction = (5000 + np.cumsum(rng.integers(1, 5, size=rows)))[owner]
    line = np.arange(rows) - np.searchsorted(owner, owner)
    account = rng.integers(100, 400, size=rows)
    cents = np.repeat(rng.integers(1, 9_000_000, size=rows // 2), 2) * np.tile([1, -1], rows // 2)
    day = 1 + owner % 28
    names = pa.array([f"Department {n}" for n in range(40)])
    department, subsidiary, entity = (rng.integers(0, n, size=rows) for n in (40, 3, 500))
    columns = {
        "transaction_id": transaction,
        "line_id": line,
        "accounting_book": BOOK,
        "period_id": PERIOD_ID,
        "account_id": account,
        "account_number": _texts("%04d", 4000 + account),
        "account_name": _texts("Ledger account %d", account),
        "account_type": pa.array(["Expense", "Income", "Bank", "AcctRec"]).take(pa.array(account % 4)),
        "department_id": _sparse(department, rng, 0.3),
        "department_name": names.take(_sparse(department, rng, 0.3)),
        "class_id": _sparse(rng.integers(0, 20, size=rows), rng, 0.5),
        "location_id": _sparse(rng.integers(0, 12, size=rows), rng, 0.4),
        "subsidiary_id": subsidiary,
        "subsidiary_name": pa.array(["Northwind Software Inc.", "Northwind Ltd.", "Nordwind GmbH"]).take(
            pa.array(subsidiary)
        ),
        "transaction_type": pa.array(["VendBill", "CustInvc", "Journal"]).take(pa.array(owner % 3)),
        "transaction_number": _texts("TRX-%08d", transaction),
        "transaction_date": _texts("2026-03-%02d", day),
        "memo": pa.array(["Monthly invoice", "Überweisung für März", "Accrual reversal", None]).take(
            pa.array(account % 4)
        ),
        "entity_id": entity,
        "entity_name": _texts("Vendor number %d Ltd.", entity),
        "currency": pa.array(["USD", "GBP", "EUR"]).take(pa.array(subsidiary)),
        "debit": _money(np.maximum(cents, 0)),
        "credit": _money(np.maximum(-cents, 0)),
        "amount": _money(cents),
        "modified_at": _texts("2026-04-%02d 09:17:33", day),
    }
    unknown = set(columns) - {field.name for field in ERP.entities["gl_activity"].fields}
    assert not unknown, f"no fields of gl_activity: {unknown}"
    return columns, cents, account


def _texts(form: str, numbers: Any) -> pa.Array:
    return pa.array([form % number for number in numbers.tolist()])


def _money(cents: Any) -> pa.Array:
    return _texts("%.2f", cents / 100)


def _sparse(values: Any, rng: np.random.Generator, without: float) -> pa.Array:
    return pa.array(values, mask=rng.random(len(values)) < without)


def _rendered(columns: dict[str, Any]) -> list[bytes]:
    """Each row as an object of a page: values are texts, nulls are left out (docs/vendors/netsuite.md, section 3.2)."""
    rows = len(columns["transaction_id"])
    members = [pa.repeat('"links":[]', rows)]
    for name, values in columns.items():
        texts = pa.repeat(values, rows) if isinstance(values, str) else pa.array(values).cast(pa.string())
        members.append(_compute.binary_join_element_wise(f'"f_{name}":"', texts, '"', ""))
    joined = _compute.binary_join_element_wise(*members, ",", null_handling="skip")
    return [f"{{{row}}}".encode() for row in joined.to_pylist()]


def _totals(cents: Any, accounts: Any) -> list[dict[str, str]]:
    totals = []
    for account in np.unique(accounts):
        own = cents[accounts == account]
        sums = {"debit": own[own > 0].sum(), "credit": -own[own < 0].sum(), "amount": own.sum()}
        totals.append(
            {
                "f_group": str(account),
                "f_label": f"{4000 + account:04d}",
                "f_rows": str(len(own)),
                **{f"f_{name}": f"{int(value) / 100:.2f}" for name, value in sums.items()},
            }
        )
    return totals

"""Business objects that only read: COMFND over any table, GENQGL for one GL code.

See docs/vendors/syspro.md, sections A3 and A4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree import ElementTree as ET

from mlc_sandbox.odata import compare_values, sort_records
from mlc_sandbox.syspro.books import Books
from mlc_sandbox.syspro.books.schema import Column, TableSchema
from mlc_sandbox.syspro.books.table import Row
from mlc_sandbox.syspro.enet.documents import DECLARATION, tag, value, wrap
from mlc_sandbox.syspro.enet.refusals import DocumentError
from mlc_sandbox.syspro.rendering import as_enet_text, counter
from mlc_sandbox.syspro.switches import Switches

_Test = Callable[[Row], bool]

_CONDITIONS: dict[str, Callable[[int], bool]] = {
    "EQ": lambda order: order == 0,
    "NE": lambda order: order != 0,
    "GT": lambda order: order > 0,
    "GE": lambda order: order >= 0,
    "LT": lambda order: order < 0,
    "LE": lambda order: order <= 0,
}


def find(books: Books, switches: Switches, query: ET.Element) -> str:
    """Answer COMFND.

    Raises:
        DocumentError: no such table or column, or a condition that can't be understood.
    """
    name = value(query, "TableName")
    table = books.tables.get(name)
    if table is None or name in switches.denied_tables:
        raise DocumentError(340001, f"Table '{name}' not found")
    columns = _columns(table.schema, query, "Columns/Column")
    if not columns:
        raise DocumentError(340003, "At least one column must be supplied")
    passes = _where(table.schema, query.findall("Where/Expression"))
    order = [
        (_column(table.schema, (element.text or "").strip()).name, False) for element in query.findall("OrderBy/Column")
    ]
    with books.lock:
        rows = [row for row in table.rows() if passes(row)]
    rows = sort_records(rows, order, _read)[: _cap(query)]
    padded = switches.padded_codes
    written = [
        wrap("Row", (tag(column.name, as_enet_text(row[column.name], column, padded=padded)) for column in columns))
        for row in rows
    ]
    header = wrap("HeaderDetails", (tag("TableName", name), tag("Columns", counter(len(columns)))))
    return DECLARATION + wrap("COMFND", (header, *written, tag("RowsReturned", counter(len(rows)))))


def ledger_code(books: Books, query: ET.Element) -> str:
    """Answer GENQGL for the code in `Key/LedgerCode` or `LedgerCode`.

    Raises:
        DocumentError: the company has no such GL code.
    """
    code = (query.findtext(".//LedgerCode") or "").strip()
    row = books.tables["GenMaster"].get(books.company, code)
    if row is None:
        raise DocumentError(110003, f"Ledger code '{code}' not found")
    details = (
        tag("LedgerCode", code),
        tag("Description", row["Description"]),
        tag("AccountType", row["AccountType"]),
        tag("GlGroup", row["GlGroup"]),
        tag("ControlAccFlag", row["ControlAccFlag"]),
    )
    return DECLARATION + wrap(
        "GLStructureQuery",
        (wrap("SystemInformation", (tag("Company", books.company),)), wrap("LedgerDetails", details)),
    )


def _cap(query: ET.Element) -> int | None:
    text = value(query, "ReturnRows")
    if text and not text.isdecimal():
        raise DocumentError(340004, f"ReturnRows '{text}' is not numeric")
    return int(text) if text else None


def _column(schema: TableSchema, name: str) -> Column:
    column = schema.columns.get(name)
    if column is None or column.kind == "stamp":
        raise DocumentError(340002, f"Column '{name}' not found in table '{schema.name}'")
    return column


def _columns(schema: TableSchema, query: ET.Element, path: str) -> list[Column]:
    return [_column(schema, (element.text or "").strip()) for element in query.findall(path)]


def _read(row: Row, name: str) -> object:
    return row[name]


def _where(schema: TableSchema, expressions: Sequence[ET.Element]) -> _Test:
    """The conditions as one: brackets first, And before Or, as SQL reads them."""
    tokens: list[str | _Test] = []
    for number, expression in enumerate(expressions):
        joint = value(expression, "AndOr").lower()
        if number:
            if joint not in {"and", "or"}:
                raise DocumentError(340005, f"AndOr '{joint}' must be And or Or")
            tokens.append(joint)
        tokens += value(expression, "OpenBracket")
        tokens.append(_condition(schema, expression))
        tokens += value(expression, "CloseBracket")
    if not tokens:
        return lambda _row: True
    test = _any(tokens)
    if tokens:
        raise DocumentError(340006, "Brackets do not match")
    return test


def _any(tokens: list[str | _Test]) -> _Test:
    tests = [_all(tokens)]
    while tokens and tokens[0] == "or":
        tokens.pop(0)
        tests.append(_all(tokens))
    return lambda row: any(test(row) for test in tests)


def _all(tokens: list[str | _Test]) -> _Test:
    tests = [_one(tokens)]
    while tokens and tokens[0] == "and":
        tokens.pop(0)
        tests.append(_one(tokens))
    return lambda row: all(test(row) for test in tests)


def _one(tokens: list[str | _Test]) -> _Test:
    if not tokens:
        raise DocumentError(340006, "Brackets do not match")
    first = tokens.pop(0)
    if first == "(":
        test = _any(tokens)
        if not tokens or tokens.pop(0) != ")":
            raise DocumentError(340006, "Brackets do not match")
        return test
    if isinstance(first, str):
        raise DocumentError(340006, "Brackets do not match")
    return first


def _condition(schema: TableSchema, expression: ET.Element) -> _Test:
    column = _column(schema, value(expression, "Column"))
    condition = value(expression, "Condition").upper()
    decide = _CONDITIONS.get(condition)
    if decide is None:
        raise DocumentError(340007, f"Condition '{condition}' is not valid")
    wanted = _typed(column, value(expression, "Value"))

    def test(row: Row) -> bool:
        present = row[column.name]
        return present is not None and decide(compare_values(present, wanted))

    return test


def _typed(column: Column, text: str) -> Any:
    try:
        if column.kind == "number":
            return Decimal(text)
        return date.fromisoformat(text[:10]) if column.kind == "date" else text
    except (InvalidOperation, ValueError) as error:
        raise DocumentError(340008, f"Value '{text}' is not valid for column '{column.name}'") from error

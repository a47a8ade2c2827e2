"""The `q` filter of a record collection (docs/vendors/netsuite.md, sections 5.1 and 5.2)."""

from __future__ import annotations

import re
from typing import Any

from mlc_sandbox.netsuite.books import Books
from mlc_sandbox.netsuite.dates import parse_date
from mlc_sandbox.netsuite.refusals import Refusal, invalid_parameter

_CONDITION = re.compile(
    r'\s*(?P<field>\w+)\s+(?P<operator>[A-Z_]+)(?:\s+(?P<value>"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^\s"]+))?\s*(?:(?P<and>AND\b)|$)'
)
_FIELDS = {
    "id": ("id", "number"),
    "externalid": ("externalid", "text"),
    "tranid": ("tranid", "text"),
    "memo": ("memo", "text"),
    "trandate": ("trandate", "date"),
    "createddate": ("createddate", "date"),
    "lastmodifieddate": ("lastmodifieddate", "date"),
}
_TEXT_OPERATORS = {
    "IS": "{column} = $value",
    "IS_NOT": "({column} IS NULL OR {column} <> $value)",
    "CONTAIN": "contains({column}, $value)",
    "START_WITH": "starts_with({column}, $value)",
    "END_WITH": "ends_with({column}, $value)",
}
_DATE_OPERATORS = {"ON": "=", "BEFORE": "<", "AFTER": ">", "ON_OR_BEFORE": "<=", "ON_OR_AFTER": ">="}


def find_journals(books: Books, q: str, date_format: str) -> list[int]:
    """Ids of the journals that a `q` filter is true of, ascending; all for an empty filter.

    Conditions are `field OPERATOR value`, joined by AND. Date values are in the account's format, unlike anywhere else
    in the record API.

    Raises:
        Refusal: 400 INVALID_PARAMETER.
    """
    conditions, values = ["type = 'Journal'"], dict[str, Any]()
    position = 0
    while position < len(q) and q.strip():
        match = _CONDITION.match(q, position)
        if match is None or (match["and"] and match.end() >= len(q)):
            raise _invalid(q)
        name = f"value{len(conditions)}"
        condition, value = _condition(match["field"], match["operator"], match["value"], q, date_format)
        conditions.append(condition.replace("$value", f"${name}"))
        if "$value" in condition:
            values[name] = value
        position = match.end()
    where = " AND ".join(conditions)
    rows = books.cursor().execute(f"SELECT id FROM transaction WHERE {where} ORDER BY id", values).fetchall()  # noqa: S608 - only own texts
    return [row[0] for row in rows]


def _condition(field: str, operator: str, given: str | None, q: str, date_format: str) -> tuple[str, Any]:
    column, kind = _FIELDS.get(field.lower(), ("", ""))
    if operator in {"EMPTY", "EMPTY_NOT"} and column and given is None:
        return f"{column} IS {'NOT ' if operator == 'EMPTY_NOT' else ''}NULL", None
    if not column or given is None:
        raise _invalid(q)
    text = re.sub(r"\\(.)", r"\1", given[1:-1]) if given.startswith('"') else given
    if kind == "text" and operator in _TEXT_OPERATORS:
        return _TEXT_OPERATORS[operator].format(column=column), text
    if kind == "date" and operator in _DATE_OPERATORS:
        day = parse_date(text, date_format)
        if day is None:
            raise _invalid(q)
        return f"CAST({column} AS DATE) {_DATE_OPERATORS[operator]} $value", day
    if kind == "number" and operator in {"EQUAL", "IS", "ANY_OF"}:
        numbers = re.findall(r"\d+", text)
        if not numbers:
            raise _invalid(q)
        return f"{column} IN ({', '.join(numbers)})", None
    raise _invalid(q)


def _invalid(q: str) -> Refusal:
    return invalid_parameter(f"Invalid search query: {q}", "q")

"""Looks up the records that a journal refers to, and refuses those that it can't use."""

from __future__ import annotations

from typing import Any

from mlc_sandbox.netsuite.books import Books
from mlc_sandbox.netsuite.books.chart import UNPOSTABLE_TYPES
from mlc_sandbox.netsuite.journals.body import Reference, invalid_value

_TABLES = {
    "account": "account",
    "department": "department",
    "class": "classification",
    "location": "location",
    "entity": "_entity",
    "subsidiary": "subsidiary",
    "currency": "currency",
    "postingPeriod": "accountingperiod",
    "accountingBook": "accountingbook",
}
_WITH_EXTERNAL_ID = frozenset({"account", "department", "class", "location", "subsidiary"})


class References:
    """Finds records for the journals of one subsidiary."""

    def __init__(self, books: Books, subsidiary: int) -> None:
        self._books = books
        self._subsidiary = subsidiary
        self._rows: dict[tuple[str, Reference], dict[str, Any] | None] = {}

    def find(self, field: str, reference: Reference | None, path: str) -> int | None:
        """Id of the record that a field refers to; None for a cleared field.

        Raises:
            Refusal: 400 INVALID_CONTENT with `o:errorPath`: unknown, inactive, a summary account, an account or
                dimension of other subsidiaries, a period that takes no postings.
        """
        if reference is None:
            if field in {"account", "postingPeriod", "subsidiary", "currency"}:
                raise invalid_value("", field, path)
            return None
        if (field, reference) not in self._rows:
            # A journal has thousands of lines, and refers to few records.
            self._rows[field, reference] = self._row(field, reference)
        row = self._rows[field, reference]
        if row is None or not self._usable(field, row):
            raise invalid_value(reference, field, path)
        return int(row["id"])

    def _row(self, field: str, reference: Reference) -> dict[str, Any] | None:
        column = "id" if reference.id else "externalid"
        value: str | int = reference.id or reference.external_id
        if column == "id":
            if not reference.id.lstrip("-").isdigit():
                return None
            value = int(reference.id)
        elif field not in _WITH_EXTERNAL_ID:
            return None
        cursor = self._books.cursor()
        found = cursor.execute(f"SELECT * FROM {_TABLES[field]} WHERE {column} = ?", [value])  # noqa: S608 - constants
        names = [description[0] for description in found.description or ()]
        row = found.fetchone()
        return dict(zip(names, row, strict=True)) if row else None

    def _usable(self, field: str, row: dict[str, Any]) -> bool:
        if row.get("isinactive") == "T":
            return False
        if field == "account" and (row["issummary"] == "T" or row["accttype"] in UNPOSTABLE_TYPES):
            return False
        if field == "postingPeriod":
            return row["isposting"] == "T"
        subsidiaries = row.get("subsidiary")
        return not subsidiaries or str(self._subsidiary) in str(subsidiaries).split(", ")

"""A table in memory: rows in the order of their last change, and indexes made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from mlc_sandbox.syspro.books.schema import STAMP, TableSchema

Row = dict[str, Any]
"""Column -> value. Rows are replaced, never changed, so that a reader may keep them without a lock."""


class Table:
    """Rows of one table. Not thread safe.

    Args:
        schema: its columns.
        next_stamp: gives the next rowversion of the database.
    """

    def __init__(self, schema: TableSchema, next_stamp: Callable[[], int]) -> None:
        self.schema = schema
        self._next_stamp = next_stamp
        self._key = schema.key
        self._rows: dict[tuple[Any, ...], Row] = {}
        self._indexes: dict[tuple[str, ...], dict[tuple[Any, ...], list[Row]]] = {}
        self._empty: Row = {
            column.name: ("" if column.textual else None if column.kind == "date" else Decimal(0).scaleb(-column.scale))
            if column.scale or column.kind != "number"
            else 0
            for column in schema.columns.values()
        }

    def put(self, **values: Any) -> Row:
        """Write a row: new, or in place of the one with its key. Columns not given are empty, zero or null."""
        row = {**self._empty, **values, STAMP: self._next_stamp()}
        key = tuple(row[name] for name in self._key)
        # SQL Server promises no order: a row that was written again comes elsewhere in an unordered read.
        self._rows.pop(key, None)
        self._rows[key] = row
        self._indexes.clear()
        return row

    def change(self, row: Row, **values: Any) -> Row:
        """Write a row again with other values in columns that aren't its key."""
        return self.put(**{**row, **values})

    def remove(self, *key: Any) -> None:
        """Take a row out.

        Raises:
            KeyError: there is none with this key.
        """
        del self._rows[key]
        self._indexes.clear()

    def get(self, *key: Any) -> Row | None:
        """The row with this key."""
        return self._rows.get(key)

    def rows(self) -> Sequence[Row]:
        """All rows, in the order of their last change."""
        return list(self._rows.values())

    def where(self, **equal: Any) -> Sequence[Row]:
        """The rows that have these values, in the order of their last change."""
        columns = tuple(sorted(equal))
        if columns not in self._indexes:
            index: dict[tuple[Any, ...], list[Row]] = {}
            for row in self._rows.values():
                index.setdefault(tuple(row[name] for name in columns), []).append(row)
            self._indexes[columns] = index
        return self._indexes[columns].get(tuple(equal[name] for name in columns), [])

"""A table of records, indexed by key and by month."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from mlc_sandbox.sap_business_one.literals import as_date
from mlc_sandbox.sap_business_one.schema import EntityType

Row = dict[str, Any]


class Table:
    """The records of one entity set."""

    def __init__(self, entity_type: EntityType) -> None:
        self.type = entity_type
        self._rows: dict[Any, Row] = {}
        self._months: defaultdict[tuple[int, int], dict[Any, Row]] = defaultdict(dict)
        self._ordered: list[Row] | None = []

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: Any) -> Row | None:
        """The record with this key."""
        return self._rows.get(key)

    def put(self, row: Row) -> None:
        """Add a record, or put it in the place of the one with its key."""
        self.remove(row[self.type.key])
        self._rows[row[self.type.key]] = row
        if self.type.date:
            self._months[_month(row[self.type.date])][row[self.type.key]] = row

    def remove(self, key: Any) -> None:
        """Take a record out, if it is there."""
        self._ordered = None
        row = self._rows.pop(key, None)
        if row is not None and self.type.date:
            del self._months[_month(row[self.type.date])][key]

    def in_order(self) -> Sequence[Row]:
        """All records by key."""
        if self._ordered is None:
            self._ordered = self._by_key(self._rows.values())
        return self._ordered

    def between(self, start: date, end: date) -> list[Row]:
        """The records of these days, both inside, by key."""
        name = self.type.date
        return self._by_key(row for row in self._of_months(start, end) if start <= row[name] <= end)

    def candidates(self, required: Iterable[tuple[str, str, Any]]) -> Sequence[Row]:
        """By key, all records that satisfy the comparisons and perhaps others.

        Raises:
            ODataError: a value that is compared with the date is none.
        """
        start, end, key = date.min, date.max, self.type.key
        low: list[tuple[Any, bool]] = []
        for name, operator, value in required:
            if name == self.type.date and value is not None:
                start = max(start, as_date(value)) if operator in ("eq", "ge", "gt") else start
                end = min(end, as_date(value)) if operator in ("eq", "le", "lt") else end
            elif name == key and operator in ("eq", "ge", "gt") and self.type.properties[key] == "int":
                low.append((value, operator == "gt"))
        dated = (start, end) != (date.min, date.max)
        rows = self._by_key(self._of_months(start, end)) if dated else self.in_order()
        for value, after in low:
            if isinstance(value, int):
                rows = rows[(bisect_right if after else bisect_left)(rows, value, key=lambda row: row[key]) :]
        return rows

    def _of_months(self, start: date, end: date) -> Iterable[Row]:
        first, last = _month(start), _month(end)
        return (row for month, rows in self._months.items() if first <= month <= last for row in rows.values())

    def _by_key(self, rows: Iterable[Row]) -> list[Row]:
        key = self.type.key
        return sorted(rows, key=lambda row: row[key])


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month

"""Members of a list in an order in which every parent stands above its children."""

from __future__ import annotations

import pyarrow as pa

_PARENT = "parent"
_IDENTIFIERS = ("code", "name")


def parents_first(table: pa.Table) -> pa.Table:
    """The rows by depth in their own hierarchy; within a depth they keep their order.

    Columns are told by their headers, in any case: `Parent`, and `Code` or `Name` (a parent may be named by either).
    A table without them stays as it is, and so do rows whose parents go round in a circle: Anaplan refuses those, and
    tells which.
    """
    columns = {name.casefold(): name for name in table.column_names}
    identifiers = [columns[name] for name in _IDENTIFIERS if name in columns]
    if _PARENT not in columns or not identifiers:
        return table
    rows = table.to_pylist()
    place: dict[str, int] = {}
    for identifier in identifiers:
        for index, row in enumerate(rows):
            place.setdefault(row[identifier], index)
    above = [place.get(row[columns[_PARENT]]) for row in rows]
    order = sorted(range(len(rows)), key=lambda index: _depth(index, above))
    return table.take(pa.array(order, pa.int64()))


def _depth(index: int, above: list[int | None]) -> int:
    depth = 0
    seen = {index}
    parent = above[index]
    while parent is not None and parent not in seen:
        seen.add(parent)
        depth += 1
        parent = above[parent]
    return depth

"""Reading a table completely, in key order, and once more when that took several pages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pyarrow as pa

from mlc_pipelines.erp.steady import Changed
from mlc_pipelines.erp.syspro.odata import Answer, OData
from mlc_pipelines.erp.syspro.parsing import parser_of
from mlc_pipelines.erp.syspro.queries import KeyValues, Query, behind
from mlc_pipelines.errors import IncompleteRead


@dataclass
class _Seen:
    """What was read so far, in short: the keys in their order, whatever the pages."""

    columns: Sequence[str]
    rows: int = 0
    pages: int = 0
    keys: Any = field(default_factory=lambda: hashlib.blake2b(digest_size=16))

    def add(self, rows: pa.RecordBatch) -> None:
        self.rows += rows.num_rows
        self.pages += 1
        for key in zip(*(rows.column(name).to_pylist() for name in self.columns), strict=True):
            self.keys.update(repr(key).encode())


class Reader:
    """Reads the rows of one query; stateless, so threads may share it.

    Pages go on behind the last key, until SYSPRO's count says that nothing is left or, where it doesn't count, until
    there is an empty page: a short page may have been cut off. When there were several pages, the keys are read again:
    a row that came and one that went behind the reader would leave the count as it was.

    Args:
        odata: answers.
        query: what is read.
    """

    def __init__(self, odata: OData, query: Query) -> None:
        self._odata = odata
        self._query = query
        self._keys = replace(query, table=query.table.only(query.order))

    def pages(self, *within: str) -> Iterator[pa.RecordBatch]:
        """All rows in order, padded as SYSPRO keeps them; no empty batches.

        Args:
            within: further filters.

        Raises:
            Changed: rows came or went meanwhile.
            IncompleteRead: SYSPRO ends before the last row.
        """
        seen = self._nothing_seen()
        for answer in _answers(self._odata, self._query, within):
            seen.add(answer.rows)
            yield answer.rows
        if seen.pages > 1:
            self._compare(seen, within)

    def count(self, *within: str) -> int:
        """How many rows there are: SYSPRO says it, or the keys are counted."""
        counted = self._odata.count(self._query, *within)
        if counted is None:
            counted = sum(answer.rows.num_rows for answer in _answers(self._odata, self._keys, within))
        return counted

    def _compare(self, seen: _Seen, within: Sequence[str]) -> None:
        name, now = self._query.table.name, self._nothing_seen()
        counted: int | None = None
        for answer in _answers(self._odata, self._keys, within):
            counted = counted if now.pages else answer.left
            now.add(answer.rows)
        if counted not in (None, seen.rows):
            raise Changed(f"{seen.rows} rows of {name} were read and there are {counted}")
        if now.keys.digest() != seen.keys.digest():
            raise Changed(f"{seen.rows} rows of {name} were read, and a moment later some were others")

    def _nothing_seen(self) -> _Seen:
        return _Seen((*self._query.sought, *self._query.table.within))


def _answers(odata: OData, query: Query, within: Sequence[str]) -> Iterator[Answer]:
    """Pages until the last row; no empty ones."""
    parser, sought = parser_of(query.table), query.sought
    first: KeyValues | None = None
    last: KeyValues | None = None
    while True:
        filters = [*query.conditions, *within, *([behind(sought, last)] if last else [])]
        answer = odata.page(query, filters, parser)
        rows = answer.rows
        if not rows.num_rows:
            if answer.ends:
                return
            raise IncompleteRead(f"SYSPRO gave an empty page of {query.table.name} and says that there is more.")
        if first == key_at(rows, 0, sought):
            raise Changed(f"a page of {query.table.name} began like the one before it")
        if query.table.within and not answer.ends:
            rows = _with_whole_keys(rows, partial(odata.page, query, filters, parser, 1, skip=rows.num_rows), query)
        first, last = key_at(rows, 0, sought), key_at(rows, -1, sought)
        yield replace(answer, rows=rows)
        if answer.ends:
            return


def _with_whole_keys(rows: pa.RecordBatch, following: Callable[[], Answer], query: Query) -> pa.RecordBatch:
    """The rows without the last ones, of which there may be more on the next page under the same key."""
    place = rows.num_rows
    open_key = key_at(rows, -1, query.sought)
    while place and key_at(rows, place - 1, query.sought) == open_key:
        place -= 1
    if place:
        return rows.slice(0, place)
    more = following().rows
    if more.num_rows and key_at(more, 0, query.sought) == open_key:
        raise IncompleteRead(
            f"{query.table.name}: {dict(zip(query.sought, open_key, strict=True))} has more rows than a page of SYSPRO."
        )
    return rows


def key_at(rows: pa.RecordBatch | pa.Table, place: int, columns: Sequence[str]) -> KeyValues:
    """The values of those columns in the row at that place; negative places count from the end."""
    index = place if place >= 0 else rows.num_rows + place
    return tuple(rows.column(column)[index].as_py() for column in columns)

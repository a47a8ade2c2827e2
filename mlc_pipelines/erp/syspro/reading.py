"""Reading a table completely, in key order, counted on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute

from mlc_pipelines.erp.arrow_json import PageParser
from mlc_pipelines.erp.syspro.odata import OData
from mlc_pipelines.erp.syspro.query import KeyValues, Query, behind
from mlc_pipelines.erp.syspro.tables import Table
from mlc_pipelines.errors import IncompleteRead

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none

_Result = TypeVar("_Result")
_TRIES = 3


class Changed(Exception):
    """The rows are others than a moment ago: what was read of them is no state that ever was."""


def tried_again(subject: str, read: Callable[[], _Result]) -> _Result:
    """What `read` gives when the rows hold still.

    Raises:
        IncompleteRead: they went on changing.
    """
    what = ""
    for _ in range(_TRIES):
        try:
            return read()
        except Changed as change:
            what = str(change)
    raise IncompleteRead(
        f"{subject}: {what}, {_TRIES} times in a row.",
        hint="Run it again when nobody posts to the period, or read it at night.",
    )


class Reader:
    """Reads the rows of one query; stateless, so threads may share it.

    A page tells how many rows there are from its first on. Pages go on behind the last key; when there were several,
    all rows are counted once more at the end.

    Args:
        odata: answers.
        query: what is read.
    """

    def __init__(self, odata: OData, query: Query) -> None:
        self._odata = odata
        self._query = query
        self._parser = parser_of(query.table)

    def pages(self, *within: str) -> Iterator[pa.RecordBatch]:
        """All rows in order, padded as SYSPRO keeps them; no empty batches.

        Args:
            within: further filters.

        Raises:
            Changed: rows came or went meanwhile.
            IncompleteRead: SYSPRO ends before the last row.
        """
        query, sought = self._query, self._query.sought
        last: KeyValues | None = None
        before: int | None = None
        read, pages = 0, 0
        while True:
            filters = [*query.conditions, *within, *([behind(sought, last)] if last else [])]
            page, left = self._odata.page(query, filters, self._parser)
            rows = page.rows
            pages += 1
            if before is not None and left >= before:
                raise Changed(f"behind a page of {query.table.name} there were {left} rows, and {before} before it")
            before = left
            whole = rows.num_rows >= left
            if not whole:
                rows = self._with_whole_keys(rows)
            read += rows.num_rows
            if rows.num_rows:
                last = key_at(rows, -1, sought)
                yield rows
            if whole:
                break
        if pages > 1 and (now := self._odata.count(query, *within)) != read:
            raise Changed(f"{read} rows of {query.table.name} were read and there are {now}")

    def _with_whole_keys(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """The rows without the last ones, of which there may be more on the next page under the same key."""
        if not rows.num_rows:
            raise IncompleteRead(f"SYSPRO gave an empty page of {self._query.table.name} and says that there is more.")
        if not self._query.table.within:
            return rows
        place = rows.num_rows
        open_key = key_at(rows, -1, self._query.sought)
        while place and key_at(rows, place - 1, self._query.sought) == open_key:
            place -= 1
        if not place:
            raise IncompleteRead(
                f"{self._query.table.name}: {dict(zip(self._query.sought, open_key, strict=True))} has more rows than a"
                " page of SYSPRO.",
            )
        return rows.slice(0, place)


def parser_of(table: Table) -> PageParser:
    """What makes batches of the table's pages."""
    paths = {column: (table.renamed.get(column, column),) for column in table.columns}
    return PageParser(table.schema, paths, records="value")


def key_at(rows: pa.RecordBatch | pa.Table, place: int, columns: Sequence[str]) -> KeyValues:
    """The values of those columns in the row at that place; negative places count from the end."""
    index = place if place >= 0 else rows.num_rows + place
    return tuple(rows.column(column)[index].as_py() for column in columns)


def unpadded(rows: pa.RecordBatch) -> pa.RecordBatch:
    """The rows with blanks around texts cut off; what is empty then is null (contract syspro.md, section B1)."""
    columns: list[Any] = []
    for column in rows.columns:
        if pa.types.is_string(column.type):
            text = pc.utf8_trim_whitespace(column)
            columns.append(pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text))
        else:
            columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=rows.schema)

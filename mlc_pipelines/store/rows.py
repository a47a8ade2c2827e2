"""Rows about to be kept: what is refused of them, and which of their texts lack a character."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_pipelines.errors import DataError, IncompleteRead
from mlc_pipelines.visible import LOST

_compute: Any = pc
_SHOWN = 3


@dataclass
class Repaired:
    """Texts with `LOST` in place of a character, whether the ERP had lost it or its answer was mended.

    Attributes:
        texts: how many.
        first: where the first of them are, `memo of record 71/0`.
    """

    texts: int = 0
    first: list[str] = field(default_factory=list[str])

    def look_through(self, table: pa.Table, ids: str) -> None:
        """Count those of some more rows.

        Args:
            table: the rows.
            ids: the column with the records' ids.
        """
        for name, records in _holding(table, LOST, ids):
            self.texts += len(records)
            self.first += [f"{name} of record {each}" for each in records.to_pylist()[: _SHOWN - len(self.first)]]


def refuse_nul(folder: str, table: pa.Table, ids: str) -> None:
    """Refuse rows with a NUL in a text.

    Args:
        folder: whose rows, for messages.
        table: the rows.
        ids: the column with the records' ids.

    Raises:
        DataError: there is one; names the first record and field.
    """
    for name, records in _holding(table, "\0", ids):
        raise DataError(
            f"{folder}: {name} of record {records[0].as_py()} holds a NUL character, which no file and no database"
            " takes.",
            hint="Correct the text in the ERP.",
        )


def refuse_gaps(folder: str, table: pa.Table, ids: str, key: Sequence[str]) -> None:
    """Refuse rows without a value that every record has; a key that is empty names no record either.

    Args:
        folder: whose rows, for messages.
        table: the rows, with the fields that may be null in its schema.
        ids: the column with the records' ids.
        key: the fields that the ids are made of.

    Raises:
        IncompleteRead: names the field and the record, or what its neighbours are when its key is the gap.
    """
    required = [field.name for field in table.schema if not field.nullable and field.name != ids]
    for name in dict.fromkeys([*required, *key]):
        if table[name].null_count:
            raise _gap(folder, table[ids], _compute.index(_compute.is_null(table[name]), value=True).as_py(), name)
    place = _compute.index(_compute.equal(_compute.utf8_trim_whitespace(table[ids]), ""), value=True).as_py()
    if place >= 0:
        raise _gap(folder, table[ids], place, key[0])


def _gap(folder: str, ids: pa.ChunkedArray, place: int, name: str) -> IncompleteRead:
    record, before = (ids[place].as_py() or "").strip(), ids[place - 1].as_py() if place else None
    named = f"record {record}" if record else f"the record behind {before}" if before else "a record"
    return IncompleteRead(
        f"{folder}: {named} has no {name}, which every record must have.",
        hint="Look at the record in the ERP; a missing right on that field has the same effect.",
    )


def _holding(table: pa.Table, character: str, ids: str) -> Iterator[tuple[str, pa.ChunkedArray]]:
    """The columns with a character in their texts, and the ids of those records."""
    for name in table.column_names:
        if name != ids and pa.types.is_string(table[name].type):
            records = table[ids].filter(_compute.match_substring(table[name], character))
            if len(records):
                yield name, records

"""Texts of records as they are kept: which ones lack a character, and which could be kept nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_pipelines.errors import DataError
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


def _holding(table: pa.Table, character: str, ids: str) -> Iterator[tuple[str, pa.ChunkedArray]]:
    """The columns with a character in their texts, and the ids of those records."""
    for name in table.column_names:
        if name != ids and pa.types.is_string(table[name].type):
            records = table[ids].filter(_compute.match_substring(table[name], character))
            if len(records):
                yield name, records

"""The keys of a batch: where it ends, and that it is in order without repetition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none


def key_at(rows: pa.RecordBatch, place: int, keys: Sequence[str]) -> tuple[int, ...]:
    """The key of the row at that place; negative places count from the end."""
    index = place if place >= 0 else rows.num_rows + place
    return tuple(rows.column(key)[index].as_py() for key in keys)


def disorder(rows: pa.RecordBatch, keys: Sequence[str]) -> tuple[int, ...] | None:
    """The first key that doesn't come after the one before it, None when all do.

    Raises:
        ValueError: a row has no key.
    """
    if any(rows.column(key).null_count for key in keys):
        raise ValueError(f"a row has no {' or '.join(keys)}")
    if rows.num_rows < 2:
        return None
    rising = None
    for key in reversed(keys):
        column = rows.column(key)
        here, following = column.slice(0, rows.num_rows - 1), column.slice(1)
        greater = pc.greater(following, here)
        rising = greater if rising is None else pc.or_(greater, pc.and_(pc.equal(following, here), rising))
    place = pc.index(rising, False).as_py()
    return None if place < 0 else key_at(rows, place + 1, keys)

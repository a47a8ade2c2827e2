"""The cells of one line item, as columns: a million of them fit in some 50 MB and are written within a second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from mlc_sandbox.anaplan.spec.model import Format

# pyarrow makes these functions at run time, so the type checker does not know them.
pc: Any = pyarrow.compute

Coordinates = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

NUMBER_TYPE = pa.decimal128(38, 15)
"""Numbers are exact: 23 digits before the point and 15 behind it."""

TYPES: dict[Format, pa.DataType] = {
    "NUMBER": NUMBER_TYPE,
    "TEXT": pa.string(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.string(),
}
_DEFAULTS: dict[Format, Any] = {"NUMBER": Decimal(0), "TEXT": "", "BOOLEAN": False, "DATE": ""}


class ModuleTooLarge(Exception):
    """The product of the dimensions' sizes does not fit in 63 bits."""


@dataclass(frozen=True)
class Cells:
    """Immutable cells of one line item. Those with the default value (0, empty, false) are not kept, as in Anaplan.

    Attributes:
        format: of the line item.
        coordinates: one row per cell, one column per dimension: member indexes; rows are in lexicographic order.
        values: one per cell, of the Arrow type `TYPES[format]`.
    """

    format: Format
    coordinates: Coordinates
    values: pa.Array

    @classmethod
    def empty(cls, number_format: Format, dimensions: int) -> Cells:
        """No cells."""
        return cls(number_format, np.empty((0, dimensions), np.int32), pa.array([], TYPES[number_format]))

    def __len__(self) -> int:
        return len(self.values)

    def where(self, mask: Mask) -> Cells:
        """The cells at which the mask is true."""
        return Cells(self.format, self.coordinates[mask], self.values.filter(pa.array(mask)))

    def written(self, coordinates: Coordinates, values: pa.Array, sizes: Sequence[int]) -> tuple[Cells, int]:
        """These cells with others written over them; of several values for one cell the last wins.

        Args:
            coordinates: of the new values, in file order.
            values: the new values.
            sizes: for each dimension, a number above all its member indexes.

        Returns:
            The new cells, and how many cells differ from before.

        Raises:
            ModuleTooLarge: the sizes multiply to more than 63 bits.
        """
        new_keys = _keys(coordinates, sizes)
        order = np.argsort(new_keys, kind="stable")
        in_order = new_keys[order]
        is_last = np.ones(len(order), dtype=np.bool_)
        is_last[:-1] = in_order[1:] != in_order[:-1]
        order = order[is_last]
        new_keys, coordinates, values = new_keys[order], coordinates[order], values.take(pa.array(order))

        old_keys = _keys(self.coordinates, sizes)
        places = np.searchsorted(old_keys, new_keys)
        found = np.zeros(len(new_keys), dtype=np.bool_)
        inside = places < len(old_keys)
        found[inside] = old_keys[places[inside]] == new_keys[inside]
        before = self.values.take(pa.array(np.where(found, places, 0), mask=~found))
        default = pa.scalar(_DEFAULTS[self.format], TYPES[self.format])
        changed = int(pc.sum(pc.not_equal(pc.fill_null(before, default), values)).as_py() or 0)

        untouched = np.ones(len(old_keys), dtype=np.bool_)
        untouched[places[found]] = False
        worth_keeping = np.asarray(pc.not_equal(values, default))
        kept = self.where(untouched)
        fresh = Cells(self.format, coordinates, values).where(worth_keeping)
        all_keys = np.concatenate([old_keys[untouched], new_keys[worth_keeping]])
        order = np.argsort(all_keys, kind="stable")
        merged_values = pa.concat_arrays([kept.values, fresh.values]).take(pa.array(order))
        merged = Cells(
            self.format, np.concatenate([kept.coordinates, fresh.coordinates])[order], _one_chunk(merged_values)
        )
        return merged, changed

    def texts(self) -> list[str]:
        """The values as the API and files show them."""
        return text_array(self.values).to_pylist()


def text_array(values: pa.Array) -> pa.StringArray:
    """Values as the API and files show them: numbers without trailing zeros or exponents, booleans in lower case."""
    if pa.types.is_decimal(values.type):
        texts = pc.utf8_rtrim(pc.utf8_rtrim(values.cast(pa.string()), "0"), ".")
        if pc.any(pc.match_substring(texts, "E")).as_py():
            # Arrow writes numbers below a millionth with an exponent.
            texts = pa.array([format(value.normalize(), "f") for value in values.to_pylist()], pa.string())
        return texts
    if pa.types.is_boolean(values.type):
        return values.cast(pa.string())
    return values


def union(parts: Sequence[Cells], sizes: Sequence[int]) -> tuple[Coordinates, list[npt.NDArray[np.int64]]]:
    """All coordinates at which any of the parts has a cell, in order, and the row of each part's cells among them."""
    keys = [_keys(part.coordinates, sizes) for part in parts]
    every, first = np.unique(np.concatenate(keys), return_index=True)
    coordinates = np.concatenate([part.coordinates for part in parts])[first]
    return coordinates, [np.searchsorted(every, own) for own in keys]


def _one_chunk(values: Any) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _keys(coordinates: Coordinates, sizes: Sequence[int]) -> npt.NDArray[np.int64]:
    product = 1
    for size in sizes:
        product *= max(size, 1)
    if product >= 2**63:
        raise ModuleTooLarge(f"A module over dimensions of {list(sizes)} members is more than the sandbox can hold.")
    keys = np.zeros(len(coordinates), dtype=np.int64)
    for place, size in enumerate(sizes):
        keys = keys * max(size, 1) + coordinates[:, place]
    return keys

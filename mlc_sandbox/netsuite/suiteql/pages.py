"""Writes rows as the JSON of a SuiteQL page, column by column (docs/vendors/netsuite.md, section 3.2).

Every value is a text, nulls are left out, and each row has `"links":[]`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
from pyarrow import compute

from mlc_sandbox.netsuite.dates import format_date, format_moment

_compute: Any = compute
"""Its functions are made at import time, so no type checker sees them."""

_NEEDS_ESCAPE = r'["\\\x00-\x1f]'
_MOST_ARROW_SCALE = 6


@dataclass(frozen=True)
class Rendering:
    """How values are written: see `Switches.date_format` and `Switches.terse_numbers`."""

    date_format: str
    terse_numbers: bool


def rows_as_json(rows: pa.Table, rendering: Rendering) -> str:
    """The members of the page's `items` array, joined with commas."""
    if rows.num_rows == 0:
        return ""
    members: list[pa.Array] = [pa.repeat('"links":[]', rows.num_rows)]
    for name, column in zip(rows.column_names, rows.columns, strict=True):
        texts = _texts(_whole(column), rendering)
        members.append(_compute.binary_join_element_wise(f'{json.dumps(name)}:"', texts, '"', ""))
    joined = _compute.binary_join_element_wise(*members, ",", null_handling="skip")
    return "{" + "},{".join(joined.to_pylist()) + "}"


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _texts(column: pa.Array, rendering: Rendering) -> pa.Array:  # noqa: PLR0911 - one return per type
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _escaped(column.cast(pa.string()))
    if pa.types.is_integer(kind):
        return column.cast(pa.string())
    if pa.types.is_decimal(kind) and kind.scale <= _MOST_ARROW_SCALE:
        return _number_texts(column.cast(pa.string()), rendering, fraction=kind.scale > 0)
    if pa.types.is_decimal(kind) or pa.types.is_floating(kind):
        return _number_texts(_mapped(column, _plain), rendering, fraction=True)
    if pa.types.is_date(kind):
        return _mapped(column, lambda day: format_date(day, rendering.date_format))
    if pa.types.is_timestamp(kind):
        return _mapped(column, lambda moment: format_moment(moment, rendering.date_format))
    if pa.types.is_boolean(kind):
        return _mapped(column, lambda value: "T" if value else "F")
    return pa.nulls(len(column), pa.string())


def _escaped(texts: pa.Array) -> pa.Array:
    if not _compute.any(_compute.match_substring_regex(texts, _NEEDS_ESCAPE)).as_py():
        return texts
    return _mapped(texts, lambda text: json.dumps(text, ensure_ascii=False)[1:-1])


def _number_texts(texts: pa.Array, rendering: Rendering, *, fraction: bool) -> pa.Array:
    if fraction:
        texts = _compute.utf8_rtrim(_compute.utf8_rtrim(texts, "0"), ".")
    if rendering.terse_numbers:
        texts = _compute.replace_substring_regex(texts, r"^(-?)0\.", r"\1.")
    return texts


def _plain(number: Decimal | float) -> str:
    text = format(Decimal(repr(number)) if isinstance(number, float) else number, "f")
    return text if "." in text else f"{text}.0"


def _mapped(column: pa.Array, convert: Callable[[Any], str]) -> pa.Array:
    return pa.array([None if value is None else convert(value) for value in column.to_pylist()], pa.string())

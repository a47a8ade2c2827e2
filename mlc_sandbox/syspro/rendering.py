"""Values as the two services write them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from json.encoder import encode_basestring  # pyright: ignore[reportUnknownVariableType] - the stubs don't know it
from typing import Any

from mlc_sandbox.syspro.books.schema import Column
from mlc_sandbox.syspro.books.table import Row


def text_of(value: str, column: Column, *, padded: bool) -> str:
    """A text as the column holds it: codes fill their width when the database pads them."""
    return value.ljust(column.width) if padded and column.kind == "code" else value


def rows_as_json(rows: Iterable[Row], columns: Sequence[Column], *, padded: bool) -> str:
    """A JSON array of objects (docs/vendors/syspro.md, section B1: SQL types).

    Written here because amounts must keep all digits that the column has, which `json` can't.
    """
    parts = [(column.name, f'"{column.name}":', _json_writer(column, padded=padded)) for column in columns]
    written = ["{" + ",".join([label + write(row[name]) for name, label, write in parts]) + "}" for row in rows]
    return f"[{','.join(written)}]"


def _json_writer(column: Column, *, padded: bool) -> Callable[[Any], str]:
    if column.kind == "number":
        return str
    if column.kind == "date":
        return lambda value: "null" if value is None else f'"{value}T00:00:00Z"'
    if column.kind == "stamp":
        return lambda value: f'"{base64.b64encode(value.to_bytes(8, "big")).decode()}"'
    return lambda value: encode_basestring(text_of(value, column, padded=padded))


def as_enet_text(value: Any, column: Column, *, padded: bool) -> str:
    """A value in an XML answer: numbers with decimals are padded with spaces in front.

    See docs/vendors/syspro.md, section A2.
    """
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:>{column.width + 2}f}"
    if column.textual:
        return text_of(value, column, padded=padded)
    return str(value)


def counter(number: int) -> str:
    """A counter of an XML answer: zero-padded to six digits (docs/vendors/syspro.md, section A2)."""
    return f"{number:06d}"

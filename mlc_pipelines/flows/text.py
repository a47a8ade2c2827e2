"""Columns as text, the way an Anaplan file wants them: exact, plain, without an exponent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

_compute: Any = pc


def as_text(column: pa.Array) -> pa.Array:
    """The column as text; nulls stay null.

    Decimals lose trailing zeros and nothing else (`187.500000` -> `187.5`), dates are `YYYY-MM-DD`, moments ISO 8601,
    booleans `true` and `false`.
    """
    if pa.types.is_string(column.type):
        return column
    if pa.types.is_decimal(column.type):
        return _decimal_text(column)
    return column.cast(pa.string())


def _decimal_text(column: pa.Array) -> pa.Array:
    text = column.cast(pa.string())
    if _compute.any(_compute.match_substring(text, "E")).as_py():
        # Arrow writes very small numbers with an exponent, which Anaplan does not read.
        values = cast("list[Decimal | None]", column.to_pylist())
        return pa.array([None if value is None else amount_text(value) for value in values], pa.string())
    if cast("pa.Decimal128Type", column.type).scale == 0:
        return text
    shortened = _compute.replace_substring_regex(text, r"(\.[0-9]*?)0+$", r"\1")
    return _compute.replace_substring_regex(shortened, r"\.$", "")


def amount_text(amount: Decimal) -> str:
    """One number in the same form.

    >>> amount_text(Decimal("187.500000")), amount_text(Decimal("1E-9")), amount_text(Decimal("1200"))
    ('187.5', '0.000000001', '1200')
    """
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money_text(amount: Decimal) -> str:
    """An amount for people: at least two places, thousands set apart.

    >>> money_text(Decimal("-1234567.5")), money_text(Decimal("0")), money_text(Decimal("1.2345"))
    ('-1,234,567.50', '0.00', '1.2345')
    """
    whole, _, places = amount_text(amount).partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-') or 0):,}.{places.ljust(2, '0')}"

"""Order of values and records, and `$orderby`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeVar

Read = Callable[[Any, str], object]
"""`read(record, "Path/Name")` gives a property's value or raises `ODataError` when the record's type has none."""

_Record = TypeVar("_Record")


class ODataError(Exception):
    """The option can't be understood or not be evaluated; the message says why."""


def compare_values(left: object, right: object) -> int:
    """Order of two values that aren't null: negative, zero or positive.

    A date counts as its midnight, a moment without offset as UTC.

    Raises:
        ODataError: they have no common type.
    """
    one, other = _comparable(left), _comparable(right)
    if isinstance(one, bool) is not isinstance(other, bool):
        raise ODataError(f"incompatible types: {left!r} and {right!r}")
    try:
        return (one > other) - (one < other)
    except TypeError as error:
        raise ODataError(f"incompatible types: {left!r} and {right!r}") from error


def order_by(text: str) -> list[tuple[str, bool]]:
    """The fields of an `$orderby`, each with whether it descends.

    Raises:
        ODataError: it can't be understood.
    """
    fields: list[tuple[str, bool]] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*([A-Za-z_][\w/]*)(?:\s+(asc|desc))?\s*", part)
        if match is None:
            raise ODataError(f"invalid $orderby at {part.strip()!r}")
        fields.append((match[1], match[2] == "desc"))
    return fields


def sort_records(records: Iterable[_Record], order: Sequence[tuple[str, bool]], read: Read) -> list[_Record]:
    """The records in the order asked for; null comes before everything, equal ones stay as they are."""
    ordered = list(records)
    for name, descending in reversed(order):
        ordered.sort(key=_sort_key(name, read), reverse=descending)
    return ordered


def _sort_key(name: str, read: Read) -> Callable[[object], tuple[bool, Any]]:
    def key(record: object) -> tuple[bool, Any]:
        value = read(record, name)
        return value is not None, _comparable(value) if value is not None else 0

    return key


def _comparable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value

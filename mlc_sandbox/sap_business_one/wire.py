"""Records as JSON texts: exact numbers, dates in the form of the version.

See docs/vendors/sap_business_one.md, section 5.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, time
from decimal import Decimal
from functools import cache
from json.encoder import encode_basestring
from typing import Any

from mlc_sandbox.sap_business_one.schema import EntityType, EnumMember

Record = Mapping[str, Any]
"""Property -> value; what is missing has its type's default."""


def amount_text(amount: Decimal) -> str:
    """An amount as a JSON number: all its digits, at least one of them a fraction."""
    text = f"{amount:f}"
    if "." not in text:
        return text + ".0"
    text = text.rstrip("0")
    return text + "0" if text.endswith(".") else text


def etag(record: Record) -> str:
    """The entity tag of a record that has one."""
    return f'W/"{record["DataVersion"]:08X}"'


def _null(_value: object) -> str:
    return "null"


_RENDER: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    EnumMember: encode_basestring,
    int: str,
    Decimal: amount_text,
    date: lambda day: f'"{day.isoformat()}"',
    time: lambda moment: f'"{moment.isoformat()}"',
    type(None): _null,
}
_MOMENTS = _RENDER | {date: lambda day: f'"{day.isoformat()}T00:00:00Z"'}


class Encoder:
    """Encodes records of one type, with all of its properties or those selected.

    Rows are mostly defaults: their texts are made once, and a record only replaces those that it holds.
    """

    def __init__(self, entity_type: EntityType, names: Collection[str], *, moments: bool) -> None:
        """Prepare.

        Args:
            entity_type: of the records.
            names: properties and collections, in the order wanted.
            moments: dates as moments, as v2 writes them.
        """
        self._render = _MOMENTS if moments else _RENDER
        plain = [name for name in entity_type.properties if name in names]
        self._place = {name: place for place, name in enumerate(plain)}
        self._labels = {name: f'"{name}":' for name in plain}
        self._blank = [self._labels[name] + self._text(entity_type.default(name)) for name in plain]
        self._lines = [
            (name, encoder_of(line_type, frozenset(line_type.properties), moments=moments))
            for name, line_type in entity_type.lines.items()
            if name in names
        ]

    def members(self, record: Record) -> str:
        """The members of the record's JSON object, without the braces."""
        parts = self._blank.copy()
        place, labels, render = self._place, self._labels, self._render
        for name, value in record.items():
            if name in place:
                parts[place[name]] = labels[name] + render[type(value)](value)
        for name, encoder in self._lines:
            inside = "},{".join([encoder.members(line) for line in record[name]])
            parts.append(f'"{name}":[{{{inside}}}]' if inside else f'"{name}":[]')
        return ",".join(parts)

    def _text(self, value: object) -> str:
        return self._render[type(value)](value)


@cache
def encoder_of(entity_type: EntityType, names: frozenset[str], *, moments: bool) -> Encoder:
    """The encoder for these properties, made once."""
    return Encoder(entity_type, names, moments=moments)


def value_text(value: object) -> str:
    """One value as JSON, dates plain."""
    return _RENDER[type(value)](value)

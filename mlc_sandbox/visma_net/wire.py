"""JSON as the vendor writes it: amounts are numbers with the digits that they have, never floats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring as quoted  # ÆØÅ stay as they are
from typing import Any


class Written(str):
    """A text that is JSON already."""

    __slots__ = ()


def to_json(value: object) -> str:
    """A value as JSON; a `Decimal` keeps its places, so 1234.7700 stays so (docs/vendors/visma_net.md, section 3)."""
    return _WRITERS[type(value)](value)


def _object(members: Mapping[str, Any]) -> str:
    written = tuple([_WRITERS[type(value)](value) for value in members.values()])
    return _template(tuple(members)) % written


@lru_cache(maxsize=256)
def _template(names: tuple[str, ...]) -> str:
    return "{" + ",".join(f'"{name}":%s' for name in names) + "}"


def _array(values: list[Any]) -> str:
    return "[" + ",".join([_WRITERS[type(value)](value) for value in values]) + "]"


def _number(amount: Decimal) -> str:
    text = str(amount)
    # The vendor's serializer gives a whole amount its `.0`.
    return text if "." in text else text + ".0"


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: quoted,
    Written: str,
    int: str,
    Decimal: _number,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "null",
    dict: _object,
    list: _array,
}

"""Reads the body of a journal entry: property names, value types, references.

See docs/vendors/netsuite.md, section 5.2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from mlc_sandbox.netsuite.books.entries import CENT
from mlc_sandbox.netsuite.journals.fields import (
    BODY_OTHER,
    BODY_READ,
    BODY_READ_ONLY,
    LINE_OTHER,
    LINE_READ,
    LINE_READ_ONLY,
)
from mlc_sandbox.netsuite.refusals import Refusal, user_error

_FEATURES = {"subsidiary": "oneworld", "department": "departments", "class": "classes", "location": "locations"} | {
    "accountingBook": "multi_book",
    "isBookSpecific": "multi_book",
}
_VALIDATIONS = ("error", "warning", "ignore")


@dataclass(frozen=True)
class Reference:
    """A reference to another record, by internal or by external id; one of them is empty."""

    id: str
    external_id: str

    def __str__(self) -> str:
        return self.id or self.external_id


@dataclass(frozen=True)
class Body:
    """A body that reads well; whether it makes sense is another matter.

    Attributes:
        header: property -> value: `Reference`, text, `date`, `Decimal`, truth value, or None to clear it.
        lines: the same for each line; None when the body has no `line`.
        ignored: paths of unknown properties that were let pass.
    """

    header: Mapping[str, Any]
    lines: list[Mapping[str, Any]] | None
    ignored: list[str] = field(default_factory=list[str])


def read_body(raw: bytes, validation: str, features: frozenset[str]) -> Body:
    """Read a request body.

    Args:
        raw: JSON text.
        validation: header `X-NetSuite-PropertyNameValidation`; empty is NetSuite's default, a warning.
        features: what the account has; properties of others are unknown.

    Raises:
        Refusal: 400 INVALID_CONTENT or INVALID_HEADER.
    """
    mode = (validation or "warning").strip().lower()
    if mode not in _VALIDATIONS:
        name = "X-NetSuite-PropertyNameValidation"
        raise Refusal(400, "INVALID_HEADER", f"Invalid value for the header {name}.", where={"o:errorHeader": name})
    content = _parsed(raw)
    reader = _Reader(mode, frozenset(name for name, needed in _FEATURES.items() if needed not in features))
    header = reader.properties(content, "", BODY_READ, BODY_READ_ONLY, BODY_OTHER)
    lines: list[Mapping[str, Any]] | None = None
    if "line" in header:
        sublist = header.pop("line") or {"items": None}
        items = sublist.get("items", []) if isinstance(sublist, Mapping) else sublist
        if not isinstance(items, list | None):
            raise invalid_value(sublist, "line", "line")
        lines = [
            reader.properties(item, f"line.items[{number}].", LINE_READ, LINE_READ_ONLY, LINE_OTHER)
            for number, item in enumerate(items or [])
        ]
    return Body(header, lines, reader.ignored)


def invalid_value(value: Any, name: str, path: str) -> Refusal:
    """The refusal of a value that a field can't have (docs/vendors/netsuite.md, section 5.6)."""
    return Refusal(
        400,
        "INVALID_CONTENT",
        f"Error while accessing a resource. You have entered an Invalid Field Value {value} "
        f"for the following field: {name}",
        where={"o:errorPath": path},
    )


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw, parse_float=Decimal)
    except (ValueError, InvalidOperation) as error:
        raise Refusal(400, "INVALID_CONTENT", "Invalid JSON content in the request body.") from error


class _Reader:
    def __init__(self, mode: str, missing: frozenset[str]) -> None:
        self._mode = mode
        self._missing = missing
        self.ignored: list[str] = []

    def properties(
        self, content: Any, path: str, read: frozenset[str], read_only: frozenset[str], other: frozenset[str]
    ) -> dict[str, Any]:
        if not isinstance(content, Mapping):
            raise invalid_value(content, path.rstrip("."), path.rstrip("."))
        values: dict[str, Any] = {}
        for name, value in content.items():
            if name in read_only:
                continue
            if name in other and name not in self._missing:
                raise user_error(f"The sandbox does not support the field {name}.", f"{path}{name}")
            if name not in read or name in self._missing:
                self._unknown(name, f"{path}{name}")
                continue
            values[name] = (
                _CONVERSIONS.get(name, _as_it_is)(value, name, f"{path}{name}") if value is not None else None
            )
        return values

    def _unknown(self, name: str, path: str) -> None:
        if self._mode == "error":
            raise Refusal(
                400, "INVALID_CONTENT", f"Unknown reference or property name '{name}'.", where={"o:errorPath": path}
            )
        if self._mode == "warning":
            self.ignored.append(path)


def _reference(value: Any, name: str, path: str) -> Reference:
    if isinstance(value, Mapping):
        internal, external = value.get("id"), value.get("externalId")
        if isinstance(internal, str | int) and not isinstance(internal, bool) and str(internal):
            return Reference(str(internal), "")
        if isinstance(external, str) and external:
            return Reference("", external)
        value = json.dumps(dict(value), default=str)
    raise invalid_value(value, name, path)


def _money(value: Any, name: str, path: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise invalid_value(value, name, path)
    amount = Decimal(value)
    if amount != amount.quantize(CENT) or amount < 0:
        raise invalid_value(value, name, path)
    return amount.quantize(CENT)


def _rate(value: Any, name: str, path: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value <= 0:
        raise invalid_value(value, name, path)
    return Decimal(value)


def _day(value: Any, name: str, path: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise invalid_value(value, name, path) from error


def _text(value: Any, name: str, path: str) -> str:
    if not isinstance(value, str):
        raise invalid_value(value, name, path)
    return value


def _truth(value: Any, name: str, path: str) -> bool:
    if not isinstance(value, bool):
        raise invalid_value(value, name, path)
    return value


def _number(value: Any, name: str, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise invalid_value(value, name, path)
    return value


def _as_it_is(value: Any, _name: str, _path: str) -> Any:
    return value


def _sublist_or_number(value: Any, name: str, path: str) -> Any:
    # `line` is the sublist in the header and the number of a line in a line.
    return value if path == "line" else _number(value, name, path)


_CONVERSIONS: dict[str, Any] = (
    dict.fromkeys(
        ("subsidiary", "postingPeriod", "currency", "approvalStatus", "department", "class", "location"), _reference
    )
    | dict.fromkeys(("account", "entity", "accountingBook"), _reference)
    | dict.fromkeys(("debit", "credit"), _money)
    | dict.fromkeys(("tranDate", "reversalDate"), _day)
    | dict.fromkeys(("memo", "externalId", "tranId"), _text)
    | dict.fromkeys(("approved", "reversalDefer", "void", "isBookSpecific"), _truth)
    | {"exchangeRate": _rate, "line": _sublist_or_number}
)

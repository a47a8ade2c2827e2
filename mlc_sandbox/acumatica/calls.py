"""One request to the endpoint, and its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from mlc_sandbox.acumatica.refusals import bad_request, unknown_name
from mlc_sandbox.acumatica.rendering import Renderer
from mlc_sandbox.acumatica.sessions import Session
from mlc_sandbox.acumatica.shapes import Shape
from mlc_sandbox.rest.refusals import Refusal

Body = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """A request of someone who is signed in.

    Attributes:
        method: HTTP method.
        url: whole address, for messages.
        parts: path below the endpoint, split at slashes: entity, then key, id or action.
        query: query options, decoded.
        headers: names in lower case.
        content: body.
        session: of the caller.
        root: path of the endpoint, `/AcumaticaERP/entity/Default/24.200.001`.
        renderer: writes records.
    """

    method: str
    url: str
    parts: Sequence[str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes
    session: Session
    root: str
    renderer: Renderer

    def body(self) -> Body:
        """The body, an object; numbers are decimals.

        Raises:
            Refusal: 400.
        """
        try:
            found = json.loads(self.content, parse_float=Decimal)
        except ValueError as error:
            raise bad_request("The request is invalid.", entity=[f"Malformed JSON: {error}"]) from error
        if not isinstance(found, dict):
            raise bad_request("The request is invalid.", entity=["An object is expected."])
        return cast("Body", found)


@dataclass(frozen=True)
class Answer:
    """What is sent back; JSON unless the body is empty."""

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def values_of(body: Body, shape: Shape) -> dict[str, Any]:
    """The fields of a submitted record, out of their `{"value": ...}`; null where a field is to be cleared.

    Raises:
        Refusal: a field that the entity doesn't have, or one that isn't wrapped.
    """
    values: dict[str, Any] = {}
    for name, wrapped in body.items():
        if name in shape.details or name in shape.links or name in _PLAIN:
            continue
        if name not in shape.types:
            raise unknown_name()
        if not isinstance(wrapped, dict):
            raise bad_request("The request is invalid.", **{f"entity.{name}": ["An object with 'value' is expected."]})
        found = cast("Body", wrapped)
        if "value" in found:
            values[name] = _typed(name, found["value"], shape.types[name])
    return values


_PLAIN = frozenset({"id", "rowNumber", "note", "custom", "error", "delete", "files", "_links"})


def _typed(name: str, value: Any, kind: str) -> Any:
    wrong = bad_request("The request is invalid.", **{f"entity.{name}": [f"Could not convert {value!r} to {kind}."]})
    match kind:
        case _ if value is None:
            return None
        case "Boolean":
            if not isinstance(value, bool):
                raise wrong
        case "Decimal" | "Double":
            if isinstance(value, bool):
                raise wrong
            try:
                # Numbers as text are taken too.
                return Decimal(str(value))
            except ArithmeticError:
                raise wrong from None
        case "Int" | "Short" | "Long":
            if isinstance(value, bool) or not str(value).lstrip("-").isdigit():
                raise wrong
            return int(value)
        case _:
            if not isinstance(value, str):
                raise wrong
    return value


def refused_record(submitted: Body, errors: Mapping[str, str], top: str) -> Refusal:
    """422: the submitted record with `error` on its fields and on itself (docs/vendors/acumatica.md, section 11).

    Args:
        submitted: the record; changed in place.
        errors: message by field; a detail's field is `Details/<row>/<field>`, the row counted from 0.
        top: message of the whole.
    """
    for path, message in errors.items():
        where: Any = submitted
        *above, name = path.split("/")
        for step in above:
            where = where[int(step)] if isinstance(where, list) else where[step]
        where[name] = {**(where.get(name) or {}), "error": message}
    return Refusal(422, {**submitted, "error": top})

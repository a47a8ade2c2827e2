"""What of a record is answered: `$select`, `$expand`, `$custom` (docs/vendors/acumatica.md, sections 4 and 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mlc_sandbox.acumatica.refusals import unknown_name
from mlc_sandbox.acumatica.shapes import Shape


@dataclass
class View:
    """What of a shape is answered.

    Attributes:
        shape: of the record.
        names: fields, in order.
        parts: what was asked to be expanded, details and linked entities.
        unexpanded: details that were not.
        custom: `View.Field` names.
    """

    shape: Shape
    names: Sequence[str]
    parts: dict[str, View] = field(default_factory=dict[str, "View"])
    unexpanded: Sequence[str] = ()
    custom: Sequence[str] = ()


def view_of(shape: Shape, query: Mapping[str, str]) -> View:
    """The view that the query options ask for.

    Raises:
        Refusal: a name that the entity doesn't have.
    """
    select = _paths(query.get("$select", ""))
    custom = _paths(query.get("$custom", ""))
    return _view(shape, select, _paths(query.get("$expand", "")), custom, selected=bool(select))


def _paths(text: str) -> list[list[str]]:
    return [part.strip().split("/") for part in text.split(",") if part.strip()]


def _below(paths: list[list[str]], name: str) -> list[list[str]]:
    return [path[1:] for path in paths if path[0] == name and len(path) > 1]


def _view(
    shape: Shape, select: list[list[str]], expand: list[list[str]], custom: list[list[str]], *, selected: bool
) -> View:
    known = {*shape.types, *shape.details, *shape.links, "id", "rowNumber", "note"}
    if any(path[0] not in known for path in select) or any(
        path[0] not in shape.details and path[0] not in shape.links for path in expand
    ):
        raise unknown_name()
    wanted = {path[0] for path in select if len(path) == 1}
    view = View(
        shape,
        names=[name for name in shape.types if not selected or name in wanted],
        unexpanded=[] if selected else [name for name in shape.details if [name] not in expand],
        custom=[path[0] for path in custom if len(path) == 1],
    )
    for name, part in {**shape.details, **shape.links}.items():
        below = _below(select, name)
        if [name] in expand and (not selected or below or name in wanted):
            # The view in a custom field's name says whether it is of the record or of its lines.
            view.parts[name] = _view(part, below, _below(expand, name), custom, selected=bool(below))
        elif below:
            # Its names are looked up all the same.
            _view(part, below, [], [], selected=True)
    return view

"""Writing cells of a module directly (docs/vendors/anaplan.md, section 7)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from mlc_pipelines.anaplan.api import PREFIX, ModelApi
from mlc_pipelines.anaplan.discovery import find_by_name
from mlc_pipelines.anaplan.files import Upload
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.http import Answer, path_part, read_object

_LIST_PREFIX = "101"  # of list ids (docs/vendors/anaplan.md, section 3)


@dataclass(frozen=True)
class Cell:
    """One cell and its new value.

    Attributes:
        line_item: name.
        coordinates: dimension name to the member's code or name.
        value: a number, a text, or a truth.
    """

    line_item: str
    coordinates: Mapping[str, str]
    value: Decimal | int | str | bool


@dataclass(frozen=True)
class CellFailure:
    """A cell that Anaplan did not take.

    Attributes:
        place: which one, from 0, in the order given.
        kind: Anaplan's word.
        message: for people.
    """

    place: int
    kind: str
    message: str


@dataclass(frozen=True)
class CellWrite:
    """What came of it.

    Attributes:
        sent: cells.
        changed: cells that Anaplan says it changed; a cell that held the value already is not among them.
        failures: cells not taken; the others were written all the same.
    """

    sent: int
    changed: int
    failures: tuple[CellFailure, ...]


def write_cells(api: ModelApi, module_id: str, cells: Iterable[Cell], *, how: Upload) -> CellWrite:
    """Write cells, in as many calls as they need.

    Values are absolute, so a call whose answer was lost is sent again.

    A member is named by its code or its name, as in an import's file; the list is asked which it is. One that it lacks
    is a failure of its own cell.

    Args:
        api: the model; the caller holds its lock.
        module_id: where to.
        cells: of input line items, not of sums or formulas.
        how: sizes of calls.
    """
    path = f"{_model(api)}/modules/{path_part(module_id)}/data"
    members = _Members(api, module_id)
    sent = changed = 0
    failures: list[CellFailure] = []
    for body, count in _calls(cells, members, how):
        answer = read_object(
            api.request("POST", path, content=body, headers={"Content-Type": "application/json"}, repeatable=True)
        )
        changed += answer.whole("numberOfCellsChanged")
        failures += [
            CellFailure(
                sent + failure.place("requestIndex", count),
                failure.text("failureType"),
                failure.text("failureMessageDetails"),
            )
            for failure in answer.listed("failures")
        ]
        sent += count
    return CellWrite(sent, changed, tuple(failures))


def cell_dimensions(api: ModelApi, module_name: str, module_id: str, line_item: str) -> tuple[str, ...]:
    """The dimensions of a module's line item, by name.

    Raises:
        ConfigurationError: the module has no such line item, or it takes no numbers.
    """
    items = api.read_all(
        f"{_model(api)}/modules/{path_part(module_id)}/lineItems", "items", params={"includeAll": "true"}
    )
    found = find_by_name(items, line_item, f"line item of module {module_name!r}")
    obstacle = "it has a formula" if found.get("formula") else f"its format is {found.get('format')}"
    if found.get("formula") or found.get("format") not in {None, "NUMBER"}:
        raise ConfigurationError(
            f"The line item {line_item!r} of module {module_name!r} takes no numbers: {obstacle}.",
            hint="Name a line item of format NUMBER without a formula.",
        )
    return tuple(name for name, _ in _dimensions(api, str(found["id"])))


def _model(api: ModelApi) -> str:
    return f"{PREFIX}/models/{api.model_id}"


def _line_items(api: ModelApi, module_id: str) -> list[Answer]:
    return api.read_all(f"{_model(api)}/modules/{path_part(module_id)}/lineItems", "items")


def _dimensions(api: ModelApi, line_item_id: str) -> list[tuple[str, str]]:
    found = api.read_all(f"{_model(api)}/lineItems/{path_part(line_item_id)}/dimensions", "dimensions")
    return [(dimension.needed("name"), dimension.needed("id")) for dimension in found]


class _Members:
    """The members of a module's dimensions by code and name, read when a cell first needs them."""

    def __init__(self, api: ModelApi, module_id: str) -> None:
        self._api = api
        self._module_id = module_id
        self._lists: dict[str, dict[str, str]] = {}
        self._members: dict[str, dict[str, str]] = {}

    def coordinates(self, cell: Cell) -> list[dict[str, str]]:
        """As Anaplan takes them. A member that the list lacks stays a name: Anaplan says what is wrong with it."""
        lists = self._lists_of(cell.line_item)
        return [
            {"dimensionName": dimension}
            | ({"itemId": found} if (found := self._find(lists.get(dimension), text)) else {"itemName": text})
            for dimension, text in cell.coordinates.items()
        ]

    def _lists_of(self, line_item: str) -> Mapping[str, str]:
        """The lists among the dimensions, name to id: periods and versions have no codes."""
        if line_item not in self._lists:
            ids = [item.needed("id") for item in self._line_items if item.get("name") == line_item]
            dimensions = _dimensions(self._api, ids[0]) if ids else []
            self._lists[line_item] = {name: id_ for name, id_ in dimensions if id_.startswith(_LIST_PREFIX)}
        return self._lists[line_item]

    @cached_property
    def _line_items(self) -> list[Answer]:
        return _line_items(self._api, self._module_id)

    def _find(self, list_id: str | None, text: str) -> str | None:
        if list_id is None:
            return None
        if list_id not in self._members:
            found = self._api.read_all(f"{_model(self._api)}/dimensions/{list_id}/items", "items")
            by_name = {member.text("name"): member.needed("id") for member in found if member.get("name")}
            by_code = {member.text("code"): member.needed("id") for member in found if member.get("code")}
            self._members[list_id] = by_name | by_code
        return self._members[list_id].get(text)


def _calls(cells: Iterable[Cell], members: _Members, how: Upload) -> Iterator[tuple[bytes, int]]:
    held: list[bytes] = []
    size = 2
    for cell in cells:
        text = _json(cell, members).encode()
        if held and (len(held) == how.cells_per_call or size + len(text) + 1 > how.bytes_per_call):
            yield b"[" + b",".join(held) + b"]", len(held)
            held, size = [], 2
        held.append(text)
        size += len(text) + 1
    if held:
        yield b"[" + b",".join(held) + b"]", len(held)


def _json(cell: Cell, members: _Members) -> str:
    """Written by hand as far as the value: the json module would turn a Decimal into a float."""
    place = json.dumps({"lineItemName": cell.line_item, "dimensions": members.coordinates(cell)}, ensure_ascii=False)
    value = format(cell.value, "f") if isinstance(cell.value, Decimal) else json.dumps(cell.value, ensure_ascii=False)
    return f'{place[:-1]}, "value": {value}}}'

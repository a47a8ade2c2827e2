"""Writing cells of a module directly (contract anaplan.md, section 7)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mlc_pipelines.anaplan.api import PREFIX, ModelApi
from mlc_pipelines.anaplan.discovery import find_by_name

CELLS_PER_CALL = 100_000
BYTES_PER_CALL = 15_000_000


@dataclass(frozen=True)
class Cell:
    """One cell and its new value.

    Attributes:
        line_item: name.
        coordinates: dimension name to member name.
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


def write_cells(api: ModelApi, module_name: str, cells: Iterable[Cell]) -> CellWrite:
    """Write cells, at most 100 000 and 15 MB in a call.

    Values are absolute, so a call whose answer was lost is sent again.

    Args:
        api: the model; the caller holds its lock.
        module_name: exact name.
        cells: of input line items, not of sums or formulas.

    Raises:
        ConfigurationError: the model has no such module.
    """
    module = find_by_name(api.read_all("/modules", "modules"), module_name, "module")
    path = f"{PREFIX}/models/{api.model_id}/modules/{module['id']}/data"
    sent = changed = 0
    failures: list[CellFailure] = []
    for body, count in _calls(cells):
        answer: Mapping[str, Any] = api.request(
            "POST", path, content=body, headers={"Content-Type": "application/json"}, repeatable=True
        ).json()
        changed += int(answer.get("numberOfCellsChanged") or 0)
        failures += [
            CellFailure(
                sent + int(failure.get("requestIndex") or 0),
                str(failure.get("failureType") or ""),
                str(failure.get("failureMessageDetails") or ""),
            )
            for failure in answer.get("failures") or ()
        ]
        sent += count
    return CellWrite(sent, changed, tuple(failures))


def _calls(cells: Iterable[Cell]) -> Iterator[tuple[bytes, int]]:
    held: list[bytes] = []
    size = 2
    for cell in cells:
        text = _json(cell).encode()
        if held and (len(held) == CELLS_PER_CALL or size + len(text) + 1 > BYTES_PER_CALL):
            yield b"[" + b",".join(held) + b"]", len(held)
            held, size = [], 2
        held.append(text)
        size += len(text) + 1
    if held:
        yield b"[" + b",".join(held) + b"]", len(held)


def _json(cell: Cell) -> str:
    """Written by hand as far as the value: the json module would turn a Decimal into a float."""
    dimensions = [{"dimensionName": name, "itemName": member} for name, member in cell.coordinates.items()]
    place = json.dumps({"lineItemName": cell.line_item, "dimensions": dimensions}, ensure_ascii=False)
    value = format(cell.value, "f") if isinstance(cell.value, Decimal) else json.dumps(cell.value, ensure_ascii=False)
    return f'{place[:-1]}, "value": {value}}}'

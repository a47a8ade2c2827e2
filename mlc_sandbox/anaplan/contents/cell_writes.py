"""Transactional writes to single cells of a module (docs/vendors/anaplan.md, section 7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from mlc_sandbox.anaplan.contents.catalogue import Catalogue
from mlc_sandbox.anaplan.contents.cells import TYPES
from mlc_sandbox.anaplan.contents.formats import is_date
from mlc_sandbox.anaplan.contents.state import ModelState
from mlc_sandbox.anaplan.spec.model import LineItemSpec, line_item_specs

_OF_ONE_CELL = frozenset({"cellIsCalculated", "cellIsInvalid"})
_MOST_DIGITS = 23
_MOST_DECIMALS = 15


class _Refused(Exception):
    def __init__(self, kind: str, details: str) -> None:
        super().__init__(details)
        self.kind = kind


class WholeCallRefused(Exception):
    """A field is missing or a value is of another type: nothing of the call is written."""


class CellWriter:
    """Writes cells of one module.

    Attributes:
        failures: entries of the answer's `failures`.
    """

    def __init__(self, state: ModelState, catalogue: Catalogue, module: str) -> None:
        self.failures: list[dict[str, Any]] = []
        self._state = state
        self._catalogue = catalogue
        self._module = module
        self._dimensions = state.module_spec(module).dimensions
        self._line_items = {entry.name: entry for entry in line_item_specs(state.module_spec(module))}
        self._aggregates = {name: state.lists[name].aggregates() for name in self._dimensions}

    def write(self, entries: Sequence[Mapping[str, Any]]) -> int:
        """Write the cells that can be written; returns how many changed.

        Raises:
            WholeCallRefused: nothing was written.
        """
        pending: defaultdict[str, list[tuple[list[int], Any]]] = defaultdict(list)
        for place, entry in enumerate(entries):
            try:
                line_item = self._line_item(entry)
                cell = self._coordinates(entry), _value(line_item, entry.get("value"))
                pending[line_item.name].append(cell)
            except _Refused as refused:
                if refused.kind not in _OF_ONE_CELL:
                    raise WholeCallRefused(f"{refused.kind}: {refused} (cell {place})") from None
                self.failures.append(
                    {"requestIndex": place, "failureType": refused.kind, "failureMessageDetails": str(refused)}
                )
        changed = 0
        for name, cells in pending.items():
            coordinates = np.array([coordinate for coordinate, _ in cells], dtype=np.int32)
            values = pa.array([value for _, value in cells], TYPES[self._line_items[name].format])
            changed += self._state.write(self._module, name, coordinates, values)
        return changed

    def _line_item(self, entry: Mapping[str, Any]) -> LineItemSpec:
        if "lineItemId" in entry:
            known = self._catalogue.line_items.get(str(entry["lineItemId"]))
            found = known.line_item if known is not None and known.module == self._module else None
        else:
            found = self._line_items.get(str(entry.get("lineItemName")))
        if found is None:
            raise _Refused("cellIsInvalid", "no such line item in the module")
        if found.formula:
            raise _Refused("cellIsCalculated", f"{found.name} has a formula")
        return found

    def _coordinates(self, entry: Mapping[str, Any]) -> list[int]:
        given: dict[str, Mapping[str, Any]] = {}
        parts = entry.get("dimensions")
        if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
            raise _Refused("missingField", "dimensions is not a list of objects")
        for part in parts:
            name = part.get("dimensionName") or self._catalogue.dimension_name(str(part.get("dimensionId")))
            given[str(name)] = part
        if set(given) != set(self._dimensions):
            raise _Refused("missingField", f"give one item of each dimension: {', '.join(self._dimensions)}")
        return [self._member(name, given[name]) for name in self._dimensions]

    def _member(self, dimension: str, part: Mapping[str, Any]) -> int:
        members = self._state.lists[dimension]
        if "itemId" in part:
            member = members.by_id(str(part["itemId"]))
            number = None if member is None else member.number
        elif "itemCode" in part:
            number = members.by_code.get(str(part["itemCode"]))
        else:
            number = members.by_name.get(str(part.get("itemName")))
        if number is None:
            raise _Refused("cellIsInvalid", f"no such item in {dimension}")
        if number in self._aggregates[dimension]:
            raise _Refused("cellIsCalculated", f"{members.members[number].name} sums up others")
        return number


def _value(line_item: LineItemSpec, value: Any) -> Decimal | str | bool:
    wrong = _Refused("incorrectType", f"{value!r} is no {line_item.format} value")
    if line_item.format == "BOOLEAN":
        if not isinstance(value, bool):
            raise wrong
        return value
    if line_item.format == "NUMBER":
        return _number(value, wrong)
    if not isinstance(value, str):
        raise wrong
    if line_item.format == "DATE" and value and not is_date(value):
        raise _Refused("cellIsInvalid", f"{value!r} is no date")
    return value


def _number(value: Any, wrong: _Refused) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise wrong
    number = Decimal(value)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or number.adjusted() >= _MOST_DIGITS or exponent < -_MOST_DECIMALS:
        raise _Refused("cellIsInvalid", f"{value!r} has more digits than a cell holds")
    return number

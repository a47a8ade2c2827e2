"""What a model holds at one moment: members and cells. Tasks work on a fork that replaces the original at their end."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from mlc_sandbox.anaplan.contents.cells import Cells, Coordinates
from mlc_sandbox.anaplan.contents.members import AGGREGATE, UNKNOWN, Member, MemberList
from mlc_sandbox.anaplan.spec.model import TIME, VERSIONS, ListSpec, MemberSpec, ModelSpec, ModuleSpec, line_item_specs

_FIRST_MEMBER_ID = 208_000_000_000
_FIRST_PERIOD_ID = 20_000_001_000
_FIRST_VERSION_ID = 107_000_000_001
# Each list has its own range of member ids, so that an id tells its member by subtraction.
_MEMBER_IDS_PER_LIST = 10_000_000


class ModelState:
    """Members of lists and cells of modules.

    Attributes:
        lists: by name; `Time` and `Versions` are among them.
        modules: by name, then by line item.
        changes: how many members and cells were ever added, changed or removed after the model was set up.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec
        self.lists: dict[str, MemberList] = {}
        self.modules: dict[str, dict[str, Cells]] = {}
        self.changes = 0
        self._list_specs = {entry.name: entry for entry in spec.lists}
        self._module_specs = {entry.name: entry for entry in spec.modules}
        self._own_lists: set[str] = set()
        self._own_modules: set[str] = set()
        self._set_up()

    def fork(self) -> ModelState:
        """A state that starts equal and may be changed or thrown away."""
        twin = object.__new__(ModelState)
        twin.__dict__ = self.__dict__ | {
            "lists": self.lists.copy(),
            "modules": self.modules.copy(),
            "_own_lists": set[str](),
            "_own_modules": set[str](),
        }
        return twin

    def list_spec(self, name: str) -> ListSpec:
        """The declaration of a list."""
        return self._list_specs[name]

    def module_spec(self, name: str) -> ModuleSpec:
        """The declaration of a module."""
        return self._module_specs[name]

    def list_for_change(self, name: str) -> MemberList:
        """The list, copied when it is still shared with the state that this one was forked from."""
        if name not in self._own_lists:
            self.lists[name] = self.lists[name].copy()
            self._own_lists.add(name)
        return self.lists[name]

    def write(self, module: str, line_item: str, coordinates: Coordinates, values: pa.Array) -> int:
        """Write cells; returns how many changed.

        Raises:
            ModuleTooLarge: see `Cells.written`.
        """
        sizes = [self.lists[name].next_index for name in self._module_specs[module].dimensions]
        cells, changed = self.modules[module][line_item].written(coordinates, values, sizes)
        self._module_for_change(module)[line_item] = cells
        self.changes += changed
        return changed

    def remove_members(self, list_name: str, indexes: Iterable[int]) -> int:
        """Remove members, and the cells of every module at their coordinates; returns how many members went."""
        gone = sorted(set(indexes))
        members = self.list_for_change(list_name)
        for index in gone:
            members.remove(index)
        for name in [name for name, entry in self._list_specs.items() if entry.parent == list_name]:
            children = self.list_for_change(name)
            for child in [child for child in children.members.values() if child.parent and child.parent[1] in gone]:
                children.replace(child._replace(parent=None))
        self.changes += len(gone)
        for name, module in self._module_specs.items():
            for place, dimension in enumerate(module.dimensions):
                if dimension == list_name:
                    self._drop(name, place, gone)
        return len(gone)

    def clear(self, module: str, selection: dict[str, set[int]]) -> int:
        """Empty the cells at the selected members (all of a dimension that is not selected from); returns how many."""
        dimensions = self._module_specs[module].dimensions
        cleared = 0
        for line_item, cells in list(self.modules[module].items()):
            chosen = np.ones(len(cells), dtype=np.bool_)
            for dimension, indexes in selection.items():
                chosen &= np.isin(cells.coordinates[:, dimensions.index(dimension)], list(indexes))
            self._module_for_change(module)[line_item] = cells.where(~chosen)
            cleared += int(chosen.sum())
        self.changes += cleared
        return cleared

    def parent_of(self, member: Member) -> Member | None:
        """The parent of a member, in whichever list it is."""
        return None if member.parent is None else self.lists[member.parent[0]].members.get(member.parent[1])

    def resolve_parent(self, list_name: str, text: str) -> tuple[str, int] | None:
        """The member that a text names as a parent for members of this list, or None."""
        home = self._list_specs[list_name].parent or list_name
        found = self.lists[home].find(text)
        return None if found is None else (home, found.number)

    def coordinate(self, dimension: str, text: str, aggregates: set[int]) -> int:
        """Member index for a text (code or name), or `UNKNOWN` or `AGGREGATE`.

        Args:
            dimension: list name, `Time` or `Versions`.
            text: as a file has it.
            aggregates: `MemberList.aggregates()` of that dimension, reckoned once by the caller.
        """
        found = self.lists[dimension].find(text)
        if found is not None:
            return AGGREGATE if found.number in aggregates else found.number
        above = self._list_specs[dimension].parent if dimension in self._list_specs else None
        while above is not None:
            if self.lists[above].find(text) is not None:
                return AGGREGATE
            above = self._list_specs[above].parent
        return UNKNOWN

    def _set_up(self) -> None:
        for number, spec in enumerate(self.spec.lists):
            members = MemberList(spec.name, _FIRST_MEMBER_ID + number * _MEMBER_IDS_PER_LIST)
            self.lists[spec.name] = members
            for entry in spec.members:
                given = MemberSpec(entry) if isinstance(entry, str) else entry
                members.add(name=given.name or given.code, code=given.code, properties=dict(given.properties))
        for spec in self.spec.lists:
            for entry in spec.members:
                if isinstance(entry, MemberSpec) and entry.parent:
                    member = self.lists[spec.name].find(entry.code or entry.name)
                    parent = self.resolve_parent(spec.name, entry.parent)
                    if member is None or parent is None:
                        raise ValueError(f"{spec.name}: {entry.code} has an unknown parent {entry.parent!r}.")
                    self.lists[spec.name].replace(member._replace(parent=parent))
        for name, base, labels in (
            (TIME, _FIRST_PERIOD_ID, self.spec.time),
            (VERSIONS, _FIRST_VERSION_ID, self.spec.versions),
        ):
            self.lists[name] = MemberList(name, base)
            for label in labels:
                self.lists[name].add(name=label)
        for module in self.spec.modules:
            self.modules[module.name] = {
                line_item.name: Cells.empty(line_item.format, len(module.dimensions))
                for line_item in line_item_specs(module)
            }

    def _module_for_change(self, name: str) -> dict[str, Cells]:
        if name not in self._own_modules:
            self.modules[name] = self.modules[name].copy()
            self._own_modules.add(name)
        return self.modules[name]

    def _drop(self, module: str, place: int, gone: list[int]) -> None:
        for line_item, cells in list(self.modules[module].items()):
            stays = ~np.isin(cells.coordinates[:, place], gone)
            if not stays.all():
                self.changes += int((~stays).sum())
                self._module_for_change(module)[line_item] = cells.where(stays)

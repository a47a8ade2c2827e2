"""Finds slips in a declared model at once, instead of a KeyError in the middle of a task."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from mlc_sandbox.anaplan.spec.actions import ClearSpec, DeleteSpec, ExportSpec, ListImport, ModuleImport
from mlc_sandbox.anaplan.spec.model import LINE_ITEMS, TIME, VALUES, VERSIONS, ModelSpec, ModuleSpec, line_item_specs


def check_spec(spec: ModelSpec) -> None:
    """Check that all names in a model's declaration refer to something.

    Raises:
        ValueError: lists every slip.
    """
    slips = list(_Check(spec).slips())
    if slips:
        raise ValueError(f"The model {spec.name!r} is not declared well:\n  " + "\n  ".join(slips))


class _Check:
    def __init__(self, spec: ModelSpec) -> None:
        self._spec = spec
        self._lists = {entry.name: entry for entry in spec.lists}
        self._modules = {entry.name: entry for entry in spec.modules}
        self._dimensions = {*self._lists, TIME, VERSIONS}

    def slips(self) -> Iterator[str]:
        spec = self._spec
        for entry in spec.lists:
            yield from _unknown(f"list {entry.name}: parent", [entry.parent] if entry.parent else [], self._lists)
        for module in spec.modules:
            yield from _unknown(f"module {module.name}: dimensions", module.dimensions, self._dimensions)
            for view in module.views:
                placed = [*view.rows, *view.columns, *view.pages]
                if sorted(placed) != sorted([*module.dimensions, LINE_ITEMS]):
                    yield f"view {view.name}: has to place each dimension of {module.name} and {LINE_ITEMS} once"
        for action in spec.imports:
            place = f"import {action.name}"
            if isinstance(action, ListImport):
                yield from self._list_import(place, action)
            else:
                yield from self._module_import(place, action)
            if action.file:
                yield from _unknown(f"{place}: columns", action.columns, action.file.headers)
            source = [action.from_module] if action.from_module else []
            yield from _unknown(f"{place}: from_module", source, self._modules)
        for export in spec.exports:
            yield from self._export(f"export {export.name}", export)
        for other in spec.actions:
            yield from self._other(f"action {other.name}", other)
        names = {action.name for action in (*spec.imports, *spec.exports, *spec.actions)}
        for process in spec.processes:
            yield from _unknown(f"process {process.name}: steps", process.steps, names)

    def _list_import(self, place: str, action: ListImport) -> Iterator[str]:
        if action.target not in self._lists:
            yield f"{place}: no list {action.target!r}"
            return
        targets = {"code", "name", "parent", *self._lists[action.target].properties}
        yield from _unknown(f"{place}: columns", action.columns.values(), targets)
        if not {"code", "name"} & set(action.columns.values()):
            yield f"{place}: neither the code nor the name is mapped, so rows have no key"

    def _module_import(self, place: str, action: ModuleImport) -> Iterator[str]:
        module = self._modules.get(action.target)
        if module is None:
            yield f"{place}: no module {action.target!r}"
            return
        targets = {*module.dimensions, *_line_items(module), LINE_ITEMS, VALUES}
        yield from _unknown(f"{place}: columns", action.columns.values(), targets)
        given = [*action.columns.values(), *action.fixed, *action.ask]
        for dimension in module.dimensions:
            if given.count(dimension) != 1:
                yield f"{place}: {dimension} has to be given once, by a column, in fixed or in ask"
        if (LINE_ITEMS in given) != (VALUES in given):
            yield f"{place}: {LINE_ITEMS} and {VALUES} go together"

    def _export(self, place: str, export: ExportSpec) -> Iterator[str]:
        module = self._modules.get(export.source)
        if module is None:
            yield f"{place}: no module {export.source!r}"
            return
        yield from _unknown(f"{place}: only", export.only, module.dimensions)
        yield from _unknown(f"{place}: codes", export.codes, module.dimensions)
        yield from _unknown(f"{place}: line_items", export.line_items, _line_items(module))
        yield from _unknown(
            f"{place}: view", [export.view] if export.view else [], [view.name for view in module.views]
        )

    def _other(self, place: str, action: DeleteSpec | ClearSpec) -> Iterator[str]:
        if isinstance(action, ClearSpec):
            module = self._modules.get(action.target)
            if module is None:
                yield f"{place}: no module {action.target!r}"
            else:
                yield from _unknown(f"{place}: only", action.only, module.dimensions)
        elif action.target not in self._lists:
            yield f"{place}: no list {action.target!r}"
        else:
            yield from _unknown(f"{place}: where", [action.where], self._lists[action.target].properties)


def _line_items(module: ModuleSpec) -> list[str]:
    return [entry.name for entry in line_item_specs(module)]


def _unknown(place: str, names: Iterable[str], known: Collection[str]) -> Iterator[str]:
    for name in names:
        if name not in known:
            yield f"{place}: {name!r} is not one of {', '.join(sorted(known)) or 'none'}"

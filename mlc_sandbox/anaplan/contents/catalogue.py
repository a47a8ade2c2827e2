"""Ids of everything that a model declares (docs/vendors/anaplan.md, section 3: id prefixes)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeVar

from mlc_sandbox.anaplan.spec.actions import ClearSpec, DeleteSpec, ExportSpec, FileSpec, ImportSpec, ProcessSpec
from mlc_sandbox.anaplan.spec.model import (
    LINE_ITEMS,
    TIME,
    VERSIONS,
    LineItemSpec,
    ListSpec,
    ModelSpec,
    ModuleSpec,
    ViewSpec,
    line_item_specs,
)

TIME_ID = "20000000003"
VERSIONS_ID = "20000000020"
LINE_ITEMS_ID = "101999999999"

_T = TypeVar("_T")


@dataclass(frozen=True)
class ViewEntry:
    """A view: the module's default view or a saved one."""

    module: str
    module_id: str
    view: ViewSpec


@dataclass(frozen=True)
class LineItemEntry:
    """A line item and its module."""

    module: str
    module_id: str
    line_item: LineItemSpec


class Catalogue:
    """What a model offers, by id. Every attribute maps ids to declarations, in order of declaration."""

    def __init__(self, spec: ModelSpec) -> None:
        self.lists: dict[str, ListSpec] = _numbered("101", list(spec.lists))
        self.modules: dict[str, ModuleSpec] = _numbered("102", list(spec.modules))
        self.imports: dict[str, ImportSpec] = _numbered("112", list(spec.imports))
        self.exports: dict[str, ExportSpec] = _numbered("116", list(spec.exports))
        self.actions: dict[str, DeleteSpec | ClearSpec] = _numbered("117", list(spec.actions))
        self.processes: dict[str, ProcessSpec] = _numbered("118", list(spec.processes))
        self.file_of_import: dict[str, str] = {}
        self.files: dict[str, FileSpec] = {}
        self._number_files()
        self.line_items: dict[str, LineItemEntry] = _numbered(
            "206",
            [
                LineItemEntry(module.name, module_id, line_item)
                for module_id, module in self.modules.items()
                for line_item in line_item_specs(module)
            ],
        )
        self.views: dict[str, ViewEntry] = {
            module_id: ViewEntry(module.name, module_id, default_view(module))
            for module_id, module in self.modules.items()
        }
        saved = [
            ViewEntry(module.name, module_id, view)
            for module_id, module in self.modules.items()
            for view in module.views
        ]
        self.views |= _numbered("207", saved)
        self._dimension_ids = {entry.name: list_id for list_id, entry in self.lists.items()}
        self._dimension_ids |= {TIME: TIME_ID, VERSIONS: VERSIONS_ID, LINE_ITEMS: LINE_ITEMS_ID}
        self._dimension_names = {dimension_id: name for name, dimension_id in self._dimension_ids.items()}

    def dimension_id(self, name: str) -> str:
        """Id of a list, of Time, Versions or Line items."""
        return self._dimension_ids[name]

    def dimension_name(self, dimension_id: str) -> str | None:
        """The inverse of `dimension_id`; None when there is no such dimension."""
        return self._dimension_names.get(dimension_id)

    def action_by_name(self, name: str) -> tuple[str, str]:
        """Kind (`imports`, `exports` or `actions`) and id of a process's step.

        Raises:
            ValueError: the model declares no such action.
        """
        for kind, entries in (("imports", self.imports), ("exports", self.exports), ("actions", self.actions)):
            for entry_id, entry in entries.items():
                if entry.name == name:
                    return kind, entry_id
        raise ValueError(f"A process names the action {name!r}, which the model does not have.")

    def _number_files(self) -> None:
        ids: dict[FileSpec, str] = {}
        for import_id, entry in self.imports.items():
            if entry.from_module is not None:
                self.file_of_import[import_id] = next(
                    module_id for module_id, module in self.modules.items() if module.name == entry.from_module
                )
                continue
            file = entry.file or FileSpec(f"{entry.name}.csv", tuple(entry.columns))
            file_id = next((known for declared, known in ids.items() if declared is file), None)
            if file_id is None:
                file_id = f"{113_000_000_000 + len(self.files)}"
                self.files[file_id] = file
                ids[file] = file_id
            self.file_of_import[import_id] = file_id


def default_view(module: ModuleSpec) -> ViewSpec:
    """The view that a module has without saving one: the first dimension on rows, line items on columns."""
    return ViewSpec("default", module.dimensions[:1], (LINE_ITEMS,), module.dimensions[1:])


def hex_id(text: str) -> str:
    """32 upper-case hex digits that follow from a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:32].upper()


def _numbered(prefix: str, entries: list[_T]) -> dict[str, _T]:
    return {f"{prefix}{number:09d}": entry for number, entry in enumerate(entries)}

"""What a task does: an import, export, delete or clear action, or a process of them, on a fork of the model's state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mlc_sandbox.anaplan.contents.catalogue import Catalogue
from mlc_sandbox.anaplan.contents.cells import ModuleTooLarge
from mlc_sandbox.anaplan.contents.render import TooManyCells, export_header, render_export
from mlc_sandbox.anaplan.contents.state import ModelState
from mlc_sandbox.anaplan.imports.lists import run_list_import
from mlc_sandbox.anaplan.imports.modules import run_module_import
from mlc_sandbox.anaplan.imports.tabular import Table, UnreadableFile
from mlc_sandbox.anaplan.spec.actions import ClearSpec, DeleteSpec, ExportSpec, FileSpec, ImportSpec, ListImport
from mlc_sandbox.anaplan.tasks.outcome import Result, detail, failure


@dataclass(frozen=True)
class Prompt:
    """An answer to a run-time prompt; `import_id` picks the import of a process that it is for."""

    entity_type: str
    entity_name: str
    import_id: str = ""


@dataclass
class ActionRun:
    """One run of an action.

    Attributes:
        catalogue: of the model.
        state: a fork, changed in place.
        content: the content of a file by id, for the user who runs the action.
        prompts: answers to run-time prompts.
    """

    catalogue: Catalogue
    state: ModelState
    content: Callable[[str], Sequence[bytes] | None]
    prompts: Sequence[Prompt] = field(default_factory=list[Prompt])

    def run(self, kind: str, action_id: str) -> Result:
        """Run it.

        Args:
            kind: `imports`, `exports`, `actions` or `processes`.
            action_id: one that the catalogue has.
        """
        try:
            result = self._run(kind, action_id)
        except UnreadableFile as error:
            result = failure("importFailedGeneralError", str(error))
        except (ModuleTooLarge, TooManyCells) as error:
            result = failure("actionFailed", str(error))
        result.object_id = action_id
        return result

    def _run(self, kind: str, action_id: str) -> Result:
        if kind == "imports":
            return self._import(action_id, self.catalogue.imports[action_id])
        if kind == "exports":
            return self._export(self.catalogue.exports[action_id])
        if kind == "actions":
            return self._other(self.catalogue.actions[action_id])
        return self._process(self.catalogue.processes[action_id].steps)

    def _import(self, import_id: str, spec: ImportSpec) -> Result:
        if spec.from_module is not None:
            source = ExportSpec(spec.name, spec.from_module)
            file = FileSpec(spec.name, export_header(self.state, source))
            content: Sequence[bytes] | None = [render_export(self.state, source)]
        else:
            file_id = self.catalogue.file_of_import[import_id]
            file = self.catalogue.files[file_id]
            content = self.content(file_id)
        if content is None:
            return failure("uploadedFileNoLongerAvailable", f"The file {file.name} is no longer available")
        table = Table(content, file)
        if table.header != list(file.headers):
            return failure("missingFields", _other_columns(table.header, file.headers))
        if isinstance(spec, ListImport):
            result = run_list_import(self.state, spec, table)
        else:
            prompts = {
                prompt.entity_type: prompt.entity_name for prompt in self.prompts if prompt.import_id in {"", import_id}
            }
            result = run_module_import(self.state, spec, table, prompts)
        result.object_name = spec.name
        return result

    def _export(self, spec: ExportSpec) -> Result:
        content = render_export(self.state, spec)
        return Result(
            successful=True,
            details=[detail("exportSucceeded", f"{spec.name} exported")],
            output=content,
            object_name=spec.name,
        )

    def _other(self, spec: DeleteSpec | ClearSpec) -> Result:
        if isinstance(spec, DeleteSpec):
            members = self.state.lists[spec.target].members.values()
            chosen = [
                member.number for member in members if member.properties.get(spec.where, "").lower() in {"true", "1"}
            ]
            gone = self.state.remove_members(spec.target, chosen)
            text = f"{spec.target}: {gone} deleted"
        else:
            selection = {
                dimension: {
                    member.number for name in names if (member := self.state.lists[dimension].find(name)) is not None
                }
                for dimension, names in spec.only.items()
            }
            gone = self.state.clear(spec.target, selection)
            text = f"{spec.target}: {gone} cells cleared"
        return Result(
            successful=True,
            details=[detail("deleteFromSelectionSucceeded", text, occurrences=gone)],
            object_name=spec.name,
        )

    def _process(self, steps: Sequence[str]) -> Result:
        nested: list[Result] = []
        for step in steps:
            nested.append(self.run(*self.catalogue.action_by_name(step)))
            if not nested[-1].successful:
                break
        return Result(
            successful=all(result.successful for result in nested),
            details=[detail("taskElementSucceeded", result.object_name) for result in nested if result.successful],
            nested=nested,
        )


def _other_columns(found: Sequence[str], wanted: Sequence[str]) -> str:
    missing = [name for name in wanted if name not in found]
    if missing:
        return f"Columns missing in the file: {', '.join(missing)}"
    return f"The file's columns are {', '.join(found)}, not {', '.join(wanted)}"

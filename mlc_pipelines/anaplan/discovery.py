"""Finding what the configuration names: workspace, model, actions, files (docs/vendors/anaplan.md, section 4)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mlc_pipelines.anaplan.api import PREFIX, ModelApi
from mlc_pipelines.anaplan.file_form import FileForm, export_form, import_form
from mlc_pipelines.anaplan.outcomes import ACTION_KINDS, Action, ActionKind, ImportSource
from mlc_pipelines.anaplan.words import SOURCE_TYPE
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.http import Answer, path_part

_PLURALS: Mapping[ActionKind, str] = {kind: "processes" if kind == "process" else f"{kind}s" for kind in ACTION_KINDS}

_FILE_PREFIX = "113"  # other sources of an import are models, lists and views

_OBSTACLES: Mapping[str, str] = {
    "": "",  # not told
    "UNLOCKED": "",
    "ACTIVE": "",
    "PRODUCTION": "",
    "OFFLINE": "The model is offline: nothing can be loaded until an administrator brings it back.",
    "ARCHIVED": "The model is archived: a workspace administrator has to unarchive it.",
    "LOCKED": "The model is locked by an administrator: nothing can be loaded until it is unlocked.",
    "MAINTENANCE": "The model is in maintenance mode: nothing can be loaded until an administrator ends it.",
    "PRODUCTION_MAINTENANCE": "The model is in maintenance mode: nothing can be loaded until an administrator ends it.",
}


_UNKNOWN_STATE = "This activeState is not known here, so nobody can tell whether the model takes loads: ask Anaplan."


@dataclass(frozen=True)
class ModelDescription:
    """The model as Anaplan lists it.

    Attributes:
        workspace: name.
        name: of the model.
        state: Anaplan's `activeState`.
        url: where a browser opens it; empty when Anaplan does not say.
        obstacle: why nothing can be loaded in this state; empty when it can.
    """

    workspace: str
    name: str
    state: str
    url: str
    obstacle: str


def describe_model(api: ModelApi) -> ModelDescription:
    """The configured workspace and model.

    Raises:
        ConfigurationError: the user does not see it, with the right spelling if only the case is wrong.
    """
    workspaces = api.read_all(f"{PREFIX}/workspaces", "workspaces")
    workspace = _by_id(workspaces, api.workspace_id, "workspace", "anaplan.workspace_id")
    models = api.read_all(f"{PREFIX}/workspaces/{api.workspace_id}/models", "models")
    model = _by_id(models, api.model_id, f"model in workspace {workspace.text('name')!r}", "anaplan.model_id")
    state, url = model.text("activeState"), model.text("modelUrl")
    obstacle = _OBSTACLES.get(state, _UNKNOWN_STATE)
    return ModelDescription(workspace.text("name"), model.text("name"), state, url, obstacle)


def find_by_name(candidates: Sequence[Answer], name: str, what: str) -> Answer:
    """The one with exactly that name.

    Args:
        candidates: objects of Anaplan with `id` and `name`.
        name: as configured.
        what: for the message: `import`, `list`.

    Raises:
        ConfigurationError: there is none, with near names, or there are several.
    """
    found = [candidate for candidate in candidates if candidate.get("name") == name]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(candidate.needed("id") for candidate in found)
        raise ConfigurationError(
            f"The model has {len(found)} {what}s named {name!r} ({ids}).",
            hint="Have a model builder rename all but one.",
        )
    near = _near(name, [candidate.text("name") for candidate in candidates])
    raise ConfigurationError(
        f"The model has no {what} named {name!r}, or this user may not see it.",
        hint=f"Did you mean {near}?" if near else "`mlc actions TENANT` lists what there is.",
    )


class ModelList:
    """A list of the model.

    Attributes:
        id, name: Anaplan's.
    """

    def __init__(self, api: ModelApi, found: Answer) -> None:
        self._api = api
        self.id, self.name = found.needed("id"), found.text("name")

    @cached_property
    def metadata(self) -> Answer:
        """How the list is built; read once."""
        return self._api.get(f"/lists/{path_part(self.id)}").inner("metadata")


class Discovery:
    """What the model offers. It lives as long as a run: what was read once is kept, but for a name that is missing.

    Args:
        api: the model.
    """

    def __init__(self, api: ModelApi) -> None:
        self._api = api
        self._listed: dict[str, list[Answer]] = {}
        self._lists: dict[str, ModelList] = {}
        self._sources: dict[Action, ImportSource] = {}
        self._exports: dict[Action, FileForm] = {}

    def actions(self, kinds: Iterable[ActionKind] = ACTION_KINDS) -> list[Action]:
        """All actions of these kinds, as they are now."""
        return [_action(kind, found) for kind in kinds for found in self._read(_PLURALS[kind])]

    def action(self, kind: ActionKind, name: str) -> Action:
        """The action of exactly that name.

        Raises:
            ConfigurationError: there is none, with near names, or there are several.
        """
        return _action(kind, self._find(_PLURALS[kind], name, kind))

    def model_list(self, name: str) -> ModelList:
        """The list of exactly that name.

        Raises:
            ConfigurationError: as for `action`.
        """
        if name not in self._lists:
            self._lists[name] = ModelList(self._api, self._find("lists", name, "list"))
        return self._lists[name]

    def module_id(self, name: str) -> str:
        """The id of the module of exactly that name.

        Raises:
            ConfigurationError: as for `action`.
        """
        return self._find("modules", name, "module").needed("id")

    def import_source(self, action: Action) -> ImportSource:
        """The file that an import reads, or the one file that the imports of a process read.

        Raises:
            ConfigurationError: it reads no file, the process reads several or one in several ways, or the file is of a
                form that is not served.
        """
        if action not in self._sources:
            self._sources[action] = self._find_source(action)
        return self._sources[action]

    def export_form(self, action: Action) -> FileForm:
        """The form of the file that an export writes.

        Raises:
            ConfigurationError: it is no table of text, or of a form that is not served.
        """
        if action not in self._exports:
            exports = self._listed.get("exports") or self._read("exports")
            listed = next((each for each in exports if each.get("id") == action.id), {})
            metadata = self._api.get(action.path).inner("exportMetadata")
            self._exports[action] = export_form(str(action), listed, metadata)
        return self._exports[action]

    def _find_source(self, action: Action) -> ImportSource:
        if action.kind == "import":
            return self._source(action.id, action.name, action.file_id)
        answer = self._api.get(action.path, {"showImportDataSource": "true"})
        steps = answer.inner("processMetadata").listed("actions")
        reading = [step for step in steps if step.text("importDataSourceId").startswith(_FILE_PREFIX)]
        files = {step.text("importDataSourceId") for step in reading}
        if len(files) != 1:
            names = f" ({', '.join(step.text('name') for step in reading)})" if reading else ""
            raise ConfigurationError(
                f"The {action} reads {len(files)} files{names}; a load fills exactly one.",
                hint="Name its imports one by one in `loads`, or have a model builder split the process.",
            )
        first, *others = [
            self._source(step.needed("id"), step.text("name"), step.text("importDataSourceId")) for step in reading
        ]
        for other in others:
            if other.form != first.form:
                raise ConfigurationError(
                    f"The imports {first.import_name!r} and {other.import_name!r} of the {action} read one file in "
                    f"different ways: {_difference(first.form, other.form)}.",
                    hint="Have a model builder give both the same file options.",
                )
        return first

    def _find(self, plural: str, name: str, what: str) -> Answer:
        if all(candidate.get("name") != name for candidate in self._listed.get(plural, ())):
            self._read(plural)
        return find_by_name(self._listed[plural], name, what)

    def _read(self, plural: str) -> Sequence[Answer]:
        self._listed[plural] = self._api.read_all(f"/{plural}", plural)
        return self._listed[plural]

    def _source(self, import_id: str, name: str, file_id: str) -> ImportSource:
        metadata = self._api.get(f"/imports/{path_part(import_id)}").inner("importMetadata")
        of_file = SOURCE_TYPE.one(metadata.text("type"), f"import {name!r}: importMetadata.type")
        if not (of_file and file_id.startswith(_FILE_PREFIX)):
            raise ConfigurationError(
                f"The import {name!r} reads from another part of Anaplan, not from a file.",
                hint="Name an import whose source is a file.",
            )
        return ImportSource(file_id, name, import_form(f"import {name!r}", metadata.inner("source")))


def _action(kind: ActionKind, found: Answer) -> Action:
    file_id = found.text("importDataSourceId")
    return Action(kind, found.needed("id"), found.needed("name"), file_id, found.text("importType"))


def _difference(first: FileForm, other: FileForm) -> str:
    pairs = {name: (value, getattr(other, name)) for name, value in vars(first).items()}
    differing = {name.replace("_", " "): pair for name, pair in pairs.items() if pair[0] != pair[1]}
    return ", ".join(f"{name} {ours!r} and {theirs!r}" for name, (ours, theirs) in differing.items())


def _by_id(candidates: Sequence[Answer], wanted: str, what: str, key: str) -> Answer:
    for candidate in candidates:
        if candidate.get("id") == wanted:
            return candidate
    for candidate in candidates:
        if candidate.text("id").casefold() == wanted.casefold():
            raise ConfigurationError(
                f"Anaplan has no {what} with the id {wanted}, but one with {candidate.text('id')}.",
                hint=f"Set {key}: {candidate.text('id')} - upper and lower case matter.",
            )
    seen = ", ".join(f"{c.text('name')!r} {c.text('id')}" for c in candidates[:5]) or "none"
    raise ConfigurationError(
        f"This Anaplan user sees no {what} with the id {wanted}. It sees: {seen}.",
        hint=f"Correct {key}, or have an administrator give the user access.",
    )


def _near(name: str, names: Sequence[str]) -> str:
    by_fold = {candidate.casefold(): candidate for candidate in names}
    close = difflib.get_close_matches(name.casefold(), list(by_fold), n=3, cutoff=0.5)
    return " or ".join(repr(by_fold[fold]) for fold in close)

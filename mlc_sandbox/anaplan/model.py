"""One model of the sandbox: its declaration, its state, its files, its tasks; and what tests look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from mlc_sandbox.anaplan.contents.catalogue import Catalogue, hex_id
from mlc_sandbox.anaplan.contents.state import ModelState
from mlc_sandbox.anaplan.files import FileStore
from mlc_sandbox.anaplan.spec.check import check_spec
from mlc_sandbox.anaplan.spec.model import ModelSpec
from mlc_sandbox.anaplan.tasks.actions import ActionRun
from mlc_sandbox.anaplan.tasks.outcome import Result
from mlc_sandbox.anaplan.tasks.queue import Task, TaskQueue

_DUMPS_KEPT = timedelta(hours=48)


@dataclass(frozen=True)
class ListMember:
    """A list member as a test sees it; `parent` is the parent's code, or its name when it has none."""

    id: str
    code: str
    name: str
    parent: str
    properties: Mapping[str, str]


@dataclass
class Dump:
    """A failure dump: the newest one of a user and import (docs/vendors/anaplan.md, section 6)."""

    task_id: str
    content: bytes
    used_at: datetime


class Model:
    """A model.

    Attributes:
        spec: its declaration.
        id: 32 upper-case hex digits.
        catalogue: ids of all it offers.
        state: what it holds; replaced as a whole when a task ends.
        files: its files.
        queue: its tasks.
        active_state: UNLOCKED, PRODUCTION (deployed), MAINTENANCE, PRODUCTION_MAINTENANCE, ARCHIVED or LOCKED; tests
            set it to see the statuses 422 to 425 (docs/vendors/anaplan.md, section 8).
        is_open: whether it is loaded in memory.
    """

    def __init__(
        self,
        spec: ModelSpec,
        now: Callable[[], datetime],
        task_seconds: Callable[[], float],
        cancel_seconds: Callable[[], float],
    ) -> None:
        check_spec(spec)
        self.spec = spec
        self.id = spec.id or hex_id(spec.name)
        self.catalogue = Catalogue(spec)
        self.state = ModelState(spec)
        self.files = FileStore(self.catalogue.files, self.catalogue.exports, now)
        self.queue = TaskQueue(now, self._begin, task_seconds, cancel_seconds)
        self.active_state = "UNLOCKED"
        self.is_open = True
        self._now = now
        self._dumps: dict[tuple[str, str], Dump] = {}

    @property
    def changes(self) -> int:
        """How many members and cells were ever added, changed or removed: a run without effect leaves it as it is."""
        return self.state.changes

    def list(self, name: str) -> ListView:
        """A list, for tests."""
        return ListView(self.state, name)

    def module(self, name: str) -> ModuleView:
        """A module, for tests."""
        return ModuleView(self.state, name)

    def dump(self, task: Task, import_id: str) -> bytes | None:
        """The failure dump of a task's import, unless a newer one or a clean import took its place, or it expired."""
        kept = self._dumps.get((task.user, import_id))
        if kept is None or kept.task_id != task.id or self._now() - kept.used_at > _DUMPS_KEPT:
            return None
        kept.used_at = self._now()
        return kept.content

    def keep_results(self, task: Task, result: Result) -> None:
        """Store what a task leaves behind besides changes: dumps and the files of exports."""
        for part in [result, *(result.nested or [])]:
            if part.output is not None:
                self.files.set_output(task.user, part.object_id, part.output)
                part.output = None
            if part.object_id not in self.catalogue.imports:
                continue
            if part.dump is not None:
                self._dumps[task.user, part.object_id] = Dump(task.id, part.dump, self._now())
            elif part.successful:
                self._dumps.pop((task.user, part.object_id), None)

    def _begin(self) -> _TaskWork:
        return _TaskWork(self)


class _TaskWork:
    """A task's work on a fork of the model."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._fork = model.state.fork()

    def perform(self, task: Task) -> Result:
        run = ActionRun(
            self._model.catalogue,
            self._fork,
            lambda file_id: self._model.files.content(task.user, file_id),
            task.prompts,
        )
        return run.run(task.kind, task.action_id)

    def commit(self, task: Task, result: Result) -> None:
        task.changes = self._fork.changes - self._model.state.changes
        self._model.state = self._fork
        self._model.keep_results(task, result)


class ListView:
    """A list as a test sees it: as it is now, not a live view."""

    def __init__(self, state: ModelState, name: str) -> None:
        self.members: dict[str, ListMember] = {}
        """By code, or by name for members without a code; in the list's order."""
        for member in state.lists[name].members.values():
            parent = state.parent_of(member)
            self.members[member.key] = ListMember(
                member.id, member.code, member.name, parent.key if parent else "", dict(member.properties)
            )


class ModuleView:
    """A module as a test sees it: as it is now, not a live view."""

    def __init__(self, state: ModelState, name: str) -> None:
        self._state = state
        self._name = name

    @property
    def cells(self) -> dict[tuple[str, ...], Decimal | str | bool]:
        """Every cell with another value than 0, false or empty.

        The key is the code (or the name of a member without one) for each dimension in the module's order, and last the
        name of the line item.
        """
        dimensions = self._state.module_spec(self._name).dimensions
        keys = [
            {member.number: member.key for member in self._state.lists[dimension].members.values()}
            for dimension in dimensions
        ]
        cells: dict[tuple[str, ...], Decimal | str | bool] = {}
        for line_item, part in self._state.modules[self._name].items():
            columns = [
                [names[number] for number in part.coordinates[:, place].tolist()] for place, names in enumerate(keys)
            ]
            for coordinates, value in zip(zip(*columns, strict=True), part.values.to_pylist(), strict=True):
                cells[(*coordinates, line_item)] = (
                    Decimal(format(value.normalize(), "f")) if isinstance(value, Decimal) else value
                )
        return cells

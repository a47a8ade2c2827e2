"""What an action is, how its run is recorded, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

import pyarrow as pa

from mlc_pipelines.anaplan.file_form import FileForm
from mlc_pipelines.anaplan.list_load import ListLoad
from mlc_pipelines.anaplan.words import CANCELLED, IMPORT_TYPE, RUNNING, TASK_STATE
from mlc_pipelines.http import Answer, path_part

ActionKind = Literal["import", "export", "process", "action"]

ACTION_KINDS: tuple[ActionKind, ...] = ("import", "export", "process", "action")


@dataclass(frozen=True)
class Action:
    """One action of the model, made by its model builder.

    Attributes:
        kind: import, export, process, or action (deletions and the like).
        id: Anaplan's id, a string of digits.
        name: as shown in Anaplan.
        file_id: the file that an import reads (its `importDataSourceId`); empty for the other kinds.
        import_type: what an import fills, in Anaplan's word.
    """

    kind: ActionKind
    id: str
    name: str
    file_id: str = ""
    import_type: str = ""

    @property
    def into_list(self) -> bool:
        """Whether it is an import into a list.

        Raises:
            DataError: what it fills is not known.
        """
        return self.kind == "import" and IMPORT_TYPE.one(self.import_type, f"{self}: importType")

    @property
    def path(self) -> str:
        """Its path below the model (docs/vendors/anaplan.md, section 4)."""
        plural = "processes" if self.kind == "process" else f"{self.kind}s"
        return f"/{plural}/{path_part(self.id)}"

    def __str__(self) -> str:
        return f"{self.kind} {self.name!r}"


@dataclass(frozen=True)
class ImportSource:
    """The file that an import reads, as the model builder described it.

    Attributes:
        file_id: where to upload.
        import_name: the import; for a process, the one of its imports that reads a file.
        form: of the file's rows.
    """

    file_id: str
    import_name: str
    form: FileForm


@dataclass(frozen=True)
class MappingParameter:
    """The answer to a prompt of an import at run time, such as which Version to load into.

    Attributes:
        entity_type: what is asked for: `Version`, or a list's name.
        entity_name: the member to use.
        import_id: in a process, the import that asks; empty where only one does.
    """

    entity_type: str
    entity_name: str
    import_id: str = ""


class TaskRecord(Protocol):
    """Where the life of one run of an action is written down, so that a crash at any point is resumed."""

    @property
    def task_id(self) -> str | None:
        """The task of a confirmed start."""
        ...

    @property
    def starting_since(self) -> datetime | None:
        """Set while a start was sent, or about to be, and its answer is not known; the moment given to `starting`."""
        ...

    def sending(self, file_id: str, fence: int) -> None:
        """Store, before its first byte is sent, which file is written to, and under which lock of the model."""
        ...

    def overtaken(self) -> bool:
        """Whether somebody may have written to the same file after this run did: then its task may have read theirs."""
        ...

    def starting(self, at: datetime) -> None:
        """Store, before the start is sent, that it is about to be sent.

        Args:
            at: a moment of Anaplan's clock; an older task can't be this start's, a task since then may be.
        """
        ...

    def started(self, task_id: str) -> None:
        """Store the task, before its first poll."""
        ...


@dataclass
class UnrecordedTask:
    """The life of a task in memory: of an action that reads no file and that does no harm when it is run again."""

    task_id: str | None = None
    starting_since: datetime | None = None

    def sending(self, file_id: str, fence: int) -> None:
        """No file is sent."""

    def overtaken(self) -> bool:
        """Nobody takes it up."""
        return False

    def starting(self, at: datetime) -> None:
        """The start is about to be sent."""
        self.starting_since = at

    def started(self, task_id: str) -> None:
        """The start is confirmed."""
        self.task_id = task_id


@dataclass(frozen=True)
class ActionProgress:
    """Told to the caller while an action runs.

    Attributes:
        action: which one.
        stage: waiting (for the model), uploading, running, or reading (dump or export).
        text: for people: Anaplan's step, the state of the task, what is waited for.
        fraction: 0 to 1 where Anaplan says it.
        bytes_sent: of the file, uncompressed.
        task_id: once there is one.
    """

    action: Action
    stage: Literal["waiting", "uploading", "running", "reading"]
    text: str = ""
    fraction: float | None = None
    bytes_sent: int = 0
    task_id: str = ""


@dataclass(frozen=True)
class ActionCounts:
    """Rows, as Anaplan counted them (docs/vendors/anaplan.md, section 6).

    Attributes:
        total: rows read from the file.
        succeeded: rows taken.
        ignored, failed, invalid: rows not taken.
        warned: rows taken in part.
        created, updated: list members.
        reported: False when Anaplan sent no counts: exports, deletions.
        no_changes: Anaplan says that the list held every row as it is already; counts may be missing then.
    """

    total: int = 0
    succeeded: int = 0
    ignored: int = 0
    failed: int = 0
    invalid: int = 0
    warned: int = 0
    created: int = 0
    updated: int = 0
    reported: bool = False
    no_changes: bool = False

    @property
    def clean(self) -> bool:
        """No row was ignored, failed, invalid or warned about."""
        return not (self.ignored or self.failed or self.invalid or self.warned)

    def __add__(self, other: ActionCounts) -> ActionCounts:
        return ActionCounts(
            total=self.total + other.total,
            succeeded=self.succeeded + other.succeeded,
            ignored=self.ignored + other.ignored,
            failed=self.failed + other.failed,
            invalid=self.invalid + other.invalid,
            warned=self.warned + other.warned,
            created=self.created + other.created,
            updated=self.updated + other.updated,
            reported=self.reported or other.reported,
            no_changes=self.no_changes or other.no_changes,
        )


@dataclass(frozen=True)
class ActionResult:
    """What Anaplan reports of one action: of the task's own, or of one inside a process.

    Attributes:
        object_id: the action's id.
        name: the action's name, where Anaplan says it.
        successful: Anaplan's own word: rows may be missing all the same, see `counts`.
        counts: rows.
        dump_available: Anaplan keeps a failure dump.
        detail_types: Anaplan's machine names of what happened, such as `hierarchyRowsProcessed`.
        messages: the same for people.
        rejected: the failure dump, where there is one: `line` (int64), `status` (E or W), `errors`, and the columns
            of the file, all strings.
        dump_missing: Anaplan says that there is a dump, but it is gone.
    """

    object_id: str
    name: str
    successful: bool
    counts: ActionCounts
    dump_available: bool = False
    detail_types: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    rejected: pa.Table | None = None
    dump_missing: bool = False


@dataclass(frozen=True)
class TaskOutcome:
    """A task that ran to its end, or writes that were made without one.

    Attributes:
        task_id: Anaplan's id; empty for direct writes, which have no task.
        successful: Anaplan's own word for the task and every nested action. A delivery is complete only when `counts`
            account for every row as well.
        counts: rows, summed over nested actions.
        nested: one per action of a process, in order; empty for the other kinds.
        rejected: rows of all failure dumps, see `ActionResult.rejected`; columns that a dump lacks are null.
        dump_missing: a dump that should be there is gone.
        messages: for people.
        started_at: when Anaplan took the task, by Anaplan's clock; None for direct writes.
        members: what became of a directly written list; None for all else.
    """

    task_id: str
    successful: bool
    counts: ActionCounts
    nested: tuple[ActionResult, ...] = ()
    rejected: pa.Table | None = None
    dump_missing: bool = False
    messages: tuple[str, ...] = ()
    started_at: datetime | None = None
    members: ListLoad | None = None

    @property
    def parts(self) -> tuple[ActionCounts, ...]:
        """Row counts, one for each import that ran."""
        return tuple(part.counts for part in self.nested) or (self.counts,)


@dataclass(frozen=True)
class Task:
    """One look at a task.

    Attributes:
        id: Anaplan's id.
        state: in Anaplan's word; empty in the answer to a start that doesn't tell it.
        created: when Anaplan took it, by Anaplan's clock.
        step: what it does now.
        fraction: 0 to 1.
        result: Anaplan's result object once it has ended.
        cancelled_by: id of the user who cancelled it, where Anaplan says it.
    """

    id: str
    state: str
    created: datetime
    step: str = ""
    fraction: float | None = None
    result: Answer = field(default_factory=lambda: Answer({}, ""))
    cancelled_by: str = ""

    @property
    def ended(self) -> bool:
        """Whether it has ended, in whichever way.

        Raises:
            DataError: its state is not known: it may run, or have ended well or not.
        """
        return self._has_become != RUNNING

    @property
    def cancelled(self) -> bool:
        """Whether it was cancelled, and rolled back."""
        return self._has_become == CANCELLED

    @property
    def _has_become(self) -> str:
        return TASK_STATE.one(self.state, f"Task {self.id}: taskState")

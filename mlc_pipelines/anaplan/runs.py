"""One run of an action from its file to its outcome, or from wherever a crash left it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pyarrow as pa

from mlc_pipelines.anaplan.discovery import Discovery
from mlc_pipelines.anaplan.dumps import fetch_dump
from mlc_pipelines.anaplan.files import Upload, holds, upload
from mlc_pipelines.anaplan.model_lock import HeldModel, wait_until_free
from mlc_pipelines.anaplan.outcomes import (
    Action,
    ActionCounts,
    ActionProgress,
    ActionResult,
    MappingParameter,
    Task,
    TaskOutcome,
    TaskRecord,
)
from mlc_pipelines.anaplan.results import read_result
from mlc_pipelines.anaplan.tasks import FIRST_POLL, Tasks
from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import OutcomeUnknown, TaskCancelled
from mlc_pipelines.http import path_part

Content = Callable[[], Iterator[bytes]]


class Runs:
    """Runs actions of one model.

    Args:
        model: held by the caller.
        clock: ours.
        tasks: of the model.
        discovery: of the model.
        progress: told what happens.
        how: sizes and compression of uploads.
    """

    def __init__(
        self,
        model: HeldModel,
        clock: Clock,
        tasks: Tasks,
        discovery: Discovery,
        *,
        progress: Callable[[ActionProgress], None],
        how: Upload,
    ) -> None:
        self._api = model.api
        self._fence = model.fence
        self._clock = clock
        self._tasks = tasks
        self._discovery = discovery
        self._progress = progress
        self._how = how

    def run(
        self,
        action: Action,
        record: TaskRecord,
        content: Content | None,
        parameters: Sequence[MappingParameter],
        deadline: timedelta,
    ) -> TaskOutcome:
        """See `AnaplanClient.run`."""
        task_id = record.task_id or self._orphan(action, record)
        fresh = task_id is None
        if task_id is None:
            self._prepare(action, record, content, deadline)
            task_id = self._tasks.start(action, record, parameters)
        task = self._tasks.wait(
            action,
            task_id,
            deadline=deadline,
            first_poll=FIRST_POLL if fresh else 0,
            seen=lambda task: self._tell(action, "running", task.step or task.state, task=task),
        )
        if task.cancelled:
            by = f" by user {task.cancelled_by}" if task.cancelled_by else ""
            raise TaskCancelled(
                f"Task {task_id} of {action} was cancelled{by}; Anaplan rolled it back.",
                hint="Run it again: that starts a new task.",
            )
        if content and not fresh:
            self._see_that_it_read_ours(action, task, record, content)
        return self._outcome(action, task)

    def _orphan(self, action: Action, record: TaskRecord) -> str | None:
        if record.starting_since is None:
            return None
        orphan = self._tasks.find_orphan(action, record.starting_since)
        if orphan is None:
            return None
        record.started(orphan.id)
        return orphan.id

    def _see_that_it_read_ours(self, action: Action, task: Task, record: TaskRecord, content: Content) -> None:
        """A task does not say which content of its file it read; what can be told is who wrote to the file last.

        Raises:
            OutcomeUnknown: not surely the run that the task was started by.
        """
        if record.overtaken():
            why = "another run has written to the same file since"
        elif not holds(self._api, self._discovery.import_source(action).file_id, content()):
            why = "the file does not hold what was uploaded for it"
        else:
            return
        raise OutcomeUnknown(
            f"Task {task.id} of {action} may have read other rows than those that were sent for it: {why}.",
            hint="All rows are sent again.",
        )

    def _prepare(self, action: Action, record: TaskRecord, content: Content | None, deadline: timedelta) -> None:
        source = self._discovery.import_source(action) if content else None
        wait_until_free(
            self._api,
            self._clock,
            deadline=deadline,
            action=action,
            waiting=lambda text: self._tell(action, "waiting", text),
        )
        if content and source:
            record.sending(source.file_id, self._fence)
            upload(
                self._api,
                source.file_id,
                content(),
                how=self._how,
                sent=lambda sent: self._tell(action, "uploading", bytes_sent=sent),
            )

    def _outcome(self, action: Action, task: Task) -> TaskOutcome:
        own = self._with_dump(action, task, read_result(task.result, task.id))
        parts = task.result.listed("nestedResults")
        nested = tuple(
            self._with_dump(action, task, part)
            for part in self._named(action, [read_result(part, task.id) for part in parts])
        )
        results = (own, *nested)
        dumps = [result.rejected for result in results if result.rejected is not None]
        return TaskOutcome(
            task_id=task.id,
            started_at=task.created,
            successful=all(result.successful for result in results),
            counts=sum((result.counts for result in results), ActionCounts()),
            nested=nested,
            rejected=pa.concat_tables(dumps, promote_options="default") if dumps else None,
            dump_missing=any(result.dump_missing for result in results),
            messages=tuple(message for result in results for message in result.messages),
        )

    def _with_dump(self, action: Action, task: Task, result: ActionResult) -> ActionResult:
        if not result.dump_available:
            return result
        path = f"{action.path}/tasks/{path_part(task.id)}"
        if action.kind == "process":
            if not result.object_id or result.object_id == action.id:
                return result  # the process's own flag repeats that of its imports
            path += f"/dumps/{path_part(result.object_id)}"
        else:
            path += "/dump"
        self._tell(action, "reading", "failure dump", task=task)
        rejected = fetch_dump(self._api, path)
        return replace(result, rejected=rejected, dump_missing=rejected is None)

    def _named(self, action: Action, nested: Sequence[ActionResult]) -> Sequence[ActionResult]:
        """Names that Anaplan leaves out of the results, from the process itself."""
        if all(result.name for result in nested):
            return nested
        steps = self._api.get(action.path).inner("processMetadata").listed("actions")
        names = {step.text("id"): step.text("name") for step in steps}
        return [replace(result, name=result.name or names.get(result.object_id, "")) for result in nested]

    def _tell(
        self,
        action: Action,
        stage: Literal["waiting", "uploading", "running", "reading"],
        text: str = "",
        *,
        task: Task | None = None,
        bytes_sent: int = 0,
    ) -> None:
        self._progress(
            ActionProgress(action, stage, text, task.fraction if task else None, bytes_sent, task.id if task else "")
        )

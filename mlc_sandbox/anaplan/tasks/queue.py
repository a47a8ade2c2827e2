"""Tasks of one model: one at a time, first come first served, states by the clock.

See docs/vendors/anaplan.md, section 6.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from mlc_sandbox.anaplan.tasks.actions import Prompt
from mlc_sandbox.anaplan.tasks.outcome import Result, failure

TaskState = Literal["NOT_STARTED", "IN_PROGRESS", "COMPLETE", "CANCELLING", "CANCELLED"]
KEPT = timedelta(hours=48)
_TICK = 0.005
# A poll after the clock was moved past a task's end waits this long (real seconds) for the work to catch up.
_CATCH_UP = 0.3


@dataclass
class Task:
    """One run of an action, as a record for tests too.

    Attributes:
        id: 32 upper-case hex digits.
        model_id: the model it runs on.
        kind: `imports`, `exports`, `actions` or `processes`.
        action_id: what is run.
        action_name: its name.
        user: who started it (e-mail).
        created_at: when it was asked for.
        prompts: answers to run-time prompts.
        state: as the API shows it.
        started_at: when it got the model to itself; None while it waits, or if it was cancelled while waiting.
        ended_at: when it gave the model back; None until then.
        result: there once it is COMPLETE.
        changes: members and cells that it added, changed or removed.
        cancelled_by: guid of the user who cancelled it.
        cancelled_at: when that was.
    """

    id: str
    model_id: str
    kind: str
    action_id: str
    action_name: str
    user: str
    created_at: datetime
    prompts: Sequence[Prompt] = ()
    state: TaskState = "NOT_STARTED"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    result: Result | None = None
    changes: int = 0
    cancelled_by: str = ""
    cancelled_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether its state will not change any more."""
        return self.state in {"COMPLETE", "CANCELLED"}

    def summary(self) -> dict[str, Any]:
        """As in a list of tasks."""
        return {"taskId": self.id, "taskState": self.state, "creationTime": int(self.created_at.timestamp() * 1000)}

    def body(self, progress: float) -> dict[str, Any]:
        """As a poll shows it."""
        body = self.summary() | {"currentStep": self._step(), "progress": progress}
        if self.cancelled_by:
            body["cancelledBy"] = self.cancelled_by
        if self.result is not None:
            body["result"] = self.result.body()
        return body

    def _step(self) -> str:
        if self.result is not None:
            return "Complete." if self.result.successful else "Failed."
        return {"NOT_STARTED": "Waiting.", "IN_PROGRESS": "Processing."}.get(self.state, "Cancelling.")


class Work(Protocol):
    """How a task changes its model."""

    def perform(self, task: Task) -> Result:
        """Do it on a fork; called in a thread."""
        ...

    def commit(self, task: Task, result: Result) -> None:
        """Let the fork take the model's place."""
        ...


@dataclass
class TaskQueue:
    """The tasks of a model.

    Attributes:
        now: the sandbox's time.
        work: made afresh for each task.
        task_seconds: how long a task takes at least, by the sandbox's clock.
        cancel_seconds: how long a running task stays CANCELLING.
        tasks: all of them, oldest first.
    """

    now: Callable[[], datetime]
    work: Callable[[], Work]
    task_seconds: Callable[[], float]
    cancel_seconds: Callable[[], float]
    tasks: list[Task] = field(default_factory=list[Task])
    _runner: asyncio.Task[None] | None = None
    _last_end: datetime | None = None

    def submit(self, task: Task) -> None:
        """Put a task at the end of the queue."""
        self.tasks.append(task)
        self._wake()

    @property
    def running(self) -> Task | None:
        """The task that has the model to itself at present."""
        return next((task for task in self.tasks if task.state in {"IN_PROGRESS", "CANCELLING"}), None)

    @property
    def is_busy(self) -> bool:
        """Whether a task runs or waits."""
        return any(not task.is_over for task in self.tasks)

    def find(self, kind: str, action_id: str, task_id: str) -> Task | None:
        """A task under its own action, unless its record is too old to be kept."""
        return next((task for task in self.of_action(kind, action_id) if task.id == task_id), None)

    def of_action(self, kind: str, action_id: str) -> list[Task]:
        """The tasks of an action whose records are still kept."""
        oldest = self.now() - KEPT
        return [
            task
            for task in self.tasks
            if task.kind == kind and task.action_id == action_id and (task.ended_at or self.now()) > oldest
        ]

    def cancel(self, task: Task, guid: str) -> None:
        """Ask a task to end; one that is over stays as it is."""
        if task.is_over:
            return
        task.cancelled_by = guid
        task.cancelled_at = self.now()
        if task.state == "NOT_STARTED":
            task.state = "CANCELLED"
            task.ended_at = self.now()
        else:
            task.state = "CANCELLING"

    def progress(self, task: Task) -> float:
        """From 0 to 1."""
        if task.is_over:
            return 1.0
        if task.started_at is None or not self.task_seconds():
            return 0.0
        return min((self.now() - task.started_at).total_seconds() / self.task_seconds(), 0.99)

    async def settle(self) -> None:
        """Let tasks whose time is up come to their end, as far as their work is quick."""
        self._wake()
        for _ in range(int(_CATCH_UP / _TICK)):
            task = next((task for task in self.tasks if not task.is_over), None)
            if task is None or (task.started_at and self.now() < self._due(task)):
                return
            await asyncio.sleep(_TICK)

    def _due(self, task: Task) -> datetime:
        if task.cancelled_at is not None:
            return task.cancelled_at + timedelta(seconds=self.cancel_seconds())
        return (task.started_at or self.now()) + timedelta(seconds=self.task_seconds())

    def _wake(self) -> None:
        # A runner that died with a stopped server is replaced; its task starts over, on a fresh fork.
        if self.is_busy and (self._runner is None or self._runner.done()):
            self._runner = asyncio.get_running_loop().create_task(self._run_all())

    async def _run_all(self) -> None:
        while (task := next((task for task in self.tasks if not task.is_over), None)) is not None:
            await self._run(task)

    async def _run(self, task: Task) -> None:
        task.started_at = max(task.created_at, self._last_end or task.created_at)
        task.state = "IN_PROGRESS"
        work = self.work()
        performed = asyncio.get_running_loop().run_in_executor(None, _perform, work, task)
        # The clock may be moved from another thread at any time, so there is nothing to wait for but time itself.
        while not performed.done() or self.now() < self._due(task):  # noqa: ASYNC110 - see above
            await asyncio.sleep(_TICK)
        if task.cancelled_by:
            task.state = "CANCELLED"
        else:
            task.result = performed.result()
            work.commit(task, task.result)
            task.state = "COMPLETE"
        task.ended_at = self._last_end = self.now()


def _perform(work: Work, task: Task) -> Result:
    try:
        return work.perform(task)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong inside is the task's result, as with Anaplan
        return failure("internalError", repr(error))


def new_task_id() -> str:
    """32 upper-case hex digits."""
    return secrets.token_hex(16).upper()

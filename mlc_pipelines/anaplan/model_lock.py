"""One action per model at a time: ours by a lock, other people's by waiting (docs/vendors/anaplan.md, section 8)."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from mlc_pipelines.anaplan.api import PREFIX, ModelApi
from mlc_pipelines.anaplan.outcomes import Action
from mlc_pipelines.anaplan.tasks import Tasks
from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import ModelBusy
from mlc_pipelines.http import read_object
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.locks import Lock

_LOOK_EVERY = 5.0
_SLOWEST_LOOK = 30.0
_IDLE_STEPS = frozenset({"Open", "Closed"})


@dataclass(frozen=True)
class HeldModel:
    """A model while it is ours alone.

    Attributes:
        api: its requests that may change something are sent only while the lock is held.
        fence: number of the lock: whoever took the model later has a greater one.
    """

    api: ModelApi
    fence: int


@contextmanager
def model_lock(
    database: Database,
    api: ModelApi,
    *,
    check: Callable[[], None] = lambda: None,
    waiting: Callable[[str], None] = lambda _: None,
) -> Generator[HeldModel]:
    """Hold the model: no other process or host of ours runs an action on it, or writes to it, meanwhile.

    Args:
        database: where the lock lives.
        api: the model.
        check: of what else has to be held for a write.
        waiting: told once when somebody else holds it.

    Raises:
        LockLost: the lock was lost before it was left, so what was done last may have met another run's doing.
    """
    name = f"anaplan model {api.workspace_id} {api.model_id}"
    with database.try_lock(name) as lock:
        if lock:
            yield from _held(lock, api, check)
            return
    waiting("another run of ours has the model")
    with database.lock(name) as lock:
        yield from _held(lock, api, check)


def _held(lock: Lock, api: ModelApi, check: Callable[[], None]) -> Generator[HeldModel]:
    def both() -> None:
        check()
        lock.check()

    yield HeldModel(api.guarded(both), lock.fence)
    both()


def wait_until_free(
    api: ModelApi,
    clock: Clock,
    *,
    deadline: timedelta,
    action: Action | None = None,
    waiting: Callable[[str], None] = lambda _: None,
) -> None:
    """Wait for what other people run on the model.

    Uploading and writing would hang meanwhile, and an import that is queued would read our file when its turn comes.

    Args:
        api: the model.
        clock: ours.
        deadline: how long to wait.
        action: its queued tasks are waited for as well.
        waiting: told at each look what is waited for.

    Raises:
        ModelBusy: the deadline has passed.
    """
    tasks = Tasks(api, clock)
    began = clock.monotonic()
    while True:
        busy = _what_runs(api) or (action and _queued(tasks, action))
        if not busy:
            return
        waiting(busy)
        waited = clock.monotonic() - began
        if waited >= deadline.total_seconds():
            raise ModelBusy(
                f"Model {api.model_id} is still busy after {deadline}: {busy}.",
                hint="Run it again when that has ended.",
            )
        clock.sleep(min(max(_LOOK_EVERY, waited / 10), _SLOWEST_LOOK))


def _what_runs(api: ModelApi) -> str:
    """What the model is doing, in Anaplan's words; empty when it is idle, or when Anaplan does not say.

    The method is a POST in the documentation and a GET on the live server (docs/vendors/anaplan.md, section 8).
    """
    path = f"{PREFIX}/models/{api.model_id}/status"
    answer = api.request("GET", path, accept=(404, 405))
    if answer.status_code == 405:
        answer = api.request("POST", path, json={}, repeatable=True, accept=(404, 405))
    if not answer.is_success:
        return ""
    status = read_object(answer).inner("requestStatus")
    step, task_id = status.text("currentStep"), status.text("taskId")
    idle = step in _IDLE_STEPS or (status.number("progress") or 0.0) < 0 or not step
    if idle and not task_id:
        return ""
    return status.text("tooltip") or step or f"task {task_id}"


def _queued(tasks: Tasks, action: Action) -> str:
    open_tasks = [task for task in tasks.newest(action) if not task.ended]
    return f"task {open_tasks[0].id} of {action}, {open_tasks[0].state}" if open_tasks else ""

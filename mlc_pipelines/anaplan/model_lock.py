"""One action per model at a time: ours by a lock, other people's by waiting (contract anaplan.md, section 8)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from mlc_pipelines.anaplan.api import PREFIX, ModelApi
from mlc_pipelines.anaplan.outcomes import Action
from mlc_pipelines.anaplan.tasks import Tasks
from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import ModelBusy
from mlc_pipelines.store.db import Database

_LOOK_EVERY = 5.0
_SLOWEST_LOOK = 30.0
_IDLE_STEPS = frozenset({"Open", "Closed"})


@contextmanager
def model_lock(
    database: Database, api: ModelApi, *, waiting: Callable[[str], None] = lambda _: None
) -> Generator[None]:
    """Hold the model: no other process or host of ours runs an action on it, or writes to it, meanwhile.

    Args:
        database: where the lock lives.
        api: the model.
        waiting: told once when somebody else holds it.
    """
    name = f"anaplan model {api.workspace_id} {api.model_id}"
    with database.lock(name, wait=False) as held:
        if held:
            yield
            return
    waiting("another run of ours has the model")
    with database.lock(name):
        yield


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

    The method is a POST in the documentation and a GET on the live server (contract anaplan.md, section 8).
    """
    path = f"{PREFIX}/models/{api.model_id}/status"
    answer = api.request("GET", path, accept=(404, 405))
    if answer.status_code == 405:
        answer = api.request("POST", path, json={}, repeatable=True, accept=(404, 405))
    if not answer.is_success:
        return ""
    status: Mapping[str, Any] = answer.json().get("requestStatus") or {}
    step = str(status.get("currentStep") or "")
    idle = step in _IDLE_STEPS or float(status.get("progress") or 0.0) < 0 or not step
    if idle and not status.get("taskId"):
        return ""
    return str(status.get("tooltip") or step or f"task {status.get('taskId')}")


def _queued(tasks: Tasks, action: Action) -> str:
    open_tasks = [task for task in tasks.newest(action) if not task.ended]
    return f"task {open_tasks[0].id} of {action}, {open_tasks[0].state}" if open_tasks else ""

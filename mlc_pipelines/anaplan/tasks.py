"""The life of a task: started once, polled to its end, found again if need be (docs/vendors/anaplan.md, section 6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from mlc_pipelines.anaplan.api import ModelApi
from mlc_pipelines.anaplan.outcomes import Action, MappingParameter, Task, TaskRecord
from mlc_pipelines.anaplan.results import read_task
from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import DataError, NotFound, OutcomeUnknown, TransientError, Unavailable
from mlc_pipelines.http import Response, path_part, read_object

LOCALE = "en_US"
"""Language of Anaplan's messages and the decimal point of numbers."""

FIRST_POLL = 0.25
POLL_EVERY = 5.0
"""Seconds; Anaplan asks for no more than one poll in five. A short task is looked at a few times before that: the
pauses grow threefold from the first look on, so that nobody waits long for what took a moment."""
SLOWEST_POLL = 60.0

CLOCK_TOLERANCE = timedelta(seconds=5)
"""By how much a clock may be wrong that is believed to be right: `Date` headers are whole seconds and travel."""
ANSWER_WINDOW = timedelta(minutes=30)
"""A start is executed within this time after it was written down, or never: longer than all retries take."""
_START_TRIES = 3

_LOOK_YOURSELF = "Look into the model's history in Anaplan for what was loaded, then deliver it anew by a replay."


class Tasks:
    """Tasks of one model.

    Args:
        api: the model.
        clock: ours.
        taken: whether a task is known to be another run's, so that it can't be an orphan of this one.
    """

    def __init__(self, api: ModelApi, clock: Clock, taken: Callable[[str], bool] = lambda _: False) -> None:
        self._api = api
        self._clock = clock
        self._taken = taken

    def start(self, action: Action, record: TaskRecord, parameters: Sequence[MappingParameter] = ()) -> str:
        """Start the action once and return the task's id, stored in the record.

        A start whose answer is lost is looked for among the action's tasks before it is sent again.

        Raises:
            OutcomeUnknown: it can't be told whether the action was started.
        """
        for _ in range(_START_TRIES):
            before = self.newest(action)
            record.starting(self._moment_after(before))
            try:
                answer = self._api.request(
                    "POST", f"{action.path}/tasks", json=_start_body(parameters), repeatable=False
                )
                task_id = _started(answer)
            except OutcomeUnknown:
                known = {task.id for task in before}
                orphan = self._look_for(action, lambda task, known=known: task.id not in known)
                if orphan is None:
                    continue
                record.started(orphan.id)
                return orphan.id
            record.started(task_id)
            return task_id
        raise OutcomeUnknown(
            f"The answer to the start of {action} was lost {_START_TRIES} times, and no task of it is to be found.",
            hint="Run it again: it looks for the task first.",
        )

    def find_orphan(self, action: Action, since: datetime) -> Task | None:
        """The task of a start whose answer was lost in a crash, or None when Anaplan never took it.

        Anaplan does not say who started a task, so a task counts as ours when it is the only one of this action that
        was made in the time after our start and that no other run of ours holds.

        Args:
            action: what was started.
            since: as given to `TaskRecord.starting`.

        Raises:
            OutcomeUnknown: several tasks may be it.
        """
        latest = since + ANSWER_WINDOW + abs(self._api.skew)
        return self._look_for(action, lambda task: since <= task.created <= latest)

    def _look_for(self, action: Action, may_be: Callable[[Task], bool]) -> Task | None:
        for pause in (0.0, POLL_EVERY):  # the start may still be under way
            if pause:
                self._clock.sleep(pause)
            candidates = [task for task in self.newest(action) if may_be(task) and not self._taken(task.id)]
            if len(candidates) > 1:
                raise OutcomeUnknown(
                    f"The answer to the start of {action} was lost, and any of the tasks "
                    f"{', '.join(task.id for task in candidates)} may be it.",
                    hint=_LOOK_YOURSELF,
                )
            if candidates:
                return candidates[0]
        return None

    def newest(self, action: Action) -> list[Task]:
        """The action's tasks that Anaplan still knows, newest first; other users' tasks are among them."""
        answers = self._api.read_all(f"{action.path}/tasks", "tasks", params={"sort": "-creationTime"})
        return sorted((read_task(answer) for answer in answers), key=lambda task: task.created, reverse=True)

    def poll(self, action: Action, task_id: str) -> Task:
        """One look at a task.

        Raises:
            OutcomeUnknown: Anaplan no longer knows it.
        """
        try:
            return read_task(self._api.get(f"{action.path}/tasks/{path_part(task_id)}"))
        except NotFound as error:
            raise OutcomeUnknown(
                f"Anaplan does not know task {task_id} of {action}, so its outcome can't be read any more.",
                hint=_LOOK_YOURSELF,
                request_id=error.request_id,
            ) from error

    def wait(
        self,
        action: Action,
        task_id: str,
        *,
        deadline: timedelta,
        first_poll: float = FIRST_POLL,
        seen: Callable[[Task], None] = lambda _: None,
    ) -> Task:
        """Poll until the task has ended, in whichever way.

        Args:
            action: what runs.
            task_id: the task.
            deadline: how long to wait. The task goes on after it; waiting for it can be taken up again.
            first_poll: seconds before the first look.
            seen: told each look.

        Raises:
            TransientError: the deadline has passed.
            OutcomeUnknown: Anaplan no longer knows the task.
            DataError: the task's state is not known.
        """
        began = self._clock.monotonic()
        pause = first_poll
        while True:
            self._clock.sleep(pause)
            task = self.poll(action, task_id)
            seen(task)
            if task.ended:
                return task
            waited = self._clock.monotonic() - began
            left = deadline.total_seconds() - waited
            if left <= 0:
                raise TransientError(
                    f"Task {task_id} of {action} is still {task.state} after {deadline}.",
                    hint="It goes on in Anaplan. Run it again: it waits for the same task and starts nothing.",
                )
            # A tenth of what was waited already: the longer the task, the less an early answer is worth a request.
            usual = min(max(POLL_EVERY, waited / 10), SLOWEST_POLL, max(left, POLL_EVERY))
            pause = min(max(3 * pause, FIRST_POLL), usual)

    def cancel(self, action: Action, task_id: str, *, deadline: timedelta) -> Task:
        """Ask Anaplan to cancel, and wait until it has rolled back, or has ended before it could.

        Raises:
            TransientError: the deadline has passed.
            OutcomeUnknown: Anaplan no longer knows the task.
        """
        self._api.request("DELETE", f"{action.path}/tasks/{path_part(task_id)}", accept=(404,))
        return self.wait(action, task_id, deadline=deadline, first_poll=0)

    def _moment_after(self, known: Sequence[Task]) -> datetime:
        """A moment of Anaplan's clock after the tasks there are and before the one about to be started.

        The earlier of two guesses of the time, ours and that of the `Date` headers: what is too early here is made good
        by the newest known task, whose time is exact.
        """
        now = min(self._clock.now(), self._api.server_now()) - CLOCK_TOLERANCE
        return max(now, known[0].created + timedelta(milliseconds=1)) if known else now


def _started(answer: Response) -> str:
    """The task that an answer to a start names; with one that can't be read, what became of the start is not known."""
    try:
        return read_task(read_object(answer)).id
    except (Unavailable, DataError) as error:
        raise OutcomeUnknown(error.message) from None


def _start_body(parameters: Sequence[MappingParameter]) -> dict[str, Any]:
    body: dict[str, Any] = {"localeName": LOCALE}
    if parameters:
        body["mappingParameters"] = [
            {"entityType": p.entity_type, "entityName": p.entity_name}
            | ({"importId": p.import_id} if p.import_id else {})
            for p in parameters
        ]
    return body

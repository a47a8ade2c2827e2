"""The life of a task, against answers that may come (docs/vendors/anaplan.md, section 6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mlc_pipelines.anaplan.model_lock import wait_until_free
from mlc_pipelines.anaplan.outcomes import Action, MappingParameter, Task, UnrecordedTask
from mlc_pipelines.anaplan.tasks import FIRST_POLL, Tasks
from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.errors import DataError, ModelBusy, OutcomeUnknown, TransientError
from mlc_pipelines_tests.anaplan.vendor import MODEL, ScriptedVendor, TestClock
from mlc_sandbox.serving import Fault, drop_answer, reset_before

ACTION = Action("import", "112000000001", "Load Actuals", "113000000001")
TASKS = "/imports/112000000001/tasks"
STATUS = f"/2/0/models/{MODEL}/status"
HOUR = timedelta(hours=1)


@dataclass
class Record(UnrecordedTask):
    """Tells what was written down, in order."""

    calls: list[str] = field(default_factory=list)

    def starting(self, at: datetime) -> None:
        super().starting(at)
        self.calls.append("starting")

    def started(self, task_id: str) -> None:
        super().started(task_id)
        self.calls.append("started")


class TaskList:
    """Takes tasks as Anaplan does: numbered, with the time."""

    def __init__(self, vendor: ScriptedVendor) -> None:
        self.tasks: list[dict] = []
        self.bodies: list[dict] = []
        vendor.on("GET", TASKS, lambda _: {"tasks": self.tasks} if self.tasks else {"meta": {"paging": {}}})
        vendor.on("POST", TASKS, lambda _: {"task": self.add(SYSTEM_CLOCK.now())})

    def add(self, created: datetime) -> dict:
        task = {
            "taskId": f"T{len(self.tasks)}",
            "taskState": "NOT_STARTED",
            "creationTime": int(created.timestamp() * 1000),
        }
        self.tasks.append(task)
        return task


def polls(vendor: ScriptedVendor, states: list[str], task_id: str = "T0") -> None:
    """Answers these states one by one, the last one for ever."""
    left = iter(states[:-1])
    vendor.on(
        "GET",
        f"{TASKS}/{task_id}",
        lambda _: {"task": {"taskId": task_id, "creationTime": 0, "taskState": next(left, states[-1])}},
    )


def test_a_start_is_written_down_before_and_after(vendor: ScriptedVendor, clock: TestClock):
    tasks = TaskList(vendor)
    record = Record()
    assert Tasks(vendor.api(clock), clock).start(ACTION, record) == "T0"
    assert record.calls == ["starting", "started"]
    assert record.starting_since is not None
    assert record.starting_since <= datetime.fromtimestamp(tasks.tasks[0]["creationTime"] / 1000, UTC)


def test_the_body_names_the_locale_first_and_the_prompts(vendor: ScriptedVendor, clock: TestClock):
    TaskList(vendor)
    parameters = [MappingParameter("Version", "Actual"), MappingParameter("Time", "Jan 26", "112000000007")]
    Tasks(vendor.api(clock), clock).start(ACTION, Record(), parameters)
    body = next(line.body for line in vendor.log if line.method == "POST")
    assert body == (
        b'{"localeName":"en_US","mappingParameters":[{"entityType":"Version","entityName":"Actual"},'
        b'{"entityType":"Time","entityName":"Jan 26","importId":"112000000007"}]}'
    )


def test_a_start_that_was_executed_without_an_answer_is_adopted(vendor: ScriptedVendor, clock: TestClock):
    TaskList(vendor).add(SYSTEM_CLOCK.now() - HOUR)
    vendor.faults.add(Fault("POST", TASKS, drop_answer))
    record = Record()
    assert Tasks(vendor.api(clock), clock).start(ACTION, record) == "T1"
    assert record.task_id == "T1"
    assert vendor.sent("POST", TASKS) == 1


def test_a_start_that_was_not_executed_is_sent_again(vendor: ScriptedVendor, clock: TestClock):
    tasks = TaskList(vendor)
    vendor.faults.add(Fault("POST", TASKS, reset_before))
    record = Record()
    assert Tasks(vendor.api(clock), clock).start(ACTION, record) == "T0"
    assert len(tasks.tasks) == 1
    assert vendor.sent("POST", TASKS) == 2


def test_starts_that_are_lost_for_ever_end_in_doubt(vendor: ScriptedVendor, clock: TestClock):
    TaskList(vendor)
    vendor.faults.add(Fault("POST", TASKS, reset_before, times=99))
    record = Record()
    with pytest.raises(OutcomeUnknown, match="lost 3 times"):
        Tasks(vendor.api(clock), clock).start(ACTION, record)
    assert record.starting_since is not None
    assert record.task_id is None


def test_a_task_of_a_moment_ago_is_never_taken_for_the_new_one(vendor: ScriptedVendor, clock: TestClock):
    """Also when its clock can't tell them apart: the earlier task is younger than the tolerance of clocks."""
    tasks = TaskList(vendor)
    tasks.add(SYSTEM_CLOCK.now())
    vendor.faults.add(Fault("POST", TASKS, reset_before))
    assert Tasks(vendor.api(clock), clock).start(ACTION, Record()) == "T1"
    assert len(tasks.tasks) == 2


@pytest.mark.parametrize("wrong_by", [86_400, -86_400])
def test_a_client_with_a_wrong_clock_finds_its_orphan(vendor: ScriptedVendor, clock: TestClock, wrong_by: float):
    clock.sleep(wrong_by)
    TaskList(vendor)
    vendor.faults.add(Fault("POST", TASKS, drop_answer))
    assert Tasks(vendor.api(clock), clock).start(ACTION, Record()) == "T0"
    assert vendor.sent("POST", TASKS) == 1


@pytest.mark.parametrize("wrong_by", [86_400, -86_400])
def test_a_client_with_a_wrong_clock_finds_its_orphan_after_a_crash(
    vendor: ScriptedVendor, clock: TestClock, wrong_by: float
):
    clock.sleep(wrong_by)
    tasks = TaskList(vendor)
    earlier = tasks.add(SYSTEM_CLOCK.now() - timedelta(minutes=1))
    record = Record()
    Tasks(vendor.api(clock), clock).start(ACTION, record)
    assert record.starting_since is not None
    found = Tasks(vendor.api(clock), clock).find_orphan(ACTION, record.starting_since)
    assert found is not None
    assert found.id == tasks.tasks[1]["taskId"] != earlier["taskId"]


def test_tasks_before_after_and_of_other_runs_are_no_orphans(vendor: ScriptedVendor, clock: TestClock):
    since = SYSTEM_CLOCK.now() - HOUR
    tasks = TaskList(vendor)
    tasks.add(since - timedelta(seconds=1))
    tasks.add(since + timedelta(minutes=2))
    tasks.add(since + timedelta(minutes=40))
    known = Tasks(vendor.api(clock), clock, taken=lambda task_id: task_id == "T1")
    assert known.find_orphan(ACTION, since) is None
    assert clock.slept == [5.0]
    found = Tasks(vendor.api(clock), clock).find_orphan(ACTION, since)
    assert found is not None
    assert found.id == "T1"


def test_two_tasks_that_may_be_it_are_a_doubt(vendor: ScriptedVendor, clock: TestClock):
    since = SYSTEM_CLOCK.now() - HOUR
    tasks = TaskList(vendor)
    tasks.add(since + timedelta(seconds=1))
    tasks.add(since + timedelta(seconds=2))
    with pytest.raises(OutcomeUnknown, match="T1, T0 may be it"):
        Tasks(vendor.api(clock), clock).find_orphan(ACTION, since)


def test_a_task_is_polled_until_its_end(vendor: ScriptedVendor, clock: TestClock):
    polls(vendor, ["NOT_STARTED", "IN_PROGRESS", "CANCELLING", "COMPLETE"])
    seen: list[Task] = []
    task = Tasks(vendor.api(clock), clock).wait(ACTION, "T0", deadline=HOUR, seen=seen.append)
    assert task.state == "COMPLETE"
    assert [look.state for look in seen] == ["NOT_STARTED", "IN_PROGRESS", "CANCELLING", "COMPLETE"]
    assert clock.slept == [FIRST_POLL, 3 * FIRST_POLL, 9 * FIRST_POLL, 5.0]


@pytest.mark.parametrize("state", ["DREAMING", "FAILED", None])
def test_a_task_in_a_state_that_nobody_knows_is_not_waited_for(vendor: ScriptedVendor, clock: TestClock, state: Any):
    polls(vendor, ["NOT_STARTED", state])
    said = f"'{state}'" if state else "empty"
    with pytest.raises(DataError, match=f"Task T0: taskState is {said}.*CANCELLING, COMPLETE, CANCELLED"):
        Tasks(vendor.api(clock), clock).wait(ACTION, "T0", deadline=HOUR)
    assert len(clock.slept) == 2


@pytest.mark.parametrize("last", ["COMPLETE", "CANCELLED"])
def test_both_ends_end_the_polling(vendor: ScriptedVendor, clock: TestClock, last: str):
    polls(vendor, ["IN_PROGRESS", "CANCELLING", last])
    assert Tasks(vendor.api(clock), clock).wait(ACTION, "T0", deadline=HOUR).state == last


def test_a_long_task_is_asked_ever_less_often_until_the_deadline(vendor: ScriptedVendor, clock: TestClock):
    polls(vendor, ["IN_PROGRESS"])
    with pytest.raises(
        TransientError, match=r"Task T0 .* IN_PROGRESS after 1:00:00.* waits for the same task"
    ) as caught:
        Tasks(vendor.api(clock), clock).wait(ACTION, "T0", deadline=HOUR)
    assert not isinstance(caught.value, OutcomeUnknown)
    assert clock.slept[:5] == [0.25, 0.75, 2.25, 5.0, 5.0]
    assert max(clock.slept) == 60.0
    assert 3590 < sum(clock.slept) < 3670
    assert vendor.sent("GET", f"{TASKS}/T0") < 90


def test_a_task_that_anaplan_forgot_is_a_doubt(vendor: ScriptedVendor, clock: TestClock):
    with pytest.raises(OutcomeUnknown, match="does not know task T9"):
        Tasks(vendor.api(clock), clock).wait(ACTION, "T9", deadline=HOUR)


def test_cancelling_waits_for_the_rollback(vendor: ScriptedVendor, clock: TestClock):
    vendor.on("DELETE", f"{TASKS}/T0", {"task": {"taskId": "T0", "taskState": "CANCELLING"}})
    polls(vendor, ["CANCELLING", "CANCELLING", "CANCELLED"])
    assert Tasks(vendor.api(clock), clock).cancel(ACTION, "T0", deadline=HOUR).state == "CANCELLED"


def statuses(vendor: ScriptedVendor, answers: list[dict]) -> None:
    left = iter(answers[:-1])
    vendor.on("GET", STATUS, lambda _: {"requestStatus": next(left, answers[-1])})


IDLE = {"currentStep": "Open", "progress": -1.0, "taskId": None}


def test_what_others_run_on_the_model_is_waited_for(vendor: ScriptedVendor, clock: TestClock):
    busy = {"currentStep": "Processing ...", "tooltip": "Importing Headcount", "progress": 0.5, "taskId": "X"}
    statuses(vendor, [busy, {"currentStep": "Updating", "progress": 0.0}, {"currentStep": "Closing"}, IDLE])
    said: list[str] = []
    wait_until_free(vendor.api(clock), clock, deadline=HOUR, waiting=said.append)
    assert said == ["Importing Headcount", "Updating", "Closing"]
    assert clock.slept == [5.0, 5.0, 5.0]


def test_a_queued_task_of_the_same_import_is_waited_for(vendor: ScriptedVendor, clock: TestClock):
    """It would read the file that is about to be replaced."""
    statuses(vendor, [IDLE])
    task = TaskList(vendor).add(SYSTEM_CLOCK.now())

    def look(text: str) -> None:
        assert "T0" in text
        task["taskState"] = "COMPLETE"

    wait_until_free(vendor.api(clock), clock, deadline=HOUR, action=ACTION, waiting=look)
    assert clock.slept == [5.0]


@pytest.mark.parametrize("step", ["Open", "Closed", "Some new idle step"])
def test_an_idle_model_is_not_waited_for(vendor: ScriptedVendor, clock: TestClock, step: str):
    statuses(vendor, [{"currentStep": step, "progress": -1.0, "taskId": None}])
    wait_until_free(vendor.api(clock), clock, deadline=HOUR)
    assert clock.slept == []


def test_a_model_that_stays_busy_is_an_error_in_time(vendor: ScriptedVendor, clock: TestClock):
    statuses(vendor, [{"currentStep": "Processing ...", "progress": 0.1, "taskId": "X"}])
    with pytest.raises(ModelBusy, match=r"still busy after 1:00:00: Processing"):
        wait_until_free(vendor.api(clock), clock, deadline=HOUR)

"""One run of an action to its outcome, or from wherever a crash left it (docs/vendors/anaplan.md, section 6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mlc_pipelines.anaplan import Upload
from mlc_pipelines.anaplan.discovery import Discovery
from mlc_pipelines.anaplan.model_lock import HeldModel
from mlc_pipelines.anaplan.outcomes import Action, TaskOutcome
from mlc_pipelines.anaplan.runs import Runs
from mlc_pipelines.anaplan.tasks import Tasks
from mlc_pipelines.errors import OutcomeUnknown, TaskCancelled
from mlc_pipelines_tests.anaplan.planning import TWO, Planning, Record, run
from mlc_pipelines_tests.anaplan.vendor import ScriptedVendor, TestClock

PROCESS = Action("process", "118000000001", "Nightly")
TASK = "/processes/118000000001/tasks/T1"


def outcome(vendor: ScriptedVendor, clock: TestClock, result: dict) -> TaskOutcome:
    vendor.on("GET", TASK, {"task": {"taskId": "T1", "creationTime": 0, "taskState": "COMPLETE", "result": result}})
    api = vendor.api(clock)
    runs = Runs(HeldModel(api, 1), clock, Tasks(api, clock), Discovery(api), progress=lambda _: None, how=Upload())
    return runs.run(PROCESS, Record(task_id="T1"), None, (), timedelta(hours=1))


def test_a_process_itself_has_no_dump(vendor: ScriptedVendor, clock: TestClock):
    """Its own flag only repeats that of its imports."""
    dumps = f"{TASK}/dumps/112000000001/chunks"
    vendor.on("GET", dumps, {"chunks": [{"id": "0"}]})
    vendor.on("GET", f"{dumps}/0", {"_Status_,Code,_Line_,_Error_1_": "x"})
    nested = {"objectId": "112000000001", "objectName": "Load", "successful": True, "failureDumpAvailable": True}
    own = {"objectId": PROCESS.id, "successful": True, "failureDumpAvailable": True, "nestedResults": [nested]}
    found = outcome(vendor, clock, own)
    assert found.successful
    assert not found.dump_missing
    assert vendor.sent("GET", f"{TASK}/dumps/{PROCESS.id}/chunks") == 0


def test_names_that_results_leave_out_come_from_the_process(vendor: ScriptedVendor, clock: TestClock):
    steps = [{"id": "112000000001", "name": "Load Accounts"}, {"id": "112000000002", "name": "Load Actuals"}]
    vendor.on("GET", "/processes/118000000001", {"processMetadata": {"actions": steps}})
    nested = [{"objectId": step["id"], "successful": n == 0, "details": []} for n, step in enumerate(steps)]
    found = outcome(vendor, clock, {"successful": True, "nestedResults": nested})
    assert [(part.name, part.successful) for part in found.nested] == [("Load Accounts", True), ("Load Actuals", False)]
    assert not found.successful


def test_a_task_that_ends_without_a_result_is_no_success(vendor: ScriptedVendor, clock: TestClock):
    assert not outcome(vendor, clock, {}).successful


class Crash(BaseException):
    """The process dies."""


class CrashingRecord(Record):
    """Dies when told that the task was started: the answer came, but nobody knows."""

    def started(self, task_id: str) -> None:
        raise Crash


@pytest.mark.parametrize("hours", [0, 25])
def test_a_crash_after_the_start_is_taken_up(planning: Planning, hours: int):
    planning.sandbox.clock.advance(hours * 3600)
    record = CrashingRecord()
    with pytest.raises(Crash):
        run(planning, record)
    assert record.starting_since is not None
    resumed = Record(starting_since=record.starting_since)
    planning.sandbox.clock.advance(3600)
    outcome = run(planning, resumed)
    assert outcome.counts.created == 2
    assert resumed.task_id == outcome.task_id
    assert len(planning.sandbox.tasks) == 1
    assert planning.sent("POST", "/complete") == 1


def test_a_crash_before_the_start_begins_anew(planning: Planning):
    run(planning)
    planning.sandbox.clock.advance(3600)
    outcome = run(planning, Record(starting_since=planning.sandbox.clock.now()))
    assert outcome.successful
    assert len(planning.sandbox.tasks) == 2


def test_a_known_task_is_waited_for_without_sending_anything(planning: Planning):
    record = Record()
    run(planning, record)
    planning.sandbox.log.clear()
    assert run(planning, Record(task_id=record.task_id)).counts.created == 2
    assert {line.method for line in planning.sandbox.log} == {"GET"}


def test_a_task_that_anaplan_forgot_is_a_doubt(planning: Planning):
    with pytest.raises(OutcomeUnknown, match="does not know task"):
        run(planning, Record(task_id="F" * 32))
    assert planning.sandbox.tasks == []


def test_a_cancelled_task_is_told_and_leaves_nothing(planning: Planning):
    planning.sandbox.task_seconds = 60
    planning.sandbox.cancel_seconds = 20
    with planning.client() as client, planning.client() as other:
        action = client.action("import", "Load Accounts")
        planning.time.after(10, lambda: planning.model.queue.cancel(planning.sandbox.tasks[0], "somebody"))
        with pytest.raises(TaskCancelled, match="rolled it back"):
            client.run(action, Record(), content=TWO)
        assert other.cancel(action, planning.sandbox.tasks[0].id).state == "CANCELLED"
    assert set(planning.model.list("Accounts").members) == {"TA"}


def test_cancelling_a_running_task(planning: Planning):
    planning.sandbox.task_seconds = 600
    record = Record()
    with planning.client() as client:
        action = client.action("import", "Load Accounts")
        with pytest.raises(Exception, match="waits for the same task"):
            client.run(action, record, content=TWO, deadline=timedelta(seconds=30))
        assert record.task_id
        assert client.cancel(action, record.task_id).state == "CANCELLED"
        with pytest.raises(TaskCancelled):
            client.run(action, record, content=TWO)

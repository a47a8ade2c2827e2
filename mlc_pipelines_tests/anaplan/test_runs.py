"""Outcomes of answers that may come and that the sandbox does not give (docs/vendors/anaplan.md, section 6)."""

from __future__ import annotations

from datetime import timedelta

from mlc_pipelines.anaplan.discovery import Discovery
from mlc_pipelines.anaplan.files import Upload
from mlc_pipelines.anaplan.model_lock import HeldModel
from mlc_pipelines.anaplan.outcomes import Action, TaskOutcome
from mlc_pipelines.anaplan.runs import Runs
from mlc_pipelines.anaplan.tasks import Tasks
from mlc_pipelines_tests.anaplan.planning import Record
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

"""One action per model at a time, over threads and processes."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from starlette.responses import JSONResponse

from mlc_pipelines.anaplan.model_lock import model_lock, wait_until_free
from mlc_pipelines.errors import ModelBusy
from mlc_pipelines.store.db import Database
from mlc_pipelines_tests.anaplan.planning import TWO, Planning, Record, accounts, run
from mlc_pipelines_tests.anaplan.vendor import MODEL, WORKSPACE, ScriptedVendor, TestClock
from mlc_sandbox.serving import Fault, answer

HOLDER = """
import sys
from types import SimpleNamespace
from mlc_pipelines.anaplan.model_lock import model_lock, wait_until_free
from mlc_pipelines.store.db import Database
url, workspace, model = sys.argv[1:]
with model_lock(Database(url), SimpleNamespace(workspace_id=workspace, model_id=model, guarded=id)):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(database: Database, model_id: str = MODEL) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, database.url, WORKSPACE, model_id],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_process_keeps_others_out_until_it_dies(database: Database, vendor: ScriptedVendor, clock: TestClock):
    api = vendor.api(clock)
    process = holder(database)
    waiting, entered = threading.Event(), threading.Event()

    def enter() -> None:
        with model_lock(database, api, waiting=lambda _: waiting.set()):
            entered.set()

    thread = threading.Thread(target=enter)
    thread.start()
    try:
        assert waiting.wait(10)
        assert not entered.wait(0.2)
        process.kill()
        assert entered.wait(10)
    finally:
        process.kill()
        process.wait()
        thread.join(10)


def test_another_model_is_not_kept_out(database: Database, vendor: ScriptedVendor, clock: TestClock):
    process = holder(database, "F" * 32)
    try:
        said: list[str] = []
        with model_lock(database, vendor.api(clock), waiting=said.append):
            assert said == []
    finally:
        process.kill()
        process.wait()


def test_two_threads_are_never_inside_at_once(database: Database, vendor: ScriptedVendor, clock: TestClock):
    api = vendor.api(clock)
    meeting = threading.Barrier(2)

    def enter(_: int) -> bool:
        with model_lock(database, api):
            try:
                meeting.wait(timeout=0.2)
            except threading.BrokenBarrierError:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(enter, range(2))) == [False, False]


def test_a_server_without_the_model_s_status_is_taken_for_idle(vendor: ScriptedVendor, clock: TestClock):
    told: list[str] = []
    wait_until_free(vendor.api(clock), clock, deadline=timedelta(hours=1), waiting=told.append)
    assert told == []


def test_where_a_get_is_refused_the_status_is_asked_for_by_post(vendor: ScriptedVendor, clock: TestClock):
    path = f"/2/0/models/{MODEL}/status"
    looks = iter(
        [{"currentStep": "Processing ...", "tooltip": "Import Actuals", "taskId": "T1"}, {"currentStep": "Open"}]
    )
    vendor.on("POST", path, lambda _: {"requestStatus": next(looks)})
    vendor.on("GET", path, lambda _: JSONResponse({}, 405))
    told: list[str] = []
    wait_until_free(vendor.api(clock), clock, deadline=timedelta(hours=1), waiting=told.append)
    assert told == ["Import Actuals"]


@pytest.mark.parametrize("state", ["LOCKED", "MAINTENANCE"])
def test_a_model_that_is_locked_for_a_while_is_waited_for(planning: Planning, state: str):
    with planning.client() as client:
        action = client.action("import", "Load Accounts")
        planning.model.active_state = state
        planning.time.after(120, lambda: setattr(planning.model, "active_state", "UNLOCKED"))
        assert client.run(action, Record(), content=TWO).successful
    assert sum(planning.time.slept) >= 120


def test_a_model_that_stays_locked_is_an_error_that_says_so(planning: Planning):
    with planning.client() as client:
        action = client.action("import", "Load Accounts")
        planning.model.active_state = "LOCKED"
        with pytest.raises(ModelBusy, match="administrator has locked the model"):
            client.run(action, Record(), content=TWO)
    assert planning.sandbox.tasks == []


def test_a_conflict_is_waited_for(planning: Planning):
    planning.sandbox.faults.add(Fault("POST", "/tasks$", answer(409), times=2))
    assert run(planning).successful
    assert planning.sent("POST", "/tasks") == 3


def test_another_users_task_is_waited_for_before_the_file_is_touched(planning: Planning):
    planning.sandbox.task_seconds = 90
    with planning.client() as client:
        action = client.action("import", "Load Accounts")
        with pytest.raises(Exception, match="waits for the same task"):
            client.run(action, Record(), content=TWO, deadline=timedelta(seconds=10))
        planning.sandbox.log.clear()
        outcome = client.run(action, Record(), content=TWO)
    first, second = planning.sandbox.tasks
    assert outcome.task_id == second.id
    assert first.ended_at is not None
    uploads = [line.at for line in planning.sandbox.log if "/files/" in line.path]
    assert min(uploads) >= first.ended_at
    assert "waiting" in [told.stage for told in planning.progress]


def test_two_clients_on_one_model_never_overlap(planning: Planning):
    planning.sandbox.task_seconds = 20

    def one(number: int) -> None:
        content = accounts((f"{number}", f"Account {number}", "TA"))
        assert run(planning, content=content).counts.created == 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))
    spans = sorted((task.created_at, task.ended_at) for task in planning.sandbox.tasks)
    assert len(spans) == 4
    for (_, ended), (created, _) in pairwise(spans):
        assert ended is not None
        assert created >= ended
    # The file of one is never replaced while another's task reads it: each row arrived.
    assert set(planning.model.list("Accounts").members) == {"TA", "0", "1", "2", "3"}

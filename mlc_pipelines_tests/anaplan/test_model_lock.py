"""One action per model at a time, over threads and processes."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from starlette.responses import JSONResponse

from mlc_pipelines.anaplan.model_lock import model_lock, wait_until_free
from mlc_pipelines.store.db import Database
from mlc_pipelines_tests.anaplan.vendor import MODEL, WORKSPACE, ScriptedVendor, TestClock

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

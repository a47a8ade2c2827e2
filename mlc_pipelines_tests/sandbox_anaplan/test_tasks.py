"""The life of tasks: docs/vendors/anaplan.md, section 6."""

from __future__ import annotations

import re
from itertools import pairwise

from mlc_pipelines_tests.sandbox_anaplan.conftest import ACTUALS_HEADER, READER, Api
from mlc_sandbox.anaplan import AnaplanSandbox

ROW = ACTUALS_HEADER + "1000,D1,Jan 26,1,,,,\n"


def state(api: Api, kind: str, action_id: str, task_id: str) -> str:
    return api("GET", f"/{kind}/{action_id}/tasks/{task_id}").json()["task"]["taskState"]


def slow(api: Api) -> tuple[str, str]:
    """An uploaded import that takes a minute."""
    api.sandbox.task_seconds = 60
    action_id = api.id_of("imports", "Load Actuals")
    file_id = api.id_of("files", "Load Actuals.csv")
    api.upload(file_id, ROW.encode())
    return action_id, file_id


def test_states_follow_the_clock(sandbox: AnaplanSandbox, api: Api) -> None:
    action_id, _ = slow(api)
    started = api("POST", f"/imports/{action_id}/tasks", json={"localeName": "en_US"})
    task = started.json()["task"]
    assert (started.status_code, task["taskState"]) == (200, "NOT_STARTED")
    assert re.fullmatch(r"[0-9A-F]{32}", task["taskId"])
    assert abs(task["creationTime"] - sandbox.clock.now().timestamp() * 1000) < 5000

    path = f"/imports/{action_id}/tasks/{task['taskId']}"
    running = api("GET", path).json()["task"]
    assert (running["taskState"], "result" in running) == ("IN_PROGRESS", False)
    assert 0 <= running["progress"] < 0.5
    sandbox.clock.advance(45)
    assert 0.7 < api("GET", path).json()["task"]["progress"] < 0.9
    assert not sandbox.model("Group Planning").module("GL").cells
    sandbox.clock.advance(15)
    done = api("GET", path).json()["task"]
    assert (done["taskState"], done["progress"], done["currentStep"]) == ("COMPLETE", 1.0, "Complete.")
    assert done["result"]["objectId"] == action_id
    assert len(sandbox.model("Group Planning").module("GL").cells) == 1


def test_start_needs_locale_and_json(api: Api) -> None:
    path = f"/imports/{api.id_of('imports', 'Load Actuals')}/tasks"
    assert api("POST", path, json={}).status_code == 400
    assert api("POST", path, content=b"{").status_code == 415
    assert api("POST", path, content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    assert api("POST", path, json=["localeName"]).status_code == 400
    for wrong in ("x", [{"entityType": "Version"}]):
        fields = {"localeName": "en_US", "mappingParameters": wrong}
        assert api("POST", path, json=fields).status_code == 400
    assert api("POST", "/imports/112000000099/tasks", json={"localeName": "en_US"}).status_code == 404
    assert not api.sandbox.tasks


def test_a_task_lives_under_its_own_action_only(api: Api) -> None:
    action_id, _ = slow(api)
    task_id = api.start("imports", action_id)
    other = api.id_of("imports", "Load Accounts")
    for path in (f"/imports/{other}/tasks/{task_id}", f"/imports/{action_id}/tasks/{task_id.lower()}"):
        assert api("GET", path).status_code == 404
        assert api("DELETE", path).status_code == 404


def test_tasks_of_a_model_queue_and_never_overlap(sandbox: AnaplanSandbox, api: Api) -> None:
    action_id, _ = slow(api)
    ids = [api.start("imports", action_id) for _ in range(3)]
    assert [state(api, "imports", action_id, task_id) for task_id in ids] == ["IN_PROGRESS"] + ["NOT_STARTED"] * 2
    sandbox.clock.advance(61)
    assert [state(api, "imports", action_id, task_id) for task_id in ids] == [
        "COMPLETE",
        "IN_PROGRESS",
        "NOT_STARTED",
    ]
    for task_id in ids:
        api.finish("imports", action_id, task_id)

    record = sandbox.tasks
    assert [task.id for task in record] == ids
    for earlier, later in pairwise(record):
        assert earlier.ended_at is not None
        assert later.started_at is not None
        assert earlier.ended_at <= later.started_at
    listed = api("GET", f"/imports/{action_id}/tasks").json()
    assert [task["taskId"] for task in listed["tasks"]] == ids
    assert set(listed["tasks"][0]) == {"taskId", "taskState", "creationTime"}
    newest = api("GET", f"/imports/{action_id}/tasks?sort=-creationTime&limit=1").json()["tasks"]
    assert newest[0]["taskId"] == ids[-1]


def test_conflict_switch(sandbox: AnaplanSandbox, api: Api) -> None:
    sandbox.conflict_when_busy = True
    action_id, _ = slow(api)
    task_id = api.start("imports", action_id)
    answer = api("POST", f"/imports/{action_id}/tasks", json={"localeName": "en_US"})
    assert (answer.status_code, answer.json()["status"]["code"]) == (409, 409)
    api.finish("imports", action_id, task_id)
    api.start("imports", action_id)


def test_cancel_rolls_back(sandbox: AnaplanSandbox, api: Api) -> None:
    action_id, _ = slow(api)
    sandbox.cancel_seconds = 10
    first, second = api.start("imports", action_id), api.start("imports", action_id)
    assert state(api, "imports", action_id, first) == "IN_PROGRESS"

    waiting = api("DELETE", f"/imports/{action_id}/tasks/{second}")
    assert (waiting.status_code, waiting.json()["task"]["taskState"]) == (200, "CANCELLED")
    running = api("DELETE", f"/imports/{action_id}/tasks/{first}").json()["task"]
    assert (running["taskState"], "result" in running) == ("CANCELLING", False)
    assert len(running["cancelledBy"]) == 32
    sandbox.clock.advance(5)
    assert state(api, "imports", action_id, first) == "CANCELLING"
    sandbox.clock.advance(5)
    assert state(api, "imports", action_id, first) == "CANCELLED"
    assert not sandbox.model("Group Planning").module("GL").cells
    assert sandbox.model("Group Planning").changes == 0

    third = api.start("imports", action_id)
    assert api.finish("imports", action_id, third)["taskState"] == "COMPLETE"
    assert api("DELETE", f"/imports/{action_id}/tasks/{third}").json()["task"]["taskState"] == "COMPLETE"


def test_records_are_kept_for_48_hours(sandbox: AnaplanSandbox, api: Api) -> None:
    task = api.run("imports", "Load Actuals", ROW)
    path = f"/imports/{task['action_id']}/tasks"
    sandbox.clock.advance(47 * 3600)
    api.login()
    assert api("GET", f"{path}/{task['taskId']}").status_code == 200
    sandbox.clock.advance(2 * 3600)
    api.login()
    assert api("GET", f"{path}/{task['taskId']}").status_code == 404
    assert "tasks" not in api("GET", path).json()


def test_a_task_survives_a_restart_of_the_server(sandbox: AnaplanSandbox, api: Api) -> None:
    action_id, _ = slow(api)
    task_id = api.start("imports", action_id)
    sandbox.stop()
    sandbox.start()
    assert api.finish("imports", action_id, task_id)["result"]["successful"] is True
    assert len(sandbox.model("Group Planning").module("GL").cells) == 1


def test_dumps_come_in_chunks(sandbox: AnaplanSandbox, api: Api) -> None:
    sandbox.dump_chunk_bytes = 40
    task = api.run("imports", "Load Actuals", ROW + "9999,D1,Jan 26,1,,,,\n")
    path = f"/imports/{task['action_id']}/tasks/{task['taskId']}/dump"
    whole = api("GET", path)
    chunks = api("GET", f"{path}/chunks").json()["chunks"]
    assert [chunk["id"] for chunk in chunks] == [str(number) for number in range(len(chunks))]
    assert len(chunks) > 2
    assert "".join(api("GET", f"{path}/chunks/{chunk['id']}").text for chunk in chunks) == whole.text
    assert whole.text.splitlines()[1].startswith('"E","9999"')
    for beyond in (str(len(chunks)), "-1", "x"):
        assert api("GET", f"{path}/chunks/{beyond}").status_code == 404


def test_dumps_are_private_and_only_the_newest_is_kept(sandbox: AnaplanSandbox, api: Api) -> None:
    bad = ROW + "9999,D1,Jan 26,1,,,,\n"

    def status(of: dict[str, str], user: Api = api) -> int:
        return user("GET", f"/imports/{of['action_id']}/tasks/{of['taskId']}/dump/chunks").status_code

    first = api.run("imports", "Load Actuals", bad)
    assert status(first) == 200
    reader = Api(sandbox, READER)
    assert status(first, reader) == 404
    theirs = reader.run("imports", "Load Actuals", bad)
    second = api.run("imports", "Load Actuals", bad)
    assert (status(first), status(second), status(theirs, reader)) == (404, 200, 200)
    clean = api.run("imports", "Load Actuals", ROW)
    assert (status(second), status(clean), status(theirs, reader)) == (404, 404, 200)
    path = f"/imports/{second['action_id']}/tasks/{second['taskId']}"
    assert api("GET", path).json()["task"]["result"]["failureDumpAvailable"] is True


def test_dumps_expire_48_hours_after_the_last_access(sandbox: AnaplanSandbox, api: Api) -> None:
    task = api.run("imports", "Load Actuals", ROW + "9999,D1,Jan 26,1,,,,\n")
    path = f"/imports/{task['action_id']}/tasks/{task['taskId']}/dump"
    sandbox.clock.advance(30 * 3600)
    api.login()
    assert api("GET", path).status_code == 200
    sandbox.clock.advance(49 * 3600)
    api.login()
    assert api("GET", path).status_code == 404

"""Busy, locked, archived and limited: docs/vendors/anaplan.md, section 8."""

from __future__ import annotations

import threading

import httpx
import pytest

from mlc_pipelines_tests.sandbox_anaplan.conftest import MODEL, OTHER_MODEL, OUTSIDER, Api
from mlc_sandbox.anaplan import AnaplanSandbox
from mlc_sandbox.serving import Fault, drop_answer


@pytest.fixture
def busy(api: Api) -> tuple[str, str]:
    """A task that runs for a minute."""
    api.sandbox.task_seconds = 60
    action_id = api.id_of("exports", "Long")
    return action_id, api.start("exports", action_id)


def test_some_calls_answer_at_once_while_busy(api: Api, busy: tuple[str, str]) -> None:
    action_id, task_id = busy
    for path in (
        "/imports",
        "/exports",
        f"/exports/{action_id}",
        "/actions",
        "/processes",
        f"/exports/{action_id}/tasks",
        f"/exports/{action_id}/tasks/{task_id}",
        f"/2/0/models/{MODEL}",
        "/2/0/models",
        "/status",
    ):
        assert api("GET", path, timeout=2).status_code == 200
    api.start("exports", action_id)
    assert api("GET", f"/2/0/models/{MODEL}?modelDetails=true").json()["model"]["modelTransactionRunning"] is True


def test_other_calls_wait_until_the_model_is_free(sandbox: AnaplanSandbox, api: Api, busy: tuple[str, str]) -> None:
    file_id = sandbox.model("Group Planning").catalogue.file_of_import["112000000000"]
    for method, path, more in (
        ("GET", "/files", {}),
        ("GET", "/lists", {}),
        ("POST", f"/files/{file_id}", {"json": {"chunkCount": 1}}),
    ):
        with pytest.raises(httpx.ReadTimeout):
            api(method, path, timeout=0.1, **more)
    sandbox.hang_while_busy = False
    assert api("GET", "/files", timeout=2).status_code == 200

    sandbox.hang_while_busy = True
    answers: list[httpx.Response] = []
    waiting = threading.Thread(target=lambda: answers.append(api("GET", "/lists")))
    waiting.start()
    sandbox.clock.advance(60)
    waiting.join(timeout=5)
    assert answers[0].status_code == 200


def test_writes_wait_regardless_of_the_switch(sandbox: AnaplanSandbox, api: Api, busy: tuple[str, str]) -> None:
    sandbox.hang_while_busy = False
    entry = {"items": [{"name": "x"}]}
    path = "/lists/101000000004/items?action=add"
    with pytest.raises(httpx.ReadTimeout):
        api("POST", path, json=entry, timeout=0.1)
    sandbox.clock.advance(60)
    api("GET", "/imports")
    # Both this one and the one whose client went away were waiting for the model.
    assert api("POST", path, json=entry).status_code == 200
    assert list(sandbox.model("Group Planning").list("Empty").members) == ["x"]


def test_status(sandbox: AnaplanSandbox, api: Api, busy: tuple[str, str]) -> None:
    running = api("GET", "/status").json()["requestStatus"]
    assert (running["currentStep"], running["taskId"], running["tooltip"]) == ("Processing export", busy[1], "Long")
    sandbox.clock.advance(60)
    idle = api("POST", "/status").json()["requestStatus"]
    assert (idle["currentStep"], idle["progress"], idle["taskId"]) == ("Open", -1.0, None)
    assert api("POST", "/close").status_code == 204
    assert api("GET", "/status").json()["requestStatus"]["currentStep"] == "Closed"
    assert api("POST", "/open").status_code == 200
    assert api("GET", "/status").json()["requestStatus"]["currentStep"] == "Open"
    assert Api(sandbox, OUTSIDER)("POST", "/open").status_code == 404


@pytest.mark.parametrize(
    ("active_state", "status", "message", "open_status"),
    [
        ("ARCHIVED", 422, "Model Archived", 422),
        ("LOCKED", 423, "Model Locked", 200),
        ("MAINTENANCE", 424, "Model Offline", 424),
        ("PRODUCTION_MAINTENANCE", 424, "Model Offline", 424),
    ],
)
def test_states_of_a_model(
    sandbox: AnaplanSandbox, api: Api, active_state: str, status: int, message: str, open_status: int
) -> None:
    sandbox.model("Group Planning").active_state = active_state
    answers = [
        api("GET", "/imports"),
        api("POST", "/imports/112000000000/tasks", json={"localeName": "en_US"}),
        api("POST", "/files/113000000000", json={"chunkCount": 1}),
    ]
    assert {answer.status_code for answer in answers} == {status}
    assert answers[0].json()["status"] == {"code": status, "message": message}
    assert api("GET", f"/2/0/models/{MODEL}").json()["model"]["activeState"] == active_state
    assert api("POST", "/open").status_code == open_status
    assert api("GET", f"/2/0/models/{OTHER_MODEL}/imports").status_code == 200


def test_a_deployed_model_still_takes_imports(sandbox: AnaplanSandbox, api: Api) -> None:
    sandbox.model("Group Planning").active_state = "PRODUCTION"
    task = api.run("imports", "Load Accounts", "Code,Name,Group,Opened,Rate\n1100,Bank,A,,\n")
    assert task["result"]["successful"] is True


def test_rate_limit(sandbox: AnaplanSandbox, api: Api) -> None:
    sandbox.rate_limit = 3
    sandbox.rate_refill = 0.1
    assert [api("GET", "/imports").status_code for _ in range(3)] == [200] * 3
    refused = api("GET", "/2/0/users/me")
    assert (refused.status_code, refused.json()["status"]["code"]) == (429, 429)
    assert 1 <= int(refused.headers["retry-after"]) <= 10
    api.login()

    sandbox.clock.advance(int(refused.headers["retry-after"]))
    assert api("GET", "/imports").status_code == 200
    sandbox.send_retry_after = False
    assert "retry-after" not in api("GET", "/imports").headers
    sandbox.clock.advance(1000)
    assert [api("GET", "/imports").status_code for _ in range(4)] == [200, 200, 200, 429]
    sandbox.rate_limit = None
    assert {api("GET", "/imports").status_code for _ in range(10)} == {200}


def test_default_limit_is_600_a_minute(sandbox: AnaplanSandbox, api: Api) -> None:
    assert (sandbox.rate_limit, sandbox.rate_refill) == (600, 10)
    sandbox.rate_refill = 0
    statuses = [api("GET", "/2/0/users/me").status_code for _ in range(601)]
    assert statuses == [200] * 600 + [429]


def test_a_lost_answer_leaves_a_task_behind(sandbox: AnaplanSandbox, api: Api) -> None:
    action_id = api.id_of("exports", "Long")
    sandbox.faults.add(Fault("POST", r"/exports/\d+/tasks$", drop_answer))
    before = sandbox.clock.now().timestamp() * 1000
    with pytest.raises(httpx.RemoteProtocolError):
        api.start("exports", action_id)
    orphans = api("GET", f"/exports/{action_id}/tasks").json()["tasks"]
    assert len(orphans) == 1
    assert orphans[0]["creationTime"] >= int(before)


def test_every_task_and_request_is_on_record(sandbox: AnaplanSandbox, api: Api) -> None:
    api.run("exports", "Long")
    task = sandbox.tasks[0]
    assert (task.kind, task.action_name, task.state, task.changes) == ("exports", "Long", "COMPLETE", 0)
    assert sum(request.method == "POST" and request.path.endswith("/tasks") for request in sandbox.log) == 1

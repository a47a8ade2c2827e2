"""What goes wrong in Anaplan leaves a true trail: the delivery's state and outcome, and why the asset is red."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import pytest

from mlc_pipelines.anaplan import ActionProgress, AnaplanClient, UnrecordedTask
from mlc_pipelines.anaplan.files import Upload
from mlc_pipelines.errors import BadRequest, MlcError, ModelBusy, RowsRejected, TaskCancelled
from mlc_pipelines.flows.asset_outcome import AssetOutcome
from mlc_pipelines.flows.period_run import PeriodRun
from mlc_pipelines_tests.faults.test_kill import deliveries, running
from mlc_pipelines_tests.sandbox_anaplan.certificate import self_signed
from mlc_pipelines_tests.world import LEDGER, LinkedClock, World, open_world, red
from mlc_sandbox.anaplan import OAuthClient, User
from mlc_sandbox.anaplan.auth.oauth import OAuthService
from mlc_sandbox.sample import PASSWORD, USER
from mlc_sandbox.serving import Fault, answer, drop_answer

ACTION = "Load Actuals"
GL_LOAD = "netsuite/anaplan/gl_activity"
OTHER = User("colleague@acme.example", "hers")
TEN_MINUTES = 600.0


class Killed(Exception):
    """The run ends here."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, make_database_url) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("world"), make_database_url(), only=LEDGER, gl_lines=3000) as world:
        assert red(world.round_trip()) == {}
        world.anaplan.users[OTHER.email] = OTHER
        yield world


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    """The shared world, with landed rows that the model does not hold yet."""
    tenant_file = shared.home / f"tenants/{shared.tenant}.yaml"
    before = tenant_file.read_text(encoding="utf-8")
    shared.post("12.34", debit="6010", department=11)
    assert red(shared.land("gl_activity")) == {}
    shared.anaplan.log.clear()
    yield shared
    shared.anaplan.faults.clear()
    shared.anaplan.task_seconds = 0.3
    shared.anaplan.conflict_when_busy = False
    shared.anaplan.hang_while_busy = True
    shared.model.active_state = "UNLOCKED"
    tenant_file.write_text(before, encoding="utf-8")
    shared.read_again()


def at_stage(world: World, stage: str, happens: Callable[[], object]) -> None:
    """Once, when the load has come so far."""
    happened: list[str] = []

    def on_action(progress: ActionProgress) -> None:
        if progress.stage == stage and not happened:
            happened.append(stage)
            happens()

    world.runtime.on_action = on_action


def bearer(world: World, user: User) -> dict[str, str]:
    return {"Authorization": f"AnaplanAuthToken {world.anaplan.tokens.mint(user).value}"}


def actions_url(world: World, action: str) -> str:
    with world.runtime.anaplan(world.runtime.tenant(world.tenant)) as client:
        return f"{world.anaplan.url}/2/0/models/{world.model.id}/imports/{client.action('import', action).id}/tasks"


def cancel_as_another_user(world: World) -> None:
    task = world.tasks(ACTION)[-1]
    address = f"{actions_url(world, ACTION)}/{task.id}"
    assert httpx.delete(address, headers=bearer(world, OTHER)).status_code == 200


def count(world: World, method: str, ending: str, status: int) -> int:
    return sum(
        line.method == method and line.path.endswith(ending) and line.status == status for line in world.anaplan.log
    )


def uploads(world: World) -> int:
    return sum(line.method == "PUT" for line in world.anaplan.log)


def is_told(world: World, outcome: AssetOutcome, error: type[MlcError], *words: str) -> None:
    """The asset result and `mlc status` tell the same story, with these words in it."""
    assert isinstance(outcome.error, error)
    (state,) = world.states()
    assert state["state"] == "red"
    assert [(entry["asset"], entry["why"]) for entry in state["red"]] == [(GL_LOAD, str(outcome.error))]
    for word in words:
        assert word in str(outcome.error)


def the_next_run_heals(world: World) -> None:
    assert red({GL_LOAD: world.load("gl_activity")}) == {}
    assert world.tie_out().error is None
    assert world.cells() == world.ledger() != {}
    newest = deliveries(world)[-1]
    assert newest["state"] == "accepted"
    assert newest["outcome"]["successful"] is True
    assert newest["outcome"]["task_id"] == newest["task_id"] == world.tasks(ACTION)[-1].id
    assert [state["state"] for state in world.states()] == ["green"]


def test_a_task_that_another_user_cancels(world: World):
    cells = world.cells()
    world.anaplan.task_seconds = 60.0
    at_stage(world, "running", lambda: cancel_as_another_user(world))
    outcome = world.load("gl_activity")
    task = world.tasks(ACTION)[-1]
    assert (task.state, task.cancelled_by) == ("CANCELLED", OTHER.guid)
    is_told(world, outcome, TaskCancelled, task.id, f"cancelled by user {OTHER.guid}", "rolled it back", "Run it again")
    delivery = deliveries(world)[-1]
    assert (delivery["state"], delivery["task_id"]) == ("cancelled", task.id)
    assert delivery["finished_at"] is not None
    assert OTHER.guid in delivery["outcome"]["reason"]
    assert world.cells() == cells

    world.anaplan.task_seconds = 0.3
    the_next_run_heals(world)
    assert len([each for each in world.tasks(ACTION) if each.state == "CANCELLED"]) == 1


class OpensLater(LinkedClock):
    """Unlocks the model when its time has come."""

    def __init__(self, world: World) -> None:
        super().__init__(world.anaplan.clock)
        self._model = world.model
        self.opens = 0.0

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self.monotonic() >= self.opens:
            self._model.active_state = "UNLOCKED"


@pytest.mark.parametrize("stage", ["before", "uploading", "running"])
def test_a_model_that_is_locked_for_ten_minutes_is_waited_for(world: World, stage: str):
    linked = world.clock

    def lock() -> None:
        world.model.active_state = "LOCKED"
        clock.opens = clock.monotonic() + TEN_MINUTES

    world.clock = clock = OpensLater(world)
    world.read_again()
    lock() if stage == "before" else at_stage(world, stage, lock)
    world.anaplan.task_seconds = 30.0
    tasks = len(world.tasks(ACTION))
    outcome = world.load("gl_activity")
    world.clock = linked
    assert outcome.error is None
    assert sum(clock.slept) >= TEN_MINUTES
    assert any(line.status == 423 for line in world.anaplan.log)
    assert len(world.tasks(ACTION)) == tasks + 1
    assert deliveries(world)[-1]["state"] == "accepted"
    assert world.cells() == world.ledger()


def test_a_model_that_stays_locked(world: World):
    known, tasks = len(deliveries(world)), len(world.tasks(ACTION))
    world.model.active_state = "LOCKED"
    outcome = world.load("gl_activity")
    is_told(world, outcome, ModelBusy, "423", "Model Locked", "An administrator has locked the model", "Run it again")
    assert (len(deliveries(world)), len(world.tasks(ACTION)), uploads(world)) == (known, tasks, 0)
    world.model.active_state = "UNLOCKED"
    the_next_run_heals(world)


@pytest.mark.parametrize(
    ("state", "error", "words"),
    [
        ("ARCHIVED", BadRequest, ("422", "If the model is archived, a workspace administrator has to unarchive it")),
        ("MAINTENANCE", ModelBusy, ("424", "offline or in maintenance mode", "Run it again when")),
    ],
)
def test_a_model_that_takes_nothing(world: World, state: str, error: type[MlcError], words: tuple[str, ...]):
    known, tasks = len(deliveries(world)), len(world.tasks(ACTION))
    world.model.active_state = state
    is_told(world, world.load("gl_activity"), error, *words)
    assert (len(deliveries(world)), len(world.tasks(ACTION)), uploads(world)) == (known, tasks, 0)
    world.model.active_state = "UNLOCKED"
    the_next_run_heals(world)


DEPLOYED = answer(425, {}, {"status": {"code": 425, "message": "Model Deployed"}})
STILL_LOCKED = answer(423, {}, {"status": {"code": 423, "message": "Model Locked"}})


@pytest.mark.parametrize(
    ("refusal", "error", "words"),
    [
        (DEPLOYED, BadRequest, ("425", "Model Deployed", "The model is in deployed mode, which forbids changing")),
        (STILL_LOCKED, ModelBusy, ("423", "An administrator has locked the model")),
    ],
    ids=["425", "423"],
)
def test_a_start_that_is_refused(world: World, refusal: Any, error: type[MlcError], words: tuple[str, ...]):
    """Nothing was started, so the delivery is over: a task that somebody starts by hand then is not taken for ours."""
    tasks = len(world.tasks(ACTION))
    world.anaplan.faults.add(Fault("POST", "/tasks$", refusal, times=1000))
    outcome = world.load("gl_activity")
    is_told(world, outcome, error, *words)
    assert len(world.tasks(ACTION)) == tasks
    delivery = deliveries(world)[-1]
    assert (delivery["state"], delivery["task_id"]) == ("failed", None)
    assert outcome.error.message in delivery["outcome"]["reason"]
    world.anaplan.faults.clear()

    by_hand = httpx.post(actions_url(world, ACTION), headers=bearer(world, OTHER), json={"localeName": "en_US"})
    assert by_hand.status_code == 200
    the_next_run_heals(world)
    assert by_hand.json()["task"]["taskId"] not in {each["task_id"] for each in deliveries(world)}


def test_a_failure_dump_that_is_gone(world: World):
    quiet = world.quiet_accounts()[0]
    world.post("100.00", debit=quiet, department=11)
    assert red(world.land("gl_activity")) == {}
    state = world.model.state

    def remove_account() -> None:
        state = world.model.state
        state.remove_members("GL Accounts", [state.lists["GL Accounts"].find(quiet).number])

    assert state.lists["GL Accounts"].find(quiet)
    at_stage(world, "uploading", remove_account)
    gone = answer(404, {}, {"status": {"code": 404, "message": "Not Found"}})
    world.anaplan.faults.add(Fault("GET", "/dump", gone, times=10))
    outcome = world.load("gl_activity")
    task = world.tasks(ACTION)[-1]
    is_told(world, outcome, RowsRejected, "1 rejected", f"the failure dump of task {task.id} is gone")
    assert "Rejected rows" not in outcome.tables
    delivery = deliveries(world)[-1]
    assert (delivery["state"], delivery["outcome"]["counts"]["failed"]) == ("partial", 1)
    assert "Anaplan rejected 1 rows whose source records are not known" in str(world.tie_out().error)

    world.anaplan.faults.clear()
    world.full = True
    assert world.load("accounts").error is None
    world.full = False
    the_next_run_heals(world)


def many_chunks(world: World, sent: Callable[[int], None] = lambda _: None) -> None:
    """The model's figures, uploaded in more than 40 chunks and imported."""
    tenant = world.runtime.tenant(world.tenant)
    cells = world.ledger()

    def progress(told: ActionProgress) -> None:
        if told.stage == "uploading":
            sent(told.bytes_sent)

    client = AnaplanClient(
        tenant.anaplan,
        tenant=tenant.tenant,
        secret=lambda name: world.runtime.vault.get(tenant.tenant, name),
        database=world.runtime.database,
        tokens=world.runtime.tokens,
        clock=world.clock,
        progress=progress,
        how=Upload(chunk_bytes=1),  # a block is a chunk
    )
    with client:
        action = client.action("import", ACTION)
        header = client.import_source(action).form.headers
        names = ("Account", "Department", "Entity", "Period", "Version")
        rows = [dict(zip(names, place, strict=False)) | {"Amount": amount} for place, amount in cells.items()]
        lines = [",".join(str(row[name]) for name in header) + "\n" for row in rows]
        blocks = ["".join(lines[first : first + 3]) for first in range(0, len(lines), 3)]
        blocks = [",".join(header) + "\n", *blocks]
        outcome = client.run(action, UnrecordedTask(), content=lambda: (block.encode() for block in blocks))
    assert outcome.successful
    assert (outcome.counts.total, outcome.counts.succeeded) == (len(rows), len(rows))
    puts = Counter(line.path for line in world.anaplan.log if line.method == "PUT" and (line.status or 0) < 300)
    assert len(puts) == len(blocks) > 40
    assert world.cells() == cells


def test_a_token_revoked_in_the_middle_of_the_chunks(world: World):
    revoked: list[int] = []

    def sent(total: int) -> None:
        if total > 2000 and not revoked:
            revoked.append(total)
            world.anaplan.tokens.kill_all()

    world.load("gl_activity")
    world.anaplan.log.clear()
    minted = world.anaplan.tokens.minted
    many_chunks(world, sent)
    assert revoked
    assert world.anaplan.tokens.minted == minted + 1
    assert count(world, "POST", "/token/authenticate", 201) + count(world, "POST", "/token/authenticate", 200) == 1
    refused = [line.path for line in world.anaplan.log if line.method == "PUT" and line.status == 401]
    assert 1 <= len(refused) == len(set(refused)) <= Upload().in_flight, "each was sent again once, by the new token"


def test_a_chunk_whose_answer_is_lost_is_sent_again_alone(world: World):
    world.anaplan.faults.add(Fault("PUT", "/chunks/17$", drop_answer))
    many_chunks(world)
    sent = Counter(line.path.rpartition("/")[2] for line in world.anaplan.log if line.method == "PUT")
    assert {chunk: times for chunk, times in sent.items() if times > 1} == {"17": 2}
    assert count(world, "POST", "/complete", 200) == 1
    the_next_run_heals(world)


def test_a_task_that_anaplan_has_forgotten(world: World):
    """A run dies while its task runs, and the next one comes after the 48 hours that Anaplan keeps tasks."""

    def die() -> None:
        raise Killed

    world.anaplan.task_seconds = 30.0
    at_stage(world, "running", die)
    assert world.load("gl_activity").error is not None
    killed = deliveries(world)[-1]
    assert (killed["state"], killed["task_id"]) == ("running", world.tasks(ACTION)[-1].id)
    world.read_again()
    world.anaplan.task_seconds = 0.3
    for hours in (1, 49):  # the task ends, then its record is dropped
        world.anaplan.clock.advance(hours * 3600)
        httpx.get(f"{actions_url(world, ACTION)}", headers=bearer(world, OTHER))
    assert world.tasks(ACTION)[-1].state == "COMPLETE"

    outcome = world.load("gl_activity")
    assert outcome.error is None
    settled, newest = deliveries(world)[-2:]
    assert (settled["id"], settled["state"]) == (killed["id"], "failed")
    assert f"does not know task {killed['task_id']}" in settled["outcome"]["reason"]
    assert newest["rows_sent"] == outcome.figures["rows_sent"] >= len(world.ledger()), "all rows, not only the changed"
    the_next_run_finds_nothing_to_do(world)


def the_next_run_finds_nothing_to_do(world: World) -> None:
    tasks = len(world.tasks(ACTION))
    again = world.load("gl_activity")
    assert (again.error, again.figures["rows_sent"], len(world.tasks(ACTION))) == (None, 0, tasks)
    assert world.cells() == world.ledger()
    assert world.tie_out().error is None


def test_a_start_that_conflicts_waits_for_the_other_task(world: World):
    """Somebody's task begins after the model was found free; Anaplan answers 409 to ours."""
    world.anaplan.conflict_when_busy = True
    world.anaplan.hang_while_busy = False
    world.anaplan.task_seconds = 45.0
    others: list[str] = []

    def start_another() -> None:
        address = actions_url(world, "Load Departments")
        started = httpx.post(address, headers=bearer(world, OTHER), json={"localeName": "en_US"})
        others.append(started.json()["task"]["taskId"])

    at_stage(world, "uploading", start_another)
    tasks = len(world.tasks(ACTION))
    assert world.load("gl_activity").error is None
    (theirs,) = [task for task in world.anaplan.tasks if task.id in others]
    ours = world.tasks(ACTION)[tasks:]
    assert len(ours) == 1
    assert count(world, "POST", "/tasks", 409) >= 1
    assert theirs.ended_at <= ours[0].created_at
    assert (deliveries(world)[-1]["state"], deliveries(world)[-1]["task_id"]) == ("accepted", ours[0].id)
    assert world.cells() == world.ledger()


def sign_in_by(world: World, auth: dict[str, Any], **secrets: str) -> None:
    for name, value in secrets.items():
        world.runtime.vault.set(world.tenant, name, value)
    world.change_tenant(lambda document: document["anaplan"].update(auth=auth))


def test_a_rotated_refresh_token_over_two_processes(world: World):
    """Each refresh kills the refresh token before it: whoever used an old one would be locked out for good."""
    anaplan = world.anaplan
    anaplan.oauth = OAuthService([OAuthClient("mlc")], anaplan.users, anaplan.tokens, anaplan.clock.now)
    device, user_code = anaplan.oauth.begin_device({"client_id": "mlc", "scope": "openid offline_access"})
    anaplan.oauth.approve(user_code)
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    first = anaplan.oauth.token({"client_id": "mlc", "grant_type": grant, "device_code": device})["refresh_token"]
    auth = {"method": "oauth_device", "client_id": "mlc", "refresh_token": {"secret": "anaplan_refresh"}}
    sign_in_by(world, auth, anaplan_refresh=first)
    runs = []
    for _ in range(2):
        runtime = world.open()
        runs.append(PeriodRun(runtime, runtime.tenant(world.tenant), world.period(), "run"))
    start = Barrier(2)
    entity = runs[0].runtime.erp(runs[0].tenant).entities["gl_activity"]

    def load(run: PeriodRun) -> AssetOutcome:
        start.wait(timeout=30)
        return run.load(entity)

    for round_number in range(3):
        world.post(f"{round_number + 1}.00", department=11)
        assert red(world.land("gl_activity")) == {}
        with ThreadPoolExecutor(2) as pool:
            assert [outcome.error for outcome in pool.map(load, runs)] == [None, None]
        anaplan.clock.advance(40 * 60)  # longer than a token lives
    for run in runs:
        run.runtime.close()
    world.read_again()
    world.post("4.00", department=11)
    assert red(world.land("gl_activity")) == {}
    the_next_run_heals(world)  # by the newest refresh token: the sandbox takes no other

    asked = [line for line in anaplan.log if line.path == "/oauth/token"]
    used = [json.loads(line.body)["refresh_token"] for line in asked]
    assert [line.status for line in asked] == [200] * 4, "one refresh a round, for both"
    assert used[0] == first
    assert len(set(used)) == 4
    assert world.runtime.vault.get(world.tenant, "anaplan_refresh") == first, "the vault's is the log-in's"


def test_a_whole_run_by_certificate(world: World):
    certificate, private_key = self_signed("robot")
    world.anaplan.users[USER] = User(USER, PASSWORD, certificates=[certificate])
    auth = {
        "method": "certificate",
        "certificate": {"secret": "anaplan_certificate"},
        "private_key": {"secret": "anaplan_key"},
        "format": "v2",
    }
    sign_in_by(world, auth, anaplan_certificate=certificate, anaplan_key=private_key)
    world.anaplan.log.clear()
    outcomes = world.round_trip()
    assert red(outcomes) == {}
    assert world.cells() == world.ledger()
    (login,) = [line for line in world.anaplan.log if line.path == "/token/authenticate"]
    assert login.headers["authorization"] == "CACertificate"
    assert json.loads(login.body)["encodedDataFormat"] == "v2"
    assert {line.headers.get("authorization") for line in world.anaplan.log if line.path.startswith("/2/0")} == {
        "AnaplanAuthToken"
    }
    checks = {check.rule: check for check in outcomes["netsuite/tie_out"].checks}
    assert not checks["certificate_valid"].passed, "30 days are few"


def test_an_interrupted_command_has_anaplan_roll_back(tmp_path: Path, make_database_url):
    with open_world(tmp_path, make_database_url(), only=LEDGER, real_time=True, gl_lines=3000) as world:
        assert red(world.land()) == {}
        for name in ("accounts", "departments"):
            assert world.load(name).error is None
        world.anaplan.task_seconds = 3600.0
        with running(world, "anaplan/gl_activity") as process:
            deadline = time.monotonic() + 60
            while not (deliveries(world) and deliveries(world)[-1]["state"] == "running"):
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.02)  # the sandbox has no way to tell us
            assert world.tasks(ACTION)[-1].state == "IN_PROGRESS"
            os.kill(process.pid, signal.SIGINT)
            process.wait(timeout=60)
            _, complaints = process.communicate()
            assert process.returncode not in {0, -signal.SIGINT}, complaints
        assert "Traceback" not in complaints
        (task,) = world.tasks(ACTION)
        assert task.state == "CANCELLED"
        (delivery,) = deliveries(world)
        assert (delivery["state"], delivery["task_id"]) == ("cancelled", task.id)
        assert "interrupted" in delivery["outcome"]["reason"]
        assert world.cells() == {}

        world.anaplan.task_seconds = 0.3
        again = world.mlc("run", world.tenant, world.closed)
        assert again.returncode == 0, again.stderr
        assert [each["state"] for each in deliveries(world)] == ["cancelled", "accepted"]
        assert world.cells() == world.ledger() != {}
        assert [state["state"] for state in world.states()] == ["green"]

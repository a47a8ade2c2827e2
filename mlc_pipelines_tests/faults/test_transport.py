"""Tokens that expire, limits, outages and broken connections on both sides: the figures arrive once and whole."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from mlc_pipelines.errors import AuthenticationError, ModelBusy, RateLimited, Unavailable
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines_tests.world import LEDGER, LinkedClock, World, open_world
from mlc_sandbox.serving import Action, Fault, answer, drop_answer, reset_before, truncate

ACTION = "Load Actuals"
BUSY = answer(429, {"Retry-After": "17"})
OUTAGE = answer(503, {"Content-Type": "text/html"}, "<html>Service Unavailable</html>")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, make_database_url) -> Iterator[World]:
    """Some thousand ledger lines a period, so that a read has several pages."""
    with open_world(tmp_path_factory.mktemp("world"), make_database_url(), only=LEDGER, gl_lines=50_000) as world:
        world.land()
        for name in LEDGER:
            assert world.load(name).error is None
        yield world


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    """The shared world, with books that have changed since the model was loaded."""
    shared.erp.log.clear()
    shared.anaplan.log.clear()
    shared.post("12.34", department=11)
    yield shared
    for sandbox in (shared.erp, shared.anaplan):
        sandbox.faults.clear()
    shared.read_again()


def pages(world: World) -> int:
    return sum(line.path.endswith("/suiteql") and line.status == 200 for line in world.erp.log)


def arrives(world: World) -> None:
    """Landed, loaded by exactly one task, tied out, equal to the books."""
    before = len(world.tasks(ACTION))
    landed = world.land("gl_activity")["gl_activity"]
    assert landed.error is None
    assert landed.figures["rows_read"] == world.erp.books.control(world.book_period()).lines
    assert world.load("gl_activity").error is None
    assert len(world.tasks(ACTION)) == before + 1
    assert world.cells() == world.ledger()
    assert world.tie_out().error is None


def slept(world: World) -> list[float]:
    assert isinstance(world.clock, LinkedClock)
    return world.clock.slept


@pytest.mark.parametrize("after", [0, 3, 6])
@pytest.mark.parametrize("fault", [OUTAGE, BUSY, reset_before, drop_answer, truncate], ids=lambda fault: fault.kind)
def test_a_page_of_the_erp_that_fails(world: World, fault: Action, after: int):
    slept(world).clear()
    world.erp.faults.add(Fault("POST", "/suiteql", fault, times=2, after=after))
    arrives(world)
    assert pages(world) > 6
    if fault is BUSY:
        assert any(17 <= seconds < 19 for seconds in slept(world)), "Retry-After is obeyed"


def test_the_erp_s_token_expires_between_pages(world: World):
    reads: list[int] = []

    def on_read(progress) -> None:
        if not reads:
            world.erp.expire_tokens()
        reads.append(progress.rows)

    world.runtime.on_read = on_read
    arrives(world)
    assert len(reads) > 1
    assert any(line.status == 401 for line in world.erp.log)


def test_an_erp_that_stays_down_leaves_the_last_snapshot(world: World):
    before = world.runtime.snapshots.current(PartitionKey(world.tenant, "gl_activity", world.closed))
    assert before is not None
    world.erp.faults.add(Fault("POST", "/suiteql", OUTAGE, times=1000))
    outcome = world.land("gl_activity")["gl_activity"]
    assert isinstance(outcome.error, Unavailable)
    assert "503" in str(outcome.error)
    assert outcome.figures == {}
    assert world.runtime.snapshots.current(PartitionKey(world.tenant, "gl_activity", world.closed)) == before
    folder = world.home / "storage/snapshots" / world.tenant / "gl_activity" / world.closed
    stored = {snapshot.name for snapshot in folder.iterdir()}
    assert f"{before.id}.parquet" in stored
    (state,) = world.states()
    assert (state["state"], [entry["asset"] for entry in state["red"]]) == ("red", ["netsuite/gl_activity"])
    world.erp.faults.clear()
    arrives(world)
    assert len(list(folder.iterdir())) == len(stored) + 1, "the failed reads left nothing behind"
    assert [state["state"] for state in world.states()] == ["green"]


def test_an_erp_that_always_says_too_many(world: World):
    world.erp.faults.add(Fault("POST", "/suiteql", BUSY, times=1000))
    outcome = world.land("gl_activity")["gl_activity"]
    assert isinstance(outcome.error, RateLimited)


PLACES = {
    "file": ("POST", r"/files/\d+$"),
    "chunk": ("PUT", "/chunks/0$"),
    "complete": ("POST", "/complete$"),
    "start": ("POST", "/tasks$"),
    "poll": ("GET", r"/tasks/\w+$"),
    "members": ("GET", r"/lists/\d+/items"),
}


@pytest.mark.parametrize(
    ("place", "fault"),
    [
        *product(PLACES, [OUTAGE, BUSY, reset_before, drop_answer]),
        *product(sorted(PLACES.keys() - {"chunk"}), [truncate]),  # the answer to a chunk has no body to cut
    ],
    ids=lambda value: getattr(value, "kind", value),
)
def test_a_request_to_anaplan_that_fails(world: World, place: str, fault: Action):
    slept(world).clear()
    method, path = PLACES[place]
    world.anaplan.faults.add(Fault(method, path, fault))
    arrives(world)
    if fault is BUSY:
        assert any(17 <= seconds < 19 for seconds in slept(world)), "Retry-After is obeyed"


@pytest.mark.parametrize("stage", ["uploading", "running"])
def test_anaplan_s_token_expires_in_the_middle(world: World, stage: str):
    expired: list[str] = []

    def on_action(progress) -> None:
        if progress.stage == stage and not expired:
            world.anaplan.tokens.kill_all()
            expired.append(progress.stage)

    world.runtime.on_action = on_action
    if stage == "running":
        world.anaplan.task_seconds = 12.0
    minted = world.anaplan.tokens.minted
    arrives(world)
    world.anaplan.task_seconds = 0.3
    assert expired
    assert world.anaplan.tokens.minted == minted + 1
    assert any(line.status == 401 for line in world.anaplan.log)


@pytest.mark.parametrize("place", ["chunk", "poll"])
def test_an_anaplan_that_goes_down_for_long_is_taken_up_by_the_next_run(world: World, place: str):
    assert world.land("gl_activity")["gl_activity"].error is None
    before, cells = len(world.tasks(ACTION)), world.cells()
    method, path = PLACES[place]
    world.anaplan.faults.add(Fault(method, path, OUTAGE, times=1000))
    outcome = world.load("gl_activity")
    assert isinstance(outcome.error, Unavailable)
    assert "503" in str(outcome.error)
    started = len(world.tasks(ACTION)) - before
    assert started == (0 if place == "chunk" else 1)
    if place == "chunk":
        assert world.cells() == cells, "nothing half done"
    (state,) = world.states()
    assert [entry["asset"] for entry in state["red"]] == ["netsuite/anaplan/gl_activity"]

    world.anaplan.faults.clear()
    assert world.load("gl_activity").error is None
    assert len(world.tasks(ACTION)) == before + 1, "the same task is waited for, or the first one started"
    assert world.cells() == world.ledger()
    assert world.tie_out().error is None


def test_a_locked_model_is_red_and_heals(world: World):
    world.land("gl_activity")
    world.model.active_state = "LOCKED"
    outcome = world.load("gl_activity")
    world.model.active_state = "UNLOCKED"
    assert isinstance(outcome.error, ModelBusy)
    arrives(world)


@pytest.mark.parametrize("side", ["erp", "anaplan"])
def test_a_refused_credential_is_tried_once_and_says_so(world: World, side: str):
    name, path = {
        "erp": ("netsuite_private_key", "/token"),
        "anaplan": ("anaplan_password", "/token/authenticate"),
    }[side]
    sandbox = getattr(world, side)
    sandbox.faults.add(Fault("POST", path, answer(401, {}, {"error": "invalid_grant"}), times=1000))
    world.erp.expire_tokens()
    world.anaplan.tokens.kill_all()
    outcome = world.land("gl_activity")["gl_activity"] if side == "erp" else world.load("gl_activity")
    sandbox.faults.clear()
    assert isinstance(outcome.error, AuthenticationError)
    assert sum(line.method == "POST" and path in line.path for line in sandbox.log) <= 2
    assert world.runtime.vault.get(world.tenant, name) not in str(outcome.error)
    arrives(world)

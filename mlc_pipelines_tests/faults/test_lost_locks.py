"""A writer whose lock is gone stops, and what it began is never taken for what it was meant to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import DatabaseLost, LockLost
from mlc_pipelines_tests.faults.lost_locks import (
    CELL_POINTS,
    IMPORT_POINTS,
    LIST_POINTS,
    end_lock,
    end_locks_at,
    lock_names,
)
from mlc_pipelines_tests.flows.delivery.writers.loading import (
    arrive,
    change,
    chart,
    members,
    write_accounts,
    write_cells,
)
from mlc_pipelines_tests.world import LEDGER, World, disconnect, open_world, period_run, red
from mlc_sandbox.sample import USER
from mlc_sandbox.serving import Fault, answer, first

LOAD = "import Load Actuals"
OTHER = "FY2026-P03"
LOCKS = ("the model's lock", "the load's lock")
START, LOOK = IMPORT_POINTS["when the task is started"], IMPORT_POINTS["when the task is looked at"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, make_database_url) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("world"), make_database_url(), only=LEDGER, gl_lines=3000) as world:
        assert red(world.round_trip()) == {}
        yield world


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    """With landed rows that the model does not hold yet."""
    tenant_file = shared.home / f"tenants/{shared.tenant}.yaml"
    before = tenant_file.read_text(encoding="utf-8")
    shared.post("12.34", debit="6010", department=11)
    assert red(shared.land("gl_activity")) == {}
    shared.anaplan.log.clear()
    yield shared
    shared.anaplan.faults.clear()
    tenant_file.write_text(before, encoding="utf-8")
    shared.read_again()


def arrived(world: World) -> None:
    """The next run puts it right, whatever there was."""
    outcome = world.load("gl_activity")
    assert outcome.error is None, outcome.error
    assert world.cells() == world.ledger() != {}
    assert world.tie_out().error is None


class SleepingClock:
    """A clock that does something in place of the first sleep."""

    def __init__(self, clock: Clock, act: Callable[[float], None]) -> None:
        self._clock = clock
        self._act: Callable[[float], None] | None = act
        self.now, self.monotonic = clock.now, clock.monotonic

    def sleep(self, seconds: float) -> None:
        act, self._act = self._act, None
        (act or self._clock.sleep)(seconds)


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("point", IMPORT_POINTS)
def test_an_import_stops_where_its_lock_is_lost(world: World, point: str, lock: str):
    ended = end_locks_at(world, IMPORT_POINTS[point], lock_names(world, "gl_activity", LOAD)[lock])
    tasks = len(world.tasks("Load Actuals"))
    outcome = world.load("gl_activity")
    assert ended == [1]
    assert isinstance(outcome.error, LockLost)
    assert "another run may have taken over" in str(outcome.error)
    started = point in {"when the task is started", "when the task is looked at"}
    assert len(world.tasks("Load Actuals")) == tasks + started
    # A start that was written down and surely not sent leaves nothing to look for.
    before = "failed" if point == "when the file is completed" else "prepared"
    assert world.deliveries()[-1]["state"] == ("running" if started else before)
    arrived(world)


def test_nothing_is_sent_again_once_the_lock_is_lost(world: World):
    """A chunk that is refused for a while is tried again, but not by one who has lost the model meanwhile."""
    name = lock_names(world, "gl_activity", LOAD)["the model's lock"]
    clock, ended = world.clock, []

    def lose(seconds: float) -> None:
        ended.append(end_lock(world.settings.database_url or "", name))

    world.anaplan.faults.add(Fault("PUT", "/chunks/0$", answer(503)))
    world.runtime.clock = SleepingClock(clock, lose)
    assert isinstance(world.load("gl_activity").error, LockLost)
    assert ended == [1]
    assert world.sent("PUT", "/chunks/0") == 1
    world.read_again()
    arrived(world)


@pytest.mark.parametrize("point", [START, LOOK], ids=["before the start", "while it runs"])
def test_a_task_that_may_have_read_another_run_s_file_is_not_taken_up(world: World, point: tuple[str, str]):
    """Another period goes through the same file between our upload and the start, which is already on its way."""
    assert red(world.land("gl_activity", period=OTHER)) == {}
    entity = world.runtime.erp(world.runtime.tenant(world.tenant)).entities["gl_activity"]
    outcomes = []

    def intrude() -> None:
        runtime = world.open()
        run = period_run(runtime, runtime.tenant(world.tenant), world.period(OTHER), "intruder", full=True)
        outcomes.append(run.load(entity))
        run.close()
        runtime.close()

    names = lock_names(world, "gl_activity", LOAD).values()
    end_locks_at(world, point, *names, then=intrude)
    assert isinstance(world.load("gl_activity").error, LockLost)
    assert [outcome.error for outcome in outcomes] == [None]
    left = world.deliveries()[-2]
    assert left["state"] == "running"
    arrived(world)
    (settled,) = [each for each in world.deliveries() if each["id"] == left["id"]]
    assert settled["state"] == "failed"
    assert "another delivery wrote" in settled["outcome"]["reason"]
    newest = world.deliveries()[-1]
    assert (newest["state"], newest["rows_sent"]) == ("accepted", len(world.ledger())), "all rows were sent"
    assert newest["fence"] > settled["fence"]
    assert world.cells(OTHER) == world.ledger(OTHER) != {}


def test_another_run_of_the_same_load_wins_over_one_that_lost_it(world: World):
    """The newer figures stay, though the older ones were written after them."""
    entity = world.runtime.erp(world.runtime.tenant(world.tenant)).entities["gl_activity"]
    outcomes = []

    def overtake() -> None:
        world.post("99.00", debit=world.quiet_accounts()[0], department=11)
        world.land("gl_activity")
        runtime = world.open()
        run = period_run(runtime, runtime.tenant(world.tenant), world.period(), "newer")
        outcomes.append(run.load(entity))
        run.close()
        runtime.close()

    end_locks_at(world, START, *lock_names(world, "gl_activity", LOAD).values(), then=overtake)
    assert isinstance(world.load("gl_activity").error, LockLost)
    assert [outcome.error for outcome in outcomes] == [None]
    arrived(world)


def test_a_file_that_a_stranger_changed_is_not_taken_up(world: World):
    """A person uploads to the import's file by hand, as many rows as ours: the counts alone would agree."""
    end_locks_at(world, LOOK, lock_names(world, "gl_activity", LOAD)["the model's lock"])
    assert isinstance(world.load("gl_activity").error, LockLost)
    left = world.deliveries()[-1]
    upload = world.model.files._private[USER, left["file_id"]]
    upload.chunks[0] = upload.chunks[0].replace(b"Actual", b"Budget")
    arrived(world)
    (settled,) = [each for each in world.deliveries() if each["id"] == left["id"]]
    assert settled["state"] == "failed"
    assert "does not hold what was uploaded" in settled["outcome"]["reason"]


def test_a_task_that_read_another_number_of_rows_is_not_taken_up(world: World):
    end_locks_at(world, LOOK, lock_names(world, "gl_activity", LOAD)["the model's lock"])
    assert isinstance(world.load("gl_activity").error, LockLost)
    left = world.deliveries()[-1]
    told = {"type": "hierarchyNoChanges", "occurrences": 0, "localMessageText": "No changes", "values": []}
    result = {"successful": True, "failureDumpAvailable": False, "details": [told]}
    task = {"taskId": left["task_id"], "taskState": "COMPLETE", "creationTime": 1571258347545, "result": result}
    world.anaplan.faults.add(Fault("GET", r"/tasks/\w+$", answer(200, {}, {"task": task})))
    arrived(world)
    (settled,) = [each for each in world.deliveries() if each["id"] == left["id"]]
    assert "nobody knows how many rows" in settled["outcome"]["reason"]


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("point", CELL_POINTS)
def test_cells_stop_where_the_lock_is_lost(world: World, point: str, lock: str):
    write_cells(world, members=None)
    end_locks_at(world, CELL_POINTS[point], lock_names(world, "gl_activity", "module GL Actuals")[lock])
    outcome = world.load("gl_activity")
    assert isinstance(outcome.error, LockLost)
    assert world.deliveries()[-1]["state"] == "failed"
    arrived(world)


def test_a_database_that_goes_away_is_told_of_in_plain_words(world: World):
    """Every connection ends, ours among them, while the import runs."""
    world.anaplan.faults.add(Fault(*LOOK, first(lambda: disconnect(world.settings.database_url or ""))))
    outcome = world.load("gl_activity")
    assert isinstance(outcome.error, LockLost | DatabaseLost), "whichever connection is asked first"
    words = str(outcome.error)
    assert "The database can't be used: " in words
    assert not any(word in words for word in ("psycopg", "sqlalche", "Error", "SELECT", "Traceback"))
    arrived(world)


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("point", LIST_POINTS)
def test_a_list_stops_where_the_lock_is_lost(world: World, point: str, lock: str):
    """One member is to be deleted, one to come back, one to get another name."""
    gone, back = (world.erp.books.account(number).id for number in ("6050", "6060"))
    renamed = world.erp.books.account("6010").id
    write_accounts(world, remove_missing=True)
    assert arrive(world, "accounts").error is None, "only what a load brought is its own to delete"
    change(world, "account", back, isinactive="T")
    assert arrive(world, "accounts").error is None
    change(world, "account", gone, isinactive="T")
    change(world, "account", back, isinactive="F")
    change(world, "account", renamed, accountsearchdisplaynamecopy=f"{point}, {lock}")
    assert red(world.land("accounts")) == {}
    ended = end_locks_at(world, LIST_POINTS[point], lock_names(world, "accounts", "list GL Accounts")[lock])
    outcome = world.load("accounts")
    assert ended == [1]
    assert isinstance(outcome.error, LockLost)
    assert world.load("accounts").error is None
    # The list holds more: what another load brought is not this one's to delete.
    assert {code: each for code, each in members(world).items() if code in chart(world)} == chart(world)
    assert "6050" not in members(world)
    change(world, "account", gone, isinactive="F")

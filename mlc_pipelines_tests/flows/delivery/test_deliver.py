"""What goes wrong in Anaplan leaves a true trail: the delivery's state and outcome, and why the asset is red."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from mlc_pipelines.errors import BadRequest, MlcError, ModelBusy, RowsRejected, TaskCancelled
from mlc_pipelines_tests.flows.delivery.trail import (
    ACTION,
    OTHER,
    TEN_MINUTES,
    actions_url,
    at_stage,
    bearer,
    cancel_as_another_user,
    count,
    is_told,
    the_next_run_heals,
    uploads,
)
from mlc_pipelines_tests.world import LinkedClock, World, red
from mlc_sandbox.serving import Fault, answer


class Killed(Exception):
    """The run ends here."""


def test_a_task_that_another_user_cancels(world: World):
    cells = world.cells()
    world.anaplan.task_seconds = 60.0
    at_stage(world, "running", lambda: cancel_as_another_user(world))
    outcome = world.load("gl_activity")
    task = world.tasks(ACTION)[-1]
    assert (task.state, task.cancelled_by) == ("CANCELLED", OTHER.guid)
    is_told(world, outcome, TaskCancelled, task.id, f"cancelled by user {OTHER.guid}", "rolled it back", "Run it again")
    delivery = world.deliveries()[-1]
    assert (delivery["state"], delivery["task_id"]) == ("cancelled", task.id)
    assert delivery["finished_at"] is not None
    assert OTHER.guid in delivery["outcome"]["reason"]
    assert world.cells() == cells
    # All of the task's rows are back: what it would have carried ties out with nothing.
    assert f"cancelled by user {OTHER.guid}" in str(world.tie_out().error)

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
    assert world.deliveries()[-1]["state"] == "accepted"
    assert world.cells() == world.ledger()


def test_a_model_that_stays_locked(world: World):
    known, tasks = len(world.deliveries()), len(world.tasks(ACTION))
    world.model.active_state = "LOCKED"
    outcome = world.load("gl_activity")
    is_told(world, outcome, ModelBusy, "423", "Model Locked", "An administrator has locked the model", "Run it again")
    assert (len(world.deliveries()), len(world.tasks(ACTION)), uploads(world)) == (known, tasks, 0)
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
    known, tasks = len(world.deliveries()), len(world.tasks(ACTION))
    world.model.active_state = state
    is_told(world, world.load("gl_activity"), error, *words)
    assert (len(world.deliveries()), len(world.tasks(ACTION)), uploads(world)) == (known, tasks, 0)
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
    delivery = world.deliveries()[-1]
    assert (delivery["state"], delivery["task_id"]) == ("failed", None)
    assert outcome.error is not None
    assert outcome.error.message in delivery["outcome"]["reason"]
    world.anaplan.faults.clear()

    by_hand = httpx.post(actions_url(world, ACTION), headers=bearer(world, OTHER), json={"localeName": "en_US"})
    assert by_hand.status_code == 200
    the_next_run_heals(world)
    assert by_hand.json()["task"]["taskId"] not in {each["task_id"] for each in world.deliveries()}


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
    delivery = world.deliveries()[-1]
    assert (delivery["state"], delivery["outcome"]["counts"]["failed"]) == ("partial", 1)
    assert "Anaplan rejected 1 rows whose source records are not known" in str(world.tie_out().error)

    world.anaplan.faults.clear()
    world.full = True
    assert world.load("accounts").error is None
    world.full = False
    the_next_run_heals(world)


def test_a_task_that_anaplan_has_forgotten(world: World):
    """A run dies while its task runs, and the next one comes after the 48 hours that Anaplan keeps tasks."""

    def die() -> None:
        raise Killed

    world.anaplan.task_seconds = 30.0
    at_stage(world, "running", die)
    assert world.load("gl_activity").error is not None
    killed = world.deliveries()[-1]
    assert (killed["state"], killed["task_id"]) == ("running", world.tasks(ACTION)[-1].id)
    world.read_again()
    world.anaplan.task_seconds = 0.3
    for hours in (1, 49):  # the task ends, then its record is dropped
        world.anaplan.clock.advance(hours * 3600)
        httpx.get(f"{actions_url(world, ACTION)}", headers=bearer(world, OTHER))
    assert world.tasks(ACTION)[-1].state == "COMPLETE"

    outcome = world.load("gl_activity")
    assert outcome.error is None
    settled, newest = world.deliveries()[-2:]
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
    assert (world.deliveries()[-1]["state"], world.deliveries()[-1]["task_id"]) == ("accepted", ours[0].id)
    assert world.cells() == world.ledger()

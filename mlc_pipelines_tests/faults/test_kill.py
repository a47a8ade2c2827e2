"""A run killed at any point, then run again: one import takes effect, nothing half done, tied out.

The killed run is `mlc run` in a process of its own. A fault in the sandbox holds one of its requests, so that the
moment of the kill is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy

from mlc_pipelines.store import tables
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines_tests.processes import kill_when, running
from mlc_pipelines_tests.world import LEDGER, World, open_world, red
from mlc_sandbox.serving import Fault, delay, drop_answer

ACTION = "Load Actuals"
HELD = delay(120)


@pytest.fixture
def world(tmp_path: Path, make_database_url) -> Iterator[World]:
    """Landed, with the lists loaded; time passes by itself."""
    with open_world(tmp_path, make_database_url(), only=LEDGER, real_time=True, gl_lines=3000) as world:
        assert red(world.land()) == {}
        for name in ("accounts", "departments"):
            assert world.load(name).error is None
        yield world


def run_again(world: World) -> None:
    """The same run again, by the same command, comes to the same end as if nothing had happened."""
    world.anaplan.faults.clear()
    world.anaplan.task_seconds = 0.3
    again = world.mlc("run", world.tenant, world.closed, "--only", "anaplan/gl_activity")
    assert again.returncode == 0, again.stderr
    assert world.cells() == world.ledger() != {}
    assert world.tie_out().error is None


def test_killed_during_the_upload(world: World):
    world.anaplan.faults.add(Fault("PUT", "/chunks/0$", HELD))
    with running(world, "anaplan/gl_activity") as process:
        world.anaplan.log.clear()
        kill_when(process, lambda: world.sent("PUT", "/chunks/0"))
    assert [delivery["state"] for delivery in world.deliveries()] == ["prepared"]
    assert world.tasks(ACTION) == []
    assert world.cells() == {}
    run_again(world)
    assert len(world.tasks(ACTION)) == 1
    assert [delivery["state"] for delivery in world.deliveries()] == ["prepared", "accepted"]


def test_killed_during_the_import(world: World):
    world.anaplan.task_seconds = 3600.0
    with running(world, "anaplan/gl_activity") as process:
        kill_when(process, lambda: world.deliveries() and world.deliveries()[0]["state"] == "running")
    (task,) = world.tasks(ACTION)
    assert world.deliveries()[0]["task_id"] == task.id
    uploads = world.sent("PUT", "/chunks/")
    run_again(world)
    assert [each.id for each in world.tasks(ACTION)] == [task.id], "the same task was waited for"
    assert world.sent("PUT", "/chunks/") == uploads, "and nothing sent again"
    assert [(each["state"], each["task_id"]) for each in world.deliveries() if each["rows_sent"]] == [
        ("accepted", task.id)
    ]


def test_killed_between_the_start_and_storing_its_task(world: World):
    """The task was started, its answer is lost, and the run dies while it looks for the task."""
    world.anaplan.faults.add(Fault("POST", "/tasks$", drop_answer))
    world.anaplan.faults.add(Fault("GET", "/tasks$", HELD, after=2, times=10))
    with running(world, "anaplan/gl_activity") as process:
        kill_when(process, lambda: world.tasks(ACTION))
    (delivery,) = world.deliveries()
    assert (delivery["state"], delivery["task_id"]) == ("starting", None)
    (task,) = world.tasks(ACTION)
    run_again(world)
    assert [each.id for each in world.tasks(ACTION)] == [task.id], "the orphan was found, nothing started twice"
    assert [(each["state"], each["task_id"]) for each in world.deliveries() if each["rows_sent"]] == [
        ("accepted", task.id)
    ]


def test_killed_before_the_start_was_executed(world: World):
    world.anaplan.faults.add(Fault("POST", "/tasks$", HELD))
    with running(world, "anaplan/gl_activity") as process:
        kill_when(process, lambda: any(line.status is None and "/tasks" in line.path for line in world.anaplan.log))
    assert world.deliveries()[0]["state"] == "starting"
    assert world.tasks(ACTION) == []
    run_again(world)
    assert len(world.tasks(ACTION)) == 1


def test_killed_during_the_import_and_the_books_change_before_the_next_run(world: World):
    """The killed run's task is waited for first; the newer figures win, also over those that are gone."""
    quiet, other, *_ = world.quiet_accounts()
    journal = world.post("321.00", debit=quiet, department=11)
    world.land("gl_activity")
    world.anaplan.task_seconds = 3600.0
    with running(world, "anaplan/gl_activity") as process:
        kill_when(process, lambda: world.deliveries() and world.deliveries()[0]["state"] == "running")
    world.erp.books.delete(journal)
    world.post("5.00", debit=other, department=11)
    world.land("gl_activity")
    run_again(world)
    assert len(world.tasks(ACTION)) == 2
    assert [delivery["state"] for delivery in world.deliveries()] == ["accepted", "accepted"]
    assert quiet not in {place[0] for place in world.cells()}


def test_killed_while_landing(world: World):
    before = world.runtime.snapshots.current(PartitionKey(world.tenant, "gl_activity", world.closed))
    world.post("8.00")
    world.erp.log.clear()
    # The rows come, their totals don't: the file is complete and no snapshot yet.
    world.erp.faults.add(Fault("POST", "/suiteql", HELD, after=6, times=10))
    with running(world, "gl_activity") as process:
        kill_when(process, lambda: any(line.status is None and "/suiteql" in line.path for line in world.erp.log))
    world.erp.faults.clear()
    assert world.runtime.snapshots.current(PartitionKey(world.tenant, "gl_activity", world.closed)) == before
    with world.runtime.database.engine.connect() as connection:
        count = connection.scalar(sqlalchemy.select(sqlalchemy.func.count()).select_from(tables.snapshot))
    assert count == len(LEDGER), "one per entity: no half snapshot is to be seen"
    assert red(world.land("gl_activity")) == {}
    run_again(world)

"""A run killed at any point, then run again: one import takes effect, nothing half done, tied out.

The killed run is `mlc run` in a process of its own. A fault in the sandbox holds one of its requests, so that the
moment of the kill is known.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from mlc_pipelines.store import tables
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines_tests.world import LEDGER, World, open_world, red
from mlc_sandbox.serving import Fault, delay, drop_answer

ACTION = "Load Actuals"
HELD = delay(120)
DEADLINE = 60.0


@pytest.fixture
def world(tmp_path: Path, make_database_url) -> Iterator[World]:
    """Landed, with the lists loaded; time passes by itself."""
    with open_world(tmp_path, make_database_url(), only=LEDGER, real_time=True, gl_lines=3000) as world:
        assert red(world.land()) == {}
        for name in ("accounts", "departments"):
            assert world.load(name).error is None
        yield world


@contextmanager
def running(world: World, *assets: str) -> Iterator[subprocess.Popen[str]]:
    """`mlc run --only ...` in a process group of its own."""
    only = [part for asset in assets for part in ("--only", asset)]
    process = subprocess.Popen(
        world.command("run", world.tenant, world.closed, *only),
        env=world.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def kill_when(process: subprocess.Popen[str], reached: Callable[[], object]) -> None:
    """Kill -9 as soon as the run has come to a point."""
    deadline = time.monotonic() + DEADLINE
    while not reached():
        assert process.poll() is None, f"the run ended by itself: {process.communicate()}"
        assert time.monotonic() < deadline, "the run never came to that point"
        time.sleep(0.01)  # the sandbox has no way to tell us
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def asked(log: list[Any], method: str, ending: str) -> bool:
    return any(line.method == method and ending in line.path for line in log)


def deliveries(world: World) -> list[Any]:
    statement = (
        sqlalchemy.select(tables.delivery)
        .where(tables.delivery.c.entity == "gl_activity")
        .order_by(tables.delivery.c.created_at)
    )
    with world.runtime.database.engine.connect() as connection:
        return list(connection.execute(statement).mappings())


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
        kill_when(process, lambda: asked(world.anaplan.log, "PUT", "/chunks/0"))
    assert [delivery["state"] for delivery in deliveries(world)] == ["prepared"]
    assert world.tasks(ACTION) == []
    assert world.cells() == {}
    run_again(world)
    assert len(world.tasks(ACTION)) == 1
    assert [delivery["state"] for delivery in deliveries(world)] == ["prepared", "accepted"]


def test_killed_during_the_import(world: World):
    world.anaplan.task_seconds = 3600.0
    with running(world, "anaplan/gl_activity") as process:
        kill_when(process, lambda: deliveries(world) and deliveries(world)[0]["state"] == "running")
    (task,) = world.tasks(ACTION)
    assert deliveries(world)[0]["task_id"] == task.id
    uploads = sum(asked([line], "PUT", "/chunks/") for line in world.anaplan.log)
    run_again(world)
    assert [each.id for each in world.tasks(ACTION)] == [task.id], "the same task was waited for"
    assert sum(asked([line], "PUT", "/chunks/") for line in world.anaplan.log) == uploads, "and nothing sent again"
    assert [(each["state"], each["task_id"]) for each in deliveries(world) if each["rows_sent"]] == [
        ("accepted", task.id)
    ]


def test_killed_between_the_start_and_storing_its_task(world: World):
    """The task was started, its answer is lost, and the run dies while it looks for the task."""
    world.anaplan.faults.add(Fault("POST", "/tasks$", drop_answer))
    world.anaplan.faults.add(Fault("GET", "/tasks$", HELD, after=2, times=10))
    with running(world, "anaplan/gl_activity") as process:
        kill_when(process, lambda: world.tasks(ACTION))
    (delivery,) = deliveries(world)
    assert (delivery["state"], delivery["task_id"]) == ("starting", None)
    (task,) = world.tasks(ACTION)
    run_again(world)
    assert [each.id for each in world.tasks(ACTION)] == [task.id], "the orphan was found, nothing started twice"
    assert [(each["state"], each["task_id"]) for each in deliveries(world) if each["rows_sent"]] == [
        ("accepted", task.id)
    ]


def test_killed_before_the_start_was_executed(world: World):
    world.anaplan.faults.add(Fault("POST", "/tasks$", HELD))
    with running(world, "anaplan/gl_activity") as process:
        kill_when(
            process, lambda: any(asked([line], "POST", "/tasks") for line in world.anaplan.log if line.status is None)
        )
    assert deliveries(world)[0]["state"] == "starting"
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
        kill_when(process, lambda: deliveries(world) and deliveries(world)[0]["state"] == "running")
    world.erp.books.delete(journal)
    world.post("5.00", debit=other, department=11)
    world.land("gl_activity")
    run_again(world)
    assert len(world.tasks(ACTION)) == 2
    assert [delivery["state"] for delivery in deliveries(world)] == ["accepted", "accepted"]
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

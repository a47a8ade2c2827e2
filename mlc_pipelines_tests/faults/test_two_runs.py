"""Runs on one model at the same time: they take turns, all arrive, and the newest figures stay."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import pytest

from mlc_pipelines.flows.period_run import PeriodRun
from mlc_pipelines_tests.world import LEDGER, World, open_world, period_run, red


@pytest.fixture
def world(tmp_path: Path, make_database_url) -> Iterator[World]:
    with open_world(tmp_path, make_database_url(), only=LEDGER, gl_lines=3000) as world:
        world.land()
        for name in ("accounts", "departments"):
            assert world.load(name).error is None
        yield world


def partition(world: World, key: str) -> PeriodRun:
    """On a runtime of its own: connections and locks as in another process."""
    runtime = world.open()
    return period_run(runtime, runtime.tenant(world.tenant), world.period(key), f"run of {key}")


@pytest.mark.parametrize("keys", [("FY2026-P02", "FY2026-P03", "FY2026-P04"), ("FY2026-P02",) * 3])
def test_runs_in_one_model_take_turns(world: World, keys: tuple[str, ...]):
    world.anaplan.task_seconds = 2.0
    for key in set(keys):
        assert red(world.land("gl_activity", period=key)) == {}
    entity = world.runtime.erp(world.runtime.tenant(world.tenant)).entities["gl_activity"]
    runs = [partition(world, key) for key in keys]
    start = Barrier(len(runs))

    def load(run: PeriodRun):
        start.wait(timeout=30)
        return run.load(entity)

    with ThreadPoolExecutor(len(runs)) as pool:
        outcomes = list(pool.map(load, runs))
    for run in runs:
        run.runtime.close()
    assert [str(outcome.error) for outcome in outcomes if outcome.error] == []
    assert len(world.tasks("Load Actuals")) == len(set(keys)), "the same rows are sent once"
    assert world.never_overlap()
    for key in keys:
        assert world.cells(key) == world.ledger(key)


def test_an_older_snapshot_never_overtakes_a_newer_one(world: World):
    """A run that has mapped its rows is held up; another one lands and loads newer ones meanwhile."""
    entity = world.runtime.erp(world.runtime.tenant(world.tenant)).entities["gl_activity"]
    anaplan = world.runtime.tenant(world.tenant).anaplan
    slow, quick = partition(world, world.closed), partition(world, world.closed)
    held_up, newer_done = Event(), Event()

    def on_action(progress) -> None:
        if progress.stage == "waiting" and not held_up.is_set():
            held_up.set()
            newer_done.wait(timeout=1.0)  # when the newer run waits for this one, as it should, this passes in vain

    slow.runtime.on_action = on_action
    with ThreadPoolExecutor(2) as pool:
        with world.runtime.database.lock(f"anaplan model {anaplan.workspace_id} {anaplan.model_id}"):
            first = pool.submit(slow.load, entity)
            assert held_up.wait(timeout=30)
            world.post("500.00", debit=world.quiet_accounts()[0], department=11)
            world.land("gl_activity")
        second = pool.submit(quick.load, entity)
        second.add_done_callback(lambda _: newer_done.set())
        assert (first.result(60).error, second.result(60).error) == (None, None)
    slow.runtime.close()
    quick.runtime.close()
    assert world.cells() == world.ledger()
    assert world.tie_out().error is None


def test_two_processes_take_turns(tmp_path: Path, make_database_url):
    keys = ("FY2026-P02", "FY2026-P03")
    with open_world(tmp_path, make_database_url(), only=LEDGER, real_time=True, gl_lines=3000) as world:
        processes = [
            subprocess.Popen(
                world.command("run", world.tenant, key), env=world.environment, stderr=subprocess.PIPE, text=True
            )
            for key in keys
        ]
        for process in processes:
            _, complaints = process.communicate(timeout=120)
            assert process.returncode == 0, complaints
        assert len(world.anaplan.tasks) == 6
        assert world.never_overlap()
        for key in keys:
            assert world.cells(key) == world.ledger(key)
        assert [state["state"] for state in world.states()] == ["green", "green"]

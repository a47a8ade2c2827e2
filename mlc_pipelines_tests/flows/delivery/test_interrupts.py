"""A run that is interrupted has Anaplan roll back."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from dagster import DagsterExecutionInterruptedError

from mlc_pipelines.anaplan import ActionProgress
from mlc_pipelines_tests.flows.delivery.trail import ACTION, the_next_run_heals
from mlc_pipelines_tests.processes import running
from mlc_pipelines_tests.world import LEDGER, World, open_world, red


def test_an_interrupted_command_has_anaplan_roll_back(tmp_path: Path, make_database_url):
    with open_world(tmp_path, make_database_url(), only=LEDGER, real_time=True, gl_lines=3000) as world:
        assert red(world.land()) == {}
        for name in ("accounts", "departments"):
            assert world.load(name).error is None
        world.anaplan.task_seconds = 3600.0
        with running(world, "anaplan/gl_activity") as process:
            deadline = time.monotonic() + 60
            while not (world.deliveries() and world.deliveries()[-1]["state"] == "running"):
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
        (delivery,) = world.deliveries()
        assert (delivery["state"], delivery["task_id"]) == ("cancelled", task.id)
        assert "interrupted" in delivery["outcome"]["reason"]
        assert world.cells() == {}

        world.anaplan.task_seconds = 0.3
        again = world.mlc("run", world.tenant, world.closed)
        assert again.returncode == 0, again.stderr
        assert [each["state"] for each in world.deliveries()] == ["cancelled", "accepted"]
        assert world.cells() == world.ledger() != {}
        assert [state["state"] for state in world.states()] == ["green"]


def test_a_run_that_dagster_terminates_has_anaplan_roll_back(world: World):
    """Terminating a run in the UI raises this in the step, wherever it is."""
    cells = world.cells()

    def terminate(progress: ActionProgress) -> None:
        if progress.stage == "running":
            world.runtime.on_action = lambda _: None
            raise DagsterExecutionInterruptedError

    world.runtime.on_action = terminate
    world.anaplan.task_seconds = 600.0
    with pytest.raises(DagsterExecutionInterruptedError):
        world.load("gl_activity")
    world.anaplan.task_seconds = 0.3
    assert world.tasks(ACTION)[-1].state == "CANCELLED"
    assert world.deliveries()[-1]["state"] == "cancelled"
    assert world.cells() == cells
    world.read_again()
    the_next_run_heals(world)

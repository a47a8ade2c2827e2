"""What a crashed run left is swept at the next start; what a living run is about to name is not."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from mlc_pipelines.orchestration.leftovers import sweep
from mlc_pipelines_tests.orchestration.conftest import instance_of
from mlc_pipelines_tests.processes import kill_when, running
from mlc_pipelines_tests.world import LEDGER, World, open_world, red
from mlc_sandbox.serving import Fault, delay


@pytest.fixture
def world(tmp_path: Path, make_database_url) -> Iterator[World]:
    with open_world(tmp_path, make_database_url(), only=LEDGER, real_time=True, gl_lines=1500) as world:
        assert red(world.round_trip()) == {}
        world.post("8.00")
        assert red(world.land("gl_activity")) == {}
        yield world


def stored(world: World) -> set[Path]:
    return set((world.home / "storage").rglob("*.parquet"))


def test_a_killed_run_and_its_files_are_swept(world: World, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.WARNING)
    named = stored(world)
    world.anaplan.faults.add(Fault("PUT", "/chunks/0$", delay(120)))
    with instance_of(world) as instance:
        with running(world, "anaplan/gl_activity") as process:
            stray = world.home / "storage/snapshots/northwind/gl_activity/left.parquet"

            def reached() -> bool:
                if not world.sent("PUT", "/chunks/0"):
                    return False
                stray.write_bytes(b"half")
                sweep(world.runtime, instance)
                (run,) = instance.get_runs()
                assert run.status == dg.DagsterRunStatus.STARTED, "it lives"
                assert stray.exists(), "it may be the living run's"
                return True

            world.anaplan.log.clear()
            kill_when(process, reached)
        caplog.clear()
        sweep(world.runtime, instance)
        (run,) = instance.get_runs()
        assert run.status == dg.DagsterRunStatus.FAILURE
        assert not stray.exists()
        assert named < stored(world), "what a delivery names stays, the killed run's too"
        assert "1 runs that were shown as running, 1 files that no row names" in caplog.text
        caplog.clear()
        sweep(world.runtime, instance)
        assert caplog.text == ""
    world.anaplan.faults.clear()
    assert world.load("gl_activity").error is None
    assert world.tie_out().error is None

"""Round trips side by side: what an interrupt leaves in the model."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from unittest import mock

import pytest
import sqlalchemy

from mlc_pipelines.cli.processes import ended_by_signals
from mlc_pipelines.cli.round_trips import RoundTrip, round_trips
from mlc_pipelines.orchestration.instance import prepare_instance
from mlc_pipelines.store import tables
from mlc_pipelines_tests.world import LEDGER, World, open_world


@pytest.fixture
def world(tmp_path: Path, make_database_url) -> Iterator[World]:
    with open_world(tmp_path, make_database_url(), only=LEDGER, real_time=True, gl_lines=300) as world:
        yield world


def states(world: World) -> set[str]:
    with world.runtime.database.engine.connect() as connection:
        return set(connection.scalars(sqlalchemy.select(tables.delivery.c.state)))


def interrupt_in_the_first_task(world: World) -> None:
    """As Ctrl-C would: to this process, whose handlers are the demo's."""
    deadline = time.monotonic() + 200
    while "running" not in states(world) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupt_has_anaplan_roll_back(world: World):
    world.anaplan.task_seconds = 3600.0
    with mock.patch.dict(os.environ, world.environment, clear=True):
        trip = RoundTrip(world.tenant, [world.closed], None, prepare_instance(world.runtime))
        Thread(target=interrupt_in_the_first_task, args=(world,), daemon=True).start()
        with ended_by_signals(), pytest.raises(KeyboardInterrupt):
            list(round_trips([trip]))
    assert states(world) == {"cancelled"}
    assert any(call.method == "DELETE" and "/tasks/" in call.path for call in world.anaplan.log)
    assert world.cells() == {}


def test_a_tenant_that_can_not_run_says_why(world: World):
    with mock.patch.dict(os.environ, world.environment, clear=True):
        environment = {**prepare_instance(world.runtime), "MLC_HOME": "/nowhere"}
        (outcome,) = round_trips([RoundTrip(world.tenant, [world.closed], None, environment)])
    assert not outcome.ok
    assert outcome.why

"""Four processes and two tenants on one Anaplan model: they take turns, share one budget, and outlive each other."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy
import yaml

from mlc_pipelines.store import tables
from mlc_pipelines_tests.world import LEDGER, World, open_world

SECOND = "southwind"
SHARE = 120
"""Requests a minute: a few less than the four runs need, so that some have to wait for the second minute."""
LOOK_EVERY = 5.0
SLACK = 5.0
"""Seconds that a busy machine may take for what is between the looks."""
DEADLINE = 120.0

Run = tuple[str, str]


@pytest.fixture
def world(tmp_path: Path, make_database_url) -> Iterator[World]:
    """Two tenants on the same model; nothing is landed yet."""
    with open_world(tmp_path, make_database_url(), only=LEDGER, real_time=True, gl_lines=3000) as world:
        yield world


def share_the_model(world: World, requests_per_minute: int) -> list[Run]:
    """A second tenant on the same model by the same Anaplan user; each has periods of its own."""

    def change(document: dict) -> None:
        document["anaplan"]["requests_per_minute"] = requests_per_minute

    world.change_tenant(change)
    document = yaml.safe_load((world.home / f"tenants/{world.tenant}.yaml").read_text(encoding="utf-8"))
    second = yaml.safe_dump(document | {"tenant": SECOND}, sort_keys=False, allow_unicode=True)
    (world.home / f"tenants/{SECOND}.yaml").write_text(second, encoding="utf-8")
    for name, value in world.sample.secrets.items():
        world.runtime.vault.set(SECOND, name, value)
    world.read_again()
    keys = [f"FY2026-P{number:02d}" for number in range(2, 6)]
    return list(zip((world.tenant, world.tenant, SECOND, SECOND), keys, strict=True))


@contextmanager
def all_running(world: World, runs: Sequence[Run]) -> Iterator[dict[Run, subprocess.Popen[str]]]:
    """`mlc run` for each, at the same time, in process groups of their own."""
    with ExitStack() as stack:
        processes: dict[Run, subprocess.Popen[str]] = {}
        for run in runs:
            processes[run] = subprocess.Popen(
                world.command("run", *run),
                env=world.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            stack.callback(end, processes[run])
        yield processes


def end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def arrives(process: subprocess.Popen[str]) -> None:
    _, complaints = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, complaints


def all_tied_out(world: World, runs: Sequence[Run]) -> None:
    for tenant, key in runs:
        assert world.cells(key) == world.ledger(key) != {}, (tenant, key)
    from mlc_pipelines.flows.monitoring.status import partition_states

    states = {(state["tenant"], state["period"]): state for state in partition_states(world.runtime, None)}
    assert {run: states[run]["state"] for run in runs} == dict.fromkeys(runs, "green")
    assert {float(states[run]["difference"]) for run in runs} == {0.0}


def busiest_minute(world: World) -> int:
    """The most requests of the Integration API in any 60 seconds, as they arrived."""
    moments = sorted(line.at for line in world.anaplan.log if line.path.startswith("/2/0"))
    minute = timedelta(seconds=60)
    return max(sum(first <= other < first + minute for other in moments) for first in moments)


def running_delivery(world: World) -> dict | None:
    statement = sqlalchemy.select(tables.delivery).where(tables.delivery.c.state == "running")
    with world.runtime.database.engine.connect() as connection:
        row = connection.execute(statement).mappings().first()
    return dict(row) if row else None


def test_four_runs_share_one_budget_and_take_turns(world: World):
    runs = share_the_model(world, SHARE)
    began = time.monotonic()
    with all_running(world, runs) as processes:
        for process in processes.values():
            arrives(process)
    seconds = time.monotonic() - began
    requests = sum(line.path.startswith("/2/0") for line in world.anaplan.log)
    busiest = busiest_minute(world)
    print(f"{requests} requests in {seconds:.0f} s; share {SHARE} a minute, busiest minute {busiest}")  # noqa: T201
    assert requests > SHARE, "the share did not bind"
    assert 0.8 * SHARE <= busiest <= SHARE
    assert all(line.status != 429 for line in world.anaplan.log)
    assert len(world.anaplan.tasks) == len(runs) * len(LEDGER)
    assert world.never_overlap()
    all_tied_out(world, runs)


def test_one_of_four_is_killed_while_its_import_runs(world: World):
    runs = share_the_model(world, 600)
    world.anaplan.task_seconds = 4.0
    with all_running(world, runs) as processes:
        deadline = time.monotonic() + DEADLINE
        while (delivery := running_delivery(world)) is None:
            assert time.monotonic() < deadline
            time.sleep(0.02)  # the sandbox has no way to tell us
        killed = (delivery["tenant"], delivery["period"])
        os.killpg(processes[killed].pid, signal.SIGKILL)
        processes[killed].wait()
        (task,) = [each for each in world.anaplan.tasks if each.id == delivery["task_id"]]
        assert task.state == "IN_PROGRESS"
        world.anaplan.task_seconds = 0.5
        for run in runs:
            if run != killed:
                arrives(processes[run])
    later = [each for each in world.anaplan.tasks if each.created_at > task.created_at]
    assert world.never_overlap()
    assert task.ended_at is not None
    wait = (later[0].created_at - task.ended_at).total_seconds()
    assert 0 <= wait <= LOOK_EVERY + SLACK, "the lock went with the process, and only its task was waited for"
    gaps = [(b.created_at - a.ended_at).total_seconds() for a, b in pairwise(later) if a.ended_at]
    assert max(gaps) <= LOOK_EVERY + SLACK
    all_tied_out(world, [run for run in runs if run != killed])

    again = world.mlc("run", *killed)
    assert again.returncode == 0, again.stderr
    assert world.never_overlap()
    assert [each.id for each in world.anaplan.tasks].count(task.id) == 1
    assert running_delivery(world) is None
    all_tied_out(world, runs)

"""Runs in processes of their own, and killing them at a known point."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mlc_pipelines_tests.world import World

DEADLINE = 60.0
"""Seconds in which a run has to come to the point."""


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

"""The tests' date: given here, not read from the machine.

The product's one way to the machine's date is `SYSTEM_CLOCK`, the sandbox's is `machine_now` (a house test holds that).
`conftest.py` moves both to `NOW` for the test run and for every process that a test starts: `every_process/` is on
their path, so each begins by moving its own. From there on they tick, and show the same time to all. Product and
sandbox know nothing of this: they have no setting that moves their clock.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import mlc_sandbox.clock
from mlc_pipelines.clock import SYSTEM_CLOCK, SystemClock
from mlc_sandbox.clock import SandboxClock

NOW = datetime(2026, 6, 15, 16, tzinfo=UTC)
"""A Monday in the middle of a month: in every time zone of the books FY2026-P05 is over and FY2026-P06 open."""

_AHEAD = "TESTS_CLOCK_AHEAD"
"""Environment variable: the seconds by which the tests' time is ahead of the machine's."""


def move_system_clock() -> None:
    """Let this process show the time that the test run has."""
    ahead = timedelta(seconds=float(os.environ[_AHEAD]))
    SystemClock.now = lambda self: datetime.now(UTC) + ahead
    mlc_sandbox.clock.machine_now = SYSTEM_CLOCK.now


def begin_at_now() -> None:
    """Let `SYSTEM_CLOCK` stand at `NOW`, in this process and in all that it starts; workers join the run's time."""
    if _AHEAD not in os.environ:
        os.environ[_AHEAD] = str((NOW - datetime.now(UTC)).total_seconds())
        path = [str(Path(__file__).parent / "every_process"), os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, path))
    move_system_clock()


def sandbox_clock(start: datetime | None = None) -> SandboxClock:
    """A sandbox's clock: shows what `SYSTEM_CLOCK` shows, or stands at `start` now and ticks."""
    clock = SandboxClock(SYSTEM_CLOCK.now)
    if start:
        clock.advance((start - clock.now()).total_seconds())
    return clock


class LinkedClock:
    """The product's clock, tied to the sandbox's: a sleep moves both forward and takes no time."""

    def __init__(self, sandbox: SandboxClock) -> None:
        self._sandbox = sandbox
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._sandbox.now()

    def monotonic(self) -> float:
        return self._sandbox.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._sandbox.advance(seconds)

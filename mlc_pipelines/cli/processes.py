"""Programs that `mlc` runs beside itself: in groups of their own, and ended with it, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType

import psutil

STOP_PATIENCE = 1.0
"""Seconds for a program to end well; what is worth waiting for was waited for before."""

_groups: list[int] = []


@contextmanager
def ended_by_signals() -> Generator[None]:
    """Ctrl-C and SIGTERM raise KeyboardInterrupt once; the second one kills all that was started, and us, at once."""

    def first(*_: object) -> None:
        for number in numbers:
            signal.signal(number, _second)
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, first) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _second(number: int, _: FrameType | None) -> None:
    for group in _groups:
        _signal(group, signal.SIGKILL)
    os._exit(128 + number)


@contextmanager
def program(*module: str, log: Path | None = None) -> Generator[subprocess.Popen[str]]:
    """A module as a program, until the end of the block.

    It has a group of its own: Ctrl-C on the terminal goes to us alone, and we say in which order what ends.

    Args:
        module: its name and its arguments.
        log: where its output goes; None to read its stdout.
    """
    with programs([module], [log]) as (started,):
        yield started


@contextmanager
def programs(
    modules: Sequence[Sequence[str]], logs: Sequence[Path | None]
) -> Generator[Sequence[subprocess.Popen[str]]]:
    """Several, started and ended side by side."""
    started: list[subprocess.Popen[str]] = []
    try:
        for module, log in zip(modules, logs, strict=True):
            started.append(_start(module, log))
            group_begins(started[-1].pid)
        yield started
    finally:
        end_groups([process.pid for process in started])


def group_begins(leader: int) -> None:
    """Have this group killed by a second Ctrl-C."""
    _groups.append(leader)


def end_groups(leaders: Sequence[int], *, how: int = signal.SIGTERM, patience: float = STOP_PATIENCE) -> None:
    """Ask groups to end, and kill what is left of them after a while.

    Args:
        leaders: the process whose number is the group's.
        how: the signal that asks, sent to the leader; its children are its own to end.
        patience: seconds.
    """
    processes: list[psutil.Process] = []
    for leader in leaders:
        with suppress(psutil.NoSuchProcess):
            processes.append(psutil.Process(leader))
            processes[-1].send_signal(how)
    psutil.wait_procs(processes, timeout=patience)
    for leader in leaders:
        _signal(leader, signal.SIGKILL)  # also what its leader left behind
        _groups.remove(leader)
    psutil.wait_procs(processes, timeout=STOP_PATIENCE)


def _start(module: Sequence[str], log: Path | None) -> subprocess.Popen[str]:
    with ExitStack() as stack:
        stream = stack.enter_context(log.open("ab")) if log else None
        return subprocess.Popen(  # noqa: S603 - ours
            [sys.executable, "-m", "mlc_pipelines.cli.beside", *module],
            stdin=subprocess.PIPE,  # held until the end: its closing says that we are gone
            stdout=stream or subprocess.PIPE,
            stderr=subprocess.STDOUT if stream else None,
            text=True,
            start_new_session=True,
        )


def _signal(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)

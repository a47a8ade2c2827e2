"""Round trips of several tenants side by side: a process each, since what they do is half computing, half waiting.

The processes are forked from one that has loaded Dagster: loading it costs as much processor time as half a period.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Any, cast

from mlc_pipelines.cli.processes import end_groups, group_begins
from mlc_pipelines.cli.serve import ROLL_BACK, terminate_runs, wait_for_ui
from mlc_pipelines.errors import MlcError

_FORKS = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class RoundTrip:
    """What a process is to do.

    Attributes:
        tenant: whose.
        periods: fiscal periods, one after the other.
        port: of the UI that the first of them is handed to, through its queue; None to run all of them here.
        environment: variables to set.
    """

    tenant: str
    periods: Sequence[str]
    port: int | None
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Outcome:
    """How a period ended.

    Attributes:
        tenant: whose.
        period: which.
        ok: every asset is green.
        assets: as of `RunResult`.
        why: what went wrong outside the assets.
    """

    tenant: str
    period: str
    ok: bool
    assets: Sequence[Mapping[str, Any]]
    why: str


def load_early() -> None:
    """Begin to load what the processes need, while the caller does other things."""
    from multiprocessing.forkserver import ensure_running

    _FORKS.set_forkserver_preload(["mlc_pipelines.cli.round_trips", "mlc_pipelines.orchestration.launch"])
    ensure_running()


def round_trips(wanted: Sequence[RoundTrip]) -> Iterator[Outcome]:
    """Do them side by side; each outcome is given when it is there.

    When the caller goes away (Ctrl-C), the runs are interrupted and waited for: Anaplan rolls back what it is doing.
    """
    with _processes(wanted) as readers:
        left = {reader: list(trip.periods) for reader, trip in zip(readers, wanted, strict=True)}
        names = {reader: trip.tenant for reader, trip in zip(readers, wanted, strict=True)}
        while left:
            for reader in cast("list[Connection]", wait(list(left))):
                try:
                    outcome: Outcome = reader.recv()
                except EOFError:
                    for period in left.pop(reader):
                        yield Outcome(names[reader], period, ok=False, assets=(), why="Its process ended early.")
                else:
                    left[reader].remove(outcome.period)
                    yield outcome
                    if not left[reader]:
                        del left[reader]


@contextmanager
def _processes(wanted: Sequence[RoundTrip]) -> Generator[list[Any]]:
    started: list[Any] = []
    readers: list[Any] = []
    try:
        for trip in wanted:
            reader, writer = _FORKS.Pipe(duplex=False)
            process: Any = _FORKS.Process(target=_work, args=(trip, writer), name=f"round trip of {trip.tenant}")
            process.start()
            writer.close()
            readers.append(reader)
            started.append(process)
            group_begins(process.pid)
        yield readers
    finally:
        for reader in readers:
            reader.close()
        end_groups([process.pid for process in started], how=signal.SIGINT, patience=ROLL_BACK)


def _work(trip: RoundTrip, results: Connection) -> None:
    os.setsid()
    os.environ.update(trip.environment)
    from dagster._core.errors import DagsterExecutionInterruptedError

    # The pipe is closed first: after an interrupt nobody wants another period.
    with suppress(KeyboardInterrupt, DagsterExecutionInterruptedError, BrokenPipeError):
        for number, key in enumerate(trip.periods):
            results.send(_one(trip, key, None if number else trip.port))


def _one(trip: RoundTrip, key: str, port: int | None) -> Outcome:
    from mlc_pipelines.flows.runtime import Runtime
    from mlc_pipelines.orchestration.launch import launch_partition
    from mlc_pipelines.orchestration.runs import run_partition

    runtime = Runtime.from_environment()
    try:
        tenant = runtime.tenant(trip.tenant)
        period = runtime.calendar(tenant).period(key)
        if port is None:
            result = run_partition(runtime, tenant, period)
        else:
            result = _in_the_ui(partial(launch_partition, runtime, tenant, period, port), port)
    except MlcError as error:
        return Outcome(trip.tenant, key, ok=False, assets=(), why=str(error))
    finally:
        runtime.close()
    return Outcome(trip.tenant, key, result.ok, result.assets, result.why)


def _in_the_ui(launch: Callable[[], Any], port: int) -> Any:
    wait_for_ui(port)
    try:
        return launch()
    except KeyboardInterrupt:
        terminate_runs(port)
        raise

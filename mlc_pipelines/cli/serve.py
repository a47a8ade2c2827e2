"""`mlc dev` and `mlc sandbox`: processes that stay until Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Sequence
from typing import Annotated

import typer

from mlc_pipelines.cli.output import err, out
from mlc_pipelines.cli.processes import ended_by_signals, programs
from mlc_pipelines.errors import ConfigurationError, Unavailable
from mlc_pipelines.flows.runtime import Runtime

PortOption = Annotated[
    int, typer.Option("--port", min=1, max=65535, help="Port of the Dagster UI; the next free one when it is taken.")
]
_PORTS_TRIED = 100
ROLL_BACK = 7.0
"""Seconds for interrupted runs to have Anaplan roll back what it is doing."""
_PATIENCE = 180.0
"""Seconds that the UI may take to answer on a busy machine."""


def dev(port: PortOption = 3000) -> None:
    """Dagster UI and daemon on this configuration, until Ctrl-C."""
    from mlc_pipelines.orchestration.instance import prepare_instance
    from mlc_pipelines.orchestration.leftovers import sweep_leftovers

    runtime = Runtime.from_environment()
    if broken := runtime.configuration.broken:
        err.print(f"Can't run, since their files have faults (`mlc check` lists them): {', '.join(sorted(broken))}")
    port = free_port(port)
    with ended_by_signals(), contextlib.suppress(KeyboardInterrupt):
        prepare_instance(runtime)
        sweep_leftovers(runtime)
        with dagster_processes(runtime, port) as started:
            wait_for_ui(port, started)
            out.print(f"Dagster UI: http://127.0.0.1:{port} (Ctrl-C ends it)")
            stay(port)


def sandbox(
    erp: Annotated[list[str] | None, typer.Option("--erp", metavar="KIND", help="Only this ERP.")] = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65500, help="Port of the first server; the others follow.")
    ] = 0,
) -> None:
    """Only the sandbox servers, until Ctrl-C; prints their addresses and credentials."""
    chosen = [part for kind in erp or [] for part in ("--erp", kind)]
    command = [sys.executable, "-m", "mlc_sandbox", "--port", str(port), *chosen]
    # In place of this process: whoever ends it ends the servers.
    os.execv(sys.executable, command)  # noqa: S606 - our own module


def free_port(wanted: int) -> int:
    """The port, or the next free one, which is said then.

    Raises:
        ConfigurationError: none of the next hundred is free.
    """
    for port in range(wanted, min(wanted + _PORTS_TRIED, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port != wanted:
            err.print(f"Port {wanted} is taken; the UI will be on {port}.")
        return port
    raise ConfigurationError(f"Port {wanted} and those after it can't be used.", hint="Choose another with --port.")


@contextlib.contextmanager
def dagster_processes(runtime: Runtime, port: int) -> Generator[Sequence[subprocess.Popen[str]]]:
    """Dagster's webserver and daemon as child processes; their output goes to files in `$MLC_HOME/dagster`."""
    from mlc_pipelines.orchestration.instance import project_file

    folder = runtime.settings.home / "dagster"
    commands = [
        ["mlc_pipelines.orchestration.webserver", "--port", str(port)],
        ["dagster._daemon", "run", "-w", str(project_file("workspace.yaml"))],
    ]
    with programs(commands, [folder / "webserver.log", folder / "daemon.log"]) as started:
        yield started


def wait_for_ui(port: int, started: Sequence[subprocess.Popen[str]] = ()) -> None:
    """Until it answers, its graph loaded.

    Args:
        port: on this machine.
        started: the programs that it needs.

    Raises:
        Unavailable: it did not answer in time, or one of the programs has ended.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5).close()
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline or any(process.poll() is not None for process in started):
                raise Unavailable(
                    f"The Dagster UI on port {port} did not start.",
                    hint="Look into webserver.log and daemon.log in the folder dagster of MLC_HOME.",
                ) from None
            time.sleep(0.2)
        else:
            return


def stay(port: int) -> None:
    """Until Ctrl-C; runs that are under way in the UI are interrupted then, and waited for."""
    try:
        signal.pause()
    finally:
        terminate_runs(port)


def terminate_runs(port: int) -> None:
    """Have the UI interrupt all runs that are under way, and wait for them a while."""
    import dagster as dg
    from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
    from dagster_graphql import DagsterGraphQLClient, DagsterGraphQLClientError

    unfinished = dg.RunsFilter(statuses=NOT_FINISHED_STATUSES)
    with dg.DagsterInstance.get() as instance:
        client = DagsterGraphQLClient("127.0.0.1", port_number=port)
        for run in instance.get_runs(unfinished):
            with contextlib.suppress(DagsterGraphQLClientError):
                client.terminate_run(run.run_id)
        deadline = time.monotonic() + ROLL_BACK
        while instance.get_runs(unfinished) and time.monotonic() < deadline:
            time.sleep(0.1)

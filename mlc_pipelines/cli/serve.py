"""`mlc dev` and `mlc sandbox`: processes that stay until Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from mlc_pipelines.cli.output import err, out
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.flows.runtime import Runtime

PortOption = Annotated[int, typer.Option("--port", help="Port of the Dagster UI.")]


def dev(port: PortOption = 3000) -> None:
    """Dagster UI and daemon on this configuration, until Ctrl-C."""
    from mlc_pipelines.orchestration.instance import prepare_instance

    runtime = Runtime.from_environment()
    require_free_port(port)
    if broken := runtime.configuration.broken:
        err.print(f"Can't run, since their files have faults (`mlc check` lists them): {', '.join(sorted(broken))}")
    prepare_instance(runtime)
    with dagster_processes(runtime, port):
        out.print(f"Dagster UI: http://127.0.0.1:{port} (Ctrl-C ends it)")
        wait_for_interrupt()


def sandbox(
    erp: Annotated[list[str] | None, typer.Option("--erp", metavar="KIND", help="Only this ERP.")] = None,
    port: Annotated[int, typer.Option("--port", help="Port of the first server; the others follow.")] = 0,
) -> None:
    """Only the sandbox servers, until Ctrl-C; prints their addresses and credentials."""
    chosen = [part for kind in erp or [] for part in ("--erp", kind)]
    command = [sys.executable, "-m", "mlc_pipelines.sandbox", "--port", str(port), *chosen]
    raise typer.Exit(subprocess.run(command, check=False).returncode)  # noqa: S603 - our own module


def require_free_port(port: int) -> None:
    """Refuse a port that is taken, before anything is started.

    Raises:
        ConfigurationError: something listens on it.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ConfigurationError(f"Port {port} is taken.", hint="Choose another with --port.") from error


@contextlib.contextmanager
def dagster_processes(runtime: Runtime, port: int) -> Generator[None]:
    """Dagster's webserver and daemon as child processes; their output goes to files in `$MLC_HOME/dagster`."""
    from mlc_pipelines.orchestration.instance import project_file

    folder = runtime.settings.home / "dagster"
    code = ["-w", str(project_file("workspace.yaml"))]
    commands = {
        "webserver": ["mlc_pipelines.orchestration.webserver", "--port", str(port)],
        "daemon": ["dagster._daemon", "run", *code],
    }
    with contextlib.ExitStack() as stack:
        for name, command in commands.items():
            stack.enter_context(_child(folder / f"{name}.log", command))
        yield


@contextlib.contextmanager
def _child(log: Path, module: Sequence[str]) -> Generator[None]:
    with log.open("ab") as stream:
        process = subprocess.Popen(  # noqa: S603 - Dagster's own programs
            [sys.executable, "-m", *module], stdout=stream, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield
    finally:
        # The whole group: Dagster's processes have code servers of their own below them.
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def wait_for_interrupt() -> None:
    """Until Ctrl-C or a polite kill."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()

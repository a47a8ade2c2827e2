"""What comes before the work: importing the definitions, and the start of `mlc run`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from rich.table import Table

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines_tests.bench import ground
from mlc_pipelines_tests.bench.measure import say
from mlc_pipelines_tests.bench.report import add_note
from mlc_pipelines_tests.bench.sandboxes import Sandboxes, make_home, sandboxes

_TIMED_IMPORT = "import time; began = time.perf_counter(); import {}; print(time.perf_counter() - began)"


def run(folder: Path, *, quick: bool) -> list[Table]:
    """Imports in fresh processes, and runs of a small partition on a database server that is already running."""
    repetitions = 1 if quick else 3
    table = Table(title="Start-up", title_justify="left")
    table.add_column("")
    for header in ("seconds", "least - most"):
        table.add_column(header, justify="right")
    with sandboxes(5_000, one_period=False) as servers, ground.database() as database:
        own = {"MLC_HOME": str(folder), "MLC_DATABASE_URL": database}
        make_home(folder, servers.sample, own)
        environment = {**os.environ, **own, "DAGSTER_DISABLE_TELEMETRY": "yes"}
        # In turn, so that what disturbs the machine disturbs the peer too.
        imports: dict[str, list[float]] = {"dagster": [], "mlc_pipelines.definitions": []}
        for _ in range(repetitions):
            for module, seconds in imports.items():
                seconds.append(_import_seconds(module, environment))
        for module, seconds in imports.items():
            _add(table, f"import {module}", seconds)
        command = [sys.executable, "-m", "mlc_pipelines.cli.main", "run", servers.sample["tenant"]]
        command.append(servers.sample["periods"][0])
        first = _Runs()
        first.add(command, environment, servers)
        again = _Runs()
        for repetition in range(repetitions):
            again.add(command, environment, servers)
            say(f"  mlc run, {repetition + 1} of {repetitions}: {again.spans['whole'][-1]:.2f} s")
    for name, runs in (("first", first), ("again, nothing changed", again)):
        for span, seconds in runs.spans.items():
            _add(table, f"mlc run, {name}: {span}", seconds)
    add_note(table, f"requests: first run {first.requests}; again {again.requests}")
    return [table]


class _Runs:
    """Runs of one command: seconds by part, and the requests of the last one."""

    def __init__(self) -> None:
        self.spans: dict[str, list[float]] = {}
        self.requests = ""

    def add(self, command: list[str], environment: dict[str, str], servers: Sandboxes) -> None:
        servers.take_log()
        began = SYSTEM_CLOCK.now().timestamp()
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
        ended, log = SYSTEM_CLOCK.now().timestamp(), servers.take_log()
        spans = {
            "whole": ended - began,
            "until the first request": log["first"] - began,
            "from first to last request": log["last"] - log["first"],
            "after the last request": ended - log["last"],
        }
        for name, seconds in spans.items():
            self.spans.setdefault(name, []).append(seconds)
        counts = ", ".join(f"{count} {server}" for server, count in log["requests"].items())
        self.requests = f"{counts}, {log['polls']} of them about tasks"


def _import_seconds(module: str, environment: dict[str, str]) -> float:
    command = [sys.executable, "-c", _TIMED_IMPORT.format(module)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


def _add(table: Table, name: str, seconds: list[float]) -> None:
    table.add_row(name, f"{median(seconds):.2f}", f"{min(seconds):.2f} - {max(seconds):.2f}")

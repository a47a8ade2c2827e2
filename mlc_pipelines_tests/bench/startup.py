"""What comes before the work: importing the definitions, and the start of `mlc run`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from rich.table import Table

from mlc_pipelines_tests.bench import ground
from mlc_pipelines_tests.bench.measure import say
from mlc_pipelines_tests.bench.sandboxes import make_home, sandboxes

_TIMED_IMPORT = "import time; began = time.perf_counter(); import {}; print(time.perf_counter() - began)"


def run(folder: Path, *, quick: bool) -> list[Table]:
    """Imports in fresh processes, and runs of a small partition on a database server that is already running."""
    repetitions = 1 if quick else 3
    table = Table(title="Start-up", title_justify="left")
    table.add_column("")
    for header in ("seconds", "least - most"):
        table.add_column(header, justify="right")
    with sandboxes(5_000, one_period=False) as servers, ground.database(folder) as database:
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
        parts: dict[str, list[float]] = {"whole": [], "until the first request": [], "work": [], "after the last": []}
        servers.take_log()
        command = [sys.executable, "-m", "mlc_pipelines.cli.main", "run", servers.sample["tenant"]]
        for repetition in range(repetitions):
            began = time.time()
            subprocess.run(
                [*command, servers.sample["periods"][0]], env=environment, stdout=subprocess.DEVNULL, check=True
            )
            ended, log = time.time(), servers.take_log()
            say(f"  mlc run, {repetition + 1} of {repetitions}: {ended - began:.2f} s")
            spans = (ended - began, log["first"] - began, log["last"] - log["first"], ended - log["last"])
            for seconds, span in zip(parts.values(), spans, strict=True):
                seconds.append(span)
    for name, seconds in parts.items():
        _add(table, f"mlc run, {name}", seconds)
    requests = log["requests"]
    table.caption = (
        f"one run: {requests['NetSuite']} requests to NetSuite, {requests['Anaplan']} to Anaplan,"
        f" {log['polls']} of them about tasks"
    )
    table.caption_justify = "left"
    return [table]


def _import_seconds(module: str, environment: dict[str, str]) -> float:
    command = [sys.executable, "-c", _TIMED_IMPORT.format(module)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


def _add(table: Table, name: str, seconds: list[float]) -> None:
    table.add_row(name, f"{median(seconds):.2f}", f"{min(seconds):.2f} - {max(seconds):.2f}")

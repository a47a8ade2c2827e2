"""`mlc demo`: sandbox servers, sample books, a full round trip, the Dagster UI."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from mlc_pipelines.cli.output import err, out, print_table
from mlc_pipelines.cli.progress import RunProgress
from mlc_pipelines.cli.run import COLUMNS, complain_about, shown
from mlc_pipelines.cli.serve import dagster_processes, require_free_port, wait_for_interrupt
from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines.errors import ConfigurationError, MlcError
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.flows.text import money_text

_MARK = ".mlc-demo"


def demo(
    erp: Annotated[list[str] | None, typer.Option("--erp", metavar="KIND", help="Only this ERP.")] = None,
    once: Annotated[bool, typer.Option("--once", help="End after the summary.")] = False,  # noqa: FBT002 - an option
    port: Annotated[int, typer.Option("--port", help="Port of the Dagster UI.")] = 3000,
    home: Annotated[Path, typer.Option("--home", metavar="DIR", help="Where it keeps everything.")] = Path("mlc-demo"),
) -> None:
    """Sandbox with generated books, sample configuration, a full round trip, the UI; stays until Ctrl-C."""
    from mlc_pipelines.orchestration.instance import prepare_instance

    for kind in erp or []:
        if kind not in ERPS:
            raise ConfigurationError(f"There is no ERP {kind!r}.", hint=f"Known: {', '.join(ERPS)}.")
    if not once:
        require_free_port(port)
    home = home.absolute()
    _start_anew(home)
    with contextlib.ExitStack() as stack:
        err.print("Starting the sandbox servers and generating books ...")
        samples = stack.enter_context(_sandbox(erp or []))
        _write_configuration(home, samples)
        os.environ["MLC_HOME"] = str(home)
        runtime = Runtime.from_environment()
        for sample in samples:
            for name, value in sample["secrets"].items():
                runtime.vault.set(sample["tenant"], name, value)
        prepare_instance(runtime)
        if not once:
            stack.enter_context(dagster_processes(runtime, port))
        ok = _round_trips(runtime, samples)
        if not once:
            out.print(f"Dagster UI: http://127.0.0.1:{port} (Ctrl-C ends the demo)")
            out.print(f"Another command on the same books: MLC_HOME={home} mlc status")
            wait_for_interrupt()
    if not ok:
        raise typer.Exit(1)


def _start_anew(home: Path) -> None:
    """The sandbox starts with empty models each time, so a memory of earlier deliveries would be wrong."""
    if home.exists() and any(home.iterdir()) and not (home / _MARK).exists():
        raise ConfigurationError(f"{home} is not empty and no demo's folder.", hint="Choose another with --home.")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    (home / _MARK).touch()


@contextlib.contextmanager
def _sandbox(kinds: list[str]) -> Generator[list[dict[str, Any]]]:
    """The sandbox as a process of its own; gives the sample tenants once its servers answer."""
    chosen = [part for kind in kinds for part in ("--erp", kind)]
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "mlc_pipelines.sandbox", "--json", *chosen], stdout=subprocess.PIPE, text=True
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise MlcError("The sandbox did not start.", hint="Its own message stands above.")
        yield json.loads(line)["tenants"]
    finally:
        process.terminate()
        process.wait(timeout=15)


def _write_configuration(home: Path, samples: list[dict[str, Any]]) -> None:
    for sample in samples:
        for path, document in sample["files"].items():
            target = home / path
            target.parent.mkdir(parents=True, exist_ok=True)
            text = (
                document if isinstance(document, str) else yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
            )
            target.write_text(text, encoding="utf-8")


def _round_trips(runtime: Runtime, samples: list[dict[str, Any]]) -> bool:
    """Land, load and tie out the sample periods of every tenant; print what came of it."""
    from mlc_pipelines.orchestration.runs import run_partition

    ok = True
    difference = Decimal(0)
    for sample in samples:
        tenant = runtime.tenant(sample["tenant"])
        for key in sample["periods"]:
            period = runtime.calendar(tenant).period(key)
            err.print(f"{tenant.tenant} {key}: reading the books, loading the model ...")
            with RunProgress(runtime):
                result = run_partition(runtime, tenant, period)
            print_table(f"{tenant.tenant} {key}", COLUMNS, [shown(row) for row in result.assets])
            complain_about(result.assets, result.why)
            ok = ok and result.ok
            difference += sum((Decimal(row.get("difference", 0)) for row in result.assets), Decimal(0))
    out.print(
        f"tie-out: {money_text(difference)} difference" if ok else "tie-out: not reached, see above", style="bold"
    )
    return ok

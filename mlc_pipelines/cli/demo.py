"""`mlc demo`: sandbox servers, sample books, a full round trip, the Dagster UI."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Annotated, Any
from urllib.parse import quote

import typer
import yaml

from mlc_pipelines.cli.demo_home import DemoHome
from mlc_pipelines.cli.output import err, out, print_table
from mlc_pipelines.cli.processes import ended_by_signals, program
from mlc_pipelines.cli.round_trips import Outcome, RoundTrip, load_early, round_trips
from mlc_pipelines.cli.run import complain_about
from mlc_pipelines.cli.serve import PortOption, dagster_processes, free_port, stay, wait_for_ui
from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines.errors import ConfigurationError, MlcError, Unavailable
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.flows.text import money_text

_POSTS_EVERY = 100
"""Seconds."""

_COLUMNS = [
    ("ok", ""),
    ("tenant", "Tenant"),
    ("period", "Period"),
    ("rows_read", "Read>"),
    ("rows_accepted", "Accepted>"),
    ("rows_rejected", "Rejected>"),
    ("rows_unmapped", "Unmapped>"),
    ("difference", "Difference>"),
    ("seconds", "After seconds>"),
]


def demo(
    erp: Annotated[list[str] | None, typer.Option("--erp", metavar="KIND", help="Only this ERP.")] = None,
    once: Annotated[bool, typer.Option("--once", help="End after the summary.")] = False,  # noqa: FBT002 - an option
    quiet_books: Annotated[bool, typer.Option("--quiet-books", help="Nobody posts into the books.")] = False,  # noqa: FBT002 - as above
    port: PortOption = 3000,
    home: Annotated[Path, typer.Option("--home", metavar="DIR", help="Where it keeps everything.")] = Path("mlc-demo"),
) -> None:
    """Sandbox with generated books, sample configuration, a full round trip, the UI; stays until Ctrl-C."""
    began = time.monotonic()
    for kind in erp or []:
        if kind not in ERPS:
            raise ConfigurationError(f"There is no ERP {kind!r}.", hint=f"Known: {', '.join(ERPS)}.")
    kept = DemoHome(home)
    with ended_by_signals(), contextlib.ExitStack() as stack:
        stack.enter_context(kept.taken())
        port = free_port(port)
        address = f"http://127.0.0.1:{port}"
        kept.begin(address)
        err.print("Starting the sandbox servers, the database and the Dagster UI ...")
        chosen = [part for kind in erp or [] for part in ("--erp", kind)]
        # Now and then somebody posts: the polls find it, and the model follows.
        chosen += [] if once or quiet_books else ["--bookkeeper", str(_POSTS_EVERY)]
        sandbox = stack.enter_context(program("mlc_sandbox", "--json", *chosen))
        load_early()
        os.environ["MLC_HOME"] = str(kept.home)
        runtime = Runtime.from_environment()
        environment = _prepare(runtime)
        line = sandbox.stdout.readline() if sandbox.stdout else ""
        if not line:
            raise MlcError("The sandbox did not start.", hint="Its own message stands above.")
        samples: list[dict[str, Any]] = json.loads(line)["tenants"]
        kept.keep({path: _text(document) for sample in samples for path, document in sample["files"].items()})
        for sample in samples:
            for name, value in sample["secrets"].items():
                runtime.vault.set(sample["tenant"], name, value)
        started = stack.enter_context(dagster_processes(runtime, port))
        # The last one goes the way of the UI, as a click of an operator does; the others don't wait for the UI.
        wanted = [
            RoundTrip(sample["tenant"], sample["periods"], port if sample is samples[-1] else None, environment)
            for sample in samples
        ]
        link = _tie_out(address, runtime, samples[0]["tenant"], samples[0]["periods"][0])
        Thread(target=_announce, args=(address, link, port, started), daemon=True).start()
        outcomes: list[Outcome] = []
        rows: list[dict[str, Any]] = []
        for outcome in round_trips(wanted):
            outcomes.append(outcome)
            rows.append(_row(outcome, time.monotonic() - began))
            _tell(outcome, rows[-1])
        wait_for_ui(port, started)
        _summary(samples, outcomes, rows)
        if not once:
            out.print(f"Another command on the same books: MLC_HOME={kept.home} mlc status")
            out.print(f"Dagster UI: {address} (Ctrl-C ends the demo)")
            with contextlib.suppress(KeyboardInterrupt):
                stay(port)
    if not all(outcome.ok for outcome in outcomes):
        raise typer.Exit(1)


def _prepare(runtime: Runtime) -> Mapping[str, str]:
    from mlc_pipelines.orchestration.instance import prepare_instance

    return prepare_instance(runtime)


def _text(document: Any) -> str:
    return document if isinstance(document, str) else yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def _row(outcome: Outcome, seconds: float) -> dict[str, Any]:
    """A period in one line: the sums over its assets."""
    sums = {
        name: sum(int(row.get(name) or 0) for row in outcome.assets)
        for name in ("rows_read", "rows_accepted", "rows_rejected", "rows_unmapped")
    }
    differences = [Decimal(row["difference"]) for row in outcome.assets if "difference" in row]
    difference = money_text(sum(differences, Decimal(0))) if differences else None
    place = {"ok": outcome.ok, "tenant": outcome.tenant, "period": outcome.period}
    return {**place, **sums, "difference": difference, "seconds": f"{seconds:.0f}"}


def _tell(outcome: Outcome, row: Mapping[str, Any]) -> None:
    if outcome.ok:
        err.print(
            f"{row['seconds']} s: {outcome.tenant} {outcome.period} is tied out, {row['difference']} difference.",
            highlight=False,
        )
    else:
        err.print(f"{row['seconds']} s: {outcome.tenant} {outcome.period} is red.", highlight=False)
        complain_about([dict(asset) for asset in outcome.assets], outcome.why)


def _announce(address: str, link: str, port: int, started: Sequence[Any]) -> None:
    with contextlib.suppress(Unavailable):  # said by the one who waits for it at the end
        wait_for_ui(port, started)
        err.print(f"Dagster UI: {address}", highlight=False)
        err.print(f"A tie-out:  {link}", highlight=False)


def _tie_out(address: str, runtime: Runtime, tenant: str, period: str) -> str:
    """The page of a period's tie-out."""
    kind = runtime.tenant(tenant).erp_kind
    return f"{address}/assets/{kind}/tie_out?view=partitions&partition={quote(f'{period}|{tenant}')}"


def _summary(
    samples: Sequence[Mapping[str, Any]], outcomes: Sequence[Outcome], rows: Sequence[Mapping[str, Any]]
) -> None:
    order = [sample["tenant"] for sample in samples]
    print_table("Round trips", _COLUMNS, sorted(rows, key=lambda row: (order.index(row["tenant"]), row["period"])))
    if not all(outcome.ok for outcome in outcomes):
        out.print("tie-out: not reached, see above", style="bold")
        return
    total = sum((Decimal(row.get("difference", 0)) for outcome in outcomes for row in outcome.assets), Decimal(0))
    out.print(f"tie-out: {money_text(total)} difference", style="bold")

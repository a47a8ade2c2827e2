"""`mlc backfill`: several periods of a tenant, as a backfill of Dagster's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlc_pipelines.cli.output import JsonFlag, err, out, print_json, print_table
from mlc_pipelines.cli.progress import bars
from mlc_pipelines.cli.run import TenantArgument, complain_about
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.flows.runtime import Runtime

if TYPE_CHECKING:
    from mlc_pipelines.orchestration.runs import RunResult

_COLUMNS = [
    ("ok", ""),
    ("period", "Period"),
    ("rows_sent", "Sent>"),
    ("rows_accepted", "Accepted>"),
    ("rows_rejected", "Rejected>"),
    ("run_id", "Run"),
]


def backfill(
    tenant: TenantArgument,
    periods: Annotated[
        str, typer.Argument(metavar="FIRST..LAST", help="Fiscal periods, such as FY2026-P01..FY2026-P05.")
    ],
    *,
    force: Annotated[bool, typer.Option("--force", help="All of them, the green ones too.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="Only those that are red.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the end, or only start it.")] = True,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Where the Dagster UI answers.")] = 3000,
    json: JsonFlag = False,
) -> None:
    """Materialize the periods that are not green, as a backfill in the running Dagster (`mlc dev`)."""
    from mlc_pipelines.orchestration.backfill import follow_backfill, launch_backfill, periods_to_do
    from mlc_pipelines.orchestration.instance import prepare_instance

    if force and failed:
        raise ConfigurationError("--force means all periods, --failed only the red ones.", hint="Give one of them.")
    runtime = Runtime.from_environment()
    found, (first, dots, last) = runtime.tenant(tenant), periods.partition("..")
    calendar = runtime.calendar(found)
    span = calendar.period(first), calendar.period(last if dots else first)
    chosen = periods_to_do(runtime, found, *span, force=force, failed=failed)
    keys = [period.key for period in chosen]
    document: dict[str, Any] = {"tenant": tenant, "backfill_id": None, "url": None}
    document["periods"] = [{"period": key} for key in keys]
    say = (err if json else out).print
    results: dict[str, RunResult] = {}
    if not chosen:
        say(f"No period of {periods} is {'red' if failed else 'other than green'}.", highlight=False)
    else:
        prepare_instance(runtime)
        document["backfill_id"] = launch_backfill(runtime, found, chosen, port)
        document["url"] = f"http://127.0.0.1:{port}/runs/b/{document['backfill_id']}"
        say(f"{tenant}: {', '.join(keys)}\n{document['url']} (it goes on there without this command)", highlight=False)
    if chosen and wait:
        with bars(err) as progress:
            bar = progress.add_task(f"backfill {tenant}", total=len(keys), stage="")

            def show(runs: Mapping[str, Any]) -> None:
                at_work = sorted(key for key, run in runs.items() if run.status.value == "STARTED")
                ended = sum(run.is_finished for run in runs.values())
                progress.update(bar, completed=ended, stage=" ".join(at_work))

            results = follow_backfill(runtime, found, chosen, document["backfill_id"], show)
        document["periods"] = [{"period": key, **vars(result)} for key, result in results.items()]
        if not json:
            print_table(f"Backfill of {tenant}", _COLUMNS, [_row(key, result) for key, result in results.items()])
    if json:
        print_json(document)
    for key, result in results.items():
        if not result.ok:
            err.say(f"{tenant} {key} is red.", "")
            complain_about(result.assets, result.why)
    if not all(result.ok for result in results.values()):
        raise typer.Exit(1)


def _row(key: str, result: RunResult) -> dict[str, Any]:
    """A period as the table shows it: the rows of all its loads."""
    names = ("rows_sent", "rows_accepted", "rows_rejected")
    sums = {name: sum(row.get(name, 0) for row in result.assets) for name in names}
    return {"period": key, "ok": result.ok, "run_id": result.run_id, **sums}

"""`mlc run`: one partition, here and now."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import typer

from mlc_pipelines.cli.output import JsonFlag, err, out, print_json, print_table
from mlc_pipelines.cli.progress import RunProgress
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.flows.text import money_text

COLUMNS = [
    ("ok", ""),
    ("asset", "Asset"),
    ("rows_read", "Read>"),
    ("rows_unchanged", "Unchanged>"),
    ("rows_sent", "Sent>"),
    ("rows_accepted", "Accepted>"),
    ("rows_rejected", "Rejected>"),
    ("rows_unmapped", "Unmapped>"),
    ("amount", "Amount>"),
    ("seconds", "Seconds>"),
]


def run(
    tenant: Annotated[str, typer.Argument(metavar="TENANT", help="The tenant's name.")],
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="A fiscal period, such as FY2026-P05.")],
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", metavar="ASSET", help="Only this asset; may be given again. The plan is exported only so."
        ),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Read and send everything, not only what changed.")] = False,  # noqa: FBT002 - an option
    *,
    json: JsonFlag = False,
) -> None:
    """Materialize a partition (landing, loads, tie-out) here and now, and wait."""
    from mlc_pipelines.orchestration.instance import prepare_instance
    from mlc_pipelines.orchestration.runs import RunResult, chosen_assets, run_partition

    runtime = Runtime.from_environment()
    found = runtime.tenant(tenant)
    fiscal_period = runtime.calendar(found).period(period)
    chosen_assets(runtime, found, fiscal_period, only or ())
    prepare_instance(runtime)
    with RunProgress(runtime):
        result: RunResult = run_partition(runtime, found, fiscal_period, only=only or (), full=full)
    if json:
        print_json(
            {"tenant": tenant, "period": period, "run_id": result.run_id, "ok": result.ok, "assets": result.assets}
        )
    else:
        print_run(f"{tenant} {period}", result.assets)
    complain_about(result.assets, result.why)
    if not result.ok:
        raise typer.Exit(1)


def print_run(title: str, assets: list[dict[str, Any]]) -> None:
    """One row per asset; the tie-out's difference in words below."""
    print_table(title, COLUMNS, [shown(row) for row in assets])
    for row in assets:
        if "difference" in row:
            out.print(f"tie-out: {money_text(Decimal(row['difference']))} difference", highlight=False)


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """A result as the table shows it: amounts for people; of a ledger, whose amounts add up to nothing, its debit."""
    if not row["reached"]:
        return {**row, "ok": "-"}
    if "debit" in row:
        return {**row, "amount": f"debit {money_text(Decimal(row['debit']))}"}
    return {**row, "amount": money_text(Decimal(row["amount"]))} if "amount" in row else row


def complain_about(assets: list[dict[str, Any]], why: str) -> None:
    """Why assets are red or were not reached, on stderr."""
    for row in assets:
        if row["error"]:
            err.say(row["asset"], f": {row['error']}")
    for row in assets:
        if row["waits_for"]:
            err.print(f"{row['asset']}: not reached, it waits for {', '.join(row['waits_for'])}.")
    if why:
        err.say("The run failed:", f" {why}")

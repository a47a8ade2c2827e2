"""`mlc run`, `mlc restate` and `mlc replay`: one partition, here and now."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import typer

from mlc_pipelines.cli.output import JsonFlag, err, out, print_json, print_table
from mlc_pipelines.cli.progress import RunProgress
from mlc_pipelines.config import Tenant
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.asset_name import load_asset, tie_out_asset
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.flows.text import money_text
from mlc_pipelines.store.late_postings import HELD

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


TenantArgument = Annotated[str, typer.Argument(metavar="TENANT", help="The tenant's name.")]
PeriodArgument = Annotated[str, typer.Argument(metavar="PERIOD", help="A fiscal period, such as FY2026-P05.")]


def run(
    tenant: TenantArgument,
    period: PeriodArgument,
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
    from mlc_pipelines.orchestration.runs import chosen_assets

    runtime = Runtime.from_environment()
    found = runtime.tenant(tenant)
    fiscal_period = runtime.calendar(found).period(period)
    chosen_assets(runtime, found, fiscal_period, only or ())
    _run_here(runtime, found, fiscal_period, json=json, only=only or (), full=full)


def restate(tenant: TenantArgument, period: PeriodArgument, *, json: JsonFlag = False) -> None:
    """Let the held late postings of a closed period into the model: the loads concerned and the tie-out."""
    runtime = Runtime.from_environment()
    found = runtime.tenant(tenant)
    fiscal_period = runtime.calendar(found).period(period)
    held = {each.key.entity for each in runtime.late_postings.of(tenant, period) if each.state == HELD}
    if not held:
        hint = f"`mlc run {tenant} {period}` reads and loads it."
        raise ConfigurationError(f"No late posting of {tenant}, {period} is held.", hint=hint)
    assets = [*(load_asset(found.erp_kind, name) for name in sorted(held)), tie_out_asset(found.erp_kind)]
    _run_here(runtime, found, fiscal_period, json=json, only=[str(asset) for asset in assets])


def replay(
    tenant: TenantArgument,
    period: PeriodArgument,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="ENTITY", help="Only the loads of this entity; may be given again."),
    ] = None,
    snapshot: Annotated[
        str,
        typer.Option(
            "--snapshot", metavar="ID", help="This one in place of the newest of its entity, and only its loads."
        ),
    ] = "",
    *,
    json: JsonFlag = False,
) -> None:
    """Deliver stored snapshots again, all their rows, and tie out; the ERP is not asked."""
    from mlc_pipelines.flows.replay import replayed_assets

    runtime = Runtime.from_environment()
    found = runtime.tenant(tenant)
    fiscal_period = runtime.calendar(found).period(period)
    assets = replayed_assets(runtime, found, fiscal_period, only or (), snapshot)
    only = [str(name) for name in assets]
    _run_here(runtime, found, fiscal_period, json=json, only=only, full=True, replays=snapshot)


def _run_here(runtime: Runtime, tenant: Tenant, period: Period, *, json: bool, **how: Any) -> None:
    """Materialize it, wait, say what came of it; exit with 1 when something is red."""
    from mlc_pipelines.orchestration.instance import prepare_instance
    from mlc_pipelines.orchestration.runs import RunResult, run_partition

    prepare_instance(runtime)
    with RunProgress(runtime):
        result: RunResult = run_partition(runtime, tenant, period, **how)
    named = {"tenant": tenant.tenant, "period": period.key}
    if json:
        print_json({**named, "run_id": result.run_id, "ok": result.ok, "assets": result.assets})
    else:
        print_run(" ".join(named.values()), result.assets)
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

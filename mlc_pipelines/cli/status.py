"""`mlc status`: tenant x period, what is done, what is red and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.markup import escape

from mlc_pipelines.cli.output import JsonFlag, out, print_json, print_table
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.flows.status import partition_states


def status(
    tenant: Annotated[str | None, typer.Argument(metavar="[TENANT]", help="One tenant; all when left out.")] = None,
    *,
    json: JsonFlag = False,
) -> None:
    """State of every period, last success, rows, differences, what is red and why."""
    runtime = Runtime.from_environment()
    if tenant is not None:
        runtime.tenant(tenant)
    states = partition_states(runtime, tenant)
    if json:
        print_json(states)
        return
    if not states:
        out.print("Nothing has run yet. `mlc run TENANT PERIOD` materializes a period.")
        return
    columns = [
        ("tenant", "Tenant"),
        ("period", "Period"),
        ("state", "State"),
        ("last_success", "Last success"),
        ("rows_read", "Rows read>"),
        ("rows_accepted", "Accepted>"),
        ("difference", "Difference>"),
        ("reds", "Red"),
    ]
    print_table("Status", columns, [_row(state) for state in states])
    for state in states:
        for red in state["red"]:
            out.print(f"[bold red]{state['tenant']} {state['period']}[/] {red['asset']}: {escape(red['why'])}")


def _row(state: Mapping[str, Any]) -> dict[str, Any]:
    return {**state, "reds": ", ".join(red["asset"] for red in state["red"])}

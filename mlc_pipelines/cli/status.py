"""`mlc status`: tenant x period, what is done, what is red or missing, and why; when the books were asked."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import groupby
from typing import Annotated, Any

import typer

from mlc_pipelines.cli.output import JsonFlag, out, print_json, print_table
from mlc_pipelines.flows.late_postings import SHOWN, late_table
from mlc_pipelines.flows.monitoring.books import books_states
from mlc_pipelines.flows.monitoring.status import partition_states
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.flows.text import money_text

_ASKED = [
    ("tenant", "Tenant"),
    ("entity", "Entity"),
    ("asked_at", "Asked last"),
    ("found", "Found"),
    ("next", "Next"),
]

_LATE = [
    ("tenant", "Tenant"),
    ("period", "Period"),
    ("entity", "Entity"),
    ("group", "Group"),
    ("before", "Before>"),
    ("after", "After>"),
    ("records", "Records"),
    ("state", "State"),
]


def status(
    tenant: Annotated[str | None, typer.Argument(metavar="[TENANT]", help="One tenant; all when left out.")] = None,
    *,
    json: JsonFlag = False,
) -> None:
    """State of every period, last success, rows, differences, what is red or missing, and why; what polls found."""
    runtime = Runtime.from_environment()
    if tenant is not None:
        runtime.tenant(tenant)
    states, books = partition_states(runtime, tenant), books_states(runtime, tenant)
    if json:
        print_json([*states, *books])
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
    late = [
        posting for posting in runtime.late_postings.of(tenant) if posting.key.tenant in runtime.configuration.tenants
    ]
    if late:
        moved = [{**vars(posting.key), **row} for posting in late for row in late_table([posting])]
        print_table("Late postings", _LATE, moved[:SHOWN])
    asked = [{"tenant": state["tenant"], **poll} for state in books for poll in state["polls"]]
    print_table("Asked for changes", _ASKED, asked)
    for state in [*states, *books]:
        place = " ".join(filter(None, (state["tenant"], state["period"])))
        for red in state["red"]:
            out.say(place, f" {red['asset']}: {red['why']}")
        for why, entries in groupby(state["missing"], key=lambda entry: entry["why"]):
            out.say(place, f" - {', '.join(entry['asset'] for entry in entries)}: {why}", style="bold")
    for state in books:
        if state["paused"] is not None:
            out.say(f"{state['tenant']} is paused:", f" {state['paused']}", style="bold")


def _row(state: Mapping[str, Any]) -> dict[str, Any]:
    """A state as the table shows it; `-` stands for what no result tells."""
    shown = {name: "-" if state[name] is None else state[name] for name in ("period", "last_success", "difference")}
    if state["difference"] is not None:
        shown["difference"] = money_text(Decimal(state["difference"]))
    return {**state, **shown, "reds": ", ".join(red["asset"] for red in state["red"])}

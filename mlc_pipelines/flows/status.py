"""The state of every partition that ever ran, from our own tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from mlc_pipelines.flows.runtime import Runtime


def partition_states(runtime: Runtime, tenant: str | None) -> list[dict[str, Any]]:
    """Per tenant and period: `state` (green, red), last success, rows, tie-out difference, and what is red and why."""
    results = runtime.results.assets(tenant)
    failed_checks = [check for check in runtime.results.checks(tenant) if not check["passed"]]
    states: list[dict[str, Any]] = []
    for (name, period), rows in groupby(results, key=lambda row: (row["tenant"], row["period"])):
        checks = [c for c in failed_checks if (c["tenant"], c["period"]) == (name, period)]
        states.append(_state(name, period, list(rows), checks))
    return states


def _state(
    tenant: str, period: str, assets: Sequence[Mapping[str, Any]], checks: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    red = [{"asset": row["asset"], "why": row["error"]} for row in assets if not row["ok"]]
    named = {entry["asset"] for entry in red}
    # A failed check that left its asset green (on_rejected: warn, quarantine) is still something to look at.
    red += [
        {"asset": check["asset"], "why": f"{check['rule']}: {check['detail']['message']}"}
        for check in checks
        if check["asset"] not in named
    ]
    successes = [row["succeeded_at"] for row in assets if row["succeeded_at"]]
    figures = [row["figures"] for row in assets]
    differences = [each["difference"] for each in figures if "difference" in each]
    return {
        "tenant": tenant,
        "period": period,
        "state": "red" if red else "green",
        "last_success": max(successes).isoformat(timespec="seconds") if successes else None,
        "rows_read": sum(each.get("rows_read", 0) for each in figures if "rows_sent" not in each),
        "rows_accepted": sum(each.get("rows_accepted", 0) for each in figures),
        "difference": differences[0] if differences else None,
        "red": red,
        "assets": [
            {"asset": row["asset"], "ok": row["ok"], "finished_at": row["finished_at"], **row["figures"]}
            for row in assets
        ],
    }

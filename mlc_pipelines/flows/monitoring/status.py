"""The state of every period that ever ran, from our own tables.

Green is said only of what is known: every asset that the tenant configures today has a good result of its own for the
period, and the tie-out is newer than all that it compares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from mlc_pipelines.config import Tenant
from mlc_pipelines.flows.asset_name import configured_assets, landed_asset, load_asset, plan_asset, tie_out_asset
from mlc_pipelines.flows.asset_outcome import load_names
from mlc_pipelines.flows.late_postings import held_words
from mlc_pipelines.flows.polling.wanted import waits
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.store.late_postings import LatePosting
from mlc_pipelines.store.marks import Marks

GREEN, PARTIAL, RUNNING, RED, PAUSED = "green", "partial", "running", "red", "paused"

CONFIGURATION = "configuration"
"""What is red of a tenant whose files have faults."""

Row = Mapping[str, Any]


def partition_states(runtime: Runtime, tenant: str | None) -> list[dict[str, Any]]:
    """Per configured tenant and period: `state`, last success, rows, difference, what is red or missing, and why.

    `late_postings` are those of a closed period, the newest first, with the groups that moved.

    A tenant whose files have faults is red as a whole (`period` None), and so is each of its periods.
    """
    return list(_Status(runtime, tenant).states(tenant))


class _Status:
    """All that was stored, read at once; by tenant, then by period."""

    def __init__(self, runtime: Runtime, tenant: str | None) -> None:
        self._runtime = runtime
        self._results: dict[str, dict[str, dict[str, Row]]] = {}
        for row in runtime.results.assets(tenant):
            self._results.setdefault(row["tenant"], {}).setdefault(row["period"], {})[row["asset"]] = row
        self._failed = [check for check in runtime.results.checks(tenant) if not check["passed"]]
        self._sent = runtime.deliveries.newest_sent()
        self._marks = Marks(runtime.database)
        self._late: dict[tuple[str, str], list[LatePosting]] = {}
        for posting in runtime.late_postings.of(tenant):
            self._late.setdefault((posting.key.tenant, posting.key.period), []).append(posting)

    def states(self, tenant: str | None) -> Iterator[dict[str, Any]]:
        configuration = self._runtime.configuration
        for name in [tenant] if tenant else sorted({*configuration.tenants, *configuration.broken}):
            faults = configuration.broken.get(name)
            if faults:
                red = [{"asset": CONFIGURATION, "why": str(fault)} for fault in faults]
                yield {"tenant": name, "period": None, **shown({}, red, [])}
            for period in self._results.get(name, {}):
                if faults:
                    why = f"{name} can't run, since its configuration has faults"
                    state = shown(self._results[name][period], [{"asset": CONFIGURATION, "why": why}], [])
                else:
                    state = self._state(configuration.tenants[name], period)
                yield {"tenant": name, "period": period, **state}

    def _state(self, tenant: Tenant, period: str) -> dict[str, Any]:
        stored = self._results[tenant.tenant][period]
        plan = str(plan_asset(tenant.erp_kind))
        wanted = [str(name) for name in configured_assets(tenant, self._runtime.erp(tenant).entities)]
        wanted += [plan] if tenant.plan and plan in stored else []
        found = {name: stored[name] for name in wanted if name in stored}
        red = [{"asset": name, "why": _why(tenant, row)} for name, row in found.items() if not row["ok"]]
        late = self._late.get((tenant.tenant, period), [])
        holds = tenant.schedule.late_postings == "hold"
        if held := held_words(tenant.tenant, period, late) if holds else "":
            tie_out = str(tie_out_asset(tenant.erp_kind))
            told = [held, *(each["why"] for each in red if each["asset"] == tie_out)]
            red = [each for each in red if each["asset"] != tie_out]
            red.append({"asset": tie_out, "why": " ".join(told)})
        # A failed check that left its asset green (on_rejected: warn, quarantine) is still something to look at.
        red += [
            {"asset": check["asset"], "why": f"{check['rule']}: {check['detail']['message']}"}
            for check in self._failed
            if (check["tenant"], check["period"]) == (tenant.tenant, period)
            and check["asset"] in found
            and found[check["asset"]]["ok"]
        ]
        missing = [{"asset": name, "why": "no result yet"} for name in wanted if name not in found]
        missing += [{"asset": name, "why": why} for name, why in self._outdated(tenant, period, found)]
        state = shown({name: stored.get(name) for name in wanted}, red, missing)
        state["late_postings"] = [_late_posting(posting) for posting in late]
        return state | ({"state": RUNNING} if (tenant.tenant, period) in self._marks else {})

    def _outdated(self, tenant: Tenant, period: str, found: Mapping[str, Row]) -> Iterator[tuple[str, str]]:
        """Results that are there, but not of what is configured and stored now."""
        kind = tenant.erp_kind
        for entity, loads in tenant.loads.items():
            load, landed = str(load_asset(kind, entity)), str(landed_asset(kind, entity))
            row = found.get(load)
            if row is None or not row["ok"]:
                continue
            actions, model = row["figures"].get("actions"), row["figures"].get("model", "")
            if actions != load_names(loads):
                yield load, f"it went by {actions}; configured is {load_names(loads)}"
            if tenant.anaplan.model_id not in model:
                yield load, f"it went into model {model}"
            if landed in found and found[landed]["finished_at"] > row["finished_at"]:
                yield load, f"older than {landed}"
        tie_out = str(tie_out_asset(kind))
        if tie_out not in found:
            return
        tied = found[tie_out]["finished_at"]
        beside = (tie_out, str(plan_asset(kind)))
        newer = [name for name, row in found.items() if name not in beside and row["finished_at"] > tied]
        if newer:
            yield tie_out, f"older than {', '.join(newer)}"
        elif self._delivered_since(tenant, period, tied):
            yield tie_out, "older than the newest delivery"

    def _delivered_since(self, tenant: Tenant, period: str, tied: datetime) -> bool:
        """Whether something was sent that no tie-out has compared.

        An adjustment period and the one it lies over are sent together, and each one's tie-out compares their sum.
        """
        name, periods = tenant.tenant, self._runtime.calendar(tenant).periods
        month = next(((each.over or each).key for each in periods if each.key == period), period)
        together = [each.key for each in periods if (each.over or each).key == month]
        rows = [self._results[name].get(key, {}).get(str(tie_out_asset(tenant.erp_kind))) for key in together]
        tied = max([tied, *(row["finished_at"] for row in rows if row and row["ok"])])
        return any((name, key) in self._sent and self._sent[name, key] > tied for key in together)


def _late_posting(posting: LatePosting) -> dict[str, Any]:
    what = [vars(moved) for moved in posting.what]
    at = posting.at.isoformat(timespec="seconds")
    return {"entity": posting.key.entity, "at": at, "state": posting.state, "records": posting.records, "what": what}


def _why(tenant: Tenant, row: Row) -> str:
    """Why an asset is red, and that it waits for a person where it does."""
    kind = tenant.erp_kind
    tried = {str(name(kind, entity)) for entity in tenant.loads for name in (landed_asset, load_asset)}
    if row["asset"] not in tried or not waits(row):
        return row["error"]
    return (
        f"{row['error']} It failed {row['failures_in_row']} times in a row and waits for a person:"
        f" `mlc run {row['tenant']} {row['period']}` when it is put right."
    )


def shown(found: Mapping[str, Row | None], red: Sequence[Row], missing: Sequence[Row]) -> dict[str, Any]:
    """A period as people and programs see it; the difference only while its tie-out stands."""
    rows = [row for row in found.values() if row]
    successes = [row["succeeded_at"] for row in rows if row["succeeded_at"]]
    outdated = {entry["asset"] for entry in missing}
    differences = [
        row["figures"]["difference"] for row in rows if "difference" in row["figures"] and row["asset"] not in outdated
    ]
    return {
        "state": RED if red else PARTIAL if missing else GREEN,
        "last_success": max(successes).isoformat(timespec="seconds") if successes else None,
        "rows_read": sum(row["figures"].get("rows_read", 0) for row in rows if "rows_sent" not in row["figures"]),
        "rows_accepted": sum(row["figures"].get("rows_accepted", 0) for row in rows),
        "difference": differences[0] if differences else None,
        "red": red,
        "missing": missing,
        "assets": [
            {
                "asset": name,
                "ok": row["ok"] if row else None,
                "finished_at": row["finished_at"] if row else None,
                **(row["figures"] if row else {}),
            }
            for name, row in found.items()
        ],
    }

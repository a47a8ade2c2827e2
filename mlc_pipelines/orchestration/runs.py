"""Materializing one partition here and now, on the instance that the UI shows."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run_iterator
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)

from mlc_pipelines.config import Tenant
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.asset_outcome import configured_assets
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.assets import FULL_TAG
from mlc_pipelines.orchestration.events import asset_key
from mlc_pipelines.orchestration.graph import LOCATION, REPOSITORY, build_definitions, round_trip_job
from mlc_pipelines.orchestration.partitions import align_tenants, partition_tags

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class RunResult:
    """How a run ended.

    Attributes:
        run_id: Dagster's.
        ok: every asset is green.
        assets: the run's own results of the chosen assets in the order of the graph; those that it did not reach are
            marked `reached: False`.
        why: what went wrong outside the assets, if anything did.
    """

    run_id: str
    ok: bool
    assets: list[dict[str, Any]]
    why: str = ""


def chosen_assets(runtime: Runtime, tenant: Tenant, only: Sequence[str]) -> list[str]:
    """The assets that `--only` names, with or without the ERP in front; all of the tenant's when it names none.

    Raises:
        ConfigurationError: a name is none of the tenant's assets.
    """
    known = configured_assets(tenant, runtime.erp(tenant).entities)
    chosen: list[str] = []
    for name in only:
        full = name if name in known else f"{tenant.erp_kind}/{name}"
        if full not in known:
            near = get_close_matches(full, known, n=3)
            hint = f"Did you mean {', '.join(near)}?" if near else f"Known: {', '.join(known)}."
            raise ConfigurationError(f"{tenant.tenant} has no asset {name!r}.", hint=hint)
        chosen.append(full)
    return [name for name in known if name in chosen] if only else known


def run_partition(
    runtime: Runtime, tenant: Tenant, period: Period, *, only: Sequence[str] = (), full: bool = False
) -> RunResult:
    """Materialize a tenant's assets of one period in this process, and wait.

    Args:
        runtime: the open parts.
        tenant: whose assets.
        period: which of them.
        only: the assets; all of the tenant's when empty.
        full: send all rows, and not only those that changed.
    """
    chosen = chosen_assets(runtime, tenant, only)
    job_name = round_trip_job(tenant.erp_kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=dg.PreviewWarning)
        warnings.simplefilter("ignore", category=dg.BetaWarning)
        instance = dg.DagsterInstance.get()
        new, _ = align_tenants(instance, runtime, tenant.erp_kind)
        if new:
            instance.add_dynamic_partitions(f"tenants_{tenant.erp_kind}", new)
        job = build_definitions(runtime).resolve_job_def(job_name)
        run = instance.create_run_for_job(
            job,
            run_config=_QUIET,
            tags={**partition_tags(tenant.tenant, period.key), **({FULL_TAG: "true"} if full else {})},
            asset_selection=frozenset(asset_key(name) for name in chosen),
            # With it the UI shows the run under its job and on the timeline, and can run it again.
            remote_job_origin=RemoteJobOrigin(
                RemoteRepositoryOrigin(RegisteredCodeLocationOrigin(LOCATION), REPOSITORY), job_name
            ),
        )
        events = list(execute_run_iterator(InMemoryJob(job), run, instance))
        ended = instance.get_run_by_id(run.run_id)
    ok = ended is not None and ended.is_success
    return stored_result(runtime, tenant, period, chosen, run.run_id, ok=ok, events=events)


def stored_result(
    runtime: Runtime,
    tenant: Tenant,
    period: Period,
    chosen: Sequence[str],
    run_id: str,
    *,
    ok: bool,
    events: Iterable[dg.DagsterEvent] = (),
) -> RunResult:
    """What a run that has ended stored of the chosen assets."""
    stored = {row["asset"]: row for row in runtime.results.assets(tenant.tenant) if row["period"] == period.key}
    assets = [_asset_row(name, stored.get(name), run_id) for name in chosen]
    reached = [row for row in assets if row["reached"]]
    why = "" if ok or any(not row["ok"] for row in reached) else _failure(events)
    return RunResult(run_id, ok, assets, why)


def _asset_row(name: str, stored: Mapping[str, Any] | None, run_id: str) -> dict[str, Any]:
    if stored is None or stored["run_id"] != run_id:
        return {"asset": name, "ok": False, "reached": False, "error": None}
    return {"asset": name, "ok": stored["ok"], "reached": True, "error": stored["error"], **stored["figures"]}


def _failure(events: Iterable[dg.DagsterEvent]) -> str:
    for event in events:
        error = getattr(event.event_specific_data, "error", None)
        if error is not None:
            while error.cause is not None:
                error = error.cause
            return str(error.message).strip()
    return "The run failed outside its assets; its log in the Dagster UI tells more."

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
from mlc_pipelines.flows.asset_name import AssetName, configured_assets, plan_asset
from mlc_pipelines.flows.asset_outcome import AssetOutcome
from mlc_pipelines.flows.round_trip import refuse_future
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.assets import FULL_TAG, REPLAY_TAG
from mlc_pipelines.orchestration.events import asset_key
from mlc_pipelines.orchestration.graph import LOCATION, REPOSITORY, build_definitions, round_trip_job
from mlc_pipelines.orchestration.leftovers import run_lock, sweep
from mlc_pipelines.orchestration.partitions import align, partition_tags
from mlc_pipelines.orchestration.resources import Outcomes
from mlc_pipelines.orchestration.storage import lost_in_words

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class RunResult:
    """How a run ended.

    Attributes:
        run_id: Dagster's.
        ok: every asset is green.
        assets: the run's own results of the chosen assets in the order of the graph; those that it did not reach are
            marked `reached: False`, with the red ones that they wait for.
        why: what went wrong outside the assets, if anything did.
    """

    run_id: str
    ok: bool
    assets: list[dict[str, Any]]
    why: str = ""


def chosen_assets(runtime: Runtime, tenant: Tenant, period: Period, only: Sequence[str]) -> list[AssetName]:
    """The assets that `--only` names, with or without the ERP in front; when it names none, all but the plan.

    Raises:
        ConfigurationError: a name is none of the tenant's assets, or the ERP would be asked for a period to come.
    """
    whole, plan = configured_assets(tenant, runtime.erp(tenant).entities), plan_asset(tenant.erp_kind)
    known = {str(name): name for name in [*whole, *([plan] if tenant.plan else [])]}
    chosen: list[AssetName] = []
    for name in only:
        full = name if name in known else f"{tenant.erp_kind}/{name}"
        if full not in known:
            near = get_close_matches(full, known, n=3)
            hint = f"Did you mean {', '.join(near)}?" if near else f"Known: {', '.join(known)}."
            raise ConfigurationError(f"{tenant.tenant} has no asset {name!r}.", hint=hint)
        chosen.append(known[full])
    wanted = [name for name in known.values() if name in chosen] if only else whole
    if wanted != [plan]:  # plans are made for periods to come
        refuse_future(runtime, tenant, period)
    return wanted


def run_partition(
    runtime: Runtime,
    tenant: Tenant,
    period: Period,
    *,
    only: Sequence[str] = (),
    full: bool = False,
    replays: str = "",
) -> RunResult:
    """Materialize a tenant's assets of one period in this process, and wait.

    Args:
        runtime: the open parts.
        tenant: whose assets.
        period: which of them.
        only: the assets; all of the tenant's but the plan when empty.
        full: send all rows, and not only those that changed.
        replays: id of the snapshot to send in place of the newest one of its entity; empty for none.
    """
    chosen = chosen_assets(runtime, tenant, period, only)
    job_name = round_trip_job(tenant.erp_kind)
    outcomes = Outcomes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=dg.PreviewWarning)
        warnings.simplefilter("ignore", category=dg.BetaWarning)
        instance = dg.DagsterInstance.get()
        sweep(runtime, instance)
        align(instance, runtime, tenant.erp_kind)
        job = build_definitions(runtime, outcomes).resolve_job_def(job_name)
        run = instance.create_run_for_job(
            job,
            run_config=_QUIET,
            tags={
                **partition_tags(tenant.tenant, period.key),
                **({FULL_TAG: "true"} if full else {}),
                **({REPLAY_TAG: replays} if replays else {}),
            },
            asset_selection=frozenset(asset_key(name) for name in chosen),
            # With it the UI shows the run under its job and on the timeline, and can run it again.
            remote_job_origin=RemoteJobOrigin(
                RemoteRepositoryOrigin(RegisteredCodeLocationOrigin(LOCATION), REPOSITORY), job_name
            ),
        )
        with lost_in_words():
            with runtime.database.lock(run_lock(run.run_id)):
                events = list(execute_run_iterator(InMemoryJob(job), run, instance))
            ended = instance.get_run_by_id(run.run_id)
    ended_as = {outcome.asset: outcome for outcome in outcomes.ended}
    return run_result(run.run_id, chosen, ended_as, events, ok=ended is not None and ended.is_success)


def run_result(
    run_id: str,
    chosen: Sequence[AssetName],
    outcomes: Mapping[AssetName, AssetOutcome],
    events: Iterable[dg.DagsterEvent],
    *,
    ok: bool,
) -> RunResult:
    """What a run that has ended did of the chosen assets.

    Args:
        run_id: Dagster's.
        chosen: the assets.
        outcomes: how they ended, as far as they were reached.
        events: of the run, to say why it failed when none of its assets does.
        ok: whether Dagster counts it as a success.
    """
    rows = [_row(name, outcomes.get(name)) for name in chosen]
    explained = ok or any(row["error"] for row in rows)
    return RunResult(run_id, ok, rows, "" if explained else _failure(events))


def _row(name: AssetName, outcome: AssetOutcome | None) -> dict[str, Any]:
    found = outcome or AssetOutcome(name)
    reached = outcome is not None and not outcome.waits_for
    return {
        "asset": str(name),
        "ok": reached and not found.error,
        "reached": reached,
        "waits_for": [str(each) for each in found.waits_for],
        "error": str(found.error) if found.error else None,
        **found.figures,
    }


def _failure(events: Iterable[dg.DagsterEvent]) -> str:
    """Why a run failed that says so of none of its assets: what its step said, else what Dagster says."""
    said: list[str] = []
    for event in events:
        if event.is_step_failure and (words := event.step_failure_data.user_failure_data):
            return words.description or ""
        error = getattr(event.event_specific_data, "error", None)
        while error is not None and error.cause is not None:
            error = error.cause
        said += [str(error.message).strip()] if error is not None else []
    return next(iter(said), "The run failed outside its assets; its log in the Dagster UI tells more.")

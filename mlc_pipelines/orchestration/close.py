"""Runs that nobody starts by hand: what polls found changed, and what the close calendar wants."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dagster as dg

from mlc_pipelines.anaplan import start_after
from mlc_pipelines.erp.base import Erp
from mlc_pipelines.flows.asset_name import configured_assets
from mlc_pipelines.flows.polling.due import CloseRun, missed_close_runs
from mlc_pipelines.flows.polling.wanted import wanted_runs
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.assets import READ_TAG
from mlc_pipelines.orchestration.events import asset_key
from mlc_pipelines.orchestration.partitions import align, partition_key

OCCASION_TAG = "mlc/occasion"
"""Run tag: for what the close calendar wanted the run."""


def changes_sensor(erp: Erp[Any], job_name: str, runtime: Runtime) -> dg.SensorDefinition:
    """Has what polls found loaded: of each period only the entities that changed, their loads and the tie-out."""

    @dg.sensor(
        name=f"{erp.kind}_changes",
        job_name=job_name,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Loads what polls of {erp.title} found changed, and tries again what failed before them, three"
        " times at most: of each period only the entities concerned, their loads and the tie-out.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        fresh = runtime.with_files_read_anew()
        if until := start_after(runtime.clock.now()):
            return _maintenance(until)
        align(context.instance, fresh, erp.kind)
        requests = [
            dg.RunRequest(
                run_key=wanted.key,
                partition_key=partition_key(wanted.tenant, wanted.period),
                asset_selection=[asset_key(name) for name in wanted.assets],
                tags={READ_TAG: "changes"},
            )
            for tenant in fresh.configuration.tenants.values()
            if tenant.erp_kind == erp.kind
            for wanted in wanted_runs(fresh, tenant)
        ]
        return dg.SensorResult(run_requests=requests) if requests else dg.SkipReason("Nothing waits to be loaded.")

    return sensor


def close_schedule(erp: Erp[Any], job_name: str, runtime: Runtime) -> dg.ScheduleDefinition:
    """Has open periods read whole each night, at the opening of their close and for its final load."""

    @dg.schedule(
        name=f"{erp.kind}_close",
        job_name=job_name,
        cron_schedule="* * * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Looks once a minute what the close calendar wants: each open period whole once a night"
        " (`schedule.full_every`), when its close opens, and for the final load. What was missed is made up for once."
        " `mlc calendar TENANT` shows the moments.",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
        fresh = runtime.with_files_read_anew()
        missed = list(missed_close_runs(fresh, erp))
        if not missed:
            return dg.SkipReason("No period is due.")
        if until := start_after(runtime.clock.now()):
            return _maintenance(until)
        align(context.instance, fresh, erp.kind)
        made = _made(context.instance, missed)
        requests = list(_requests(fresh, erp, [run for run in missed if run.key not in made]))
        return requests or dg.SkipReason("What is due was started already.")

    return schedule


def _requests(runtime: Runtime, erp: Erp[Any], runs: list[CloseRun]) -> Iterator[dg.RunRequest]:
    for run in runs:
        assets = configured_assets(runtime.tenant(run.tenant), erp.entities)
        yield dg.RunRequest(
            partition_key=partition_key(run.tenant, run.period),
            asset_selection=[asset_key(name) for name in assets],
            tags={OCCASION_TAG: run.key},
        )


def _made(instance: dg.DagsterInstance, runs: list[CloseRun]) -> set[str]:
    """Keys of those for which there is a run."""
    # The filter takes any of a tag's values, which the annotation of it doesn't say.
    wanted: Any = {OCCASION_TAG: [run.key for run in runs]}
    return {run.tags[OCCASION_TAG] for run in instance.get_runs(dg.RunsFilter(tags=wanted))}


def _maintenance(until: object) -> dg.SkipReason:
    return dg.SkipReason(f"Anaplan's weekly maintenance lasts until {until:%H:%M %Z}; what is due starts after it.")

"""A backfill of a tenant's periods: asked of the webserver as a browser does, made by the daemon, one run a period."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import dagster as dg
from dagster._core.execution.backfill import BULK_ACTION_TERMINAL_STATUSES, PartitionBackfill

from mlc_pipelines.config import Tenant
from mlc_pipelines.errors import ConfigurationError, MlcError, Unavailable
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.monitoring.status import GREEN, RED, partition_states
from mlc_pipelines.flows.round_trip import refuse_future
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.events import asset_key
from mlc_pipelines.orchestration.launch import result_of, webserver
from mlc_pipelines.orchestration.partitions import PERIOD, align, partition_key
from mlc_pipelines.orchestration.runs import RunResult, chosen_assets

_LOOK_EVERY = 1.0
_TAKEN_UP_AT_MOST = 180.0
"""Seconds; a backfill of which there is no run in this time has no daemon."""

_LAUNCH = """
mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on Error { message } } }"""


def periods_to_do(
    runtime: Runtime, tenant: Tenant, first: Period, last: Period, *, force: bool = False, failed: bool = False
) -> list[Period]:
    """The periods from `first` to `last` that are not green.

    Args:
        runtime: the open parts.
        tenant: whose.
        first: in the calendar's order.
        last: itself included.
        force: all of them.
        failed: the red ones only.

    Raises:
        ConfigurationError: the last comes before the first, or one has not begun.
    """
    calendar = runtime.calendar(tenant).periods
    periods = calendar[calendar.index(first) : calendar.index(last) + 1]
    if not periods:
        raise ConfigurationError(f"{last.key} comes before {first.key}.", hint="Give the earlier period first.")
    for period in periods:
        refuse_future(runtime, tenant, period)
    states = {row["period"]: row["state"] for row in partition_states(runtime, tenant.tenant)}
    if failed:
        return [period for period in periods if states.get(period.key) == RED]
    return [period for period in periods if force or states.get(period.key) != GREEN]


def launch_backfill(runtime: Runtime, tenant: Tenant, periods: Sequence[Period], port: int) -> str:
    """Have the Dagster processes of this home materialize a tenant's assets of these periods; gives the backfill's id.

    `prepare_instance` must have been called.

    Raises:
        Unavailable: the UI does not answer.
        MlcError: Dagster refused the launch.
    """
    chosen = chosen_assets(runtime, tenant, periods[0], ())
    with dg.DagsterInstance.get() as instance:
        align(instance, runtime, tenant.erp_kind)
    params = {
        "assetSelection": [{"path": asset_key(name).path} for name in chosen],
        "partitionNames": [str(partition_key(tenant.tenant, period.key)) for period in periods],
        "title": f"{tenant.tenant} {periods[0].key}..{periods[-1].key}",
    }
    with webserver(port, "a backfill") as client:
        # The client has a method for runs only.
        found = client._execute(_LAUNCH, {"params": params})["launchPartitionBackfill"]  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    if "backfillId" not in found:
        raise MlcError(f"Dagster did not take the backfill: {found.get('message', found['__typename'])}")
    return found["backfillId"]


def follow_backfill(
    runtime: Runtime,
    tenant: Tenant,
    periods: Sequence[Period],
    backfill_id: str,
    on_progress: Callable[[Mapping[str, dg.DagsterRun]], None],
) -> dict[str, RunResult]:
    """Wait until a backfill has ended; gives how each period's run did, by the period's key.

    Args:
        runtime: the open parts.
        tenant: whose.
        periods: those that it was launched for.
        backfill_id: Dagster's.
        on_progress: told now and then of the runs by period; those that wait for their turn may not be there yet.

    Raises:
        Unavailable: no daemon takes it up.
        MlcError: it was deleted.
    """
    with dg.DagsterInstance.get() as instance:
        backfill, runs = _ended(runtime, instance, backfill_id, on_progress)
        results: dict[str, RunResult] = {}
        for period in periods:
            run = runs.get(period.key)
            if run is None:
                words = f" {backfill.error.message.strip()}" if backfill.error else ""
                why = f"Dagster made no run of it; the backfill ended as {backfill.status.value}.{words}"
                results[period.key] = RunResult("", ok=False, assets=[], why=why)
            else:
                chosen = chosen_assets(runtime, tenant, period, ())
                results[period.key] = result_of(runtime, instance, run, tenant=tenant, period=period, chosen=chosen)
    return results


def _ended(
    runtime: Runtime,
    instance: dg.DagsterInstance,
    backfill_id: str,
    on_progress: Callable[[Mapping[str, dg.DagsterRun]], None],
) -> tuple[PartitionBackfill, Mapping[str, dg.DagsterRun]]:
    """A backfill that has ended, and the newest run of each period."""
    began = runtime.clock.monotonic()
    while True:
        backfill = instance.get_backfill(backfill_id)
        if backfill is None:
            raise MlcError(f"Backfill {backfill_id} was deleted.")
        runs: dict[str, dg.DagsterRun] = {}
        for run in instance.get_runs(dg.RunsFilter(tags={"dagster/backfill": backfill_id})):  # the newest first
            runs.setdefault(run.tags[f"dagster/partition/{PERIOD}"], run)
        on_progress(runs)
        if backfill.status in BULK_ACTION_TERMINAL_STATUSES and all(run.is_finished for run in runs.values()):
            return backfill, runs
        if not runs and runtime.clock.monotonic() - began > _TAKEN_UP_AT_MOST:
            raise Unavailable(
                f"Backfill {backfill_id} waits since {_TAKEN_UP_AT_MOST:.0f} s without a run.",
                hint="Look in the UI whether Dagster's daemon runs (Deployment, Daemons).",
            )
        runtime.clock.sleep(_LOOK_EVERY)

"""Launching one partition as a browser does: through the webserver's GraphQL, the queue and the daemon."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager

import dagster as dg
from dagster_graphql import DagsterGraphQLClient, DagsterGraphQLClientError

from mlc_pipelines.config import Tenant
from mlc_pipelines.errors import MlcError, Unavailable
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.asset_name import AssetName, load_asset
from mlc_pipelines.flows.asset_outcome import AssetOutcome
from mlc_pipelines.flows.round_trip import held_up_by, load_needs
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.assets import FULL_TAG
from mlc_pipelines.orchestration.events import asset_key
from mlc_pipelines.orchestration.graph import LOCATION, REPOSITORY, round_trip_job
from mlc_pipelines.orchestration.partitions import align, partition_tags
from mlc_pipelines.orchestration.runs import RunResult, chosen_assets, run_result

_LOOK_EVERY = 0.25
_QUEUED_AT_MOST = 180.0
"""Seconds; a run that nobody takes out of the queue in this time has no daemon."""


def launch_partition(
    runtime: Runtime, tenant: Tenant, period: Period, port: int, *, only: Sequence[str] = (), full: bool = False
) -> RunResult:
    """Have the Dagster processes of this home materialize a tenant's assets of one period, and wait for the end.

    `prepare_instance` must have been called, and the UI must answer.

    Args:
        runtime: the open parts.
        tenant: whose assets.
        period: which of them.
        port: where the UI answers on this machine.
        only: the assets; all of the tenant's but the plan when empty.
        full: send all rows, and not only those that changed.

    Raises:
        Unavailable: the UI does not answer, or no daemon takes the run.
        MlcError: Dagster refused the launch.
    """
    chosen = chosen_assets(runtime, tenant, period, only)
    with dg.DagsterInstance.get() as instance:
        align(instance, runtime, tenant.erp_kind)
        tags = {**partition_tags(tenant.tenant, period.key), **({FULL_TAG: "true"} if full else {})}
        run_id = _submit(port, round_trip_job(tenant.erp_kind), chosen, tags)
        run = _wait(runtime, instance, run_id)
        return result_of(runtime, instance, run, tenant=tenant, period=period, chosen=chosen)


def result_of(
    runtime: Runtime,
    instance: dg.DagsterInstance,
    run: dg.DagsterRun,
    *,
    tenant: Tenant,
    period: Period,
    chosen: Sequence[AssetName],
) -> RunResult:
    """What a run in another process, which has ended, did of the chosen assets."""
    logged = [] if run.is_success else instance.all_logs(run.run_id)
    events = [entry.dagster_event for entry in logged if entry.dagster_event]
    outcomes = _outcomes(runtime, tenant, period, run.run_id, chosen)
    return run_result(run.run_id, chosen, outcomes, events, ok=run.is_success)


def _outcomes(
    runtime: Runtime, tenant: Tenant, period: Period, run_id: str, chosen: Sequence[AssetName]
) -> dict[AssetName, AssetOutcome]:
    """How the assets of a run in another process ended, from what it stored; what is not there was not reached."""
    erp = runtime.erp(tenant)
    stored = {
        row["asset"]: row
        for row in runtime.results.assets(tenant.tenant)
        if (row["period"], row["run_id"]) == (period.key, run_id)
    }
    outcomes = {
        name: AssetOutcome(name, figures=dict(row["figures"]), error=MlcError(row["error"]) if row["error"] else None)
        for name in chosen
        if (row := stored.get(str(name)))
    }
    for entity in erp.entities.values():
        name = load_asset(erp.kind, entity.name)
        causes = held_up_by(load_needs(erp, entity), outcomes)
        if name not in outcomes and causes:
            outcomes[name] = AssetOutcome(name, waits_for=causes)
    return outcomes


def _submit(port: int, job: str, assets: Sequence[AssetName], tags: dict[str, str]) -> str:
    with webserver(port, f"a run of {job}") as client:
        return client.submit_job_execution(
            job, LOCATION, REPOSITORY, tags=tags, asset_selection=[asset_key(name).path for name in assets]
        )


@contextmanager
def webserver(port: int, wanted: str) -> Generator[DagsterGraphQLClient]:
    """Dagster's webserver on this machine, asked for something while it is entered.

    Args:
        port: where it answers.
        wanted: for the errors.

    Raises:
        Unavailable: it does not answer.
        MlcError: it refused what was wanted.
    """
    address = f"http://127.0.0.1:{port}"
    try:
        yield DagsterGraphQLClient("127.0.0.1", port_number=port)
    except DagsterGraphQLClientError as error:
        if error.__cause__ is not None:  # what the transport said; an answer of Dagster's has no cause
            raise Unavailable(
                f"The Dagster UI at {address} does not answer.",
                hint="Start it with `mlc dev`; if it is on another port, name that with --port.",
            ) from error
        raise MlcError(f"The Dagster UI at {address} did not take {wanted}: {error.args[-1]}") from error


def _wait(runtime: Runtime, instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRun:
    began = runtime.clock.monotonic()
    while True:
        run = instance.get_run_by_id(run_id)
        if run is None:
            raise MlcError(f"Run {run_id} was deleted.")
        if run.is_finished:
            return run
        if run.status == dg.DagsterRunStatus.QUEUED and runtime.clock.monotonic() - began > _QUEUED_AT_MOST:
            raise Unavailable(
                f"Run {run_id} waits in the queue since {_QUEUED_AT_MOST:.0f} s.",
                hint="Look in the UI whether Dagster's daemon runs (Deployment, Daemons).",
            )
        runtime.clock.sleep(_LOOK_EVERY)

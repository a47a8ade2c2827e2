"""The change poll of an ERP: its books as an asset, the job that asks, the schedule that knows who is due.

No postponed annotations here: Dagster reads those of its steps as they stand.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import dagster as dg
from pydantic import Field

from mlc_pipelines.config import Tenant
from mlc_pipelines.erp.base import Erp
from mlc_pipelines.flows.asset_name import books_asset
from mlc_pipelines.flows.polling.due import due_entities
from mlc_pipelines.flows.polling.poll import Polled, poll_open_periods
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.events import asset_key, table_of
from mlc_pipelines.orchestration.partitions import tenants_definition
from mlc_pipelines.orchestration.resources import ErpResource, StoreResource

_SIDE_BY_SIDE = 16
"""Tenants that are asked at a time; requests are limited by each ERP account's own budget."""

_UNDER_WAY = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]


class PollConfig(dg.Config):
    """What is asked for."""

    entities: dict[str, list[str]] = Field(
        default={},
        description="Names of entities by tenant. Empty, as when you launch it by hand: all that all tenants load.",
    )


def poll_job_name(kind: str) -> str:
    """Name of the job and of the schedule that ask for an ERP's changes: `netsuite_poll`."""
    return f"{kind}_poll"


def books_spec(erp: Erp[Any]) -> dg.AssetSpec:
    """The ERP's own books, at the head of the graph: people write them, and polls observe that they changed."""
    return dg.AssetSpec(
        asset_key(books_asset(erp.kind)),
        description=f"The books in {erp.title}. People write them there; each poll notes here what it found.",
        group_name=erp.kind,
        kinds={"table"},
        partitions_def=tenants_definition(erp.kind),
    )


def poll_job(erp: Erp[Any]) -> dg.JobDefinition:
    """Asks the tenants of an ERP for what changed, side by side; a fault of one stops no other."""
    kind = erp.kind

    @dg.op(name=f"{kind}_ask_for_changes")
    def ask_for_changes(
        context: dg.OpExecutionContext, config: PollConfig, store: StoreResource, erp: ErpResource
    ) -> None:
        runtime = store.runtime
        tenants = [each for each in runtime.configuration.tenants.values() if each.erp_kind == kind]
        asked = [each for each in tenants if each.tenant in config.entities] if config.entities else tenants

        def ask(tenant: Tenant) -> Polled:
            return poll_open_periods(
                runtime,
                tenant,
                run_id=context.run_id,
                entities=config.entities.get(tenant.tenant),
                open_source=erp.source,
            )

        faults: list[str] = []
        with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="poll") as pool:
            for polled in pool.map(ask, asked):
                context.log_event(_observation(kind, polled))
                faults += [f"{polled.tenant}, {name}: {error}" for name, error in polled.errors.items()]
        if faults:
            raise dg.Failure("\n".join(faults), allow_retries=False)

    @dg.job(
        name=poll_job_name(kind),
        description=f"Asks {erp.title} what changed since it was asked last. Runs of their own load what is found.",
        executor_def=dg.in_process_executor,
    )
    def job() -> None:
        ask_for_changes()

    return job


def poll_schedule(erp: Erp[Any], job: dg.JobDefinition, runtime: Runtime) -> dg.ScheduleDefinition:
    """Looks once a minute who is due by `schedule:` of the tenants' files; one run asks all of them."""

    @dg.schedule(
        name=poll_job_name(erp.kind),
        job=job,
        cron_schedule="* * * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Looks once a minute which tenants are due to be asked what changed in {erp.title}, by `schedule:`"
        " of their files. `mlc calendar TENANT` shows when each is due next.",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        under_way = dg.RunsFilter(job_name=poll_job_name(erp.kind), statuses=_UNDER_WAY)
        if context.instance.get_runs_count(under_way):
            return dg.SkipReason("The poll before is still at work.")
        due = due_entities(runtime.with_files_read_anew(), erp)
        if not due:
            return dg.SkipReason("No tenant is due.")
        config = dg.RunConfig(ops={f"{erp.kind}_ask_for_changes": PollConfig(entities=due)})
        return dg.RunRequest(run_config=config, tags={"mlc/tenants": ", ".join(due)[:200]})

    return schedule


def _observation(kind: str, polled: Polled) -> dg.AssetObservation:
    rows = [
        {
            "entity": name,
            "records told": asked.figures.get("records_told", ""),
            "changed": asked.figures.get("records_changed", 0),
            "periods": ", ".join(asked.figures.get("periods", [])),
        }
        for name, asked in polled.asked.items()
    ]
    errors = [{"entity": name, "error": error.message} for name, error in polled.errors.items()]
    wanted = {period: ", ".join(entities) for period, entities in polled.pending.items()}
    metadata: dict[str, Any] = {
        "result": _result(polled),
        "records_changed": sum(asked.figures.get("records_changed", 0) for asked in polled.asked.values()),
        **({"Could not be asked": table_of(errors)} if errors else {}),
        **({"Asked": table_of(rows)} if rows else {}),
        **({"Periods to load": table_of([{"period": p, "entities": e} for p, e in wanted.items()])} if wanted else {}),
    }
    return dg.AssetObservation(asset_key(books_asset(kind)), partition=polled.tenant, metadata=metadata)


def _result(polled: Polled) -> str:
    if polled.elsewhere:
        return "Another poll of the tenant was at work; nothing was asked."
    if polled.errors:
        return f"{len(polled.errors)} entities could not be asked: {', '.join(polled.errors)}."
    if not polled.pending:
        return "Nothing changed."
    return f"Changed, and being loaded: {', '.join(polled.pending)}."

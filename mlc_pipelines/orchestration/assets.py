"""The asset factory: one graph shape for every ERP, from its catalogue of entities.

No postponed annotations here: Dagster reads those of its steps as they stand.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import dagster as dg

from mlc_pipelines.erp.base import Entity, Erp
from mlc_pipelines.errors import MlcError
from mlc_pipelines.flows.asset_name import books_asset, landed_asset, load_asset, plan_asset, tie_out_asset
from mlc_pipelines.flows.asset_outcome import AssetOutcome
from mlc_pipelines.flows.period_run import PeriodRun
from mlc_pipelines.flows.round_trip import load_needs, round_trip
from mlc_pipelines.orchestration.checks import check_specs
from mlc_pipelines.orchestration.events import (
    asset_key,
    events_of,
    failure_of,
    observation_of,
    refusal,
    words_of,
)
from mlc_pipelines.orchestration.partitions import tenant_and_period
from mlc_pipelines.orchestration.polling import books_spec
from mlc_pipelines.orchestration.resources import AnaplanResource, ErpResource, StoreResource

FULL_TAG = "mlc/full"
"""Run tag: `true` sends all rows, and not only those that changed since the last accepted delivery."""

REPLAY_TAG = "mlc/snapshot"
"""Run tag: id of the snapshot to send in place of the newest one of its entity."""

READ_TAG = "mlc/read"
"""Run tag: `changes` merges what polls found into the newest snapshots, instead of reading whole."""

_CHECKS_ALONE = (
    "Nothing was done. Choose Materialize, with a period and a tenant: checks are made by what makes their asset, and"
    " can't be executed alone."
)

Events = Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]


def build_assets(erp: Erp[Any], partitions: dg.MultiPartitionsDefinition) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """All assets of one ERP: its books, its entities landed, their loads, the tie-out; the plan on its way back."""
    return [books_spec(erp), _round_trip(erp, partitions), *([_plan(erp, partitions)] if erp.takes_journals else [])]


def _round_trip(erp: Erp[Any], partitions: dg.MultiPartitionsDefinition) -> dg.AssetsDefinition:
    """One step for all of it: Dagster abandons whatever comes after a step that fails, and only some of it must be."""
    entities = list(erp.entities.values())
    tie_out = tie_out_asset(erp.kind)
    names = {asset_key(tie_out): tie_out}
    specs: list[dg.AssetSpec] = []
    checks: list[dg.AssetCheckSpec] = []
    for entity in entities:
        landed, load = landed_asset(erp.kind, entity.name), load_asset(erp.kind, entity.name)
        names |= {asset_key(landed): landed, asset_key(load): load}
        specs += [
            dg.AssetSpec(
                asset_key(landed),
                description=f"{entity.meaning} Landed from {erp.title} as of the period.",
                deps=[asset_key(books_asset(erp.kind))],
                group_name=erp.kind,
                kinds={"parquet"},
                tags={"mlc/kind": entity.kind},
                metadata={"dagster/column_schema": _schema(entity)},
                partitions_def=partitions,
            ),
            dg.AssetSpec(
                asset_key(load),
                description=f"{entity.name} of the period, loaded into the Anaplan model and accounted for row by row.",
                deps=[asset_key(each) for each in load_needs(erp, entity)],
                group_name=erp.kind,
                kinds={"anaplan"},
                tags={"mlc/kind": entity.kind},
                partitions_def=partitions,
            ),
        ]
        checks += [*check_specs(landed, entity, partitions), *check_specs(load, entity, partitions)]
    specs.append(
        dg.AssetSpec(
            asset_key(tie_out),
            description=f"Control totals of the period: {erp.title} = snapshot = sent = accepted, per account or "
            "partner.",
            deps=[asset_key(load_asset(erp.kind, entity.name)) for entity in entities],
            group_name=erp.kind,
            kinds={"anaplan"},
            partitions_def=partitions,
        )
    )
    checks += check_specs(tie_out, None, partitions)

    @dg.multi_asset(name=f"{erp.kind}_land_load_tie_out", specs=specs, check_specs=checks, can_subset=True)
    def land_load_tie_out(
        context: dg.AssetExecutionContext, store: StoreResource, erp: ErpResource, anaplan: AnaplanResource
    ) -> Events:
        chosen = {names[key] for key in context.selected_asset_keys}
        yield from _shown(context, store, erp, anaplan, lambda run: round_trip(run, chosen))

    return land_load_tie_out


def _plan(erp: Erp[Any], partitions: dg.MultiPartitionsDefinition) -> dg.AssetsDefinition:
    name = plan_asset(erp.kind)

    @dg.asset(
        key=asset_key(name),
        description=f"The plan as the model exports it, kept as of the period; nothing is written to {erp.title}.",
        group_name=erp.kind,
        kinds={"anaplan", "parquet"},
        check_specs=list(check_specs(name, None, partitions)),
        partitions_def=partitions,
    )
    def approved_plan(
        context: dg.AssetExecutionContext, store: StoreResource, erp: ErpResource, anaplan: AnaplanResource
    ) -> Events:
        yield from _shown(context, store, erp, anaplan, lambda run: [run.export_plan()])

    return approved_plan


def _shown(
    context: dg.AssetExecutionContext,
    store: StoreResource,
    erp: ErpResource,
    anaplan: AnaplanResource,
    outcomes: Callable[[PeriodRun], Iterable[AssetOutcome]],
) -> Events:
    """Each outcome as it comes; what is red fails the step at the end, when all else has been done."""
    if not (context.has_partition_key and context.selected_asset_keys):
        raise dg.Failure(_CHECKS_ALONE, allow_retries=False)
    not_green: list[AssetOutcome] = []
    full, replays = context.run.tags.get(FULL_TAG) == "true", context.run.tags.get(REPLAY_TAG, "")
    read = "changes" if context.run.tags.get(READ_TAG) == "changes" else "whole"
    try:
        with store.period_run(
            erp, anaplan, *tenant_and_period(context), context.run.run_id, full=full, replays=replays, read=read
        ) as run:
            for outcome in outcomes(run):
                store.outcomes.ended.append(outcome)
                yield from events_of(outcome, context.selected_asset_check_keys)
                (context.log.info if outcome.green else context.log.error)(words_of(outcome))
                if not outcome.green:
                    context.log_event(observation_of(outcome, context.partition_key))
                    not_green.append(outcome)
    except MlcError as error:
        # No such tenant or period, or one that has not begun: said before anything was asked of the ERP or the model.
        raise refusal(error) from None
    if not_green:
        raise failure_of(not_green)


def _schema(entity: Entity) -> dg.TableSchema:
    columns = [
        dg.TableColumn(
            field.name,
            type=str(field.type),
            description=field.meaning,
            constraints=dg.TableColumnConstraints(nullable=not field.required),
        )
        for field in entity.fields
    ]
    return dg.TableSchema(columns)

"""The asset factory: one graph shape for every ERP, from its catalogue of entities.

No postponed annotations here: Dagster reads those of its steps as they stand.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from mlc_pipelines.erp.base import Entity, Erp
from mlc_pipelines.flows.asset_outcome import AssetOutcome, landed_asset, load_asset, plan_asset, tie_out_asset
from mlc_pipelines.flows.partition import PartitionRun
from mlc_pipelines.orchestration.checks import check_specs
from mlc_pipelines.orchestration.events import asset_key, events_of, failure_of, metadata_of
from mlc_pipelines.orchestration.partitions import tenant_and_period
from mlc_pipelines.orchestration.resources import Flows

FULL_TAG = "mlc/full"
"""Run tag: `true` sends all rows, and not only those that changed since the last accepted delivery."""

Events = Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]


def build_assets(erp: Erp, partitions: dg.MultiPartitionsDefinition) -> list[dg.AssetsDefinition]:
    """All assets of one ERP: its entities landed, their loads into Anaplan, the tie-out; the plan on its way back."""
    entities = list(erp.entities.values())
    return [
        _landing(erp, entities, partitions),
        *(_load(erp, entity, partitions) for entity in entities),
        _tie_out(erp, entities, partitions),
        *([_plan(erp, partitions)] if erp.takes_journals else []),
    ]


def _landing(erp: Erp, entities: Sequence[Entity], partitions: dg.MultiPartitionsDefinition) -> dg.AssetsDefinition:
    """One step that reads the chosen entities side by side: it takes as long as the slowest, not as their sum."""
    specs = [
        dg.AssetSpec(
            asset_key(landed_asset(erp.kind, entity.name)),
            description=f"{entity.meaning} Landed from {erp.title} as of the period.",
            group_name=erp.kind,
            kinds={"parquet"},
            tags={"mlc/kind": entity.kind},
            metadata={"dagster/column_schema": _schema(entity)},
            partitions_def=partitions,
        )
        for entity in entities
    ]
    checks = [
        spec for entity in entities for spec in check_specs(landed_asset(erp.kind, entity.name), entity, partitions)
    ]

    @dg.multi_asset(name=f"land_{erp.kind}", specs=specs, check_specs=checks, can_subset=True)
    def land(context: dg.AssetExecutionContext, flows: dg.ResourceParam[Flows]) -> Events:
        chosen = [e for e in entities if asset_key(landed_asset(erp.kind, e.name)) in context.selected_asset_keys]
        red: list[AssetOutcome] = []
        for outcome in _partition(context, flows).land(chosen):
            yield from events_of(outcome, context.selected_asset_check_keys)
            context.log.info("%s: %s", outcome.asset, outcome.error or metadata_of(outcome))
            if outcome.error:
                red.append(outcome)
        if red:
            raise failure_of(red)

    return land


def _load(erp: Erp, entity: Entity, partitions: dg.MultiPartitionsDefinition) -> dg.AssetsDefinition:
    """The load of one entity; a fact waits for the loads of the dimensions that it refers to."""
    name = load_asset(erp.kind, entity.name)
    needs = [landed_asset(erp.kind, entity.name), *(load_asset(erp.kind, each) for each in entity.refers_to)]

    @dg.asset(
        key=asset_key(name),
        description=f"{entity.name} of the period, loaded into the Anaplan model and accounted for row by row.",
        group_name=erp.kind,
        kinds={"anaplan"},
        tags={"mlc/kind": entity.kind},
        deps=[asset_key(each) for each in needs],
        check_specs=list(check_specs(name, entity, partitions)),
        partitions_def=partitions,
    )
    def load(context: dg.AssetExecutionContext, flows: dg.ResourceParam[Flows]) -> Events:
        partition = _partition(context, flows)
        yield from _finish(context, partition.load(entity))

    return load


def _tie_out(erp: Erp, entities: Sequence[Entity], partitions: dg.MultiPartitionsDefinition) -> dg.AssetsDefinition:
    name = tie_out_asset(erp.kind)

    @dg.asset(
        key=asset_key(name),
        description=f"Control totals of the period: {erp.title} = snapshot = sent = accepted, per account or partner.",
        group_name=erp.kind,
        kinds={"anaplan"},
        deps=[asset_key(load_asset(erp.kind, entity.name)) for entity in entities],
        check_specs=list(check_specs(name, None, partitions)),
        partitions_def=partitions,
    )
    def tie_out(context: dg.AssetExecutionContext, flows: dg.ResourceParam[Flows]) -> Events:
        partition = _partition(context, flows)
        yield from _finish(context, partition.tie_out(entities))

    return tie_out


def _plan(erp: Erp, partitions: dg.MultiPartitionsDefinition) -> dg.AssetsDefinition:
    name = plan_asset(erp.kind)

    @dg.asset(
        key=asset_key(name),
        description=f"The plan as the model exports it, kept as of the period; nothing is written to {erp.title}.",
        group_name=erp.kind,
        kinds={"anaplan", "parquet"},
        check_specs=list(check_specs(name, None, partitions)),
        partitions_def=partitions,
    )
    def approved_plan(context: dg.AssetExecutionContext, flows: dg.ResourceParam[Flows]) -> Events:
        partition = _partition(context, flows)
        yield from _finish(context, partition.export_plan())

    return approved_plan


def _partition(context: dg.AssetExecutionContext, flows: Flows) -> PartitionRun:
    full = context.run.tags.get(FULL_TAG) == "true"
    return flows.partition(*tenant_and_period(context), context.run.run_id, full=full)


def _finish(context: dg.AssetExecutionContext, outcome: AssetOutcome) -> Events:
    yield from events_of(outcome, context.selected_asset_check_keys)
    if outcome.error:
        raise failure_of([outcome])


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

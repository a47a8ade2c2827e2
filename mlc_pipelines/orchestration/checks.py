"""Asset checks as Dagster shows them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import dagster as dg

from mlc_pipelines.erp.base import Entity
from mlc_pipelines.flows.asset_name import AssetName
from mlc_pipelines.flows.checks import checks_of
from mlc_pipelines.orchestration.events import asset_key


def check_specs(
    asset: AssetName, entity: Entity | None, partitions: dg.PartitionsDefinition
) -> Iterator[dg.AssetCheckSpec]:
    """The checks of an asset; `entity` is whose it is, None of the tie-out and the plan."""
    for check in checks_of(asset.stage, entity):
        with warnings.catch_warnings():
            # Partitioned checks are a preview in Dagster 1.13: pinned, tried, and nothing depends on them.
            warnings.filterwarnings("ignore", category=dg.PreviewWarning)
            yield dg.AssetCheckSpec(
                check.name, asset=asset_key(asset), description=check.description, partitions_def=partitions
            )

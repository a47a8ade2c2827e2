"""Asset checks as Dagster shows them. They report what the flows found; no safety rule leans on them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import dagster as dg

from mlc_pipelines.erp.base import Entity
from mlc_pipelines.flows.landing.export import PLAN
from mlc_pipelines.orchestration.events import asset_key

_DESCRIPTIONS = {
    "rows_complete": "Rows read agree with the counts and totals of where they come from.",
    "debits_equal_credits": "Debit and credit of the period are equal.",
    "codes_mapped": "Every code has a map entry and an Anaplan list member.",
    "rows_accepted": "Anaplan took every row of the file: none rejected, ignored or taken with a warning.",
    "certificate_valid": "The Anaplan certificate, where one is used, is good for another 30 days.",
    "totals_agree": "ERP total = snapshot = sent = accepted, per account or partner.",
}


def check_specs(asset: str, entity: Entity | None, partitions: dg.PartitionsDefinition) -> Iterator[dg.AssetCheckSpec]:
    """The checks of an asset: of a landed entity, of its load, or (without an entity) of the tie-out or the plan."""
    if entity is None:
        rules = ["rows_complete"] if asset.endswith(f"/{PLAN}") else ["totals_agree", "certificate_valid"]
    elif "/anaplan/" in asset:
        rules = ["codes_mapped", "rows_accepted"]
    else:
        rules = ["rows_complete", *(["debits_equal_credits"] if entity.debit and entity.credit else [])]
    for rule in rules:
        with warnings.catch_warnings():
            # Partitioned checks are a preview in Dagster 1.13: pinned, tried, and nothing depends on them.
            warnings.filterwarnings("ignore", category=dg.PreviewWarning)
            yield dg.AssetCheckSpec(
                rule, asset=asset_key(asset), description=_DESCRIPTIONS[rule], partitions_def=partitions
            )

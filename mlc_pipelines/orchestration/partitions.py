"""Partitions: tenant x fiscal period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import dagster as dg

from mlc_pipelines.config import union_of_periods
from mlc_pipelines.flows.runtime import Runtime

TENANT, PERIOD = "tenant", "period"


def tenants_definition(kind: str) -> dg.DynamicPartitionsDefinition:
    """The tenants of one ERP: `tenants_netsuite`."""
    return dg.DynamicPartitionsDefinition(name=f"tenants_{kind}")


def periods_definition(kind: str) -> dg.DynamicPartitionsDefinition:
    """The ordered union of the periods of the calendars that an ERP's tenants use: `periods_netsuite`."""
    return dg.DynamicPartitionsDefinition(name=f"periods_{kind}")


def tenant_period(kind: str) -> dg.MultiPartitionsDefinition:
    """The partitions of every asset of one ERP. Both dimensions are dynamic: what is configured needs no reload."""
    return dg.MultiPartitionsDefinition({TENANT: tenants_definition(kind), PERIOD: periods_definition(kind)})


def partition_key(tenant: str, period: str) -> dg.MultiPartitionKey:
    """One partition; Dagster orders its text by the names of the dimensions, so it is never put together by hand."""
    return dg.MultiPartitionKey({TENANT: tenant, PERIOD: period})


def partition_tags(tenant: str, period: str) -> dict[str, str]:
    """The tags that say which partition a run works on; the queue's limit of one run per tenant reads them."""
    tag = "dagster/partition"
    return {tag: str(partition_key(tenant, period)), f"{tag}/{TENANT}": tenant, f"{tag}/{PERIOD}": period}


def tenant_and_period(context: dg.AssetExecutionContext) -> tuple[str, str]:
    """The partition that a step works on."""
    keys = cast("dg.MultiPartitionKey", context.partition_key).keys_by_dimension
    return keys[TENANT], keys[PERIOD]


def align(instance: dg.DagsterInstance, runtime: Runtime, kind: str) -> str:
    """Make the tenants and periods of one ERP equal to the configured ones; say what changed, if anything did.

    A tenant whose configuration is broken for a while stays, and so do all periods, since nobody knows which are its.
    """
    configuration = runtime.configuration
    tenants = {name: each for name, each in configuration.tenants.items() if each.erp_kind == kind}
    periods = union_of_periods({each.calendar: runtime.calendar(each) for each in tenants.values()}.values())
    shown_tenants, shown_periods = (
        instance.get_dynamic_partitions(f"{name}_{kind}") for name in ("tenants", "periods")
    )
    broken = [name for name in shown_tenants if name in configuration.broken]
    if broken:
        periods = sorted({*periods, *shown_periods})
    changes = [
        _align(instance, f"tenants_{kind}", shown_tenants, [*tenants, *broken]),
        _align(instance, f"periods_{kind}", shown_periods, periods, in_order=True),
    ]
    return " ".join(filter(None, changes))


def _align(
    instance: dg.DagsterInstance,
    dimension: str,
    shown: Sequence[str],
    wanted: Sequence[str],
    *,
    in_order: bool = False,
) -> str:
    gone = [key for key in shown if key not in wanted]
    new = [key for key in wanted if key not in shown]
    kept = [key for key in shown if key in wanted]
    # Dagster shows keys in the order in which they were added: when an earlier year came later, all are added anew.
    anew = in_order and [*kept, *new] != list(wanted)
    for key in shown if anew else gone:
        instance.delete_dynamic_partition(dimension, key)
    if anew or new:
        instance.add_dynamic_partitions(dimension, list(wanted) if anew else new)
    words = [f"{len(new)} added to {dimension}: {', '.join(new)}."] if new else []
    words += [f"{len(gone)} taken from {dimension}: {', '.join(gone)}."] if gone else []
    return " ".join(words)

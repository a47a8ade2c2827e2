"""Partitions: tenant x fiscal period."""

from __future__ import annotations

from typing import cast

import dagster as dg

from mlc_pipelines.config import union_of_periods
from mlc_pipelines.fiscal import calendar_months
from mlc_pipelines.flows.runtime import Runtime

TENANT, PERIOD = "tenant", "period"


def tenants_definition(kind: str) -> dg.DynamicPartitionsDefinition:
    """The tenants of one ERP: `tenants_netsuite`."""
    return dg.DynamicPartitionsDefinition(name=f"tenants_{kind}")


def periods_definition(runtime: Runtime) -> dg.StaticPartitionsDefinition:
    """The ordered union of the periods of all calendars that tenants use; of the built-in one without tenants."""
    used = {tenant.calendar: runtime.calendar(tenant) for tenant in runtime.configuration.tenants.values()}
    return dg.StaticPartitionsDefinition(list(union_of_periods(used.values() or [calendar_months(runtime.clock)])))


def tenant_period(kind: str, periods: dg.StaticPartitionsDefinition) -> dg.MultiPartitionsDefinition:
    """The partitions of every asset of one ERP."""
    return dg.MultiPartitionsDefinition({TENANT: tenants_definition(kind), PERIOD: periods})


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


def align_tenants(instance: dg.DagsterInstance, runtime: Runtime, kind: str) -> tuple[list[str], list[str]]:
    """What to add to and remove from the tenants of one ERP, so that they equal the configured ones.

    One whose configuration is broken for a while stays: its partitions go on showing what they hold.
    """
    configuration = runtime.configuration
    configured = [name for name, tenant in configuration.tenants.items() if tenant.erp_kind == kind]
    present = instance.get_dynamic_partitions(f"tenants_{kind}")
    gone = [name for name in present if name not in configured and name not in configuration.broken]
    return [name for name in configured if name not in present], gone

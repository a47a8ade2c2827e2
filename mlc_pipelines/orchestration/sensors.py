"""Sensors: the tenants that Dagster knows are kept equal to the configured ones."""

from __future__ import annotations

import dagster as dg

from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.partitions import align_tenants, tenants_definition


def tenants_sensor(kind: str, runtime: Runtime) -> dg.SensorDefinition:
    """Adds new tenants of one ERP to its partitions and removes those that are gone; their history stays."""

    @dg.sensor(
        name=f"tenants_{kind}",
        description="Keeps the tenants of the partitions equal to the configured ones.",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        # It starts no runs; Dagster wants to know of a target all the same when the sensor is shown.
        asset_selection=dg.AssetSelection.groups(kind),
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        # Read anew at each tick: the process that evaluates sensors lives on while tenant files come and go.
        new, gone = align_tenants(context.instance, Runtime(runtime.settings, runtime.clock), kind)
        if not new and not gone:
            return dg.SkipReason("The tenants are as configured.")
        tenants = tenants_definition(kind)
        requests = [
            *([tenants.build_add_request(new)] if new else []),
            *([tenants.build_delete_request(gone)] if gone else []),
        ]
        return dg.SensorResult(dynamic_partitions_requests=requests)

    return sensor

"""The whole graph: every ERP of the catalogue, in one shape."""

from __future__ import annotations

import dagster as dg

from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.assets import build_assets
from mlc_pipelines.orchestration.close import changes_sensor, close_schedule
from mlc_pipelines.orchestration.configuration import configuration_asset, configuration_check, configuration_sensor
from mlc_pipelines.orchestration.partitions import tenant_period
from mlc_pipelines.orchestration.polling import poll_job, poll_schedule
from mlc_pipelines.orchestration.resources import Outcomes, build_resources
from mlc_pipelines.orchestration.sensors import certificates_sensor, red_runs_sensor, tenants_sensor

LOCATION, REPOSITORY = "mlc_pipelines", "__repository__"
"""What Dagster's processes call this code: the location by `workspace.yaml`, the repository by Dagster."""


def round_trip_job(kind: str) -> str:
    """Name of the job that lands, loads and ties out one ERP: `netsuite_round_trip`."""
    return f"{kind}_round_trip"


def build_definitions(runtime: Runtime, outcomes: Outcomes | None = None) -> dg.Definitions:
    """Assets, jobs, schedules and sensors; the same for every configuration, which is read when they run.

    Steps run in the run's own process: a process for each step would cost more than a step does.

    Args:
        runtime: the open parts.
        outcomes: takes how the assets of this process's runs end.
    """
    assets: list[dg.AssetsDefinition | dg.AssetSpec] = []
    jobs: list[dg.UnresolvedAssetJobDefinition] = []
    polls: list[dg.JobDefinition] = []
    sensors: list[dg.SensorDefinition] = []
    schedules: list[dg.ScheduleDefinition] = []
    for kind, erp in ERPS.items():
        assets += build_assets(erp, tenant_period(kind))
        jobs.append(
            dg.define_asset_job(
                round_trip_job(kind),
                selection=dg.AssetSelection.groups(kind),
                description=f"{erp.title} into Anaplan: land, load, tie out one tenant and period.",
            )
        )
        sensors += [tenants_sensor(kind, runtime), changes_sensor(erp, round_trip_job(kind), runtime)]
        asks = poll_job(erp)
        polls.append(asks)
        schedules += [poll_schedule(erp, asks, runtime), close_schedule(erp, round_trip_job(kind), runtime)]
    sensors += [configuration_sensor(runtime), certificates_sensor(runtime), red_runs_sensor(runtime)]
    return dg.Definitions(
        assets=[*assets, configuration_asset()],
        asset_checks=[configuration_check(runtime)],
        jobs=[*jobs, *polls],
        schedules=schedules,
        sensors=sensors,
        resources=build_resources(runtime, outcomes),
        executor=dg.in_process_executor,
    )

"""Sensors: tenants kept equal to the configured ones; certificates that run out; runs that ended red."""

from __future__ import annotations

import json
from contextlib import closing

import dagster as dg

from mlc_pipelines.flows.monitoring.expiry import certificate_expiries, newly_due, told_as
from mlc_pipelines.flows.monitoring.notify import notify
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.partitions import align


def tenants_sensor(kind: str, runtime: Runtime) -> dg.SensorDefinition:
    """Keeps an ERP's tenants, and the periods of their calendars, equal to the configured ones; history stays."""

    @dg.sensor(
        name=f"tenants_{kind}",
        description="Keeps the tenants and periods of the partitions equal to the configured ones.",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        # It starts no runs; Dagster wants to know of a target all the same when the sensor is shown.
        asset_selection=dg.AssetSelection.groups(kind),
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        # Read anew at each tick: the process that evaluates sensors lives on while files come and go.
        changed = align(context.instance, runtime.with_files_read_anew(), kind)
        return dg.SkipReason(changed or "Tenants and periods are as configured.")

    return sensor


def certificates_sensor(runtime: Runtime) -> dg.SensorDefinition:
    """Tells people 60, 30, 14 and 7 days before a certificate runs out."""

    @dg.sensor(
        name="certificates",
        description="Tells through MLC_NOTIFY, 60, 30, 14 and 7 days ahead, that a certificate runs out.",
        minimum_interval_seconds=6 * 3600,
        default_status=dg.DefaultSensorStatus.RUNNING,
        asset_selection=dg.AssetSelection.all(),
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        told: dict[str, str] = json.loads(context.cursor or "{}")
        with closing(Runtime(runtime.settings, runtime.clock)) as fresh:
            due = newly_due(certificate_expiries(fresh), told)
        for expiry in due:
            if notify(runtime.settings, "A certificate runs out", str(expiry)):
                told[expiry.tenant] = told_as(expiry)
        context.update_cursor(json.dumps(told))
        return dg.SkipReason(" ".join(map(str, due)) or "No certificate is about to run out.")

    return sensor


def red_runs_sensor(runtime: Runtime) -> dg.SensorDefinition:
    """Tells people which assets of a failed run are red, and why."""

    @dg.run_failure_sensor(
        name="red_runs",
        description="Tells through MLC_NOTIFY which assets of a failed run are red, and why.",
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def sensor(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        if not runtime.settings.notify:
            return dg.SkipReason("MLC_NOTIFY is not set.")
        run = context.dagster_run
        # The run's own words: what is stored of its partition may be another run's by now.
        failures = [event.step_failure_data.user_failure_data for event in context.get_step_failure_events()]
        words = [failure.description for failure in failures if failure and failure.description]
        title = f"{run.job_name} {run.tags.get('dagster/partition', '')} is red"
        notify(runtime.settings, title, "\n".join(words) or context.failure_event.message or "")
        return None

    return sensor

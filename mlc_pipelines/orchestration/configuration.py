"""The configuration as people see it in the UI: one check, red while any file has a fault.

A faulty file stops the tenants that use it and no other, so that nobody would notice without being told.

No postponed annotations here: Dagster reads those of its steps as they stand.
"""

import hashlib

import dagster as dg

from mlc_pipelines.config import Configuration
from mlc_pipelines.flows.monitoring.notify import notify
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration.events import table_of

CONFIGURATION = "configuration"
_RULE = "files_are_good"


def configuration_asset() -> dg.AssetSpec:
    """What stands under `MLC_HOME`; people write it, nothing here does."""
    return dg.AssetSpec(
        CONFIGURATION,
        description="Tenants, calendars and maps as they stand under MLC_HOME. `mlc check` lists every fault.",
        group_name=CONFIGURATION,
    )


def configuration_check(runtime: Runtime) -> dg.AssetChecksDefinition:
    """The check, for those who ask; the sensor reports it unasked."""

    @dg.asset_check(
        asset=CONFIGURATION,
        name=_RULE,
        description="Every file can be used. A faulty one stops the tenants that use it, and no other.",
    )
    def files_are_good() -> dg.AssetCheckResult:
        found = _evaluation(_read(runtime))
        return dg.AssetCheckResult(passed=found.passed, description=found.description, metadata=found.metadata)

    return files_are_good


def configuration_sensor(runtime: Runtime) -> dg.SensorDefinition:
    """Reports the check, and tells people of faults, once whenever they change."""

    @dg.sensor(
        name=CONFIGURATION,
        description="Tells through MLC_NOTIFY, and by a check, which tenants can't run for faults in their files.",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        asset_selection=dg.AssetSelection.assets(CONFIGURATION),
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        configuration = _read(runtime)
        faults = "\n".join(map(str, configuration.faults))
        told = hashlib.sha256(faults.encode()).hexdigest()
        if told == context.cursor:
            return dg.SkipReason("The faults are those that were told of." if faults else "Every file is good.")
        evaluation = _evaluation(configuration)
        if faults:
            notify(runtime.settings, evaluation.description or "", faults)
        return dg.SensorResult(asset_events=[evaluation], cursor=told)

    return sensor


def _read(runtime: Runtime) -> Configuration:
    """Anew: the process that evaluates sensors lives on while files come and go."""
    return runtime.with_files_read_anew().configuration


def _evaluation(configuration: Configuration) -> dg.AssetCheckEvaluation:
    faults = [
        {"file": fault.file, "key": fault.key, "problem": fault.problem, "what to do": fault.remedy}
        for fault in configuration.faults
    ]
    well = len(configuration.tenants)
    words = f"{well} tenant{'s' * (well != 1)} can run"
    if faults:
        files = sorted({fault.file for fault in configuration.faults})
        stopped = f"; {', '.join(sorted(configuration.broken))} can't" if configuration.broken else ""
        words += f"{stopped}: {len(faults)} fault{'s' * (len(faults) > 1)} in {', '.join(files)}"
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(CONFIGURATION),
        check_name=_RULE,
        passed=not faults,
        description=f"{words}.",
        metadata={"Faults": table_of(faults)} if faults else {},
    )

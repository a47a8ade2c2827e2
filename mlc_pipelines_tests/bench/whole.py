"""A period of a million ledger lines from the NetSuite sandbox into the Anaplan sandbox, through the flows."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

from rich.table import Table

from mlc_pipelines_tests.bench import ground
from mlc_pipelines_tests.bench.measure import Measured, Stopwatch, measure, say
from mlc_pipelines_tests.bench.report import add_measurements, add_note, measurements_table
from mlc_pipelines_tests.bench.sandboxes import FIRST_PERIOD, make_home, sandboxes


def run(folder: Path, *, quick: bool) -> list[Table]:
    """Once: the sandboxes work longer than the product."""
    lines = 50_000 if quick else 1_000_000
    table = measurements_table(f"{lines:,} ledger lines of one period, NetSuite sandbox to Anaplan sandbox", "lines")
    say(f"  making books of {lines:,} lines")
    with sandboxes(lines, one_period=True) as servers, ground.database() as database:
        environment = {"MLC_HOME": str(folder), "MLC_DATABASE_URL": database}
        make_home(folder, servers.sample, environment)
        servers.take_log()
        measured = measure(round_trip, environment=environment, tenant=servers.sample["tenant"])
        log = servers.take_log()
    requests = log["requests"]
    figures = {**measured.figures, "requests": sum(requests.values())}
    add_measurements(table, "whole run", [Measured(**{**vars(measured), "figures": figures})], lines)
    stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in figures["stages"].items())
    add_note(table, f"{stages}; requests: {requests['ERP']} NetSuite, {requests['Anaplan']} Anaplan")
    add_note(
        table,
        f"gl_activity: {figures['rows_read']:,} rows read, {figures['rows_sent']:,} sent;"
        f" tie-out difference {figures['difference']}",
    )
    for error in figures["errors"]:
        add_note(table, f"RED: {error}")
    return [table]


def round_trip(stopwatch: Stopwatch, *, environment: dict[str, str], tenant: str) -> dict[str, Any]:
    """Land all entities, load them in order, tie out: what a run of the partition does, without Dagster."""
    from mlc_pipelines.flows.period_run import PeriodRun
    from mlc_pipelines.flows.runtime import Runtime

    runtime = Runtime.from_environment(environment)
    configured = runtime.tenant(tenant)
    entities = list(runtime.erp(configured).entities.values())
    run_id = uuid.uuid4().hex
    period = runtime.calendar(configured).period(FIRST_PERIOD)
    partition = PeriodRun(runtime, configured, period, run_id, open_source=runtime.source, open_model=runtime.anaplan)
    stages: dict[str, float] = {}
    with stopwatch():
        began = time.perf_counter()
        with partition.landing(entities) as reading:
            landed = [future.result() for future in reading.values()]
        stages["land"] = time.perf_counter() - began
        loaded = [partition.load(entity) for entity in entities]
        stages["load"] = time.perf_counter() - began - stages["land"]
        tied = partition.tie_out(entities)
        stages["tie-out"] = time.perf_counter() - began - stages["land"] - stages["load"]
    runtime.close()
    ledger = {str(outcome.asset): outcome.figures for outcome in (*landed, *loaded)}
    return {
        "stages": stages,
        "rows_read": ledger["netsuite/gl_activity"].get("rows_read", 0),
        "rows_sent": ledger["netsuite/anaplan/gl_activity"].get("rows_sent", 0),
        "difference": tied.figures.get("difference", "unknown"),
        "errors": [f"{each.asset}: {each.error}" for each in (*landed, *loaded, tied) if each.error],
    }

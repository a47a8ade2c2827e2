"""The ledger of one period out of each ERP's sandbox into a snapshot, at two sizes: does memory grow with the rows?"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from rich.table import Table

from mlc_pipelines.erp.catalogue import ERPS
from mlc_pipelines_tests.bench import ground
from mlc_pipelines_tests.bench.measure import Measured, Stopwatch, measure, say
from mlc_pipelines_tests.bench.report import add_measurements, add_note, measurements_table
from mlc_pipelines_tests.bench.sandboxes import FIRST_PERIOD, make_home, sandboxes

LEDGERS = {
    "visma_net": "gl_transactions",
    "acumatica": "gl_details",
    "syspro": "gl_journals",
    "sap_business_one": "journal_entries",
    "netsuite": "gl_activity",
}


def run(folder: Path, *, quick: bool) -> list[Table]:
    """Each once: the sandboxes work longer than the product."""
    sizes = (2_000, 8_000) if quick else (25_000, 100_000)
    table = measurements_table("The ledger of one period, each ERP's sandbox to Parquet", "rows")
    for kind in ERPS:
        for lines in sizes:
            say(f"  {kind}: books of {lines:,} lines")
            _measure(table, folder / f"{kind}-{lines}", kind, lines)
    add_note(table, "Read, compared with the ERP's own totals, kept. The sandbox answers on the same cores.")
    return [table]


def _measure(table: Table, home: Path, kind: str, lines: int) -> None:
    with sandboxes(lines, one_period=True, kind=kind) as servers, ground.database() as database:
        environment = {"MLC_HOME": str(home), "MLC_DATABASE_URL": database}
        make_home(home, servers.sample, environment)
        servers.take_log()
        measured = measure(
            land, environment=environment, tenant=servers.sample["tenant"], entity=LEDGERS[kind], period=FIRST_PERIOD
        )
        requests = servers.take_log()["requests"]["ERP"]
    rows = measured.figures["rows"]
    shown = Measured(**{**vars(measured), "figures": {**measured.figures, "requests": requests}})
    add_measurements(table, f"{kind}, {rows:,} rows", [shown], rows)
    if measured.figures["error"]:
        add_note(table, f"RED: {kind}: {measured.figures['error']}")


def land(stopwatch: Stopwatch, *, environment: dict[str, str], tenant: str, entity: str, period: str) -> dict[str, Any]:
    """Land one entity as a run does."""
    from mlc_pipelines.flows.period_run import PeriodRun
    from mlc_pipelines.flows.runtime import Runtime

    runtime = Runtime.from_environment(environment)
    configured = runtime.tenant(tenant)
    declared = runtime.erp(configured).entities[entity]
    partition = PeriodRun(
        runtime,
        configured,
        runtime.calendar(configured).period(period),
        uuid.uuid4().hex,
        open_source=runtime.source,
        open_model=runtime.anaplan,
    )
    with stopwatch(), partition.landing([declared]) as reading:
        (outcome,) = [future.result() for future in reading.values()]
    runtime.close()
    return {"rows": outcome.figures.get("rows_read", 0), "error": str(outcome.error) if outcome.error else ""}

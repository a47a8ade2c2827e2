"""Exports of the model landed as snapshots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mlc_pipelines.errors import ConfigurationError, IncompleteRead, NotFound
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.landing.export import land_export
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines.store.snapshot_file import PROVENANCE
from mlc_pipelines.store.snapshots import SnapshotStore
from mlc_pipelines.store.storage import Storage
from mlc_pipelines_tests.anaplan.planning import MODEL, PASSWORD, USER, Planning, Record, SandboxTime, accounts, actuals
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_sandbox.anaplan import TIME, VERSIONS, AnaplanSandbox, ExportSpec, User
from mlc_sandbox.serving import Fault, answer

PERIOD = Period("FY2026-P01", 2026, 1, date(2026, 1, 1), date(2026, 1, 31))
KEY = ("Accounts", "Departments", TIME, VERSIONS)
EXPORTS = [
    *MODEL.exports,
    ExportSpec("Wide", "GL", separator=";", encoding="UTF-16", codes=("Accounts",)),
    ExportSpec("Nothing", "GL", only={VERSIONS: ("Forecast",)}),
]


@pytest.fixture
def planning(database: Database) -> Iterator[Planning]:
    with AnaplanSandbox(
        [replace(MODEL, exports=EXPORTS)], users=[User(USER, PASSWORD)], clock=sandbox_clock()
    ) as sandbox:
        yield Planning(sandbox, database, SandboxTime(sandbox.clock))


@pytest.fixture
def store(database: Database, tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(database, Storage(str(tmp_path)))


def fill(client, names: dict[str, str] | None = None) -> None:
    names = names or {"1000": "Cash", "2000": 'Øre; ""and"", more'}
    rows = [(code, name, "TA") for code, name in names.items()]
    client.run(client.action("import", "Load Accounts"), Record(), content=accounts(*rows))
    loaded = actuals(("1000", "100", "Jan 26", "1.5"), ("2000", "200", "Feb 26", "-5"))
    client.run(client.action("import", "Load Actuals"), Record(), content=loaded)


def land(store: SnapshotStore, planning: Planning, export: str, **changes):
    with planning.client() as client:
        how = {"entity": "plan_out", "figures": ("Amount",), "tenant": "acme", "run_id": "r1", "clock": planning.time}
        return land_export(store, client, export, PERIOD, **{**how, **changes})


def test_an_export_becomes_a_snapshot(store: SnapshotStore, planning: Planning):
    with planning.client() as client:
        fill(client)
    first = land(store, planning, "Actuals out")
    found = store.current(PartitionKey("acme", "plan_out", PERIOD.key))
    assert found is not None
    assert found == first.snapshot
    assert (found.rows, [total.rows for total in found.control], found.run_id) == (2, [2], "r1")
    assert found.content_hash.startswith("sha256:")
    rows = [row for batch in store.batches(found) for row in batch.to_pylist()]
    assert set(rows[0]) == {*KEY, "Amount", *PROVENANCE}
    assert rows[0]["_source_id"] == "1000/100/Jan 26/Actual"
    assert (rows[0]["Amount"], rows[0]["_extracted_at"]) == ("1.5", found.extracted_at)
    assert [(check.rule, check.passed) for check in first.checks] == [("rows_complete", True)]
    assert first.checks[0].detail["task_id"] == planning.sandbox.tasks[-1].id
    assert not first.unchanged

    second = land(store, planning, "Actuals out", run_id="r2")
    assert second.unchanged
    assert second.snapshot.id != first.snapshot.id
    assert store.current(PartitionKey("acme", "plan_out", PERIOD.key)) == second.snapshot


def test_an_export_without_rows_becomes_a_snapshot_without_rows(store: SnapshotStore, planning: Planning):
    landed = land(store, planning, "Nothing", entity="nothing")
    assert landed.snapshot.rows == 0
    assert list(store.batches(landed.snapshot)) == []


def files(tmp_path: Path) -> list[Path]:
    return list(tmp_path.rglob("*.parquet"))


def test_what_can_not_be_landed_leaves_nothing(store: SnapshotStore, planning: Planning, tmp_path: Path):
    with planning.client() as client:
        fill(client, {"1000": "Cash", "2000": "Bank"})
    with pytest.raises(ConfigurationError, match=r"no column Amnt\. It has: Accounts"):
        land(store, planning, "Actuals out", entity="broken", figures=("Amnt",))
    with pytest.raises(IncompleteRead, match="1 rows of export 'Actuals out' came more than once, first Actual"):
        land(store, planning, "Actuals out", entity="broken", figures=("Accounts", "Departments", TIME, "Amount"))
    with pytest.raises(ConfigurationError, match="Did you mean 'Actuals out'"):
        land(store, planning, "Actual out", entity="broken")
    planning.sandbox.faults.add(Fault("GET", r"/files/.*/chunks/0$", answer(404)))
    with pytest.raises(NotFound):
        land(store, planning, "Actuals out", entity="broken")
    assert store.current(PartitionKey("acme", "broken", PERIOD.key)) is None
    assert files(tmp_path) == []

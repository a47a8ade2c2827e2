"""The plan's export as an asset: a snapshot of the partition, red with a reason, absent where none is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import dagster as dg
import pytest

from mlc_pipelines.orchestration.runs import RunResult, run_partition
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines_tests.orchestration.conftest import instance_of
from mlc_pipelines_tests.world import LEDGER, World, open_world
from mlc_sandbox.anaplan import VERSIONS, ExportSpec

ASSET = "netsuite/approved_plan"
PLAN: dict[str, Any] = {
    "export": "Approved Budget",
    "columns": {"account": "GL Accounts", "period": {"column": "Time", "format": "%b %y"}, "amount": "Amount"},
    "version": "Actuals",
    "approved": {"column": "Versions", "equals": "Actual"},
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, make_database_url) -> Iterator[World]:
    """A world whose model exports what was loaded, as if it were the plan."""
    export = ExportSpec("Approved Budget", "GL Actuals", only={VERSIONS: ("Actual",)}, codes=("GL Accounts",))
    with open_world(
        tmp_path_factory.mktemp("world"),
        make_database_url(),
        only=LEDGER,
        rebuilt=lambda model: replace(model, exports=(export,)),
        gl_lines=1500,
    ) as world:
        world.change_tenant(lambda document: document.update(plan=PLAN))
        yield world


@pytest.fixture(scope="module")
def instance(world: World) -> Iterator[dg.DagsterInstance]:
    with instance_of(world) as instance:
        yield instance


UNPLANNED = "Not configured for this tenant: the tenant has no plan, so nothing was exported."


def run(world: World, *only: str) -> RunResult:
    return run_partition(world.runtime, world.runtime.tenant(world.tenant), world.period(), only=only)


@pytest.fixture(scope="module")
def exported(world: World, instance: dg.DagsterInstance) -> RunResult:
    loaded = run(world)
    assert loaded.ok
    assert ASSET not in [row["asset"] for row in loaded.assets]
    assert world.tasks("Approved Budget") == [], "nobody asked for the plan"
    return run(world, "approved_plan")


def test_a_run_keeps_what_the_export_gives(world: World, exported: RunResult):
    (row,) = exported.assets
    assert (row["asset"], row["ok"], row["rows_exported"]) == (ASSET, True, len(world.cells()))
    assert row["task_ids"] in [task.id for task in world.tasks("Approved Budget")]
    snapshot = world.runtime.snapshots.current(PartitionKey(world.tenant, "approved_plan", world.closed))
    assert snapshot is not None
    rows = [row for batch in world.runtime.snapshots.batches(snapshot) for row in batch.to_pylist()]
    assert sum(Decimal(row["Amount"]) for row in rows) == sum(world.cells().values())
    assert {row["_run_id"] for row in rows} == {exported.run_id}


def test_the_ui_shows_the_rows_the_task_and_the_model(instance: dg.DagsterInstance, exported: RunResult):
    event = instance.get_latest_materialization_event(dg.AssetKey(ASSET.split("/")))
    assert event is not None
    assert event.asset_materialization is not None
    metadata = event.asset_materialization.metadata
    assert metadata["rows_exported"].value == exported.assets[0]["rows_exported"]
    assert {"task_ids", "model_url", "snapshot_id"} <= metadata.keys()


def test_an_export_that_is_not_there_is_red_and_says_which_are(world: World, exported: RunResult):
    def rename(document: dict[str, Any]) -> None:
        document["plan"] = {**PLAN, "export": "Aproved Budget"}

    world.change_tenant(rename)
    try:
        result = run(world, "approved_plan")
    finally:
        world.change_tenant(lambda document: document.update(plan=PLAN))
    assert not result.ok
    assert "Did you mean 'Approved Budget'" in str(result.assets[0])


def test_a_tenant_without_a_plan_has_nothing_to_export(world: World, exported: RunResult):
    world.change_tenant(lambda document: document.pop("plan"))
    try:
        outcome = world.partition().export_plan()
        tasks = len(world.tasks("Approved Budget"))
        result = run(world)
    finally:
        world.change_tenant(lambda document: document.update(plan=PLAN))
    assert (outcome.error, outcome.figures) == (None, {"status": UNPLANNED})
    assert ASSET not in [row["asset"] for row in result.assets]
    assert len(world.tasks("Approved Budget")) == tasks

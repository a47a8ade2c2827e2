"""One broken tenant file: the code location loads, the others run, and people see and hear of the broken one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.orchestration import configuration
from mlc_pipelines.orchestration.graph import build_definitions
from mlc_pipelines.orchestration.partitions import align
from mlc_pipelines_tests.config.filling import filled_template
from mlc_pipelines_tests.messages import Place

KIND = "netsuite"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    filled_template(tmp_path, KIND)
    (tmp_path / "tenants/bad.yaml").write_text("tenant: bad\nloads: {\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def runtime(home: Path) -> Runtime:
    return Runtime.from_environment({"MLC_HOME": str(home)})


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def tick(runtime: Runtime, instance: dg.DagsterInstance, cursor: str | None):
    """One evaluation of the sensor, and what it told people."""
    with Place() as place:
        told = Runtime(replace(runtime.settings, notify=place.target), runtime.clock)
        context = dg.build_sensor_context(instance=instance, cursor=cursor, definitions=build_definitions(told))
        found = configuration.configuration_sensor(told).evaluate_tick(context)
        return found, place.messages()


def test_the_code_location_loads(runtime: Runtime):
    graph = build_definitions(runtime).resolve_asset_graph()
    assert dg.AssetKey([KIND, "tie_out"]) in graph.get_all_asset_keys()


def test_the_check_shows_the_faults(runtime: Runtime, home: Path):
    found = configuration.configuration_check(runtime)()
    assert isinstance(found, dg.AssetCheckResult)
    assert not found.passed
    assert found.description == "1 tenant can run; bad can't: 1 fault in tenants/bad.yaml."
    table = found.metadata["Faults"]
    assert isinstance(table, dg.TableMetadataValue)
    (record,) = table.records
    assert record.data["file"] == "tenants/bad.yaml"
    assert record.data["what to do"]

    (home / "tenants/bad.yaml").unlink()
    mended = configuration.configuration_check(runtime)()
    assert isinstance(mended, dg.AssetCheckResult)
    assert (mended.passed, mended.description) == (True, "1 tenant can run.")


def test_faults_are_told_once_until_they_change(runtime: Runtime, instance: dg.DagsterInstance, home: Path):
    first, told = tick(runtime, instance, None)
    ((title, body),) = told
    assert title == "1 tenant can run; bad can't: 1 fault in tenants/bad.yaml."
    assert body.startswith("tenants/bad.yaml: line ")
    (event,) = first.asset_events
    assert isinstance(event, dg.AssetCheckEvaluation)
    assert (event.asset_key.path, event.check_name, event.passed) == (["configuration"], "files_are_good", False)

    again, told = tick(runtime, instance, first.cursor)
    assert (told, list(again.asset_events)) == ([], [])

    (home / "tenants/bad.yaml").write_text("tenant: other\n", encoding="utf-8")
    changed, told = tick(runtime, instance, first.cursor)
    assert len(told) == 1

    (home / "tenants/bad.yaml").unlink()
    mended, told = tick(runtime, instance, changed.cursor)
    assert told == [], "good news is no alarm"
    (event,) = mended.asset_events
    assert isinstance(event, dg.AssetCheckEvaluation)
    assert event.passed


def test_a_tenant_that_breaks_keeps_its_partitions(runtime: Runtime, instance: dg.DagsterInstance):
    instance.add_dynamic_partitions(f"tenants_{KIND}", ["bad", "gone"])
    instance.add_dynamic_partitions(f"periods_{KIND}", ["FY1999-P01"])
    align(instance, runtime, KIND)
    assert set(instance.get_dynamic_partitions(f"tenants_{KIND}")) == {"bad", "example"}
    periods = instance.get_dynamic_partitions(f"periods_{KIND}")
    assert periods[0] == "FY1999-P01", "it may be the broken one's"
    assert list(periods) == sorted(periods)

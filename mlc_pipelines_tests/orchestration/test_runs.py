"""Runs through Dagster on our storage: what is materialized, checked, shown, and not done."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from threading import Event
from typing import Any

import dagster as dg
import pytest
import sqlalchemy

from mlc_pipelines.erp.base import ReadProgress
from mlc_pipelines.orchestration.graph import build_definitions, round_trip_job
from mlc_pipelines.orchestration.partitions import partition_key, partition_tags
from mlc_pipelines.orchestration.runs import RunResult, run_partition
from mlc_pipelines.orchestration.storage import MlcStorage
from mlc_pipelines.store.results import AssetPartition
from mlc_pipelines_tests.orchestration.conftest import instance_of
from mlc_pipelines_tests.world import LEDGER, World, open_world
from mlc_sandbox.serving import Fault, answer

GL = dg.AssetKey(["netsuite", "gl_activity"])
GL_LOAD = dg.AssetKey(["netsuite", "anaplan", "gl_activity"])
TIE_OUT = dg.AssetKey(["netsuite", "tie_out"])
SECOND = "southwind"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, make_database_url) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("world"), make_database_url(), only=LEDGER, gl_lines=3000) as world:
        yield world


@pytest.fixture(scope="module")
def instance(world: World) -> Iterator[dg.DagsterInstance]:
    with instance_of(world) as instance:
        yield instance


@pytest.fixture(autouse=True)
def undisturbed(world: World) -> Iterator[None]:
    yield
    world.erp.faults.clear()
    world.anaplan.faults.clear()
    world.runtime.on_action = lambda _: None


def run(world: World, key: str, *only: str, tenant: str = "") -> RunResult:
    found = world.runtime.tenant(tenant or world.tenant)
    return run_partition(world.runtime, found, world.period(key), only=only)


def events(instance: dg.DagsterInstance, run_id: str, kind: dg.DagsterEventType) -> list[Any]:
    return [record.dagster_event for record in instance.all_logs(run_id, of_type=kind)]


def test_the_instance_is_on_our_database_and_says_no_password(world: World, instance: dg.DagsterInstance):
    described = instance.get_ref().custom_instance_class_data or instance.get_ref().storage_data
    assert described is not None
    assert described.class_name == MlcStorage.__name__
    assert "postgresql" not in instance.info_str() + str(instance.get_ref())
    settings = instance.get_settings("concurrency")
    assert settings["runs"]["tag_concurrency_limits"][0]["key"] == "dagster/partition/tenant"
    assert instance.run_monitoring_enabled
    assert instance.run_retries_enabled
    assert not instance.telemetry_enabled


def test_a_run_uses_its_connections_again(world: World, instance: dg.DagsterInstance):
    """Dagster by itself opens one for each statement, 800 and more in a run."""

    def sessions() -> int:
        with world.runtime.database.engine.begin() as connection:
            # The server adds up its counters of a session when that is idle or ends.
            connection.execute(sqlalchemy.text("SELECT pg_stat_force_next_flush()"))
            return connection.scalar(
                sqlalchemy.text("SELECT sessions FROM pg_stat_database WHERE datname = current_database()")
            )

    before = sessions()
    assert run(world, "FY2026-P03").ok
    assert sessions() - before < 60


def test_a_run_of_one_partition(world: World, instance: dg.DagsterInstance):
    result = run(world, "FY2026-P03")
    assert result.ok, result
    assert [row["asset"] for row in result.assets] == [
        *(f"netsuite/{name}" for name in LEDGER),
        *(f"netsuite/anaplan/{name}" for name in LEDGER),
        "netsuite/tie_out",
    ]
    assert world.cells("FY2026-P03") == world.ledger("FY2026-P03")

    stored = instance.get_run_by_id(result.run_id)
    assert stored is not None
    assert stored.tags["dagster/partition/tenant"] == world.tenant
    assert stored.tags["dagster/partition/period"] == "FY2026-P03"
    materialized = {
        event.asset_key: event.step_materialization_data.materialization
        for event in events(instance, result.run_id, dg.DagsterEventType.ASSET_MATERIALIZATION)
    }
    assert {key.to_user_string() for key in materialized} == {row["asset"] for row in result.assets}
    assert {each.partition for each in materialized.values()} == {f"FY2026-P03|{world.tenant}"}
    control = world.erp.books.control(world.erp.books.period("Mar 2026").id)
    shown = materialized[GL].metadata
    assert Decimal(shown["debit"].value.replace(",", "")) == control.debit
    assert shown["rows_read"].value == shown["dagster/partition_row_count"].value == control.lines
    assert materialized[GL].tags["dagster/data_version"] == shown["content_hash"].value
    assert materialized[TIE_OUT].metadata["difference"].value in {"0", "0.00"}
    assert isinstance(materialized[TIE_OUT].metadata["Totals"], dg.TableMetadataValue)
    first, sentence = next(iter(materialized[TIE_OUT].metadata.items()))
    assert (first, sentence.value) == ("result", "3 loads tie out: 0.00 difference.")


def test_checks_carry_their_partition(world: World, instance: dg.DagsterInstance):
    result = run(world, "FY2026-P04")
    found = [
        event.asset_check_evaluation_data
        for event in events(instance, result.run_id, dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    ]
    assert {check.partition for check in found} == {f"FY2026-P04|{world.tenant}"}
    assert {(check.asset_key, check.check_name) for check in found} >= {
        (GL, "rows_complete"),
        (GL, "debits_equal_credits"),
        (GL_LOAD, "codes_mapped"),
        (GL_LOAD, "rows_accepted"),
        (TIE_OUT, "totals_agree"),
    }
    assert all(check.passed for check in found)


def test_a_run_stands_under_its_job_and_on_the_timeline(world: World, instance: dg.DagsterInstance):
    """Both ask for runs of this repository, and show none that says of no code location."""
    result = run(world, "FY2026-P05", "accounts")
    asked = dg.RunsFilter(job_name="netsuite_round_trip", tags={".dagster/repository": "__repository__@mlc_pipelines"})
    assert result.run_id in [each.run_id for each in instance.get_runs(asked)]


def test_a_chosen_asset_alone(world: World, instance: dg.DagsterInstance):
    result = run(world, "FY2026-P05", "gl_activity")
    assert [row["asset"] for row in result.assets] == ["netsuite/gl_activity"]
    assert len(events(instance, result.run_id, dg.DagsterEventType.ASSET_MATERIALIZATION)) == 1
    assert world.cells("FY2026-P05") == {}


def test_an_erp_that_does_not_answer_loads_nothing(world: World, instance: dg.DagsterInstance):
    before = len(world.anaplan.tasks)
    world.erp.faults.add(Fault("POST", "/suiteql", answer(503), times=10_000))
    result = run(world, "FY2026-P06")
    assert not result.ok
    states = {row["asset"]: (row["ok"], row["reached"]) for row in result.assets}
    assert states["netsuite/gl_activity"] == (False, True)
    assert {states[f"netsuite/anaplan/{name}"] for name in LEDGER} == {(False, False)}
    assert states["netsuite/tie_out"] == (False, True)
    assert len(world.anaplan.tasks) == before
    (failure,) = events(instance, result.run_id, dg.DagsterEventType.STEP_FAILURE)
    words = failure.step_failure_data.user_failure_data.description
    assert "netsuite/gl_activity" in words
    assert "503" in words
    assert "gl_activity by import Load Actuals: was never landed" in words
    assert events(instance, result.run_id, dg.DagsterEventType.ASSET_MATERIALIZATION) == []


def test_one_entity_that_fails_stops_only_what_needs_it(world: World, instance: dg.DagsterInstance):
    """The others are landed and loaded, the tie-out speaks for them, and the run names all that is not green."""
    assert run(world, "FY2025-P07").ok
    world.book_period("FY2025-P07")

    def on_read(progress: ReadProgress) -> None:
        if progress.entity == "gl_activity":
            world.post("1.00", key="FY2025-P07")

    world.runtime.on_read = on_read
    result = run(world, "FY2025-P07")
    world.runtime.on_read = lambda _: None
    assert not result.ok
    rows = {row["asset"]: row for row in result.assets}
    green = [f"netsuite{way}/{name}" for way in ("", "/anaplan") for name in ("accounts", "departments")]
    assert [name for name, row in rows.items() if row["ok"]] == green
    assert rows["netsuite/gl_activity"]["error"]
    load = rows["netsuite/anaplan/gl_activity"]
    assert (load["reached"], load["waits_for"]) == (False, ["netsuite/gl_activity"])
    assert "gl_activity by import Load Actuals: could not be read now" in rows["netsuite/tie_out"]["error"]

    (failure,) = events(instance, result.run_id, dg.DagsterEventType.STEP_FAILURE)
    words = failure.step_failure_data.user_failure_data.description.splitlines()
    assert [line.split(": ")[0] for line in words] == [
        "netsuite/gl_activity",
        "netsuite/tie_out",
        "netsuite/anaplan/gl_activity",
    ]
    assert words[-1].endswith("not reached, it waits for netsuite/gl_activity.")
    materialized = events(instance, result.run_id, dg.DagsterEventType.ASSET_MATERIALIZATION)
    assert {event.asset_key.to_user_string() for event in materialized} == set(green)
    observed = events(instance, result.run_id, dg.DagsterEventType.ASSET_OBSERVATION)
    whys = {event.asset_key.to_user_string(): event.asset_observation_data.asset_observation for event in observed}
    assert set(whys) == {"netsuite/gl_activity", "netsuite/anaplan/gl_activity", "netsuite/tie_out"}
    assert {each.partition for each in whys.values()} == {materialized[0].partition}, "their partitions' pages say why"
    assert str(whys["netsuite/gl_activity"].metadata["why"].value).startswith("netsuite/gl_activity: ")
    checks = {
        (event.asset_check_evaluation_data.asset_key, event.asset_check_evaluation_data.check_name): (
            event.asset_check_evaluation_data.passed
        )
        for event in events(instance, result.run_id, dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    }
    assert checks[GL_LOAD, "rows_accepted"] is False, "the green one of the run before does not stand"
    assert checks[GL, "debits_equal_credits"] is False


def test_loads_begin_while_other_entities_are_still_read(world: World, instance: dg.DagsterInstance):
    """The ledger's read ends only when a list was loaded; were the loads to wait for it, nothing would move."""
    loaded = Event()
    world.runtime.on_action = lambda progress: loaded.set() if "GL Accounts" in str(progress.action) else None
    waited: list[bool] = []

    def on_read(progress) -> None:
        if progress.entity == "gl_activity":
            waited.append(loaded.wait(timeout=60))

    world.runtime.on_read = on_read
    result = run(world, "FY2025-P10", *LEDGER, "anaplan/accounts")
    world.runtime.on_read = lambda _: None
    assert result.ok, result
    assert waited
    assert all(waited)


def test_what_nobody_foresaw_is_the_fault_of_one_asset(world: World, instance: dg.DagsterInstance):
    def break_down(progress) -> None:
        if progress.entity == "departments":
            raise KeyError("taskId")

    world.runtime.on_read = break_down
    result = run(world, "FY2025-P05")
    world.runtime.on_read = lambda _: None
    rows = {row["asset"]: row for row in result.assets}
    assert rows["netsuite/departments"]["error"].startswith("Something went wrong that mlc doesn't know. The details")
    assert rows["netsuite/anaplan/accounts"]["ok"]
    (kept,) = world.home.glob("mlc-error-*.log")
    assert "KeyError: 'taskId'" in kept.read_text(encoding="utf-8")
    kept.unlink()


def test_a_run_reports_its_own_results(world: World, instance: dg.DagsterInstance):
    """Another run of the same period stores its results meanwhile."""

    def another_run(_: object) -> None:
        for name in LEDGER:
            world.runtime.results.store(
                AssetPartition(world.tenant, f"netsuite/{name}", "FY2025-P06"),
                ok=False,
                figures={"rows_read": 1},
                checks=(),
                error="of the other run",
                run_id="another",
                at=world.clock.now(),
            )

    world.runtime.on_action = another_run
    result = run(world, "FY2025-P06")
    assert result.ok
    assert all(row["ok"] and row["reached"] and not row["error"] for row in result.assets)
    assert all(row["rows_read"] > 1 for row in result.assets[: len(LEDGER)])
    stored = [row for row in world.runtime.results.assets(world.tenant) if row["run_id"] == "another"]
    assert len(stored) == len(LEDGER), "the other one was there last"


@pytest.mark.parametrize(
    ("tenant", "period", "says"),
    [
        ("northwind", "FY2026-P14", "Calendar 'northwind' has no period 'FY2026-P14'."),
        ("northwind", "FY2027-P11", "FY2027-P11 of northwind begins on 2027-11-01: Oracle NetSuite has nothing of it"),
        ("removed", "FY2026-P03", "There is no tenant 'removed'."),
    ],
)
def test_a_partition_that_can_not_be_is_refused_in_words(
    world: World, instance: dg.DagsterInstance, tenant: str, period: str, says: str
):
    """As a run of the UI would be that was launched before the sensor took the key away."""
    asked = len(world.erp.log), len(world.anaplan.log)
    instance.add_dynamic_partitions("tenants_netsuite", [tenant])
    instance.add_dynamic_partitions("periods_netsuite", [period])
    job = build_definitions(world.runtime).resolve_job_def(round_trip_job("netsuite"))
    key = partition_key(tenant, period)
    done = job.execute_in_process(instance=instance, partition_key=key, raise_on_error=False)
    assert not done.success
    failed = events(instance, done.run_id, dg.DagsterEventType.STEP_FAILURE)
    assert failed
    failed += events(instance, done.run_id, dg.DagsterEventType.RUN_FAILURE)
    for error in [event.event_specific_data.error for event in failed]:
        assert says in error.message
        assert "Failure" not in error.message
        assert (error.cls_name, list(error.stack), error.cause, error.context) == (None, [], None, None)
    assert (len(world.erp.log), len(world.anaplan.log)) == asked
    assert not [state for state in world.states() if (state["tenant"], state["period"]) == (tenant, period)]


@pytest.mark.parametrize("tags", [{}, partition_tags("northwind", "FY2026-P03")])
def test_checks_alone_are_refused_in_words(world: World, instance: dg.DagsterInstance, tags: dict[str, str]):
    """The button `Execute all` of an asset's checks starts a run of them, without a partition."""
    defs = build_definitions(world.runtime)
    job = defs.resolve_implicit_global_asset_job_def().get_subset(
        asset_check_selection={dg.AssetCheckKey(TIE_OUT, "totals_agree")}, asset_selection=set()
    )
    result = job.execute_in_process(instance=instance, tags=tags, raise_on_error=False)
    (failure,) = result.filter_events(lambda event: event.is_step_failure)
    words = failure.step_failure_data.user_failure_data
    assert words is not None
    assert "Choose Materialize" in (words.description or "")


def test_a_failure_shows_the_rejected_rows(world: World, instance: dg.DagsterInstance):
    quiet = world.quiet_accounts("FY2025-P08")[0]
    world.post("42.00", debit=quiet, key="FY2025-P08", department=11)
    assert run(world, "FY2025-P08", *LEDGER, "anaplan/accounts", "anaplan/departments").ok

    def on_action(progress) -> None:
        accounts = world.model.state.lists["GL Accounts"]
        if progress.stage == "uploading" and "Actuals" in str(progress.action) and accounts.find(quiet):
            world.model.state.remove_members("GL Accounts", [accounts.find(quiet).number])

    world.runtime.on_action = on_action
    result = run(world, "FY2025-P08", "anaplan/gl_activity")
    assert not result.ok
    (failure,) = events(instance, result.run_id, dg.DagsterEventType.STEP_FAILURE)
    data = failure.step_failure_data.user_failure_data
    assert "1 rejected" in data.description
    (record,) = data.metadata["Rejected rows"].records
    assert record.data["Account"] == quiet
    assert record.data["amount"] == "42"
    assert data.metadata["rows_rejected"].value == 1
    checks = {
        event.asset_check_evaluation_data.check_name: event.asset_check_evaluation_data.passed
        for event in events(instance, result.run_id, dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    }
    assert checks == {"codes_mapped": True, "rows_accepted": False}
    assert events(instance, result.run_id, dg.DagsterEventType.ASSET_MATERIALIZATION) == []


def add_tenant(world: World) -> None:
    """A second tenant on the same books and model."""
    text = (world.home / f"tenants/{world.tenant}.yaml").read_text(encoding="utf-8")
    second = text.replace(f"tenant: {world.tenant}\n", f"tenant: {SECOND}\n")
    (world.home / f"tenants/{SECOND}.yaml").write_text(second, encoding="utf-8")
    for name, value in world.sample.secrets.items():
        world.runtime.vault.set(SECOND, name, value)


def test_the_sensor_adds_and_removes_tenants_and_periods(world: World, instance: dg.DagsterInstance):
    """Also those of files that appear while the process with the sensor lives on."""
    tenants, periods = "tenants_netsuite", "periods_netsuite"
    repository = build_definitions(world.runtime).get_repository_def()
    sensor = repository.get_sensor_def(tenants)

    def tick() -> dict[str, list[str]]:
        sensor.evaluate_tick(dg.build_sensor_context(instance, repository_def=repository))
        return {name: list(instance.get_dynamic_partitions(name)) for name in (tenants, periods)}

    for name in (tenants, periods):
        for key in instance.get_dynamic_partitions(name):
            instance.delete_dynamic_partition(name, key)
    first = tick()
    assert first[tenants] == [world.tenant]
    assert {"FY2025-P01", "FY2026-P13", "FY2027-P12"} <= set(first[periods])
    assert tick() == first
    add_tenant(world)
    assert tick()[tenants] == [world.tenant, SECOND]
    (world.home / f"tenants/{SECOND}.yaml").unlink()
    assert tick() == first

    calendar = world.home / f"calendars/{world.tenant}.yaml"
    text = calendar.read_text(encoding="utf-8")
    calendar.write_text(text.replace("years: [2025,", "years: [2024, 2025,"), encoding="utf-8")
    earlier = tick()[periods]
    calendar.write_text(text, encoding="utf-8")
    assert earlier[0] == "FY2024-P01"
    assert earlier == sorted(earlier), "an earlier year stands before the later ones"
    assert tick() == first


def test_two_tenants_and_two_periods_are_four_runs(world: World, instance: dg.DagsterInstance):
    """What a backfill launches: the job once per partition."""
    add_tenant(world)
    world.read_again()
    keys = ("FY2026-P01", "FY2026-P02")
    results = [run(world, key, tenant=tenant) for tenant in (world.tenant, SECOND) for key in keys]
    assert all(result.ok for result in results)
    assert len({result.run_id for result in results}) == 4
    assert len(instance.get_runs(dg.RunsFilter(run_ids=[result.run_id for result in results]))) == 4
    done = instance.get_materialized_partitions(TIE_OUT)
    assert done >= {str(partition_key(tenant, key)) for tenant in (world.tenant, SECOND) for key in keys}
    job = build_definitions(world.runtime).resolve_job_def(round_trip_job("netsuite"))
    assert job.partitions_def is not None
    assert {"FY2026-P01|southwind", "FY2026-P02|northwind"} <= set(
        job.partitions_def.get_partition_keys(dynamic_partitions_store=instance)
    )
    (world.home / f"tenants/{SECOND}.yaml").unlink()
    world.read_again()


def test_an_erp_that_can_not_be_opened_is_red(world: World, instance: dg.DagsterInstance):
    """A vault without the secret: the run can't even begin to read."""
    assert run(world, "FY2025-P09").ok
    value = world.runtime.vault.get(world.tenant, "netsuite_private_key")
    world.runtime.vault.delete(world.tenant, "netsuite_private_key")
    result = run(world, "FY2025-P09")
    world.runtime.vault.set(world.tenant, "netsuite_private_key", value)
    assert not result.ok
    hint = "mlc secrets set northwind netsuite_private_key"
    assert [hint in (row["error"] or "") for row in result.assets[: len(LEDGER)]] == [True] * len(LEDGER)
    (state,) = (state for state in world.states() if state["period"] == "FY2025-P09")
    assert state["state"] == "red", "the status does not go on telling of the run before"


def test_a_partition_in_a_process_of_dagster_s_own(world: World, instance: dg.DagsterInstance):
    """As a run worker does it: the code is loaded anew, only the environment says where everything is."""
    key = partition_key(world.tenant, "FY2025-P11")
    instance.add_dynamic_partitions("tenants_netsuite", [world.tenant])
    command = ["asset", "materialize", "-m", "mlc_pipelines.definitions"]
    done = subprocess.run(
        [sys.executable, "-m", "dagster", *command, "--select", "key:netsuite/accounts", "--partition", str(key)],
        env={**world.environment, "DAGSTER_HOME": str(world.home / "dagster")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert str(key) in instance.get_materialized_partitions(dg.AssetKey(["netsuite", "accounts"]))

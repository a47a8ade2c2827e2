"""Green means green: what a period must have before `mlc status` calls it that, and what it is called else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy

from mlc_pipelines.flows.asset_name import landed_asset
from mlc_pipelines.flows.monitoring.status import partition_states
from mlc_pipelines.store.deliveries import NewDelivery, new_delivery_id
from mlc_pipelines.store.delivery_outcome import DeliveryOutcome
from mlc_pipelines.store.keys import LoadKey
from mlc_pipelines.store.marks import at_work
from mlc_pipelines.store.results import AssetPartition
from mlc_pipelines_tests.world import LEDGER, World, open_world, red
from mlc_sandbox.serving import Fault, answer

GL, GL_LOAD, TIE_OUT = "netsuite/gl_activity", "netsuite/anaplan/gl_activity", "netsuite/tie_out"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, make_database_url) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("home"), make_database_url(), only=LEDGER, gl_lines=300) as world:
        yield world


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    """Each test has a period of its own, or forgets what it found."""
    path = shared.home / f"tenants/{shared.tenant}.yaml"
    before = path.read_text(encoding="utf-8")
    yield shared
    path.write_text(before, encoding="utf-8")
    shared.erp.faults.clear()
    shared.read_again()


def state_of(world: World, period: str) -> dict[str, Any]:
    (state,) = (state for state in world.states() if state["period"] == period)
    return state


def missing(world: World, period: str) -> dict[str, str]:
    return {entry["asset"]: entry["why"] for entry in state_of(world, period)["missing"]}


def test_a_whole_round_trip_is_green(world: World):
    assert red(world.round_trip("FY2026-P01")) == {}
    state = state_of(world, "FY2026-P01")
    assert (state["state"], state["red"], state["missing"], state["difference"]) == ("green", [], [], "0")
    assert [asset["ok"] for asset in state["assets"]] == [True] * 7
    assert state["rows_accepted"] > 0
    assert state["last_success"]


def test_one_asset_alone_makes_no_period_green(world: World):
    world.land("accounts", period="FY2026-P02")
    state = state_of(world, "FY2026-P02")
    assert state["state"] == "partial"
    assert set(missing(world, "FY2026-P02").values()) == {"no result yet"}
    by_name = {asset["asset"]: asset["ok"] for asset in state["assets"]}
    assert by_name.pop("netsuite/accounts") is True
    assert set(by_name.values()) == {None}, "what was not reached is neither green nor red"
    assert set(by_name) == set(missing(world, "FY2026-P02"))


def test_lists_loaded_and_the_ledger_not(world: World):
    world.land("accounts", "departments", period="FY2026-P03")
    world.load("accounts", "FY2026-P03")
    world.load("departments", "FY2026-P03")
    assert state_of(world, "FY2026-P03")["state"] == "partial"
    assert set(missing(world, "FY2026-P03")) == {GL, GL_LOAD, TIE_OUT}


def test_a_tie_out_says_nothing_of_a_later_load(world: World):
    assert red(world.round_trip("FY2026-P04")) == {}
    world.post("77.00", debit=world.quiet_accounts("FY2026-P04")[0], key="FY2026-P04")
    world.land("gl_activity", period="FY2026-P04")
    assert missing(world, "FY2026-P04") == {GL_LOAD: f"older than {GL}", TIE_OUT: f"older than {GL}"}
    world.load("gl_activity", "FY2026-P04")
    state = state_of(world, "FY2026-P04")
    assert (state["state"], state["difference"]) == ("partial", None), "the difference was another load's"
    assert missing(world, "FY2026-P04") == {TIE_OUT: f"older than {GL}, {GL_LOAD}"}
    assert world.tie_out("FY2026-P04").error is None
    assert state_of(world, "FY2026-P04")["state"] == "green"


def test_a_delivery_that_nobody_heard_of_again(world: World):
    """A run that died after it had sent: its result was never stored, but the model is not what was tied out."""
    period = "FY2026-P05"
    assert red(world.round_trip(period)) == {}
    world.clock.sleep(1)
    delivery = world.runtime.deliveries.prepare(
        NewDelivery(
            LoadKey(world.tenant, "gl_activity", period, "import Load Once"),
            new_delivery_id(),
            workspace_id="w",
            model_id="m",
            snapshot_id="s",
            file_hash="h",
            rows_sent=1,
            fence=1,
            outcome=DeliveryOutcome(),
            run_id="r",
            created_at=world.clock.now(),
        )
    )
    assert state_of(world, period)["state"] == "green", "nothing was sent yet"
    delivery.starting(world.clock.now())
    assert missing(world, period) == {TIE_OUT: "older than the newest delivery"}
    delivery.settle("failed", delivery.outcome, world.clock.now())
    assert missing(world, period) == {TIE_OUT: "older than the newest delivery"}
    world.clock.sleep(1)
    world.tie_out(period)
    assert TIE_OUT not in missing(world, period)


def test_an_adjustment_period_is_sent_and_tied_out_with_its_month(world: World):
    assert red(world.round_trip("FY2025-P12")) == {}
    world.clock.sleep(1)
    assert red(world.round_trip("FY2025-P13")) == {}
    states = {state["period"]: state["state"] for state in world.states()}
    assert (states["FY2025-P12"], states["FY2025-P13"]) == ("green", "green")
    world.clock.sleep(1)
    world.post("5.00", debit=world.quiet_accounts("FY2025-P12")[0], key="FY2025-P12")
    world.land("gl_activity", period="FY2025-P12")
    world.load("gl_activity", "FY2025-P12")
    states = {state["period"]: state["state"] for state in world.states()}
    assert (states["FY2025-P12"], states["FY2025-P13"]) == ("partial", "partial"), "their sum is another"


def test_a_load_that_is_configured_later_is_missing(world: World):
    assert red(world.round_trip("FY2026-P06")) == {}

    def more(document: dict[str, Any]) -> None:
        document["loads"]["classes"] = [{"import": "Load Classes", "columns": {"Code": "id", "Name": "name"}}]

    world.change_tenant(more)
    assert state_of(world, "FY2026-P06")["state"] == "partial"
    assert missing(world, "FY2026-P06") == dict.fromkeys(
        ("netsuite/classes", "netsuite/anaplan/classes"), "no result yet"
    )


def test_another_import_or_model_is_another_load(world: World):
    assert red(world.round_trip("FY2025-P07")) == {}
    world.change_load("accounts", **{"import": "Load Other Accounts"})
    why = "it went by import Load GL Accounts; configured is import Load Other Accounts"
    assert missing(world, "FY2025-P07") == {"netsuite/anaplan/accounts": why}

    def second(document: dict[str, Any]) -> None:
        (first,) = document["loads"]["accounts"]
        first["import"] = "Load GL Accounts"
        document["loads"]["accounts"].append({**first, "import": "Load Again"})

    world.change_tenant(second)
    (why,) = missing(world, "FY2025-P07").values()
    assert why.endswith("configured is import Load GL Accounts, import Load Again")
    world.change_tenant(lambda document: document["loads"]["accounts"].pop())
    world.change_tenant(lambda document: document["anaplan"].update(model_id="F" * 32))
    whys = missing(world, "FY2025-P07")
    assert set(whys) == {f"netsuite/anaplan/{name}" for name in LEDGER}
    assert all("it went into model" in why for why in whys.values())


def test_a_load_that_was_taken_out_is_not_asked_for(world: World):
    assert red(world.round_trip("FY2025-P08")) == {}
    world.load_only("accounts")
    state = state_of(world, "FY2025-P08")
    assert [asset["asset"] for asset in state["assets"]] == [
        "netsuite/accounts",
        "netsuite/anaplan/accounts",
        TIE_OUT,
    ]


def test_red_names_what_was_not_reached_too(world: World):
    world.erp.faults.add(Fault("POST", "/suiteql", answer(403), times=1000))
    world.land(period="FY2025-P09")
    state = state_of(world, "FY2025-P09")
    assert state["state"] == "red"
    assert {entry["asset"] for entry in state["red"]} == {f"netsuite/{name}" for name in LEDGER}
    assert {entry["asset"] for entry in state["missing"]} == {*(f"netsuite/anaplan/{name}" for name in LEDGER), TIE_OUT}


def test_a_plan_is_part_of_the_periods_that_it_was_asked_for(world: World):
    assert red(world.round_trip("FY2025-P10")) == {}
    plan = {
        "export": "Approved Budget",
        "columns": {
            "account": "Account",
            "department": "Department",
            "period": {"column": "Period", "format": "%b %y"},
            "amount": "Amount",
        },
        "version": "Budget",
        "approved": {"column": "Approval", "equals": "Approved"},
    }
    world.change_tenant(lambda document: document.update(plan=plan))
    assert state_of(world, "FY2025-P10")["state"] == "green"
    assert "Approved Budget" in str(world.partition("FY2025-P10").export_plan().error)
    state = state_of(world, "FY2025-P10")
    assert (state["state"], [entry["asset"] for entry in state["red"]]) == ("red", ["netsuite/approved_plan"])
    assert state["assets"][-1]["asset"] == "netsuite/approved_plan"


def test_a_period_that_is_worked_on_is_running_until_that_ends(world: World):
    assert red(world.round_trip("FY2025-P06")) == {}
    with at_work(world.runtime.database, world.tenant, "FY2025-P06"):
        with at_work(world.runtime.database, world.tenant, "FY2025-P06"):
            assert state_of(world, "FY2025-P06")["state"] == "running"
        assert state_of(world, "FY2025-P06")["state"] == "running", "the other one is still at it"
    assert state_of(world, "FY2025-P06")["state"] == "green"


def test_a_run_is_seen_at_every_step_and_one_that_was_killed_is_not(world: World):
    period, seen = "FY2025-P03", []
    run = world.partition(period)
    watcher = world.open()

    def look(_: object) -> None:
        states = partition_states(watcher, world.tenant)
        seen.extend(state["state"] for state in states if state["period"] == period)

    world.land("accounts", period=period)  # else there is nothing to see in the first step
    world.runtime.on_read = world.runtime.on_action = look
    entity = world.runtime.erp(run.tenant).entities["accounts"]
    with run.landing([entity]) as landing:
        landing[landed_asset("netsuite", "accounts")].result()
    reading = len(seen)
    run.load(entity)
    assert 0 < reading < len(seen)
    assert set(seen) == {"running"}
    assert state_of(world, period)["state"] == "partial"

    with at_work(watcher.database, world.tenant, period):
        assert state_of(world, period)["state"] == "running"
        with world.runtime.database.engine.begin() as connection:  # what the server does when the process is killed
            connection.execute(
                sqlalchemy.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                    " AND mode = 'ShareLock' AND database = (SELECT oid FROM pg_database"
                    " WHERE datname = current_database())"
                )
            )
        assert state_of(world, period)["state"] == "partial"
    watcher.close()


def test_a_check_that_failed_and_left_its_asset_green_is_red(world: World):
    from mlc_pipelines.store.results import CheckResult

    period = "FY2025-P05"
    assert red(world.round_trip(period)) == {}
    failed = CheckResult("rows_accepted", passed=False, message="1 rejected")
    figures = {asset["asset"]: asset for asset in state_of(world, period)["assets"]}[GL_LOAD]
    place = AssetPartition(world.tenant, GL_LOAD, period)
    moment = figures.pop("finished_at")
    world.runtime.results.store(place, ok=True, figures=figures, checks=[failed], error=None, run_id="r", at=moment)
    state = state_of(world, period)
    assert (state["state"], state["red"]) == ("red", [{"asset": GL_LOAD, "why": "rows_accepted: 1 rejected"}])


def test_a_tenant_with_faults_is_red_and_hides_no_other(world: World):
    world.land("accounts", period="FY2025-P02")
    broken = world.home / "tenants/bad.yaml"
    broken.write_text("tenant: bad\nloads: {\n", encoding="utf-8")
    world.runtime.results.store(
        AssetPartition("bad", "netsuite/accounts", "FY2026-P01"),
        ok=True,
        figures={"rows_read": 5},
        checks=(),
        error=None,
        run_id="r",
        at=world.clock.now(),
    )
    try:
        world.read_again()
        states = partition_states(world.runtime, None)
        bad = [state for state in states if state["tenant"] == "bad"]
        assert [(state["period"], state["state"]) for state in bad] == [(None, "red"), ("FY2026-P01", "red")]
        assert "tenants/bad.yaml: line" in bad[0]["red"][0]["why"]
        assert bad[1]["red"] == [{"asset": "configuration", "why": "bad can't run, since its configuration has faults"}]
        assert {state["tenant"] for state in states} == {"bad", world.tenant}
        assert any(state["state"] != "red" for state in states)
    finally:
        broken.unlink()


def test_a_tenant_that_is_gone_is_not_spoken_of(world: World):
    world.runtime.results.store(
        AssetPartition("gone", TIE_OUT, "FY2026-P01"),
        ok=True,
        figures={},
        checks=(),
        error=None,
        run_id="r",
        at=world.clock.now(),
    )
    world.land("accounts", period="FY2025-P01")
    assert {state["tenant"] for state in partition_states(world.runtime, None)} == {world.tenant}

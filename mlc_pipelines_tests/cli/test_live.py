"""`mlc ping`, `actions`, `run`, `status`, on sandboxes: what is printed, where, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from mlc_pipelines.orchestration import storage
from mlc_pipelines_tests.cli.conftest import Mlc
from mlc_pipelines_tests.world import LEDGER, World
from mlc_sandbox.serving import Fault, answer


@pytest.fixture(autouse=True)
def undisturbed(world: World) -> Iterator[None]:
    before = (world.home / f"tenants/{world.tenant}.yaml").read_text(encoding="utf-8")
    storage._database.cache_clear()
    yield
    storage._database.cache_clear()
    world.erp.faults.clear()
    world.anaplan.faults.clear()
    (world.home / f"tenants/{world.tenant}.yaml").write_text(before, encoding="utf-8")
    world.read_again()


def about(findings: dict[str, dict[str, Any]], subject: str) -> dict[str, Any]:
    """The one finding on a subject, whichever side stands in front of it."""
    (found,) = (finding for name, finding in findings.items() if name.endswith(subject))
    return found


# -- calendar ---------------------------------------------------------------------------------------------------------


def test_the_calendar_beside_the_erp_s_own_periods(world: World, mlc: Mlc):
    done = mlc("calendar", world.tenant, "--year", "2026", "--json")
    assert done.code == 0
    assert done.json["differences"] == []
    may = next(period for period in done.json["periods"] if period["period"] == "FY2026-P05")
    assert may["end"] == "2026-05-31"
    assert "May 2026 (2026-05-01 to 2026-05-31" in may["erp"]
    assert may["state"] == "closed"
    polled = {poll["entity"]: poll for poll in done.json["polls"]}
    assert polled["gl_activity"]["every"] == "15m"
    assert polled["gl_activity"]["next"][1:3] == ["2026-06-15 09:30-07:00", "2026-06-15 09:45-07:00"]
    shown = mlc("calendar", world.tenant).out
    assert "FY2026-P05" in shown
    assert "gl_activity" in shown
    refused = mlc("calendar", world.tenant, "--year", "1999")
    assert refused.code == 2
    assert "has no fiscal year 1999" in refused.err


def test_a_calendar_that_differs_is_told_period_by_period(world: World, mlc: Mlc):
    weeks = "name: weeks\nkind: 4-4-5\nyear_start: 2025-12-29\nyear_ends: last\nyears: [2026]\n"
    (world.home / "calendars").mkdir(exist_ok=True)
    (world.home / "calendars/weeks.yaml").write_text(weeks, encoding="utf-8")
    world.change_tenant(lambda document: document.update(calendar="weeks"))
    done = mlc("calendar", world.tenant)
    assert done.code == 2
    assert "FY2026-P01 is 2025-12-29 to 2026-01-25 here, in the ERP" in done.err
    assert (
        about({each["subject"]: each for each in mlc("ping", "--json").json[world.tenant]}, "fiscal calendar")["ok"]
        is False
    )


# -- ping and actions -------------------------------------------------------------------------------------------------


def test_actions_with_their_headers(world: World, mlc: Mlc):
    actions = {action["name"]: action for action in mlc("actions", world.tenant, "--json").json}
    assert actions["Load Actuals"]["kind"] == "import"
    assert actions["Load Actuals"]["headers"] == ["Account", "Department", "Entity", "Period", "Version", "Amount"]
    shown = mlc("actions", world.tenant)
    assert shown.code == 0
    assert "Load GL Accounts" in shown.out


def test_ping_tries_both_sides_and_every_load(world: World, mlc: Mlc):
    done = mlc("ping", "--json")
    findings = {finding["subject"]: finding for finding in done.json[world.tenant]}
    assert about(findings, "netsuite: credentials")["ok"]
    assert about(findings, "anaplan: credentials")["ok"]
    assert about(findings, "import Load Actuals")["ok"]
    assert all(finding["ok"] for finding in done.json[world.tenant]) == (done.code == 0)


def test_ping_of_a_wrong_import_offers_near_ones(world: World, mlc: Mlc):
    world.change_load("gl_activity", **{"import": "Load Actual"})
    done = mlc("ping", world.tenant, "--json")
    assert done.code == 1
    bad = about({finding["subject"]: finding for finding in done.json[world.tenant]}, "import Load Actual")
    assert not bad["ok"]
    assert "Load Actuals" in bad["remedy"]


def test_ping_of_headers_that_differ(world: World, mlc: Mlc):
    world.change_load("accounts", columns={"Code": "number", "Namn": "name", "Parent": "parent_number"})
    done = mlc("ping", world.tenant, "--json")
    assert done.code == 1
    bad = about({finding["subject"]: finding for finding in done.json[world.tenant]}, "import Load GL Accounts")
    assert "'Namn'" in bad["message"]
    assert "'Name'" in bad["message"]


@pytest.mark.parametrize("name", ["anaplan_password", "netsuite_private_key"])
def test_ping_with_a_wrong_credential_tries_the_other_side_too(world: World, mlc: Mlc, name: str):
    assert mlc("ping", world.tenant).code == 0, "there are tokens that would do"
    right = world.runtime.vault.get(world.tenant, name)
    wrong = "wrong-passphrase" if name == "anaplan_password" else right[:40] + "AAAA" + right[44:]
    world.runtime.vault.set(world.tenant, name, wrong)
    done = mlc("ping", world.tenant, "--json")
    shown = mlc("ping", world.tenant)
    world.runtime.vault.set(world.tenant, name, right)
    assert (done.code, shown.code) == (1, 1)
    findings = done.json[world.tenant]
    assert any(finding["ok"] for finding in findings), "the other side answers"
    assert any(not finding["ok"] and finding["message"] for finding in findings)
    assert wrong not in done.out + done.err + shown.out + shown.err
    assert "Traceback" not in done.err


# -- what is refused before anything runs -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        (("run", "nothwind", "FY2026-P03"), "northwind"),
        (("run", "northwind", "FY2026-P3"), "FY2026-P03"),
        (("run", "northwind", "FY2026-P03", "--only", "gl_activty"), "netsuite/gl_activity"),
        (("status", "nothwind"), "northwind"),
        (("restate", "nothwind", "FY2026-P03"), "northwind"),
        (("restate", "northwind", "FY2026-P03"), "`mlc run northwind FY2026-P03` reads and loads it."),
        (("ping", "nothwind"), "northwind"),
        (("actions", "nothwind"), "northwind"),
    ],
)
def test_a_wrong_name_offers_near_ones(world: World, mlc: Mlc, arguments: tuple[str, ...], near: str):
    before = len(world.erp.log), len(world.anaplan.log)
    done = mlc(*arguments)
    assert (done.code, done.out) == (2, "")
    assert near in done.words
    assert (len(world.erp.log), len(world.anaplan.log)) == before, "nothing was asked for"


# -- run and status ---------------------------------------------------------------------------------------------------


def test_run_as_json_is_one_document_on_stdout(world: World):
    """In a process of its own, so that nothing of Dagster's can slip by."""
    done = world.mlc("run", world.tenant, "FY2026-P03", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["tenant"], document["period"], document["ok"]) == (world.tenant, "FY2026-P03", True)
    assets = {row["asset"]: row for row in document["assets"]}
    assert set(assets) == {
        *(f"netsuite/{name}" for name in LEDGER),
        *(f"netsuite/anaplan/{name}" for name in LEDGER),
        "netsuite/tie_out",
    }
    assert Decimal(assets["netsuite/tie_out"]["difference"]) == 0
    assert assets["netsuite/anaplan/gl_activity"]["rows_accepted"] > 0
    assert world.cells("FY2026-P03") == world.ledger("FY2026-P03")


def test_run_for_people(world: World, mlc: Mlc):
    done = mlc("run", world.tenant, "FY2026-P04")
    assert done.code == 0, done.err
    assert "tie-out: 0.00 difference" in done.out
    for name in LEDGER:
        assert f"netsuite/anaplan/{name}" in done.out
    status = mlc("status", world.tenant)
    assert status.code == 0
    assert "FY2026-P04" in status.out
    assert "green" in status.out


def test_a_red_run_is_1_and_says_why(world: World, mlc: Mlc):
    world.change_load("accounts", where={"number": {"not_in": ["6210"]}})
    world.post("100.00", debit="6210", key="FY2026-P05")
    world.model.state.remove_members("GL Accounts", _numbers(world, "6210"))
    done = mlc("run", world.tenant, "FY2026-P05", "--json")
    assert done.code == 1
    assert done.json["ok"] is False
    assets = {row["asset"]: row for row in done.json["assets"]}
    assert "6210" in assets["netsuite/anaplan/gl_activity"]["error"]
    assert "gl_activity by import Load Actuals: nothing was delivered yet" in assets["netsuite/tie_out"]["error"]
    assert "netsuite/anaplan/gl_activity" in done.words
    assert "'6210'" in done.words
    status = mlc("status", world.tenant, "--json")
    assert status.code == 0
    state = next(state for state in status.json if state["period"] == "FY2026-P05")
    assert state["state"] == "red"
    assert "6210" in state["red"][0]["why"]
    assert state["last_success"] is not None, "the landing was fine"


def test_what_is_not_reached_is_a_dash_and_says_what_it_waits_for(world: World, mlc: Mlc):
    world.change_load("departments", **{"import": "Load Departmnts"})
    done = mlc("run", world.tenant, "FY2025-P08", "--json")
    assert done.code == 1
    rows = {row["asset"]: row for row in done.json["assets"]}
    ledger = rows["netsuite/anaplan/gl_activity"]
    assert (ledger["ok"], ledger["reached"], ledger["error"]) == (False, False, None)
    assert ledger["waits_for"] == ["netsuite/anaplan/departments"]
    assert rows["netsuite/anaplan/accounts"]["ok"], "what does not need it goes on"
    shown = mlc("run", world.tenant, "FY2025-P08")
    assert "netsuite/anaplan/gl_activity: not reached, it waits for netsuite/anaplan/departments." in shown.words
    (line,) = [line for line in shown.out.splitlines() if "netsuite/anaplan/gl_activity" in line]
    assert line.split("│")[1].strip() == "-"


@pytest.mark.parametrize(
    ("period", "says"), [("FY2026-P14", "has no period 'FY2026-P14'"), ("FY2027-P12", "begins on 2027-12-01")]
)
def test_a_period_that_is_not_there_is_refused_before_anything_is_asked(world: World, mlc: Mlc, period: str, says: str):
    before = len(world.erp.log), len(world.anaplan.log)
    done = mlc("run", world.tenant, period)
    assert (done.code, done.out) == (2, "")
    assert says in done.words
    assert (len(world.erp.log), len(world.anaplan.log)) == before


def _numbers(world: World, *texts: str) -> list[int]:
    accounts = world.model.state.lists["GL Accounts"]
    return [accounts.find(text).number for text in texts if accounts.find(text)]


def test_a_wrong_import_in_a_run(world: World, mlc: Mlc):
    world.change_load("gl_activity", **{"import": "Load Actual"})
    done = mlc("run", world.tenant, "FY2026-P06")
    assert done.code == 1
    assert "Load Actuals" in done.words
    assert world.cells("FY2026-P06") == {}


def test_an_erp_that_is_down(world: World, mlc: Mlc):
    world.erp.faults.add(Fault("POST", "/token", answer(401, {}, {"error": "invalid_client"}), times=100))
    world.erp.expire_tokens()
    done = mlc("run", world.tenant, "FY2025-P07")
    assert done.code == 1
    assert "netsuite/accounts" in done.words
    assert "Traceback" not in done.err


def test_a_held_late_posting_is_let_in_by_restate(world: World, mlc: Mlc):
    period = "FY2026-P02"
    assert mlc("run", world.tenant, period).code == 0
    world.change_tenant(lambda document: document.update(schedule={"late_postings": "hold"}))
    account = world.quiet_accounts(period)[0]
    world.post("55.00", debit=account, key=period)
    assert mlc("run", world.tenant, period, "--only", "gl_activity", "--only", "tie_out").code == 1
    words = f"2 late postings are held: `mlc restate {world.tenant} {period}` lets them in."
    shown = mlc("status", world.tenant).out
    assert words in shown
    assert any(account in line and "held 2026-06-15" in line for line in shown.splitlines())
    done = mlc("restate", world.tenant, period, "--json")
    assert (done.code, done.json["ok"]) == (0, True)
    assert [row["asset"] for row in done.json["assets"]] == ["netsuite/anaplan/gl_activity", "netsuite/tie_out"]
    assert world.cells(period) == world.ledger(period)
    state = next(state for state in mlc("status", "--json").json if state["period"] == period)
    (late,) = state["late_postings"]
    assert (state["state"], late["state"], late["entity"], late["records"]) == ("green", "let_in", "gl_activity", 2)
    assert mlc("restate", world.tenant, period).code == 2


def test_status_as_json_has_one_entry_per_partition(world: World, mlc: Mlc):
    states = mlc("status", "--json").json
    assert len({(state["tenant"], state["period"]) for state in states}) == len(states)
    for state in states:
        assert {"tenant", "period", "state", "last_success", "rows_read", "difference", "red"} <= set(state)
        assert bool(state["red"]) == (state["state"] == "red")
    (books,) = (state for state in states if state["period"] is None)
    assert [poll["entity"] for poll in books["polls"]] == list(LEDGER)
    assert all(poll["asked_at"] and poll["next"] for poll in books["polls"])


def test_status_tells_when_the_books_were_asked_and_that_a_tenant_is_paused(world: World, mlc: Mlc):
    world.change_tenant(lambda document: document.update(schedule={"paused": True, "because": "A new model."}))
    shown = mlc("status").out
    assert "Asked for changes" in shown
    assert "read by a run" in shown
    assert f"{world.tenant} is paused: A new model." in shown

"""Codes without a place in the model, and names that are not there: nothing is dropped in silence."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from mlc_pipelines.errors import ConfigurationError, UnmappedCodes
from mlc_pipelines.flows.text import money_text
from mlc_pipelines_tests.world import LEDGER, World, open_world, red

GL_LOAD = "netsuite/anaplan/gl_activity"
TIE_OUT = "netsuite/tie_out"


@pytest.fixture
def world(tmp_path: Path, make_database_url) -> Iterator[World]:
    with open_world(tmp_path, make_database_url(), only=LEDGER, gl_lines=3000) as world:
        yield world


def without_account(world: World, number: str) -> None:
    """The model's list of accounts lacks one, as when a model builder removed it."""
    world.change_load("accounts", where={"number": {"not_in": [number]}})


def amounts(world: World, account: str) -> list[Decimal]:
    return [value for place, value in world.ledger().items() if place[0] == account]


def test_an_account_that_anaplan_lacks_blocks_the_load(world: World):
    without_account(world, "6210")
    for amount in ("10.00", "20.00"):
        world.post(amount, debit="6210", department=11)
    outcomes = world.round_trip()

    assert list(red(outcomes)) == [GL_LOAD, TIE_OUT]
    outcome = outcomes[GL_LOAD]
    assert isinstance(outcome.error, UnmappedCodes)
    assert "Account '6210' (no member of list GL Accounts;" in str(outcome.error)
    assert "Nothing was sent. Add them to the map or to the Anaplan list" in str(outcome.error)
    assert "gl_activity by import Load Actuals: nothing was delivered yet" in str(outcomes[TIE_OUT].error)
    assert [check.rule for check in outcome.checks if not check.passed] == ["codes_mapped", "rows_accepted"]
    (row,) = outcome.tables["Unmapped codes"]
    assert (row["column"], row["value"]) == ("Account", "6210")
    assert Decimal(row["amount"]) == sum(amounts(world, "6210"))
    assert row["rows"] == outcome.figures["rows_unmapped"] >= 2

    assert world.tasks("Load Actuals") == []
    assert world.cells() == {}
    assert outcome.figures["task_ids"] == ""
    (state,) = world.states()
    assert state["state"] == "red"
    assert [entry["asset"] for entry in state["red"]] == [GL_LOAD, TIE_OUT]
    assert "6210" in state["red"][0]["why"]


def test_an_account_that_anaplan_lacks_is_quarantined_and_the_tie_out_says_by_how_much(world: World):
    without_account(world, "6210")
    world.change_load("gl_activity", on_unmapped="quarantine")
    world.post("1000.01", debit="6210", department=11)
    outcomes = world.round_trip()

    missing = sum(amounts(world, "6210"), Decimal(0))
    assert outcomes[GL_LOAD].error is None, "the others are sent"
    assert list(red(outcomes)) == [TIE_OUT]
    assert [row["value"] for row in outcomes[GL_LOAD].tables["Unmapped codes"]] == ["6210"]
    assert world.cells() == {place: value for place, value in world.ledger().items() if place[0] != "6210"}

    by_how_much = str(abs(missing))  # what is booked on an account may well be a credit
    assert outcomes[TIE_OUT].figures["difference"] == by_how_much
    (difference,) = outcomes[TIE_OUT].tables["Differences"]
    assert difference["group"] == "6210"
    assert difference["difference"] == money_text(missing)
    assert f"kept back {money_text(missing)}" in difference["on the way"]
    assert difference["on the way"].endswith("accepted 0.00")
    assert f"6210: ERP {missing:,.2f}, accepted 0.00, difference {missing:,.2f}" in str(outcomes[TIE_OUT].error)
    (state,) = world.states()
    assert (state["state"], state["difference"]) == ("red", by_how_much)
    assert {entry["asset"] for entry in state["red"]} == {GL_LOAD, TIE_OUT}

    world.change_load("accounts", where=None)
    assert red(world.round_trip()) == {}
    assert world.cells() == world.ledger()
    assert [state["state"] for state in world.states()] == ["green"]


def test_a_department_without_a_map_entry(world: World):
    (world.home / "maps/departments.csv").write_text("erp,anaplan\n10,10\n", encoding="utf-8")
    columns = {
        "Account": "account_number",
        "Department": {"field": "department_id", "map": "departments", "default": "Unassigned"},
        "Entity": {"field": "subsidiary_name", "map": "entities"},
        "Period": {"period": "%b %y"},
        "Version": {"constant": "Actual"},
        "Amount": {"sum": "amount"},
    }
    world.change_load("gl_activity", columns=columns)
    outcomes = world.round_trip()
    assert list(red(outcomes)) == [GL_LOAD, TIE_OUT]
    used = {place[1] for place in world.ledger()} - {"Unassigned", "10"}
    rows = outcomes[GL_LOAD].tables["Unmapped codes"]
    assert {row["value"] for row in rows} == used, "each is told once, although its list lacks it too"
    assert {row["reason"] for row in rows} == {"no entry in maps/departments.csv"}
    assert world.tasks("Load Actuals") == []


def test_an_entity_without_a_map_entry_is_quarantined(world: World):
    lines = (world.home / "maps/entities.csv").read_text(encoding="utf-8").splitlines()
    (world.home / "maps/entities.csv").write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    world.change_load("gl_activity", on_unmapped="quarantine")
    outcomes = world.round_trip()
    (row,) = outcomes[GL_LOAD].tables["Unmapped codes"]
    assert (row["column"], row["value"]) == ("Entity", "Nordwind GmbH, Köln")
    assert row["rows"] > 0
    (world.home / "maps/entities.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    whole = world.ledger()
    assert world.cells() == {place: value for place, value in whole.items() if place[2] != "NW-DE"}
    assert list(red(outcomes)) == [TIE_OUT], "every account of that entity differs, though it balances in itself"

    world.read_again()
    assert red(world.round_trip()) == {}
    assert world.cells() == whole


def test_two_differences_that_cancel_each_other_are_a_difference(world: World):
    """Debit 100 and credit 100 both left out: the sum is right, the accounts are not."""
    debit, credit, *_ = world.quiet_accounts()
    world.change_load("accounts", where={"number": {"not_in": [debit, credit]}})
    world.change_load("gl_activity", on_unmapped="quarantine")
    world.post("100.00", debit=debit, credit=credit)
    outcomes = world.round_trip()
    assert list(red(outcomes)) == [TIE_OUT]
    assert outcomes[TIE_OUT].figures["difference"] == "200"


def test_a_wrong_import_name_offers_near_ones_and_sends_nothing(world: World):
    world.change_load("gl_activity", **{"import": "Load Actual"})
    outcomes = world.round_trip()
    error = outcomes[GL_LOAD].error
    assert isinstance(error, ConfigurationError)
    assert "Load Actual" in str(error)
    assert "Load Actuals" in error.hint
    assert world.tasks("Load Actuals") == []
    assert [state["red"][0]["why"] for state in world.states()] == [str(error)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Kostenstelle": {"constant": "x"}}, "the import's file has no column 'Kostenstelle'"),
        ({"Entity": None}, "no value is configured for its column 'Entity'"),
    ],
)
def test_headers_that_differ_from_the_import_s_file_send_nothing(world: World, change, words: str):
    columns = {
        "Account": "account_number",
        "Department": {"field": "department_id", "default": "Unassigned"},
        "Entity": {"field": "subsidiary_name", "map": "entities"},
        "Period": {"period": "%b %y"},
        "Version": {"constant": "Actual"},
        "Amount": {"sum": "amount"},
    }
    columns = {header: column for header, column in {**columns, **change}.items() if column}
    world.change_load("gl_activity", columns=columns, members={"Account": "GL Accounts"})
    outcome = world.round_trip()[GL_LOAD]
    assert words in str(outcome.error)
    assert "The file's columns are: Account, Department, Entity, Period, Version, Amount." in str(outcome.error)
    assert world.tasks("Load Actuals") == []


def test_a_list_that_the_model_lacks(world: World):
    world.change_load("gl_activity", members={"Account": "GL Account"})
    error = world.round_trip()[GL_LOAD].error
    assert isinstance(error, ConfigurationError)
    assert "GL Accounts" in str(error)
    assert world.tasks("Load Actuals") == []

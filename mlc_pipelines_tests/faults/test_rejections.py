"""Rows that Anaplan does not take: counted, joined to their source records, and healed by the next run."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from mlc_pipelines.errors import RowsRejected
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines_tests.meanwhile import remove_during_upload, remove_member
from mlc_pipelines_tests.world import LEDGER, World, open_world, red

GL_LOAD = "netsuite/anaplan/gl_activity"
TIE_OUT = "netsuite/tie_out"


@pytest.fixture
def world(tmp_path: Path, make_database_url) -> Iterator[World]:
    with open_world(tmp_path, make_database_url(), only=LEDGER, gl_lines=3000) as world:
        world.land()
        for name in ("accounts", "departments"):
            assert world.load(name).error is None
        yield world


@pytest.fixture
def account(world: World) -> str:
    """An account without other postings."""
    return world.quiet_accounts()[0]


@pytest.fixture
def rejected(world: World, account: str) -> dict[str, Any]:
    """Two journals on an account that vanishes meanwhile: two records in one cell, one in another."""
    journals = [
        world.post("100.00", debit=account, department=11),
        world.post("11.00", debit=account, department=11),
        world.post("0.50", debit=account, department=12),
    ]
    world.land("gl_activity")
    remove_during_upload(world, account)
    return {"journals": journals, "amount": Decimal("111.50")}


def test_rejected_rows_are_red_and_joined_to_their_records(world: World, rejected: dict[str, Any], account: str):
    outcome = world.load("gl_activity")
    assert isinstance(outcome.error, RowsRejected)
    assert "2 rejected" in str(outcome.error)
    assert outcome.figures["rows_rejected"] == 2
    assert outcome.figures["rows_accepted"] == outcome.figures["rows_sent"] - 2
    first, second = sorted(outcome.tables["Rejected rows"], key=lambda row: -Decimal(row["amount"]))
    assert (first["Account"], first["Department"], first["amount"], first["records"]) == (account, "11", "111", 2)
    assert (second["Department"], second["amount"], second["records"]) == ("12", "0.5", 1)
    assert "Invalid GL Accounts identifier" in first["reason"]
    assert {record.split("/")[0] for record in first["first_records"].split(", ")} == {
        str(number) for number in rejected["journals"][:2]
    }

    assert f"; 2 rows: Invalid GL Accounts identifier: {account}." in str(outcome.error)
    (check,) = [check for check in outcome.checks if check.rule == "rows_accepted"]
    assert check.tables["Rejected rows"] == outcome.tables["Rejected rows"], "a red asset shows only its checks"

    others = {place: value for place, value in world.ledger().items() if place[0] != account}
    assert world.cells() == others, "the rest arrived"
    (kept,) = world.home.glob("storage/deliveries/*/rejected.parquet")
    assert pq.read_table(kept).num_rows == 2
    tied = world.tie_out()
    assert tied.figures["difference"] == "111.5"
    assert [row["group"] for row in tied.tables["Differences"]] == [account]
    assert "rejected 111.50" in tied.tables["Differences"][0]["on the way"]
    (state,) = world.states()
    assert {entry["asset"] for entry in state["red"]} == {GL_LOAD, TIE_OUT}
    assert any("Invalid GL Accounts identifier" in entry["why"] for entry in state["red"])
    assert list(tied.tables) == list(tied.checks[0].tables)
    kept = Path(tied.figures["groups_file"]).read_text(encoding="utf-8-sig").splitlines()
    assert any(line.startswith(f"gl_activity,import Load Actuals,amount,{account},111.5,") for line in kept)


def test_on_rejected_warn_leaves_the_load_green_and_the_tie_out_red(world: World, rejected: dict[str, Any]):
    on_action = world.runtime.on_action
    world.change_load("gl_activity", on_rejected="warn")
    world.runtime.on_action = on_action
    outcome = world.load("gl_activity")
    assert outcome.error is None
    assert [check.rule for check in outcome.checks if not check.passed] == ["rows_accepted"]
    assert len(outcome.tables["Rejected rows"]) == 2
    assert Decimal(outcome.figures["amount"]) == -rejected["amount"]
    assert world.tie_out().error is not None
    (state,) = world.states()
    assert state["state"] == "red", "a failed check is something to look at"


def test_a_full_run_heals(world: World, rejected: dict[str, Any]):
    """Full, because nothing in the ERP tells that somebody removed a member in Anaplan."""
    assert world.load("gl_activity").error is not None
    world.read_again()
    world.full = True
    assert red(world.round_trip()) == {}
    assert world.cells() == world.ledger()


def test_an_account_that_was_removed_later_heals_too(world: World, rejected: dict[str, Any], account: str):
    """The coordinates are gone with the account: no zero is sent to them, which would be rejected for ever."""
    world.runtime.on_action = lambda _: None
    assert world.load("gl_activity").error is None
    remove_member(world, "GL Accounts", account)
    world.change_load("gl_activity", on_unmapped="quarantine")
    outcome = world.load("gl_activity")
    assert outcome.error is None
    assert outcome.figures["rows_rejected"] == outcome.figures["zero_rows"] == 0
    assert outcome.figures["rows_unmapped"] == 3


def test_without_a_member_check_a_rejected_zero_stays_due(world: World, rejected: dict[str, Any], account: str):
    world.runtime.on_action = lambda _: None
    world.change_load("gl_activity", members=None)
    assert world.load("gl_activity").error is None
    for journal in rejected["journals"]:
        world.erp.books.delete(journal)
    remove_member(world, "GL Accounts", account)
    world.land("gl_activity")
    first = world.load("gl_activity")
    assert isinstance(first.error, RowsRejected)
    assert (first.figures["zero_rows"], first.figures["rows_rejected"]) == (2, 2)
    assert isinstance(world.load("gl_activity").error, RowsRejected), "it is not given up in silence"
    world.change_load("gl_activity", members={"Account": "GL Accounts"})
    assert world.load("gl_activity").error is None, "the check tells that the coordinate went with its member"
    assert world.cells() == world.ledger()


def test_values_that_are_no_numbers_are_all_rejected(world: World):
    columns = {
        "Account": "account_number",
        "Department": {"field": "department_id", "default": "Unassigned"},
        "Entity": {"field": "subsidiary_name", "map": "entities"},
        "Period": {"period": "%b %y"},
        "Version": {"constant": "Actual"},
        "Amount": {"constant": "n/a"},
    }
    world.change_load("gl_activity", columns=columns)
    outcome = world.load("gl_activity")
    assert isinstance(outcome.error, RowsRejected)
    assert outcome.figures["rows_accepted"] == 0
    assert outcome.figures["rows_rejected"] == outcome.figures["rows_sent"] > 0
    assert "Invalid number: n/a" in outcome.tables["Rejected rows"][0]["reason"]
    assert len(outcome.tables["Rejected rows"]) <= 20
    assert world.cells() == {}
    assert world.tie_out().error is not None


def test_rows_that_anaplan_ignores_in_silence_are_red(world: World):
    """A member with others below it sums them up and takes no values: Anaplan ignores such rows and says it is fine."""
    world.post("5.00", debit="6410")
    world.land("gl_activity")
    state = world.model.state
    accounts = state.list_for_change("GL Accounts")
    accounts.add(name="A child", code="6410-1", parent=("GL Accounts", accounts.find("6410").number))
    outcome = world.load("gl_activity")
    assert isinstance(outcome.error, RowsRejected)
    assert outcome.figures["rows_ignored"] >= 1
    assert outcome.figures["rows_rejected"] == 0
    assert "ignored" in str(world.tie_out().error)


def test_a_name_that_a_member_under_another_parent_has_is_named_with_its_record(world: World):
    """Names are unique in a list, wherever a member hangs: Anaplan refuses the second one by the row."""
    departments = world.model.state.list_for_change("Departments")
    world.land("departments")
    snapshot = world.runtime.snapshots.current(PartitionKey(world.tenant, "departments", world.closed))
    assert snapshot is not None
    rows = [row for batch in world.runtime.snapshots.batches(snapshot) for row in batch.to_pylist()]
    taken = next(row for row in rows if row["name"] not in {each["parent_name"] for each in rows})
    (held,) = [member for member in departments.members.values() if member.code == str(taken["id"])]
    above = departments.add(name="By hand", code="H1")
    departments.replace(held._replace(code="H2", parent=("Departments", above.index)))
    world.full = True
    outcome = world.load("departments")
    assert isinstance(outcome.error, RowsRejected)
    (row,) = outcome.tables["Rejected rows"]
    assert f"Name or code exists: {held.name}" in row["reason"]
    assert row["first_records"] == taken["_source_id"]

"""Members that are gone from the ERP are deleted, and no others."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from mlc_pipelines.config import Load
from mlc_pipelines.errors import ConfigurationError, RowsRejected, Unavailable
from mlc_pipelines_tests.flows.delivery.writers.loading import (
    account,
    arrive,
    change,
    chart,
    members,
    write_accounts,
    written,
)
from mlc_pipelines_tests.world import World
from mlc_sandbox.serving import Fault, answer, drop_answer

OUTAGE = answer(503)


def retire(world: World) -> Any:
    """Make an account inactive, which the load leaves out."""
    retired = account(world)
    world.erp.books.set_account_inactive(retired.id, inactive=True)
    return retired


@pytest.fixture
def removing(world: World) -> World:
    """The list is loaded; somebody has members of their own in it."""
    write_accounts(world, remove_missing=True)
    assert arrive(world, "accounts").error is None
    world.model.state.list_for_change("GL Accounts").add(name="By hand", code="H1")
    return world


def expected(world: World) -> dict[str, tuple[str, str]]:
    return {**chart(world), "H1": ("By hand", "")}


def test_members_that_are_gone_are_removed_and_no_others(removing: World):
    retired = retire(removing)
    outcome = arrive(removing, "accounts")
    assert outcome.error is None
    assert members(removing) == expected(removing)
    assert (outcome.figures["members_removed"], outcome.figures["rows_sent"]) == (1, 0)
    (row,) = outcome.tables["Changed members"]
    assert row == {"code": retired.number, "change": "removed", "old": retired.name, "new": ""}

    calls = written(removing, "/items")
    assert arrive(removing, "accounts").figures["members_removed"] == 0
    assert written(removing, "/items") == calls

    removing.erp.books.set_account_inactive(retired.id, inactive=False)
    assert arrive(removing, "accounts").figures["members_added"] == 1
    assert members(removing) == expected(removing)


def test_a_new_account_takes_the_name_of_a_removed_one(removing: World):
    renumbered = account(removing)
    change(removing, "account", renumbered.id, acctnumber="6999")
    outcome = arrive(removing, "accounts")
    assert (outcome.error, outcome.figures["members_added"], outcome.figures["members_removed"]) == (None, 1, 1)
    assert members(removing)["6999"][0] == renumbered.name
    assert members(removing) == expected(removing)


def test_without_being_asked_nothing_is_removed(world: World):
    write_accounts(world)
    assert arrive(world, "accounts").error is None
    retired = retire(world)
    assert arrive(world, "accounts").error is None
    assert retired.number in members(world)


def test_a_lost_answer_to_a_removal(removing: World):
    retire(removing)
    removing.anaplan.faults.add(Fault("POST", "action=delete", drop_answer))
    outcome = arrive(removing, "accounts")
    assert (outcome.error, outcome.figures["members_removed"]) == (None, 1)
    assert members(removing) == expected(removing)


@pytest.mark.parametrize("fault", [OUTAGE, drop_answer], ids=lambda fault: fault.kind)
def test_a_removal_that_ended_in_the_middle_is_taken_up(removing: World, fault: Any):
    retired = retire(removing)
    removing.anaplan.faults.add(Fault("POST", "action=delete", fault, times=1000))
    assert isinstance(arrive(removing, "accounts").error, Unavailable)
    removing.anaplan.faults.clear()
    assert removing.load("accounts").error is None
    assert retired.number not in members(removing)
    assert members(removing) == expected(removing)


def test_a_refused_removal_is_red_and_stays_due(removing: World):
    retired = retire(removing)
    failures = [{"requestIndex": 0, "failureType": "IN_USE", "failureMessageDetails": "used in a formula"}]
    body = {"status": {"code": 200}, "deleted": 0, "ignored": 1, "total": 1, "failures": failures}
    removing.anaplan.faults.add(Fault("POST", "action=delete", answer(200, {}, body)))
    outcome = arrive(removing, "accounts")
    assert isinstance(outcome.error, RowsRejected)
    (row,) = outcome.tables["Rejected rows"]
    assert (row["Code"], row["reason"]) == (retired.number, "not removed: IN_USE: used in a formula")

    healed = removing.load("accounts")
    assert (healed.error, healed.figures["members_removed"]) == (None, 1)
    assert members(removing) == expected(removing)


def test_an_entity_without_rows_removes_nothing(removing: World):
    before = members(removing)
    removing.change_load("accounts", where={"number": {"equals": "nothing"}})
    outcome = removing.load("accounts")
    assert isinstance(outcome.error, ConfigurationError)
    assert f"all {len(chart(removing)) - 1} members" in str(outcome.error)
    assert members(removing) == before


def test_a_replay_of_an_older_snapshot_removes_nothing(removing: World):
    """What people entered for an account that came since would go with it."""
    retired = retire(removing)
    older = arrive(removing, "accounts").figures["snapshot_id"]
    removing.erp.books.set_account_inactive(retired.id, inactive=False)
    assert arrive(removing, "accounts").figures["members_added"] == 1
    before = members(removing)
    run = removing.partition()
    run.replays = removing.runtime.snapshots.find(older)
    outcome = run.load(removing.runtime.erp(removing.runtime.tenant(removing.tenant)).entities["accounts"])
    assert isinstance(outcome.error, ConfigurationError)
    assert retired.number in str(outcome.error)
    assert members(removing) == before


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"import": "Load"}, "written directly"),
        ({"list": "L", "columns": {"Name": "name"}}, "named Code"),
        ({"list": "L", "on_unmapped": "quarantine"}, "quarantine"),
    ],
)
def test_where_members_can_not_be_removed(keys: dict[str, Any], problem: str):
    with pytest.raises(ValidationError, match=problem):
        Load.model_validate({"columns": {"CODE": "number"}, "remove_missing": True, **keys})

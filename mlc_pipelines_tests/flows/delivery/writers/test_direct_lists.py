"""Members of lists written directly: every row accounted for, nothing written twice."""

from __future__ import annotations

import pytest

from mlc_pipelines.anaplan import Upload
from mlc_pipelines.errors import OutcomeUnknown, RowsRejected
from mlc_pipelines.flows.delivery.result import MASK
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


def test_a_list_follows_the_chart_of_accounts(world: World):
    write_accounts(world)
    first = arrive(world, "accounts")
    assert first.error is None
    assert members(world) == chart(world)
    assert first.figures["members_added"] == first.figures["rows_accepted"] == len(chart(world)) - 1
    assert "Changed members" not in first.tables

    renamed, moved = account(world), account(world, 1)
    others = {one.parent for one in world.erp.books.accounts if one.parent} - {moved.parent}
    parent = next(one for one in world.erp.books.accounts if one.id in others and not one.inactive)
    change(world, "account", renamed.id, accountsearchdisplaynamecopy="Løn & Gehälter")
    change(world, "account", moved.id, parent=parent.id)
    before = chart_names(world)
    second = arrive(world, "accounts")
    assert second.error is None
    assert members(world) == chart(world)
    assert second.figures["rows_sent"] == 2
    counts = {name: second.figures[f"members_{name}"] for name in ("added", "renamed", "moved", "removed")}
    assert counts == {"added": 0, "renamed": 1, "moved": 1, "removed": 0}
    assert second.tables["Changed members"] == [
        {"code": renamed.number, "change": "renamed", "old": renamed.name, "new": "Løn & Gehälter"},
        {"code": moved.number, "change": "moved", "old": before.get(moved.parent, ""), "new": parent.number},
    ]

    changes, calls = world.model.changes, written(world, "/items")
    third = arrive(world, "accounts")
    assert (third.error, third.figures["rows_sent"], third.figures["members_renamed"]) == (None, 0, 0)
    assert (world.model.changes, written(world, "/items")) == (changes, calls)

    world.full = True
    whole = arrive(world, "accounts")
    assert whole.figures["rows_sent"] == len(chart(world)) - 1
    assert (world.model.changes, written(world, "/items")) == (changes, calls), "the list was read, nothing differs"


def chart_names(world: World) -> dict[int | None, str]:
    names = {one.id: one.name for one in world.erp.books.accounts}
    return {None: "Total Accounts", **names}


def test_members_that_anaplan_refuses_are_joined_to_their_records(world: World):
    write_accounts(world)
    assert arrive(world, "accounts").error is None
    first, second = account(world), account(world, 1)
    change(world, "account", first.id, accountsearchdisplaynamecopy=second.name)
    outcome = arrive(world, "accounts")
    assert isinstance(outcome.error, RowsRejected)
    assert (outcome.figures["rows_rejected"], outcome.figures["members_renamed"]) == (1, 0)
    (rejected,) = outcome.tables["Rejected rows"]
    assert (rejected["Code"], rejected["first_records"], rejected["records"]) == (first.number, str(first.id), 1)
    assert "duplicate name" in rejected["reason"]

    change(world, "account", first.id, accountsearchdisplaynamecopy="Freight, inbound")
    assert arrive(world, "accounts").error is None
    assert members(world) == chart(world)


@pytest.mark.parametrize(("times", "error"), [(1, type(None)), (3, OutcomeUnknown)])
def test_answers_that_are_lost_between_calls(world: World, times: int, error: type):
    write_accounts(world)
    world.runtime.upload = Upload(members_per_call=20)
    world.anaplan.faults.add(Fault("POST", "action=add", drop_answer, times=times, after=1))
    assert isinstance(arrive(world, "accounts").error, error)
    assert arrive(world, "accounts").error is None
    assert members(world) == chart(world)
    assert len(world.model.state.lists["GL Accounts"].members) == len(chart(world))


def test_personal_names_of_members_are_not_shown(world: World):
    world.change_load("employees", **{"import": None, "list": "Employees"})
    assert arrive(world, "employees").error is None
    query = "SELECT id, entityid FROM employee ORDER BY id LIMIT 1"
    employee, name = world.erp.books.cursor().execute(query).fetchone()
    change(world, "employee", employee, entityid="Ada Newname")
    outcome = arrive(world, "employees")
    assert outcome.error is None
    assert members(world, "Employees")[str(employee)][0] == "Ada Newname"
    assert outcome.tables["Changed members"] == [{"code": str(employee), "change": "renamed", "old": MASK, "new": MASK}]
    assert name not in str(outcome)

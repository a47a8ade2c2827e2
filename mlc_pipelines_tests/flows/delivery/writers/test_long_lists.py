"""Lists too long for one answer, and answers that do not say what was done."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from mlc_pipelines.errors import ConfigurationError, DataError
from mlc_pipelines_tests.flows.delivery.writers.loading import (
    write_accounts,
)
from mlc_pipelines_tests.world import World, red
from mlc_sandbox.serving import Fault, answer, drop_answer

OUTAGE = answer(503)


@pytest.mark.parametrize("page_rows", [1, 7, 100_000])
def test_a_list_too_long_for_one_answer_is_read_by_pages(world: World, page_rows: int):
    assert red(world.round_trip()) == {}
    with world.runtime.anaplan(world.runtime.tenant(world.tenant)) as client:
        whole = client.list_members("GL Accounts")
        world.anaplan.list_read_limit, world.anaplan.read_page_rows = 10, page_rows
        paged = client.list_members("GL Accounts")
        assert paged.drop(["id"]).equals(whole.drop(["id"])), "its pages have no ids"
        assert paged["id"].null_count == paged.num_rows
    write_accounts(world)
    loaded = world.load("accounts")
    assert red({"accounts": loaded}) == {}
    deleted = [request for request in world.anaplan.log if request.method == "DELETE"]
    assert len(deleted) == len([r for r in world.anaplan.log if r.path.endswith("/readRequests")]) >= 2


def test_pages_of_a_long_list_that_show_no_members_are_refused(world: World):
    world.anaplan.list_read_limit = 0
    world.anaplan.faults.add(
        Fault("GET", r"/pages/0$", answer(200, {"Content-Type": "text/csv"}, b"Accounts,Label\n1,A\n"))
    )
    opened = world.runtime.anaplan(world.runtime.tenant(world.tenant))
    with opened as client, pytest.raises(DataError, match="columns Accounts, Label"):
        client.list_members("GL Accounts")


@pytest.mark.parametrize("on_top", [True, False])
def test_a_deletion_whose_answer_is_lost_and_that_is_refused_when_it_is_sent_again(world: World, on_top: bool):
    world.anaplan.delete_failures_on_top = on_top
    with world.runtime.anaplan(world.runtime.tenant(world.tenant)) as client:
        first = client.load_list("Teams", pa.table({"Code": ["1", "2"], "Name": ["One", "Two"]}))
        assert first.added == 2
        world.anaplan.faults.add(Fault("POST", "action=delete", drop_answer))
        load = client.load_list("Teams", pa.table({"Code": ["11"], "Name": ["11"]}), remove=["1", "2"])
    assert [change.code for change in load.removed] == ["1", "2"]
    assert load.not_removed == ()


@pytest.mark.parametrize(
    "told",
    [
        {"deleted": 2, "ignored": 0, "total": 2},
        {"result": {"numberOfItemsDeleted": 2}},
        {"result": {"numberOfItemsDeleted": 1, "failures": [{"requestIndex": 0, "failureType": "Not found"}]}},
        {},
    ],
)
def test_what_was_to_be_gone_is_looked_for_whatever_anaplan_says(world: World, told: dict[str, Any]):
    body = json.dumps({"status": {"code": 200}, **told}).encode()
    with world.runtime.anaplan(world.runtime.tenant(world.tenant)) as client:
        client.load_list("Teams", pa.table({"Code": ["1", "2"], "Name": ["One", "Two"]}))
        world.anaplan.faults.add(Fault("POST", "action=delete", answer(200, {}, body)))
        load = client.load_list("Teams", pa.table({"Code": ["11"], "Name": ["11"]}), remove=["1", "2"])
    assert load.removed == ()
    assert [code for code, _ in load.not_removed] == ["1", "2"]


def test_an_update_that_is_ignored_without_a_word_is_found(world: World):
    with world.runtime.anaplan(world.runtime.tenant(world.tenant)) as client:
        client.load_list("Teams", pa.table({"Code": ["1", "2"], "Name": ["One", "Two"]}))
        load = client.load_list("Teams", pa.table({"Code": ["2", "1"], "Name": ["Second", "Second"]}))
    (failure,) = load.failures
    assert (failure.row, failure.kind) == (1, "ignored")
    assert "duplicate name: the member with the code 2 has it" in failure.message
    assert (load.updated, load.unchanged, len(load.renamed)) == (1, 0, 1)


def test_parents_of_a_long_list_are_told_by_name(world: World):
    """Without ids in the pages a parent that is named by its code is no move."""
    write_accounts(world)
    assert red(world.round_trip()) == {}
    world.anaplan.list_read_limit = 10
    before = world.model.changes
    world.full = True
    outcome = world.load("accounts")
    assert (outcome.error, outcome.figures["members_moved"], world.model.changes) == (None, 0, before)


def test_pages_with_access_columns_and_repeated_headers(world: World):
    catalogue = world.model.catalogue
    (key,) = [key for key, spec in catalogue.lists.items() if spec.name == "Employees"]
    catalogue.lists[key] = replace(catalogue.lists[key], selective_access=True, subsets=("Leaders",))
    assert red(world.round_trip()) == {}
    with world.runtime.anaplan(world.runtime.tenant(world.tenant)) as client:
        whole = client.list_members("Employees")
        world.anaplan.list_read_limit = 0
        assert client.list_members("Employees").drop(["id"]).equals(whole.drop(["id"]))


def test_what_a_list_or_line_item_can_not_take_is_told_before_anything_is_written(world: World):
    catalogue = world.model.catalogue
    (key,) = [key for key, spec in catalogue.lists.items() if spec.name == "Teams"]
    numbered, plain = replace(catalogue.lists[key], numbered=True), catalogue.lists[key]
    catalogue.lists[key] = numbered
    world.change_load("employees", **{"import": None, "list": "Teams", "columns": {"Code": "id", "Name": "code"}})
    world.land("employees")
    assert "numbered list, whose members Anaplan names itself" in str(world.load("employees").error)
    catalogue.lists[key] = plain
    line_items = catalogue.line_items
    for changes, words in (({"formula": "1"}, "it has a formula"), ({"format": "TEXT"}, "its format is TEXT")):
        before = dict(line_items)
        line_items.update({k: replace(e, line_item=replace(e.line_item, **changes)) for k, e in line_items.items()})
        opened = world.runtime.anaplan(world.runtime.tenant(world.tenant))
        with opened as client, pytest.raises(ConfigurationError, match=words):
            client.cell_dimensions("Team Costs", "Amount")
        line_items.update(before)

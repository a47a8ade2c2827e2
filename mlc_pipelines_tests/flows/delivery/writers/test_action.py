"""Processes, and imports that ask at run time."""

from __future__ import annotations

from typing import Any

from mlc_pipelines.errors import ConfigurationError, RowsRejected
from mlc_pipelines_tests.flows.delivery.writers.loading import (
    account,
    arrive,
)
from mlc_pipelines_tests.meanwhile import remove_during_upload
from mlc_pipelines_tests.world import World, red
from mlc_sandbox.serving import answer

OUTAGE = answer(503)


def test_a_process_feeds_its_imports_from_one_file(world: World):
    assert red({name: arrive(world, name) for name in ("accounts", "departments")}) == {}
    number = account(world).number
    journal = world.post("40.00", debit=number, department=12)
    world.change_load("gl_activity", **{"import": None, "process": "Load Ledger", "members": None})
    world.land("gl_activity")
    remove_during_upload(world, number)
    outcome = world.load("gl_activity")
    assert isinstance(outcome.error, RowsRejected)

    (task,) = world.tasks("Load Ledger")
    assert outcome.figures["task_ids"] == task.id
    first, second = (len(part.dump.splitlines()) - 1 for part in task.result.nested)
    assert first == 1
    assert second > 1
    assert outcome.figures["rows_rejected"] == first + second, "of both imports, each with its own dump"
    rows = outcome.tables["Rejected rows"]
    (lost,) = [row for row in rows if row["Account"] == number]
    assert (lost["records"], lost["first_records"].split("/")[0]) == (1, str(journal))
    assert {row["Department"] for row in rows if row["Account"] != number}.isdisjoint({"11", "Unassigned"})
    assert world.cells() == {place: value for place, value in world.ledger().items() if place[0] != number}
    assert set(world.cells(module="Team Costs")) <= {
        (team, world.period().label("%b %y"), "Amount") for team in ("11", "Unassigned")
    }


def test_a_process_of_two_files_is_refused_before_anything_is_sent(world: World):
    world.change_load("gl_activity", **{"import": None, "process": "Two files", "members": None})
    outcome = arrive(world, "gl_activity")
    assert isinstance(outcome.error, ConfigurationError)
    assert "reads 2 files" in str(outcome.error)
    assert world.tasks("Two files") == []


def test_an_import_is_told_what_it_asks_for(world: World):
    asking: dict[str, Any] = {
        "import": "Load a version",
        "parameters": {"Version": "Actual", "Month": {"period": "%b %y"}},
    }

    def ask(document: dict[str, Any]) -> None:
        load = document["loads"]["gl_activity"][0]
        columns = {header: column for header, column in load["columns"].items() if header not in ("Version", "Period")}
        load.update(asking, columns=columns)
        other = {**load, "parameters": {**asking["parameters"], "Version": "Budget"}}
        document["loads"]["gl_activity"] = [load, other]

    world.change_tenant(ask)
    assert red(world.round_trip()) == {}
    cells, ledger = world.cells(), world.ledger()
    assert {place: amount for place, amount in cells.items() if "Actual" in place} == ledger
    assert {tuple("Actual" if each == "Budget" else each for each in place) for place in cells} == set(ledger)
    assert len(cells) == 2 * len(ledger)
    before = len(world.tasks("Load a version"))
    assert red(world.round_trip()) == {}
    assert len(world.tasks("Load a version")) == before == 2  # each version has a history of its own


def test_a_prompt_without_answer_is_red(world: World):
    def forget(document: dict[str, Any]) -> None:
        load = document["loads"]["gl_activity"][0]
        columns = {header: column for header, column in load["columns"].items() if header not in ("Version", "Period")}
        load.update({"import": "Load a version", "columns": columns, "parameters": {"Version": "Actual"}})

    world.change_tenant(forget)
    assert "Time: no member" in red(world.round_trip())["netsuite/anaplan/gl_activity"]
    assert world.cells() == {}

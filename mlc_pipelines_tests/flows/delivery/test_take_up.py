"""Starts whose answer is lost, columns that change before a crash is taken up, counts that Anaplan leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from mlc_pipelines.errors import ConfigurationError, OutcomeUnknown, Unavailable
from mlc_pipelines_tests.world import LEDGER, World, open_world, red
from mlc_sandbox.serving import Action, Fault, answer, drop_answer, reset_before

ACTION = "Load Actuals"
OUTAGE = answer(503)
CELLS = {
    "GL Accounts": "account_number",
    "Departments": {"field": "department_id", "default": "Unassigned"},
    "Entities": {"field": "subsidiary_name", "map": "entities"},
    "Time": {"period": "%b %y"},
    "Versions": {"constant": "Actual"},
    "Amount": {"sum": "amount"},
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, make_database_url) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("world"), make_database_url(), only=LEDGER, gl_lines=3000) as world:
        assert red(world.round_trip()) == {}
        yield world


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    """The shared world, with landed rows that the model does not hold yet."""
    tenant_file = shared.home / f"tenants/{shared.tenant}.yaml"
    before = tenant_file.read_text(encoding="utf-8")
    shared.post("12.34", debit="6010", department=11)
    assert red(shared.land("gl_activity")) == {}
    shared.anaplan.log.clear()
    yield shared
    shared.anaplan.faults.clear()
    tenant_file.write_text(before, encoding="utf-8")
    shared.full = False
    shared.read_again()


def starts(world: World) -> int:
    return sum(line.method == "POST" and line.path.endswith("/tasks") for line in world.anaplan.log)


def arrived(world: World) -> None:
    assert world.cells() == world.ledger() != {}
    assert world.tie_out().error is None
    assert [state["state"] for state in world.states()] == ["green"]


# -- a start whose answer is lost -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "sent"), [(drop_answer, 1), (reset_before, 2)], ids=["executed", "not executed"])
def test_a_start_without_an_answer_is_one_task_in_the_trail(world: World, fault: Action, sent: int):
    tasks = len(world.tasks(ACTION))
    world.anaplan.faults.add(Fault("POST", "/tasks$", fault))
    outcome = world.load("gl_activity")
    assert outcome.error is None
    assert starts(world) == sent
    (task,) = world.tasks(ACTION)[tasks:]
    delivery = world.deliveries()[-1]
    assert (delivery["state"], delivery["task_id"]) == ("accepted", task.id)
    assert delivery["outcome"]["task_id"] == outcome.figures["task_ids"] == task.id
    assert delivery["starting_since"] <= task.created_at
    arrived(world)


def test_a_start_that_is_never_answered_and_never_executed(world: World):
    """Three tries, then nobody knows; the next run looks for the task before it starts one."""
    tasks = len(world.tasks(ACTION))
    world.anaplan.faults.add(Fault("POST", "/tasks$", reset_before, times=3))
    outcome = world.load("gl_activity")
    assert "was lost 3 times" in str(outcome.error)
    delivery = world.deliveries()[-1]
    assert (delivery["state"], delivery["task_id"]) == ("starting", None)
    assert world.load("gl_activity").error is None
    assert len(world.tasks(ACTION)) == tasks + 1
    assert {each["state"] for each in world.deliveries()} == {"accepted"}
    arrived(world)


# -- a configuration that changes before a crash is taken up ----------------------------------------------------------


def give_up_at(world: World, method: str, path: str) -> None:
    """A load that stops at a call, so that its delivery is left unsettled."""
    world.anaplan.faults.add(Fault(method, path, OUTAGE, times=1000))
    assert isinstance(world.load("gl_activity").error, Unavailable | OutcomeUnknown)
    assert world.deliveries()[-1]["state"] == "starting"
    world.anaplan.faults.clear()


def test_cells_left_in_the_middle_and_another_line_item_since(world: World):
    """The rows that were left have columns that the load no longer knows: they are not sent, the new ones all are."""
    write_cells(world, CELLS)
    assert world.load("gl_activity").error is None
    world.post("5.00", debit="6010", department=11)
    assert red(world.land("gl_activity")) == {}
    give_up_at(world, "POST", "/data$")
    left = world.deliveries()[-1]
    rename_line_item(world, "Amount", "Total")
    try:
        write_cells(world, _renamed(CELLS, "Amount", "Total"))
        assert world.load("gl_activity").error is None
        settled = next(each for each in world.deliveries() if each["id"] == left["id"])
        assert (settled["state"], "columns" in settled["outcome"]["reason"]) == ("failed", True)
        figures = {(*place[:-1], "Total"): value for place, value in world.ledger().items()}
        assert world.cells() == figures != {}
    finally:
        rename_line_item(world, "Total", "Amount")


@pytest.mark.parametrize(
    ("module", "columns", "words"),
    [
        ("GL Actual", CELLS, "Did you mean 'GL Actuals'"),
        ("GL Actuals", {**CELLS, "Amounts": CELLS["Amount"], "Amount": None}, "Did you mean 'Amount'"),
        ("GL Actuals", {**CELLS, "Account": "account_number", "GL Accounts": None}, "are GL Accounts, Departments"),
        ("GL Actuals", {**CELLS, "Versions": None}, "Give each dimension a column of its name"),
    ],
)
def test_cells_of_what_the_model_lacks_are_told_before_anything_is_sent(
    world: World, module: str, columns: dict[str, Any], words: str
):
    known = len(world.deliveries())
    write_cells(world, {header: column for header, column in columns.items() if column}, module)
    outcome = world.load("gl_activity")
    assert isinstance(outcome.error, ConfigurationError)
    assert words in str(outcome.error)
    assert len(world.deliveries()) == known
    assert not any(line.path.endswith("/data") for line in world.anaplan.log)


def write_cells(world: World, columns: dict[str, Any], module: str = "GL Actuals") -> None:
    world.change_load("gl_activity", **{"import": None, "module": module, "columns": columns, "members": None})


def rename_line_item(world: World, old: str, new: str) -> None:
    """As a model builder does it: the figures stay."""
    model = world.model
    for key, entry in model.catalogue.line_items.items():
        if (entry.module, entry.line_item.name) == ("GL Actuals", old):
            model.catalogue.line_items[key] = replace(entry, line_item=replace(entry.line_item, name=new))
    state = model.state
    state.modules["GL Actuals"] = {
        new if name == old else name: part for name, part in state.modules["GL Actuals"].items()
    }
    state._module_specs["GL Actuals"] = replace(state.module_spec("GL Actuals"), line_items=(new,))


def test_an_import_left_in_the_middle_and_other_columns_since(world: World):
    """A model builder has renamed a column of the file, and the tenant file follows."""
    give_up_at(world, "POST", "/tasks$")
    left = world.deliveries()[-1]
    rename_column(world, "Entity", "Company")
    try:
        outcome = world.load("gl_activity")
        assert outcome.error is None
        settled = next(each for each in world.deliveries() if each["id"] == left["id"])
        assert settled["state"] == "failed"
        assert "columns" in settled["outcome"]["reason"]
        assert world.cells() == world.ledger() != {}
    finally:
        rename_column(world, "Company", "Entity")


def rename_column(world: World, old: str, new: str) -> None:
    """In the import's file and in the load; the import goes on to mean the same."""
    catalogue = world.model.catalogue
    (import_id,) = [key for key, spec in catalogue.imports.items() if spec.name == ACTION]
    spec, file_id = catalogue.imports[import_id], catalogue.file_of_import[import_id]
    catalogue.imports[import_id] = replace(spec, columns=_renamed(spec.columns, old, new))
    file = catalogue.files[file_id]
    catalogue.files[file_id] = replace(file, headers=tuple(new if name == old else name for name in file.headers))

    def change(document: dict[str, Any]) -> None:
        load = document["loads"]["gl_activity"][0]
        load["columns"] = _renamed(load["columns"], old, new)
        load["members"] = _renamed(load["members"], old, new)

    world.change_tenant(change)


def _renamed(columns: Any, old: str, new: str) -> dict[str, Any]:
    return {new if name == old else name: value for name, value in columns.items()}


# -- counts that Anaplan leaves out -----------------------------------------------------------------------------------


def test_a_list_without_changes_and_without_counts_is_accepted_whole(world: World):
    """`hierarchyNoChanges` may come without values (docs/vendors/anaplan.md, section 6)."""
    told = {"type": "hierarchyNoChanges", "occurrences": 0, "localMessageText": "No changes", "values": []}
    result = {"successful": True, "failureDumpAvailable": False, "details": [told]}
    task = {"taskId": "A" * 32, "taskState": "COMPLETE", "creationTime": 1571258347545, "result": result}
    world.full = True
    world.anaplan.faults.add(Fault("GET", r"/tasks/\w+$", answer(200, {}, {"task": task})))
    outcome = world.load("accounts")
    assert outcome.error is None
    assert outcome.figures["rows_accepted"] == outcome.figures["rows_sent"] > 0
    assert all(check.passed for check in outcome.checks)


def test_an_import_without_any_counts_is_red(world: World):
    """Without a word on rows nobody knows whether they arrived."""
    told = {"type": "lineItemRowsProcessed", "occurrences": 0, "localMessageText": "Done", "values": []}
    result = {"successful": True, "failureDumpAvailable": False, "details": [told]}
    task = {"taskId": "A" * 32, "taskState": "COMPLETE", "creationTime": 1571258347545, "result": result}
    world.anaplan.faults.add(Fault("GET", r"/tasks/\w+$", answer(200, {}, {"task": task})))
    outcome = world.load("gl_activity")
    assert "Anaplan gave no counts" in str(outcome.error)
    assert world.deliveries()[-1]["state"] == "partial"
    assert world.load("gl_activity").error is None
    arrived(world)


# -- what others do to us ---------------------------------------------------------------------------------------------


def test_a_limit_that_others_have_used_up_is_waited_for(world: World):
    """Our share is free, the Anaplan tenant's limit is not: every 429 is obeyed before the next request."""
    limit, refill = world.anaplan.rate_limit, world.anaplan.rate_refill
    world.anaplan.rate_limit, world.anaplan.rate_refill = 5, 0.25
    while httpx.get(f"{world.anaplan.url}/2/0/models").status_code != 429:
        pass
    world.anaplan.log.clear()
    try:
        outcome = world.load("gl_activity")
    finally:
        world.anaplan.rate_limit, world.anaplan.rate_refill = limit, refill
    assert outcome.error is None
    ours = [line for line in world.anaplan.log if line.path.startswith("/2/0")]
    refused = [(line, after) for line, after in pairwise(ours) if line.status == 429]
    assert refused
    for line, after in refused:
        assert (after.method, after.path) == (line.method, line.path)
        assert after.at - line.at >= timedelta(seconds=1), "Retry-After is a whole second at least"
    assert sum(line.status == 429 for line in ours) <= len(ours) / 2, "it is not asked again and again in vain"
    arrived(world)

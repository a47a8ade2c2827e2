"""Lists and modules written directly, and processes: every row accounted for, nothing written twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from mlc_pipelines.anaplan import cells, lists
from mlc_pipelines.config import Load
from mlc_pipelines.errors import ConfigurationError, DataError, OutcomeUnknown, RowsRejected, Unavailable
from mlc_pipelines.flows.asset_outcome import AssetOutcome
from mlc_pipelines.flows.delivery.result import MASK
from mlc_pipelines_tests.faults.test_rejections import remove_during_upload, remove_member
from mlc_pipelines_tests.world import World, open_world, red
from mlc_sandbox.anaplan import FileSpec, ListSpec, ModuleImport, ModuleSpec, ProcessSpec
from mlc_sandbox.netsuite import sample
from mlc_sandbox.serving import Fault, answer, drop_answer

OUTAGE = answer(503)
SHARED_FILE = FileSpec("Ledger.csv", ("Account", "Department", "Entity", "Period", "Version", "Amount"))
COSTS = {"Department": "Teams", "Period": "Time", "Amount": "Amount"}


@pytest.fixture
def world(tmp_path: Path, make_database_url, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world whose model also has a process of two imports that read one file, and one of imports of two files."""
    given = sample.planning_model()
    actuals = next(each for each in given.imports if each.name == "Load Actuals")
    assert isinstance(actuals, ModuleImport)
    model = replace(
        given,
        lists=[*given.lists, ListSpec("Teams", members=["11", "Unassigned"])],
        modules=[*given.modules, ModuleSpec("Team Costs", ("Teams", "Time"), line_items=("Amount",))],
        imports=[
            *given.imports,
            replace(actuals, name="Ledger to actuals", file=SHARED_FILE),
            ModuleImport("Ledger to teams", "Team Costs", COSTS, file=SHARED_FILE),
            replace(
                actuals,
                name="Load a version",
                columns={h: m for h, m in actuals.columns.items() if h not in ("Version", "Period")},
                ask={"Versions": "Version", "Time": "Month"},
            ),
        ],
        processes=[
            ProcessSpec("Load Ledger", ("Ledger to actuals", "Ledger to teams")),
            ProcessSpec("Two files", ("Ledger to actuals", "Load Departments")),
        ],
    )
    monkeypatch.setattr(sample, "planning_model", lambda: model)
    only = ("accounts", "departments", "employees", "gl_activity")
    with open_world(tmp_path, make_database_url(), only=only, gl_lines=1500) as world:
        yield world


def change(world: World, table: str, record: int | str, **columns: Any) -> None:
    """What an accountant changes in a master record."""
    assignments = ", ".join(f"{name} = ?" for name in columns)
    with world.erp.books._change() as cursor:
        cursor.execute(f"UPDATE {table} SET {assignments} WHERE id = ?", [*columns.values(), record])


def write_accounts(world: World, **keys: Any) -> None:
    world.change_load(
        "accounts", **{"import": None, "list": "GL Accounts", "where": {"inactive": {"equals": "false"}}, **keys}
    )


def write_cells(world: World, **keys: Any) -> None:
    columns = {
        "GL Accounts": "account_number",
        "Departments": {"field": "department_id", "default": "Unassigned"},
        "Entities": {"field": "subsidiary_name", "map": "entities"},
        "Time": {"period": "%b %y"},
        "Versions": {"constant": "Actual"},
        "Amount": {"sum": "amount"},
    }
    world.change_load("gl_activity", **{"import": None, "module": "GL Actuals", "columns": columns, **keys})


def arrive(world: World, entity: str) -> AssetOutcome:
    assert red(world.land(entity)) == {}
    return world.load(entity)


def members(world: World, name: str = "GL Accounts") -> dict[str, tuple[str, str]]:
    found = world.model.list(name).members.values()
    return {member.code: (member.name, member.parent) for member in found}


def chart(world: World) -> dict[str, tuple[str, str]]:
    """The active accounts as the list is to hold them, from the books."""
    query = (
        "SELECT a.acctnumber, a.accountsearchdisplaynamecopy, coalesce(p.acctnumber, 'Total Accounts') "
        "FROM account a LEFT JOIN account p ON p.id = a.parent WHERE a.isinactive = 'F'"
    )
    rows = world.erp.books.cursor().execute(query).fetchall()
    return {"Total Accounts": ("Total Accounts", ""), **{number: (name, parent) for number, name, parent in rows}}


def account(world: World, place: int = 0) -> Any:
    """An expense account without postings in the closed period."""
    return world.erp.books.account(world.quiet_accounts()[place])


def written(world: World, path: str) -> int:
    return sum(line.method in {"POST", "PUT"} and line.path.endswith(path) for line in world.anaplan.log)


# -- lists -------------------------------------------------------------------------------------------------------------


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
def test_answers_that_are_lost_between_calls(world: World, times: int, error: type, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lists, "MEMBERS_PER_CALL", 20)
    write_accounts(world)
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


# -- removal -----------------------------------------------------------------------------------------------------------


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


# -- modules -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def celled(world: World) -> World:
    """Lists are loaded; the ledger goes into its module cell by cell."""
    assert arrive(world, "accounts").error is None
    assert arrive(world, "departments").error is None
    write_cells(world, members=None)
    world.load_only("accounts", "departments", "gl_activity")
    return world


def test_cells_hold_the_ledger(celled: World):
    first = arrive(celled, "gl_activity")
    assert first.error is None
    assert celled.cells() == celled.ledger()
    assert celled.tie_out().error is None

    number = account(celled).number
    journal = celled.post("25.10", debit=number, department=11)
    second = arrive(celled, "gl_activity")
    assert second.error is None
    assert second.figures["rows_sent"] == 2, "the two cells of the journal, and no others"
    assert celled.cells() == celled.ledger()
    assert Decimal("25.10") in celled.cells().values()

    filled = celled.ledger().keys()
    celled.erp.books.delete(journal)
    gone = filled - celled.ledger().keys()
    third = arrive(celled, "gl_activity")
    assert (third.error, third.figures["zero_rows"], third.figures["rows_sent"]) == (None, len(gone), 2)
    assert number in {place[0] for place in gone}
    assert celled.cells() == celled.ledger()
    assert not any(place[0] == number for place in celled.cells())

    calls = written(celled, "/data")
    assert arrive(celled, "gl_activity").figures["rows_sent"] == 0
    assert written(celled, "/data") == calls
    assert celled.tie_out().error is None


def test_a_cell_of_an_unknown_member_is_a_failure_of_its_own(celled: World):
    number = account(celled).number
    journal = celled.post("7.00", debit=number, department=12)
    remove_member(celled, "GL Accounts", number)
    outcome = arrive(celled, "gl_activity")
    assert isinstance(outcome.error, RowsRejected)
    (row,) = outcome.tables["Rejected rows"]
    assert (row["GL Accounts"], row["amount"], row["records"]) == (number, "7", 1)
    assert row["first_records"].split("/")[0] == str(journal)
    assert outcome.figures["rows_accepted"] == outcome.figures["rows_sent"] - 1
    assert celled.cells() == {place: value for place, value in celled.ledger().items() if place[0] != number}

    celled.full = True
    assert arrive(celled, "accounts").error is None
    assert arrive(celled, "gl_activity").error is None
    assert celled.cells() == celled.ledger()


def test_a_line_between_calls_that_goes_down(celled: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cells, "CELLS_PER_CALL", 10)
    celled.anaplan.faults.add(Fault("POST", "/data", drop_answer, after=1))
    celled.anaplan.faults.add(Fault("POST", "/data", OUTAGE, times=1000, after=2))
    assert isinstance(arrive(celled, "gl_activity").error, Unavailable)
    assert 0 < len(celled.cells()) < len(celled.ledger())
    celled.anaplan.faults.clear()
    assert celled.load("gl_activity").error is None
    assert celled.cells() == celled.ledger()
    assert celled.tie_out().error is None


# -- processes ---------------------------------------------------------------------------------------------------------


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

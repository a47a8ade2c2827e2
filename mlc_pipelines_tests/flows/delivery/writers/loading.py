"""What tests of direct loads change, load and look at."""

from __future__ import annotations

from typing import Any

from mlc_pipelines.flows.asset_outcome import AssetOutcome
from mlc_pipelines_tests.world import World, red


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

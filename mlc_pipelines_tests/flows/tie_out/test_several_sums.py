"""One load with debit, credit and amount: each is sent, zeroed and tied out; by an import and cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mlc_pipelines.errors import TieOutDifference
from mlc_pipelines_tests.meanwhile import remove_during_upload
from mlc_pipelines_tests.world import LEDGER, World, open_world, red
from mlc_sandbox.anaplan import ModelSpec, ModuleImport

SUMS = ("Debit", "Credit", "Amount")


def rebuilt(given: ModelSpec) -> ModelSpec:
    """The module has the three line items, and its import fills them."""
    actuals = next(each for each in given.imports if each.name == "Load Actuals")
    assert isinstance(actuals, ModuleImport)
    columns = {header: target for header, target in actuals.columns.items() if header != "Amount"}
    wider = replace(actuals, columns={**columns, **{name: name for name in SUMS}})
    return replace(
        given,
        modules=[replace(m, line_items=SUMS) if m.name == "GL Actuals" else m for m in given.modules],
        imports=[wider if each is actuals else each for each in given.imports],
    )


@pytest.fixture
def world(tmp_path: Path, make_database_url) -> Iterator[World]:
    with open_world(tmp_path, make_database_url(), only=LEDGER, rebuilt=rebuilt, gl_lines=600) as world:

        def widen(document: dict[str, Any]) -> None:
            load = document["loads"]["gl_activity"][0]
            del load["columns"]["Amount"]
            load["columns"] |= {name: {"sum": name.lower()} for name in SUMS}

        world.change_tenant(widen)
        yield world


def totals(world: World) -> dict[str, Decimal]:
    cells = world.cells()
    return {name: sum((value for place, value in cells.items() if place[-1] == name), Decimal(0)) for name in SUMS}


def test_each_sum_of_a_load_arrives_and_is_tied_out(world: World):
    account = world.quiet_accounts()[0]
    journal = world.post("250.75", debit=account, department=11)
    outcomes = world.round_trip()
    assert red(outcomes) == {}
    found = totals(world)
    assert found["Debit"] == found["Credit"] > 0
    assert found["Amount"] == 0
    assert {p: v for p, v in world.cells().items() if p[-1] == "Amount"} == world.ledger()
    mine = {place[-1]: value for place, value in world.cells().items() if place[0] == account}
    assert mine == {"Debit": Decimal("250.75"), "Amount": Decimal("250.75")}
    totals_shown = outcomes["netsuite/tie_out"].tables["Totals"]
    shown = {row["load"]: row for row in totals_shown if row["load"].startswith("gl activity")}
    assert {name: row["ok"] for name, row in shown.items()} == {
        "gl activity debit": "yes",
        "gl activity credit": "yes",
        "gl activity amount": "yes",
    }
    assert Decimal(shown["gl activity debit"]["accepted"].replace(",", "")) == found["Debit"]

    world.erp.books.delete(journal)
    assert red(world.round_trip()) == {}
    assert [place for place in world.cells() if place[0] == account] == [], "zeroed in all three"


def test_what_is_rejected_shows_in_each_of_the_sums(world: World):
    account = world.quiet_accounts()[0]
    assert red(world.round_trip()) == {}
    world.post("100.25", debit=account, department=11)
    world.change_load("gl_activity", on_rejected="warn")
    world.land("gl_activity")
    remove_during_upload(world, account)
    assert world.load("gl_activity").error is None
    tied = world.tie_out()
    assert isinstance(tied.error, TieOutDifference)
    differing = [row for row in tied.tables["Differences"] if row["group"] == account]
    assert [row["difference"] for row in differing] == ["100.25", "100.25"], "in debit and in amount"

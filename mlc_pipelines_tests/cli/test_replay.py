"""`mlc replay`: stored snapshots delivered again, on sandboxes; the ERP is not asked."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from mlc_pipelines.orchestration import storage
from mlc_pipelines_tests.cli.conftest import Done, Mlc
from mlc_pipelines_tests.world import Cells, World

PERIOD = "FY2026-P05"


@pytest.fixture(autouse=True)
def undisturbed() -> Iterator[None]:
    storage._database.cache_clear()
    yield
    storage._database.cache_clear()


@pytest.fixture(scope="module")
def older() -> Cells:
    """What the model held by the older of two snapshots."""
    return {}


@pytest.fixture
def two_snapshots(world: World, mlc: Mlc, older: Cells) -> list[Any]:
    """The ledger was read and loaded twice, and a figure came in between, where there was none; the newest first."""
    if not older:
        assert mlc("run", world.tenant, PERIOD).code == 0
        older |= world.cells(PERIOD)
        world.post("4321.00", debit=world.quiet_accounts(PERIOD)[0], key=PERIOD)
        assert mlc("run", world.tenant, PERIOD).code == 0
        assert world.cells(PERIOD) == world.ledger(PERIOD) != older
    kept = world.runtime.snapshots.kept(world.tenant, PERIOD)
    return [row for row in kept if row["entity"] == "gl_activity"]


def replay(world: World, mlc: Mlc, *arguments: str) -> Done:
    """Holds that nothing is asked of the ERP."""
    asked = len(world.erp.log)
    done = mlc("replay", world.tenant, PERIOD, *arguments)
    assert len(world.erp.log) == asked
    return done


def test_the_newest_puts_right_what_somebody_changed_by_hand(world: World, mlc: Mlc, two_snapshots: list[Any]):
    cells = world.model.module("GL Actuals").cells
    place = next(iter(world.cells(PERIOD)))
    cells[place] += Decimal(1)
    done = replay(world, mlc, "--json")
    assert done.code == 0, done.err
    assert world.cells(PERIOD) == world.ledger(PERIOD)
    names = ["accounts", "departments", "gl_activity"]
    wanted = [*(f"netsuite/anaplan/{name}" for name in names), "netsuite/tie_out"]
    assert [(row["asset"], row["ok"]) for row in done.json["assets"]] == [(name, True) for name in wanted]
    ledger = done.json["assets"][2]
    assert ledger["rows_sent"] == len(world.cells(PERIOD)), "all rows, whatever was sent before"
    (state,) = (state for state in world.states() if state["period"] == PERIOD)
    assert state["state"] == "green"


def test_an_older_one_is_told_until_the_next_load_brings_the_new_figures_back(
    world: World, mlc: Mlc, older: Cells, two_snapshots: list[Any]
):
    first = two_snapshots[-1]["id"]
    done = replay(world, mlc, "--snapshot", first)
    assert world.cells(PERIOD) == older, "also what the older one lacks"
    assert done.code == 1
    assert "the newest snapshot was not delivered yet" in done.words
    assert "difference 4,321.00" in done.words
    assert "netsuite/anaplan/accounts" not in done.out, "only the snapshot's own entity"
    (state,) = (state for state in world.states() if state["period"] == PERIOD)
    assert [red["asset"] for red in state["red"]] == ["netsuite/tie_out"]

    again = mlc("run", world.tenant, PERIOD, "--json")
    assert again.code == 0, again.err
    assert world.cells(PERIOD) == world.ledger(PERIOD)
    (sent,) = (row for row in again.json["assets"] if row["asset"] == "netsuite/anaplan/gl_activity")
    assert 1 <= sent["rows_sent"] <= 2, "what differs from what the model was given last"


def test_what_is_not_kept_is_refused_with_what_is(world: World, mlc: Mlc, two_snapshots: list[Any]):
    newest = two_snapshots[0]
    before = len(world.anaplan.log)
    typed = replay(world, mlc, "--snapshot", newest["id"][:-1])
    assert typed.code == 2
    assert f"Did you mean {newest['id']} (gl_activity, read {newest['extracted_at']:%Y-%m-%d %H:%M:%S}" in typed.words
    other = replay(world, mlc, "--only", "accounts", "--snapshot", newest["id"])
    assert (other.code, "of accounts of FY2026-P05" in other.words) == (2, True)
    assert "The newest:" in other.words
    assert newest["id"] not in other.words.split("The newest:")[1]
    unknown = replay(world, mlc, "--only", "vendors")
    assert (unknown.code, "has no load of vendors" in unknown.words) == (2, True)
    wrong_period = mlc("replay", world.tenant, "FY2026-P04", "--snapshot", newest["id"])
    assert (wrong_period.code, "Nothing of it is kept" in wrong_period.words) == (2, True)
    assert len(world.anaplan.log) == before

"""Late postings: what moved in a closed period is told; where the tenant says so it is held until it is let in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mlc_pipelines.flows.asset_outcome import AssetOutcome
from mlc_pipelines.flows.polling.poll import poll_open_periods
from mlc_pipelines.flows.polling.wanted import wanted_runs
from mlc_pipelines.flows.round_trip import round_trip
from mlc_pipelines.store.late_postings import LatePosting
from mlc_pipelines_tests.world import LEDGER, World, open_world, red

GL, GL_LOAD, TIE_OUT = "netsuite/gl_activity", "netsuite/anaplan/gl_activity", "netsuite/tie_out"


@pytest.fixture
def world(tmp_path: Path, make_database_url: Callable[[], str]) -> Iterator[World]:
    """A closed period that was loaded in its close, and is green."""
    with open_world(tmp_path, make_database_url(), only=LEDGER, gl_lines=1500) as world:
        assert red(world.round_trip(world.closed)) == {}
        assert late(world) == []
        world.clock.sleep(3600)
        yield world


def hold(world: World) -> None:
    world.change_tenant(lambda document: document.update(schedule={"late_postings": "hold"}))


def late(world: World) -> list[LatePosting]:
    return world.runtime.late_postings.of(world.tenant, world.closed)


def follow(world: World) -> dict[str, AssetOutcome]:
    """A poll, and the run that it leads to."""
    tenant = world.runtime.tenant(world.tenant)
    world.clock.sleep(900)
    poll_open_periods(world.runtime, tenant, run_id="poll")
    (wanted,) = (each for each in wanted_runs(world.runtime, tenant) if each.period == world.closed)
    run = replace(world.partition(world.closed), read="changes")
    return {str(outcome.asset): outcome for outcome in round_trip(run, wanted.assets)}


def let_in(world: World) -> None:
    assert world.load("gl_activity", world.closed).error is None
    assert world.tie_out(world.closed).error is None


def state_of(world: World) -> dict[str, Any]:
    (state,) = (state for state in world.states() if state["period"] == world.closed)
    return state


def post(world: World, amount: str) -> dict[str, Decimal]:
    """Somebody posts into the closed period; what each account moves by."""
    debit, credit = world.quiet_accounts(world.closed)[:2]
    world.post(amount, debit=debit, credit=credit, key=world.closed)
    return {debit: Decimal(amount), credit: -Decimal(amount)}


def by_account(posting: LatePosting) -> dict[str, Decimal]:
    return {moved.group: Decimal(moved.after) - Decimal(moved.before) for moved in posting.what}


def test_restate_loads_it_and_reports_what_moved(world: World):
    moves = post(world, "99.25")
    outcomes = follow(world)
    assert red(outcomes) == {}
    assert world.cells(world.closed) == world.ledger(world.closed)
    (posting,) = late(world)
    assert (posting.key.entity, posting.state) == ("gl_activity", "restated")
    assert by_account(posting) == moves
    assert posting.records == 2
    rows = outcomes[TIE_OUT].tables["Late postings"]
    assert {row["group"] for row in rows} == moves.keys()
    assert all(row["records"] for row in rows)
    assert rows[0]["state"].startswith("restated ")
    state = state_of(world)
    assert (state["state"], [each["state"] for each in state["late_postings"]]) == ("green", ["restated"])


def test_hold_shows_it_red_and_waits_until_it_is_let_in(world: World):
    hold(world)
    before = world.cells(world.closed)
    moves = post(world, "99.25")
    outcomes = follow(world)
    assert list(outcomes) == [GL, TIE_OUT]
    assert world.cells(world.closed) == before, "it waits"
    (posting,) = late(world)
    assert (posting.state, by_account(posting)) == ("held", moves)
    (totals, *_) = outcomes[TIE_OUT].checks
    assert not totals.passed
    assert "difference 99.25" in totals.message
    assert {row["group"] for row in totals.tables["Late postings"]} == moves.keys()
    state = state_of(world)
    (told,) = state["red"]
    words = f"2 late postings are held: `mlc restate {world.tenant} {world.closed}` lets them in."
    assert (state["state"], told["asset"]) == ("red", TIE_OUT)
    assert told["why"].startswith(words)
    let_in(world)
    assert world.cells(world.closed) == world.ledger(world.closed)
    (posting,) = late(world)
    assert (posting.state, by_account(posting)) == ("let_in", moves)
    assert state_of(world)["state"] == "green"


def test_what_comes_while_one_is_held_is_held_with_it(world: World):
    hold(world)
    debit, credit = world.quiet_accounts(world.closed)[:2]
    for amount in ("10.00", "5.50"):
        world.post(amount, debit=debit, credit=credit, key=world.closed)
        follow(world)
    (posting,) = late(world)
    assert by_account(posting) == {debit: Decimal("15.50"), credit: Decimal("-15.50")}
    assert posting.records == 4


def test_one_that_is_taken_back_is_held_no_more(world: World):
    hold(world)
    debit, credit = world.quiet_accounts(world.closed)[:2]
    number = world.post("10.00", debit=debit, credit=credit, key=world.closed)
    follow(world)
    assert [posting.state for posting in late(world)] == ["held"]
    world.erp.books.delete(number)
    world.land("gl_activity", period=world.closed)
    assert late(world) == []


def test_a_restated_period_keeps_each_of_its_late_postings(world: World):
    debit, credit = world.quiet_accounts(world.closed)[:2]
    for amount in ("10.00", "5.50"):
        world.post(amount, debit=debit, credit=credit, key=world.closed)
        follow(world)
    newest, oldest = late(world)
    assert by_account(oldest) == {debit: Decimal("10.00"), credit: Decimal("-10.00")}
    assert by_account(newest) == {debit: Decimal("5.50"), credit: Decimal("-5.50")}


def test_a_load_that_fails_lets_nothing_in(world: World):
    post(world, "10.00")
    world.change_load("gl_activity", **{"import": "Load Something Else"})
    world.land("gl_activity", period=world.closed)
    assert world.load("gl_activity", world.closed).error is not None
    assert [posting.state for posting in late(world)] == ["held"]
    world.change_load("gl_activity", **{"import": "Load Actuals"})
    let_in(world)
    assert [posting.state for posting in late(world)] == ["restated"]


def test_nothing_is_late_while_a_close_lasts(world: World):
    period = world.sample.periods[1]
    world.round_trip(period)
    world.post("10.00", key=period)
    world.round_trip(period)
    assert world.runtime.late_postings.of(world.tenant, period) == []


def test_what_is_read_again_and_is_the_same_is_not_late(world: World):
    hold(world)
    world.land("gl_activity", period=world.closed)
    assert late(world) == []

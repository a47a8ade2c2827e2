"""Land, load, tie out: the model holds what the books hold, also after corrections and for adjustment periods."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from mlc_pipelines_tests.world import LEDGER, World, open_world, red
from mlc_sandbox.serving import Fault, answer

GL = "netsuite/gl_activity"
GL_LOAD = "netsuite/anaplan/gl_activity"


@pytest.fixture
def world(tmp_path: Path, make_database_url) -> Iterator[World]:
    with open_world(tmp_path, make_database_url(), only=LEDGER, gl_lines=3000) as world:
        yield world


def test_everything_arrives_and_a_second_run_changes_nothing(tmp_path: Path, make_database_url):
    with open_world(tmp_path, make_database_url(), gl_lines=3000) as world:
        first = world.round_trip()
        assert red(first) == {}
        assert all(check.passed for outcome in first.values() for check in outcome.checks)
        assert first["netsuite/tie_out"].figures["difference"] == "0"
        assert world.cells() == world.ledger() != {}
        control = world.erp.books.control(world.book_period())
        assert Decimal(first[GL].figures["debit"]) == control.debit
        assert first[GL].figures["rows_read"] == control.lines
        assert len(world.anaplan.tasks) == 10

        changes = world.model.changes
        second = world.round_trip()
        assert red(second) == {}
        assert world.model.changes == changes
        assert all(
            outcome.figures["unchanged"]
            for name, outcome in second.items()
            if name.count("/") == 1 and "tie" not in name
        )
        assert second[GL_LOAD].figures["rows_sent"] == 0, "nothing changed, so nothing is sent"
        same = ("rows_read", "amount", "difference", "content_hash")
        for name, outcome in first.items():
            figures = second[name].figures
            assert {key: figures.get(key) for key in same} == {key: outcome.figures.get(key) for key in same}
        assert [state["state"] for state in world.states()] == ["green"]


def test_a_deleted_posting_is_set_to_zero(world: World):
    quiet = world.quiet_accounts()[0]
    journal = world.post("1234.56", debit=quiet, department=11)
    assert red(world.round_trip()) == {}
    posted = {place for place in world.cells() if place[0] == quiet}
    assert [world.cells()[place] for place in posted] == [Decimal("1234.56")]

    world.erp.books.delete(journal)
    again = world.round_trip()
    assert red(again) == {}
    assert again[GL_LOAD].figures["zero_rows"] >= len(posted)
    assert world.cells() == world.ledger()
    assert not posted & set(world.cells())


def test_a_reversed_posting_is_set_to_zero(world: World):
    quiet = world.quiet_accounts()[0]
    world.post("77.70", debit=quiet)
    assert red(world.round_trip()) == {}
    world.post("-77.70", debit=quiet)
    assert red(world.round_trip()) == {}
    assert quiet not in {place[0] for place in world.cells()}
    assert world.cells() == world.ledger()


def test_a_zeroed_coordinate_may_be_filled_again(world: World):
    quiet = world.quiet_accounts()[0]
    journal = world.post("55.00", debit=quiet)
    world.round_trip()
    world.erp.books.delete(journal)
    world.round_trip()
    assert quiet not in {place[0] for place in world.cells()}
    world.post("66.00", debit=quiet)
    assert red(world.round_trip()) == {}
    assert world.cells() == world.ledger()
    assert [value for place, value in world.cells().items() if place[0] == quiet] == [Decimal("66.00")]


@pytest.mark.parametrize("how", ["refused start", "rejected rows"])
def test_a_failed_delivery_does_not_forget_what_earlier_ones_filled(world: World, how: str):
    """Posted and sent, deleted, a delivery that fails, one that works: the coordinate is zero."""
    journal = world.post("1234.56", debit=world.quiet_accounts()[0])
    assert red(world.round_trip()) == {}
    world.erp.books.delete(journal)
    world.land()
    if how == "refused start":
        world.anaplan.faults.add(Fault("POST", "/imports/.*/tasks$", answer(403)))
    else:
        world.change_load("gl_activity", columns=_columns(world, Version={"constant": "Aktual"}))
    assert world.load("gl_activity").error is not None
    if how == "rejected rows":
        world.change_load("gl_activity", columns=_columns(world, Version={"constant": "Actual"}))
    assert red(world.round_trip()) == {}
    assert world.cells() == world.ledger()


def _columns(world: World, **changed):
    return {**_document(world)["loads"]["gl_activity"][0]["columns"], **changed}


def _document(world: World):
    import yaml

    return yaml.safe_load((world.home / f"tenants/{world.tenant}.yaml").read_text(encoding="utf-8"))


def test_absent_keep_leaves_the_coordinate(world: World):
    world.change_load("gl_activity", absent="keep")
    journal = world.post("1234.56", debit=world.quiet_accounts()[0])
    world.round_trip()
    world.erp.books.delete(journal)
    again = world.round_trip()
    assert again[GL_LOAD].figures["zero_rows"] == 0
    assert Decimal("1234.56") in world.cells().values()


@pytest.mark.parametrize("order", [("FY2025-P12", "FY2025-P13"), ("FY2025-P13", "FY2025-P12")])
def test_an_adjustment_period_adds_to_its_month(world: World, order: tuple[str, str]):
    """Both are `Dec 25` in the model: whichever is loaded last, the model has the sum, and both tie out."""
    assert world.ledger("FY2025-P13"), "the sample has adjustments"
    assert red(world.round_trip(order[0])) == {}
    assert world.cells("FY2025-P12") == world.ledger(order[0])
    assert red(world.round_trip(order[1])) == {}
    both = world.ledger("FY2025-P12", "FY2025-P13")
    assert world.cells("FY2025-P12") == both
    assert red(world.round_trip(order[0])) == {}
    assert world.cells("FY2025-P12") == both
    for key in order:
        assert world.tie_out(key).error is None
    assert {state["period"]: state["state"] for state in world.states()} == dict.fromkeys(sorted(order), "green")


def test_other_periods_are_left_alone(world: World):
    first, second = "FY2026-P03", "FY2026-P04"
    world.round_trip(first)
    before = world.cells(first)
    assert red(world.round_trip(second)) == {}
    assert world.cells(first) == before == world.ledger(first)
    assert world.cells(second) == world.ledger(second)


def test_a_load_before_the_landing_says_what_to_do(world: World):
    outcome = world.load("gl_activity")
    assert "never landed" in str(outcome.error)
    assert "Materialize netsuite/gl_activity" in str(outcome.error)
    assert world.anaplan.tasks == []


def test_a_new_landing_that_was_not_delivered_does_not_tie_out(world: World):
    assert red(world.round_trip()) == {}
    world.post("10.00")
    world.land()
    tied = world.tie_out()
    assert "gl_activity by import Load Actuals: the newest snapshot was not delivered yet" in str(tied.error)
    assert tied.figures["difference"] == "20"

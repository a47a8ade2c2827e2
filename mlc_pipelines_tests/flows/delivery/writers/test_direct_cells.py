"""Cells of modules written directly: every row accounted for, nothing written twice."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mlc_pipelines.anaplan import Upload
from mlc_pipelines.errors import RowsRejected, Unavailable
from mlc_pipelines_tests.flows.delivery.writers.loading import (
    account,
    arrive,
    write_cells,
    written,
)
from mlc_pipelines_tests.meanwhile import remove_member
from mlc_pipelines_tests.world import World
from mlc_sandbox.serving import Fault, answer, drop_answer

OUTAGE = answer(503)


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


def test_a_line_between_calls_that_goes_down(celled: World):
    celled.runtime.upload = Upload(cells_per_call=10)
    celled.anaplan.faults.add(Fault("POST", "/data", drop_answer, after=1))
    celled.anaplan.faults.add(Fault("POST", "/data", OUTAGE, times=1000, after=2))
    assert isinstance(arrive(celled, "gl_activity").error, Unavailable)
    assert 0 < len(celled.cells()) < len(celled.ledger())
    celled.anaplan.faults.clear()
    assert celled.load("gl_activity").error is None
    assert celled.cells() == celled.ledger()
    assert celled.tie_out().error is None

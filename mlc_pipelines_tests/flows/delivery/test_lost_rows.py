"""Stored rows that are lost: a delta is red and says what to do, a full load works and says what it can't reckon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlc_pipelines.errors import LostFile
from mlc_pipelines_tests.world import LEDGER, World, open_world, red


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, make_database_url) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("world"), make_database_url(), only=LEDGER, gl_lines=1500) as world:
        assert red(world.round_trip()) == {}
        yield world


@pytest.fixture
def world(shared: World) -> Iterator[World]:
    yield shared
    shared.full = False


def state_file(world: World) -> Path:
    return world.home / "storage" / world.deliveries()[-1]["path"] / "target.parquet"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(("lose", "word"), [(Path.unlink, "is missing"), (cut, "is damaged")], ids=["missing", "cut"])
def test_a_lost_state_is_no_dead_end(world: World, lose, word: str):
    quiet = world.quiet_accounts()[0]
    journal = world.post("77.00", debit=quiet, department=11)
    assert red(world.land("gl_activity")) == {}
    assert world.load("gl_activity").error is None
    lose(state_file(world))
    world.erp.books.delete(journal)
    assert red(world.land("gl_activity")) == {}
    outcome = world.load("gl_activity")
    assert isinstance(outcome.error, LostFile)
    assert word in str(outcome.error)
    assert "mlc run --full" in str(outcome.error)

    world.full = True
    outcome = world.load("gl_activity")
    assert outcome.error is None
    assert outcome.figures["rows_sent"] == outcome.figures["rows_accepted"] == len(world.ledger())
    (check,) = [check for check in outcome.checks if check.rule == "rows_accepted"]
    assert word in check.message
    assert f"it sent {quiet}, which are gone from the ERP since" in check.message
    assert quiet in outcome.figures["unreckoned"]

    world.full = False
    assert world.load("gl_activity").error is None, "from here on the changes are known again"


def test_a_full_load_says_nothing_where_nothing_is_lost(world: World):
    world.full = True
    outcome = world.load("gl_activity")
    assert outcome.error is None
    assert "unreckoned" not in outcome.figures

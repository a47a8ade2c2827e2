"""Books that are posted to while they are read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlc_pipelines.errors import IncompleteRead
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines_tests.world import LEDGER, World, open_world, red


@pytest.fixture
def world(tmp_path: Path, make_database_url) -> Iterator[World]:
    with open_world(tmp_path, make_database_url(), only=LEDGER, gl_lines=50_000) as world:
        world.book_period()
        yield world


def agrees_with_the_books(world: World) -> None:
    control = world.erp.books.control(world.book_period())
    snapshot = world.runtime.snapshots.current(PartitionKey(world.tenant, "gl_activity", world.closed))
    assert snapshot is not None
    assert snapshot.rows == control.lines
    assert red(world.round_trip()) == {}
    assert world.cells() == world.ledger()


@pytest.mark.parametrize("change", ["post", "delete", "edit"])
def test_a_change_between_two_pages(world: World, change: str):
    journal = world.post("9.99")
    reads: list[int] = []

    def on_read(progress) -> None:
        if progress.entity == "gl_activity":
            reads.append(progress.rows)
            if len(reads) == 2:
                if change == "post":
                    world.post("1.23")
                elif change == "delete":
                    world.erp.books.delete(journal)
                else:
                    world.erp.books.void(journal)

    world.runtime.on_read = on_read
    outcome = world.land("gl_activity")["gl_activity"]
    assert outcome.error is None
    assert len(reads) > 3, "several pages"
    agrees_with_the_books(world)


def test_a_change_between_the_rows_and_the_totals_has_them_read_again(world: World):
    """The hook sees the last page of the first read; what is posted then is in the totals but not in the rows."""
    expected = world.erp.books.control(world.book_period()).lines
    posted: list[int] = []

    def on_read(progress) -> None:
        if progress.entity == "gl_activity" and progress.rows == expected and not posted:
            posted.append(world.post("1.23"))

    world.runtime.on_read = on_read
    outcome = world.land("gl_activity")["gl_activity"]
    assert posted
    assert outcome.error is None
    assert outcome.figures["rows_read"] == expected + 2
    agrees_with_the_books(world)
    folder = world.home / "storage/snapshots" / world.tenant / "gl_activity" / world.closed
    assert len(list(folder.iterdir())) == 2, "the discarded read left no file"


def test_books_that_never_rest_are_an_incomplete_read(world: World):
    assert red(world.round_trip()) == {}
    before = world.runtime.snapshots.current(PartitionKey(world.tenant, "gl_activity", world.closed))

    def on_read(progress) -> None:
        if progress.entity == "gl_activity":
            world.post("1.00")

    world.runtime.on_read = on_read
    outcome = world.land("gl_activity")["gl_activity"]
    assert isinstance(outcome.error, IncompleteRead)
    assert "run again later" in str(outcome.error) or "changed" in str(outcome.error)
    assert world.runtime.snapshots.current(PartitionKey(world.tenant, "gl_activity", world.closed)) == before
    (state,) = world.states()
    assert [entry["asset"] for entry in state["red"]] == ["netsuite/gl_activity"]
    world.runtime.on_read = lambda _: None
    assert world.land("gl_activity")["gl_activity"].error is None
    agrees_with_the_books(world)

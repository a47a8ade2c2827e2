"""A poll or a landing that ends anywhere loses nothing: a change may be seen twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mlc_pipelines.errors import LockLost, MlcError, Unavailable
from mlc_pipelines_tests.flows.polling.books import POSTINGS, TENANT, Desk


class LostLock:
    """A lock that another poll has by now."""

    def check(self) -> None:
        raise LockLost("The lock of poll of acme was lost.")


def watermark(desk: Desk) -> str | None:
    return next((row["watermark"] for row in desk.store.changes.feeds(TENANT) if row["entity"] == "postings"), None)


def files(desk: Desk) -> int:
    return len(desk.store.storage.files("changes"))


def after(calls: int, error: BaseException) -> Callable[[], None]:
    """Something that fails when it was called so often."""
    left = [calls]

    def call() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise error

    return call


@pytest.mark.parametrize("error", [Unavailable("gone"), KeyboardInterrupt()])
@pytest.mark.parametrize("rows", [0, 1, 5])
def test_a_feed_that_ends_half_way_moves_nothing(desk: Desk, rows: int, error: BaseException):
    desk.poll()
    before = watermark(desk)
    desk.books.post("B3", ("4000", "1.00"), ("1000", "-1.00"))
    desk.books.during = after(rows, error)
    with pytest.raises(type(error)):
        desk.poll()
    assert (watermark(desk), desk.pending(), files(desk)) == (before, {}, 0)
    desk.books.during = lambda: None
    desk.poll()
    assert desk.merge("05").read == "merged"
    assert desk.is_whole("05")


def test_between_the_file_and_the_watermark_nothing_is_lost(desk: Desk):
    desk.poll()
    before = watermark(desk)
    desk.books.post("B3", ("4000", "1.00"), ("1000", "-1.00"))
    lost: Any = LostLock()
    with pytest.raises(LockLost):
        desk.feed(lost).changes(POSTINGS, before, "")
    assert (watermark(desk), desk.pending(), files(desk)) == (before, {}, 1)
    desk.poll()
    assert watermark(desk) != before
    assert list(desk.pending()) == ["05"]


@pytest.mark.parametrize("error", [Unavailable("gone"), KeyboardInterrupt()])
def test_a_landing_that_ends_half_way_keeps_the_change_pending(desk: Desk, error: BaseException):
    desk.books.post("B3", ("4000", "1.00"), ("1000", "-1.00"))
    desk.poll()
    control, before = desk.books.control, desk.snapshot("05")

    def fail(*_: object) -> Any:
        raise error

    desk.books.control = fail  # type: ignore[method-assign]
    with pytest.raises(type(error)):
        desk.merge("05")
    assert (desk.snapshot("05"), list(desk.pending())) == (before, ["05"])
    desk.books.control = control  # type: ignore[method-assign]
    assert desk.merge("05").read == "merged"


def test_a_change_set_that_is_lost_is_an_error_and_a_whole_read_does_without(desk: Desk):
    desk.books.post("B3", ("4000", "1.00"), ("1000", "-1.00"))
    desk.poll()
    for path in desk.store.storage.files("changes"):
        desk.store.storage.remove(path)
    with pytest.raises(MlcError, match="is missing"):
        desk.merge("05")
    desk.land("05")
    assert (desk.pending(), desk.is_whole("05")) == ({}, True)

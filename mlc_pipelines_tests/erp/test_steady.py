"""Rows that may move while they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa
import pytest

from mlc_pipelines.erp.steady import Changed, steady_rows
from mlc_pipelines.errors import Forbidden, IncompleteRead
from mlc_pipelines_tests.erp.net_rows import NET_ROWS, net_rows


def moving(*ways: list[pa.RecordBatch | Exception]) -> Callable[[], Iterator[pa.RecordBatch]]:
    """Ways through pages, one after the other; an exception among them is raised."""
    left = list(ways)

    def pages() -> Iterator[pa.RecordBatch]:
        for page in left.pop(0):
            if isinstance(page, Exception):
                raise page
            yield page

    return pages


def test_rows_are_those_of_a_way_that_held_still():
    one, two, other = net_rows((1, 1, "1")), net_rows((2, 2, "2")), net_rows((3, 3, "3"))
    pages = moving([one, Changed("2 rows where there were 3")], [other, two])
    assert pa.Table.from_batches(steady_rows("bills", NET_ROWS, pages)) == pa.Table.from_batches([other, two])


def test_rows_that_never_hold_still_are_none():
    pages = moving(*([net_rows((1, 1, "1")), Changed(f"{number} rows are gone")] for number in range(1, 5)))
    found = steady_rows("bills of FY2026-P05", NET_ROWS, pages)
    with pytest.raises(IncompleteRead, match="bills of FY2026-P05: 3 rows are gone, 3 times in a row") as raised:
        next(found)
    assert raised.value.hint


def test_another_fault_is_not_tried_again():
    pages = moving([net_rows((1, 1, "1")), Forbidden("may not see")], [])
    with pytest.raises(Forbidden):
        list(steady_rows("bills", NET_ROWS, pages))
    assert not list(steady_rows("bills", NET_ROWS, pages))

"""What the ERP packages share: control totals out of rows, calls side by side, things found out once, what moved."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pyarrow as pa
import pytest

from mlc_pipelines.erp.base import MONEY, ControlTotal
from mlc_pipelines.erp.lazy import Lazy
from mlc_pipelines.erp.map_ahead import map_ahead
from mlc_pipelines.erp.steady import Changed, steady_rows
from mlc_pipelines.erp.totals import totals_by
from mlc_pipelines.errors import Forbidden, IncompleteRead
from mlc_pipelines.findings import attempt, passed

_ROWS = pa.schema([("account", pa.int64()), ("n", pa.int64()), ("net", MONEY)])


def rows(*values: tuple[int | None, int, str | None]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(
        [{"account": a, "n": n, "net": None if net is None else Decimal(net)} for a, n, net in values], schema=_ROWS
    )


def test_totals_are_summed_over_batches_and_nulls():
    batches = [rows((10, 2, "9007199254740993.93"), (None, 1, None)), rows((10, 3, "0.000001"), (9, 1, "-1"))]
    exact = Decimal("9007199254740993.930001")
    assert totals_by(batches, "account", amount="net") == [
        ControlTotal("", 1, Decimal(0)),
        ControlTotal("10", 2, exact),
        ControlTotal("9", 1, Decimal(-1)),
    ]
    assert totals_by(batches, "account", rows="n", debit="net")[1] == ControlTotal("10", 5, debit=exact)
    assert totals_by(batches, "account", rows=None, amount="net")[1] == ControlTotal("10", None, exact)


def test_a_total_that_says_nothing_is_refused():
    with pytest.raises(ValueError, match="says nothing"):
        ControlTotal(None)


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
    one, two, other = rows((1, 1, "1")), rows((2, 2, "2")), rows((3, 3, "3"))
    pages = moving([one, Changed("2 rows where there were 3")], [other, two])
    assert pa.Table.from_batches(steady_rows("bills", _ROWS, pages)) == pa.Table.from_batches([other, two])


def test_rows_that_never_hold_still_are_none():
    pages = moving(*([rows((1, 1, "1")), Changed(f"{number} rows are gone")] for number in range(1, 5)))
    found = steady_rows("bills of FY2026-P05", _ROWS, pages)
    with pytest.raises(IncompleteRead, match="bills of FY2026-P05: 3 rows are gone, 3 times in a row") as raised:
        next(found)
    assert raised.value.hint


def test_another_fault_is_not_tried_again():
    pages = moving([rows((1, 1, "1")), Forbidden("may not see")], [])
    with pytest.raises(Forbidden):
        list(steady_rows("bills", _ROWS, pages))
    assert not list(steady_rows("bills", _ROWS, pages))


def test_answers_come_in_order_and_little_is_begun_ahead():
    begun: list[int] = []
    first_may_end = threading.Event()

    def call(number: int) -> int:
        begun.append(number)
        if number == 0:
            assert first_may_end.wait(10)
        if number == 2:
            first_may_end.set()
        return number

    with ThreadPoolExecutor(4) as pool:
        answers = map_ahead(pool, (lambda n=n: call(n) for n in range(1000)), ahead=3)
        assert [next(answers) for _ in range(5)] == [0, 1, 2, 3, 4]
        assert isinstance(answers, Generator)
        answers.close()
    assert len(begun) <= 8


def test_a_failure_comes_in_its_turn():
    with ThreadPoolExecutor(2) as pool:
        answers = map_ahead(pool, iter([lambda: 1, lambda: 1 // 0, lambda: 3]), ahead=2)
        assert next(answers) == 1
        with pytest.raises(ZeroDivisionError):
            next(answers)


def test_something_is_found_out_once_and_a_failure_again():
    divisors = [0, 1, 5]

    def find() -> int:
        return 5 // divisors.pop(0)

    lazy = Lazy(find)
    with pytest.raises(ZeroDivisionError):
        lazy()
    assert [lazy(), lazy()] == [5, 5]


def test_a_trial_that_fails_is_a_finding():
    def refuse():
        raise Forbidden("No.", hint="Ask.")

    assert attempt("orders", lambda: passed("orders", "Readable.")).ok
    found = attempt("orders", refuse)
    assert (found.ok, found.message, found.remedy) == (False, "No.", "Ask.")

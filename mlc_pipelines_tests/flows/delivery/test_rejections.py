"""Why rows were rejected, in one sentence."""

from __future__ import annotations

import pyarrow as pa

from mlc_pipelines.flows.delivery.rejections import commonest_reasons


def dump(*rows: tuple[str, str, str]) -> pa.Table:
    names = ("status", "errors", "Account")
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})


def test_reasons_that_quote_the_row_are_one_reason():
    found = commonest_reasons(
        dump(
            ("E", "Invalid date: 31/02", "1"),
            *(("E", f"Invalid Accounts identifier: 6{n}", f"6{n}") for n in range(5)),
            ("W", "Truncated", "1"),
        )
    )
    assert found == ["5 rows: Invalid Accounts identifier: 60, 61, 62 ...", "1 row: Invalid date: 31/02"]


def test_only_the_three_commonest():
    found = commonest_reasons(dump(*(("E", f"Reason {n}.", "x") for n in range(5) for _ in range(n + 1))))
    assert found == ["5 rows: Reason 4", "4 rows: Reason 3", "3 rows: Reason 2"]


def test_nothing_rejected():
    assert commonest_reasons(dump(("W", "Truncated", "1"))) == []

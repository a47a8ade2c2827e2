"""Columns joined to one text: different rows never give the same."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlc_pipelines.flows.delivery.previous import PreviousRows
from mlc_pipelines.store.joined import length_prefixed, record_ids

PART = st.text("AB/%25F:1\x1fø", max_size=4)
ROWS = st.integers(1, 3).flatmap(lambda width: st.lists(st.tuples(*[PART] * width), min_size=1, unique=True))


def columns(rows: list[tuple[str, ...]]) -> list[pa.Array]:
    return [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]


@settings(deadline=None)
@given(ROWS)
@example([("A\x1fB", "C"), ("A", "B\x1fC")])
@example([("A/B", "C"), ("A", "B/C")])
@example([("A%2FB", "C"), ("A/B", "C")])
@example([("1:A", ""), ("", "1:A")])
def test_different_rows_give_different_texts(rows: list[tuple[str, ...]]):
    assert len(set(length_prefixed(columns(rows)).to_pylist())) == len(rows)
    assert len(set(record_ids(columns(rows)).to_pylist())) == len(rows)


@settings(deadline=None)
@given(ROWS)
@example([("A\x1fB", "C"), ("A", "B\x1fC")])
def test_a_row_that_the_model_does_not_hold_is_sent(rows: list[tuple[str, ...]]):
    batch = pa.RecordBatch.from_arrays(columns(rows), names=[str(i) for i in range(len(rows[0]))])
    (sent,) = PreviousRows([batch.slice(0, 1)]).changed([pa.Table.from_batches([batch])])
    assert sent.num_rows == len(rows) - 1


def test_ids_are_readable_where_nothing_stands_in_the_way():
    assert record_ids([pa.array(["JE-1", "a/b"]), pa.array([7, None])]).to_pylist() == ["JE-1/7", None]
    assert record_ids([pa.array(["a/b%"]), pa.array(["c"])]).to_pylist() == ["a%2Fb%25/c"]
    assert record_ids([pa.array(["a/b%"])]).to_pylist() == ["a/b%"]

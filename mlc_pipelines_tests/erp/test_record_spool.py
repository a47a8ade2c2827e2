"""With a key a spool gives each record once, whatever came in which order; without one it gives rows as they came."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_pipelines.erp.base import MONEY, RATE
from mlc_pipelines.erp.record_spool import RecordSpool

SCHEMA = pa.schema(
    [
        pa.field("number", pa.string()),
        pa.field("line", pa.int64(), nullable=False),
        pa.field("amount", MONEY),
        pa.field("rate", RATE),
        pa.field("modified_at", pa.timestamp("us", "UTC")),
        pa.field("posted", pa.bool_()),
    ]
)
MORNING = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
SLOW = settings(deadline=None, max_examples=40)

Row = tuple[str | None, int, str, int | None]
"""Number, line, amount, version."""


def page(rows: Iterable[Row]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(
        [
            {
                "number": number,
                "line": line,
                "amount": Decimal(amount),
                "rate": Decimal("0.123456789012345"),
                "modified_at": None if version is None else MORNING + timedelta(microseconds=version),
                "posted": None,
            }
            for number, line, amount, version in rows
        ],
        schema=SCHEMA,
    )


def spooled(*pages: Iterable[Row]) -> list[Row]:
    with RecordSpool(SCHEMA, ("number", "line"), record=("number",), newest="modified_at") as spool:
        for rows in pages:
            spool.add(page(rows))
        found = list(spool.batches())
        assert spool.records() == len({row["number"] for batch in found for row in batch.to_pylist()})
    assert all(batch.schema == SCHEMA for batch in found)
    return [
        (
            row["number"],
            row["line"],
            str(row["amount"]),
            row["modified_at"] and (row["modified_at"] - MORNING) // timedelta(microseconds=1),
        )
        for batch in found
        for row in batch.to_pylist()
    ]


def test_the_newest_copy_of_a_record_is_taken_whole():
    older = [("A", 1, "1.000000", 1), ("A", 2, "2.000000", 1)]
    newer = [("A", 1, "9007199254740993.930000", 2)]
    assert spooled(older, newer) == spooled(newer, older) == newer


def test_of_equal_copies_that_of_the_later_page_is_taken():
    first, second = [("A", 1, "1.000000", 1)], [("A", 1, "2.000000", 1)]
    assert spooled(first, second) == second
    assert spooled(second, first) == first


def test_a_copy_without_a_stamp_is_the_older_one():
    stamped, bare = [("A", 1, "1.000000", 1)], [("A", 1, "2.000000", None)]
    assert spooled(stamped, bare) == spooled(bare, stamped) == stamped
    assert spooled(bare, bare) == bare


def test_nothing_gathered_is_nothing():
    assert spooled() == spooled([]) == []


def test_the_order_is_that_of_the_bytes():
    rows = [("a", 1, "0.000000", 0), ("Z", 1, "0.000000", 0), ("ø", 1, "0.000000", 0), ("Z", -1, "0.000000", 0)]
    assert [row[:2] for row in spooled(rows)] == [("Z", -1), ("Z", 1), ("a", 1), ("ø", 1)]


@SLOW
@given(
    st.dictionaries(
        st.sampled_from([None, *"ABCDE"]), st.lists(st.integers(0, 3), min_size=1, unique=True), max_size=5
    ),
    st.randoms(use_true_random=False),
)
def test_any_paging_of_the_same_records_gives_the_same(records: dict[str | None, list[int]], chance):
    copies = [[(number, line, f"{line}.500000", 7) for line in lines] for number, lines in records.items()]
    expected = sorted((row for rows in copies for row in rows), key=lambda row: (row[0] is None, row[0] or "", row[1]))
    shuffled = copies + chance.sample(copies, chance.randint(0, len(copies)))
    chance.shuffle(shuffled)
    assert spooled(*shuffled) == expected


def test_without_a_key_rows_come_as_they_were_added_and_as_often():
    pages = [page([("b", 2, "2", 7), (None, 1, "1", None)]), page([]), page([("a", 1, "1", 0), ("b", 2, "2", 7)])]
    with RecordSpool(SCHEMA) as spool:
        for each in pages:
            spool.add(each)
        assert spool.rows == 4
        assert pa.Table.from_batches(spool.batches(), SCHEMA).equals(pa.Table.from_batches(pages, SCHEMA))


def test_its_file_goes_with_it():
    with RecordSpool(SCHEMA, ("number", "line")) as spool:
        spool.add(page([("A", 1, "1", 1)]))
        folder = Path(spool._folder.name)
        assert folder.exists()
    assert not folder.exists()


@pytest.mark.parametrize("key", [(), ("number", "line")], ids=["as added", "by key"])
def test_a_value_that_must_not_be_missing_and_is_goes_through(key: tuple[str, ...]):
    """Who takes the rows names its record."""
    columns = [["N1"], [None], [Decimal(1)], [None], [None], [None]]
    arrays = [pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)]
    with RecordSpool(SCHEMA, key) as spool:
        spool.add(pa.RecordBatch.from_arrays(arrays, schema=SCHEMA))
        (batch,) = spool.batches()
    assert (batch.schema, batch.column("line").to_pylist()) == (SCHEMA, [None])

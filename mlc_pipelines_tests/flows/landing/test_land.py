"""A read is compared with all that the ERP says of it, and with nothing that it doesn't say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.erp.base import MONEY, ControlTotal, Entity, Field
from mlc_pipelines.errors import IncompleteRead
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.landing.land import READ_TRIES, Landed, land
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines.store.snapshots import SnapshotStore
from mlc_pipelines.store.storage import Storage

ENTITY = Entity(
    "postings",
    "fact",
    "Lines.",
    (
        Field("document", pa.string(), "Document.", required=True),
        Field("line", pa.int64(), "Line.", required=True),
        Field("account", pa.string(), "Account."),
        Field("amount", MONEY, "Amount."),
    ),
    key=("document", "line"),
    period="document",
    amount="amount",
    control_by="account",
)
PERIOD = Period("FY2026-P05", 2026, 5, date(2026, 5, 1), date(2026, 5, 31))
ROWS = [("A", 1, "1000", "7.50"), ("A", 2, "2000", "-7.50"), ("B", 1, "1000", "2.25"), ("B", 2, None, "-2.25")]


class Scripted:
    """A source of these rows, whose ERP says this of them."""

    def __init__(self, control: Sequence[ControlTotal], rows: Sequence[tuple[Any, ...]] = ROWS) -> None:
        self._control = control
        self._rows = rows
        self.reads = 0

    def read(self, entity: Entity, window: Period) -> Iterator[pa.RecordBatch]:
        self.reads += 1
        names = [field.name for field in entity.fields]
        rows = [dict(zip(names, (*row[:3], Decimal(row[3])), strict=True)) for row in self._rows]
        if rows:
            yield pa.RecordBatch.from_pylist(rows, schema=entity.schema)

    def control(self, entity: Entity, window: Period) -> Sequence[ControlTotal]:
        return self._control

    def changes(self, entity: Entity, since: str) -> Iterator[pa.RecordBatch]:
        raise ValueError(entity.name)

    def periods(self) -> None:
        return None

    def ping(self) -> Sequence[Any]:
        return []

    def close(self) -> None:
        pass


@pytest.fixture
def store(database: Database, tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(database, Storage(str(tmp_path)))


def landed(store: SnapshotStore, source: Scripted) -> Landed:
    return land(store, source, ENTITY, PERIOD, tenant="acme", run_id="r1", clock=SYSTEM_CLOCK)


def total(group: str | None, amount: str | None = None, **said: Any) -> ControlTotal:
    return ControlTotal(group, amount=None if amount is None else Decimal(amount), **said)


BY_ACCOUNT = {"": Decimal("-2.25"), "1000": Decimal("9.75"), "2000": Decimal("-7.50")}
AGREEING = {
    "rows of the whole": ([total(None, rows=4)], "4 rows"),
    "documents of the whole": ([total(None, records=2)], "2 records"),
    "the amount of the whole": ([total(None, "0")], "the totals of amount"),
    "amounts by account": ([total("1000", "9.75"), total("2000", "-7.50"), total("", "-2.25")], "the totals of amount"),
    "rows by account": ([total("1000", rows=2), total("2000", rows=1), total("", rows=1)], "4 rows"),
    "rows of the whole and amounts by account": (
        [total(None, rows=4), total("1000", "9.75"), total("2000", "-7.50"), total("", "-2.25")],
        "4 rows, the totals of amount",
    ),
    "an account of which nothing is said": (
        [total(None, rows=4), total("1000", "9.75"), ControlTotal("2000"), total("", "-2.25")],
        "4 rows, the totals of amount",
    ),
}


@pytest.mark.parametrize(("control", "said"), AGREEING.values(), ids=AGREEING)
def test_what_agrees_is_kept_with_a_total_for_each_group(store: SnapshotStore, control: list[ControlTotal], said: str):
    found = landed(store, Scripted(control))
    kept = {each.group: each.amount for each in found.snapshot.control}
    assert kept == BY_ACCOUNT
    assert sum(each.rows for each in found.snapshot.control) == 4
    assert found.checks[0].message.endswith(f"what the ERP says of them: {said}.")


DIFFERING = {
    "a row more": ([total(None, rows=5)], "5 rows in the ERP, 4 read"),
    "a document more": ([total(None, records=3)], "3 records in the ERP, 2 read"),
    "another amount": ([total("1000", "9.76"), total("2000", "-7.50"), total("", "-2.25")], "1000: amount 9.76"),
    "an account that the ERP has nothing of": ([total("1000", "9.75"), total("", "-2.25")], "2000: amount 0.00"),
    "an account that was not read": (
        [total("1000", "9.75"), total("2000", "-7.50"), total("", "-2.25"), total("3000", "1")],
        "3000: amount 1.00 in the ERP, 0.00 read",
    ),
    "rows in the wrong account": ([total("1000", rows=1), total("2000", rows=2), total("", rows=1)], "1000: 1 rows"),
    "nothing at all": ([], "0 rows in the ERP, 4 read"),
    "amounts by account beside rows that agree": (
        [total(None, rows=4), total("1000", "-9.75"), total("2000", "-7.50"), total("", "-2.25")],
        "1000: amount -9.75 in the ERP, 9.75 read",
    ),
    "an account that was not read, beside one of which nothing is said": (
        [total(None, rows=4), total("1000", "9.75"), ControlTotal("2000")],
        "amount 0.00 in the ERP, -2.25 read",
    ),
    "rows beside amounts by account that agree": (
        [total(None, rows=5), total("1000", "9.75"), total("2000", "-7.50"), total("", "-2.25")],
        "5 rows in the ERP, 4 read",
    ),
}


@pytest.mark.parametrize(("control", "said"), DIFFERING.values(), ids=DIFFERING)
def test_what_differs_is_read_again_and_then_refused(store: SnapshotStore, control: list[ControlTotal], said: str):
    before = store.current(PartitionKey("acme", "postings", PERIOD.key))
    source = Scripted(control)
    with pytest.raises(IncompleteRead) as refused:
        landed(store, source)
    assert said in str(refused.value)
    assert source.reads == READ_TRIES
    assert store.current(PartitionKey("acme", "postings", PERIOD.key)) == before


def test_a_check_says_what_it_does_not_prove(store: SnapshotStore):
    entity = replace(ENTITY, unproven="the sign, which `document` gives to both")
    source = Scripted([total(None, rows=4)])
    found = land(store, source, entity, PERIOD, tenant="acme", run_id="run", clock=SYSTEM_CLOCK)
    assert found.checks[0].message.endswith("4 rows. Not proven by it: the sign, which `document` gives to both.")


def test_nothing_is_nothing(store: SnapshotStore):
    found = landed(store, Scripted([], rows=[]))
    assert (found.snapshot.rows, list(found.snapshot.control)) == (0, [])


def test_a_group_that_the_erp_leaves_out_because_it_sums_to_nothing_keeps_its_rows(store: SnapshotStore):
    rows = [*ROWS, ("C", 1, "3000", "1"), ("C", 2, "3000", "-1")]
    control = [total("1000", "9.75"), total("2000", "-7.50"), total("", "-2.25")]
    found = landed(store, Scripted(control, rows))
    assert {each.group: each.rows for each in found.snapshot.control} == {"": 1, "1000": 2, "2000": 1, "3000": 2}

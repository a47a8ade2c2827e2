"""Delta deliveries: whatever happened before, the model holds what a full load of the last snapshot would leave."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlc_pipelines.anaplan import ActionCounts, TaskOutcome
from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.config import AnaplanConnection, Load, Tenant
from mlc_pipelines.config.tenant import Schedule
from mlc_pipelines.errors import OutcomeUnknown, TaskCancelled, Unavailable
from mlc_pipelines.flows.delivery.context import DeliveryContext
from mlc_pipelines.flows.delivery.deliver import deliver
from mlc_pipelines.flows.delivery.target import Target
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.settings import Settings
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.deliveries import Delivery
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines.store.locks import Lock
from mlc_pipelines.store.storage import Storage
from mlc_pipelines_tests.flows.delivery.small_ledger import ENTITY

LOAD = Load.model_validate(
    {
        "import": "Load Actuals",
        "columns": {"Account": "account", "Period": {"period": "%b %y"}, "Amount": {"sum": "amount"}},
        "on_rejected": "warn",
    }
)
PERIOD = "FY2026-P05"
ANAPLAN = AnaplanConnection.model_validate(
    {
        "workspace_id": "8a81b09d5e8c6f27015ece3402487d33",
        "model_id": "75A40874E6B64FA3AE0743278996850F",
        "auth": {"method": "basic", "user": "robot@acme.example", "password": {"secret": "anaplan_password"}},
    }
)
UNUSED: Any = None  # neither an ERP nor Anaplan is asked: the writer is the model

# Few and small, so that the same figures come again and again.
ACCOUNTS = ["0100", "0200", "4000"]
BOOKS = st.dictionaries(st.sampled_from(ACCOUNTS), st.sampled_from([-1, 0, 1]))
EVENTS = ["accepted", "rejects one", "fails after writing half", "cancelled", "crash before", "crash after", "unknown"]

histories = st.lists(
    st.tuples(
        BOOKS,
        st.sampled_from(EVENTS),
        st.booleans(),
    ),
    max_size=8,
)


class Model:
    """A module as a writer sees it: cells are set to what a file says, and zero is empty."""

    def __init__(self, storage: Storage) -> None:
        self.cells: dict[str, Decimal] = {}
        self.rows_taken = 0
        self._storage = storage
        self._ended: dict[str, TaskOutcome] = {}
        self.target = Target()
        self.event = "accepted"

    def write(self, delivery: Delivery, alone: Lock) -> TaskOutcome:
        if delivery.task_id is not None:
            # Taken up after a crash: the task ran to its end meanwhile.
            return self._ended[delivery.task_id]
        rows = self._storage.table(delivery.files.sent).to_pylist()
        event, self.event = self.event, "accepted"
        delivery.starting(SYSTEM_CLOCK.now())
        if event == "crash before":
            raise Unavailable("killed before the task was started")
        task_id = uuid.uuid4().hex
        if event == "unknown":
            self._set(rows[: len(rows) // 2])
            raise OutcomeUnknown("nobody knows")
        delivery.started(task_id)
        if event == "cancelled":
            raise TaskCancelled("rolled back")
        refused = rows[:1] if event == "rejects one" else []
        half = event == "fails after writing half"
        taken = rows[: len(rows) // 2] if half else rows[len(refused) :]
        self._set(taken)
        counts = ActionCounts(total=len(rows), succeeded=len(rows) - len(refused), failed=len(refused), reported=True)
        rejected = (
            pa.table(
                {
                    "line": [2],
                    "status": ["E"],
                    "errors": ["no"],
                    **{name: [value] for name, value in refused[0].items()},
                }
            )
            if refused
            else None
        )
        outcome = TaskOutcome(task_id, successful=not half, counts=counts, rejected=rejected)
        self._ended[task_id] = outcome
        if event == "crash after":
            raise Unavailable("killed while the task ran")
        return outcome

    def stop(self, delivery: Delivery) -> bool:
        return False

    def _set(self, rows: list[dict[str, Any]]) -> None:
        self.rows_taken += len(rows)
        for row in rows:
            self.cells[row["Account"]] = Decimal(row["Amount"])

    @property
    def filled(self) -> dict[str, Decimal]:
        return {account: amount for account, amount in self.cells.items() if amount}


class Desk:
    """One load of one partition, run again and again."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.model = Model(runtime.snapshots.storage)
        self.tenant = Tenant(
            tenant=f"t{uuid.uuid4().hex[:8]}",
            erp_kind="erp",
            connection=UNUSED,
            calendar="calendar-months",
            anaplan=ANAPLAN,
            loads={},
            plan=None,
            schedule=Schedule(),
        )

    def land(self, books: dict[str, int]) -> None:
        schema = ENTITY.schema
        records = [
            {"id": account, "account": account, "department": None, "kind": None, "amount": Decimal(amount)}
            for account, amount in sorted(books.items())
        ]
        batches: Iterator[pa.RecordBatch] = iter([pa.RecordBatch.from_pylist(records, schema)] if records else [])
        now = SYSTEM_CLOCK.now()
        written = self.runtime.snapshots.write(
            batches,
            PartitionKey(self.tenant.tenant, ENTITY.name, PERIOD),
            schema=schema,
            id_fields=("id",),
            modified=None,
            extracted_at=now,
            run_id="r",
        )
        self.runtime.snapshots.commit(written, control=[])

    def deliver(self, *, full: bool = False):
        context = DeliveryContext(
            runtime=self.runtime,
            tenant=self.tenant,
            anaplan=UNUSED,
            run_id="r",
            full=full,
            open_writer=lambda *_: self.model,
        )
        return deliver(context, LOAD, ENTITY, context.calendar.period(PERIOD))


@pytest.fixture
def make_desk(database: Database, tmp_path: Path) -> Iterator[Callable[[], Desk]]:
    runtime = Runtime(Settings(tmp_path, database.url, str(tmp_path / "storage"), None, None))
    yield lambda: Desk(runtime)
    runtime.close()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories, last=BOOKS)
def test_after_any_history_the_model_holds_the_last_snapshot(make_desk, history, last):
    desk = make_desk()
    for books, event, full in history:
        desk.land(books)
        desk.model.event = event
        with contextlib.suppress(Unavailable, TaskCancelled, OutcomeUnknown):
            desk.deliver(full=full)
    desk.model.event = "accepted"
    desk.land(last)
    result = desk.deliver()

    assert desk.model.filled == {account: Decimal(amount) for account, amount in last.items() if amount}
    assert result.state == "accepted"
    assert result.amount_accepted == sum(last.values())


def test_only_what_changed_is_sent(make_desk):
    desk = make_desk()
    desk.land({"0100": 1, "0200": 2, "4000": -3})
    assert desk.deliver().rows_sent == 3
    desk.land({"0100": 1, "0200": 5})
    result = desk.deliver()
    assert (result.rows_sent, result.zero_rows, result.rows_unchanged) == (2, 1, 1)
    assert desk.model.filled == {"0100": 1, "0200": 5}
    assert desk.deliver().rows_sent == 0
    assert desk.deliver(full=True).rows_sent == 2


def test_after_a_rejection_everything_is_sent_again(make_desk):
    desk = make_desk()
    desk.land({"0100": 1, "0200": 2})
    desk.model.event = "rejects one"
    assert desk.deliver().state == "partial"
    assert desk.deliver().rows_sent == 2
    assert desk.model.filled == {"0100": 1, "0200": 2}

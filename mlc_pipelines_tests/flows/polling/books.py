"""Books in memory with a change feed, and everything that polls and lands them but Dagster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlc_pipelines.erp.base import MONEY, ControlTotal, Entity, ErpPeriod, Field
from mlc_pipelines.erp.totals import totals_by
from mlc_pipelines.fiscal import Period
from mlc_pipelines.fiscal.calendar import FiscalCalendar, calendar_months
from mlc_pipelines.flows.landing.land import Landed, land
from mlc_pipelines.flows.landing.merge import land_changes
from mlc_pipelines.flows.polling.feed import FeedPoll
from mlc_pipelines.store.changes import Asked
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines.store.snapshots import Snapshot, SnapshotStore
from mlc_pipelines.store.storage import Storage

TENANT = "acme"
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
_STAMP = pa.timestamp("us", tz="UTC")

ACCOUNTS = Entity(
    "accounts",
    "dimension",
    "Accounts.",
    (
        Field("number", pa.string(), "Number.", required=True),
        Field("name", pa.string(), "Name."),
        Field("note", pa.string(), "What no posting repeats."),
        Field("modified_at", _STAMP, "Last change."),
    ),
    key=("number",),
    modified="modified_at",
    watermark="modified_at",
)


@dataclass(frozen=True)
class _Documents(Entity):
    @property
    def document(self) -> tuple[str, ...]:
        return self.key[:1]


POSTINGS = _Documents(
    "postings",
    "fact",
    "Lines of documents.",
    (
        Field("document", pa.string(), "Document.", required=True),
        Field("line", pa.int64(), "Line.", required=True),
        Field("period_id", pa.string(), "Period."),
        Field("account", pa.string(), "Account."),
        Field("account_name", pa.string(), "Its name."),
        Field("amount", MONEY, "Amount."),
        Field("modified_at", _STAMP, "Last change."),
    ),
    key=("document", "line"),
    modified="modified_at",
    watermark="modified_at",
    period="period_id",
    refers_to=("accounts",),
    repeats={"accounts": ("name",)},
    amount="amount",
    control_by="account",
)
UNFED = replace(POSTINGS, name="unfed", watermark=None)
"""The same without a change feed."""


class TestClock:
    """Moves when told to."""

    __test__ = False

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Document:
    """One document: its lines by number, and when it changed."""

    period: str
    lines: dict[int, tuple[str, Decimal]]
    modified: datetime


@dataclass
class Books:
    """An ERP: `Source` of its own.

    Attributes:
        silent: documents that the feed does not tell of.
        totals: False: the ERP counts documents, and sums nothing.
        during: called between the batches of a feed.
        asked: what was asked, in order.
    """

    clock: TestClock
    documents: dict[str, Document] = field(default_factory=dict)
    accounts: dict[str, tuple[str, str, datetime]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    totals: bool = True
    during: Callable[[], None] = lambda: None
    asked: list[tuple[str, ...]] = field(default_factory=list)
    overlap: timedelta = timedelta(minutes=5)
    known: Sequence[ErpPeriod] = field(
        default_factory=lambda: [
            *(ErpPeriod(f"{m:02d}2026", _first(m), _first(m + 1) - timedelta(1), False, 2026, m) for m in range(1, 12)),
            ErpPeriod("122026", date(2026, 12, 1), date(2026, 12, 31), False, 2026, 12),
        ]
    )

    def name(self, account: str, name: str, note: str = "") -> None:
        """Make an account, or rename it."""
        self.accounts[account] = (name, note, self._stamp())

    def post(self, document: str, *lines: tuple[str, str], period: str = "052026") -> None:
        """Post a document, or change it: account and amount of each line."""
        numbered = {number: (account, Decimal(amount)) for number, (account, amount) in enumerate(lines, 1)}
        self.documents[document] = Document(period, numbered, self._stamp())

    def move(self, document: str, period: str) -> None:
        self.documents[document] = replace(self.documents[document], period=period, modified=self._stamp())

    def delete(self, document: str) -> None:
        del self.documents[document]

    def _stamp(self) -> datetime:
        self.clock.sleep(1)
        return self.clock.now()

    def _rows(self, wanted: Callable[[str, Document], bool]) -> list[dict[str, Any]]:
        return [
            {
                "document": name,
                "line": number,
                "period_id": found.period,
                "account": account,
                "account_name": self.accounts.get(account, (None,))[0],
                "amount": amount,
                "modified_at": found.modified,
            }
            for name, found in sorted(self.documents.items())
            if wanted(name, found)
            for number, (account, amount) in sorted(found.lines.items())
        ]

    def _members(self, since: datetime) -> list[dict[str, Any]]:
        return [
            {"number": number, "name": name, "note": note, "modified_at": modified}
            for number, (name, note, modified) in sorted(self.accounts.items())
            if modified >= since
        ]

    def read(self, entity: Entity, window: Period) -> Iterator[pa.RecordBatch]:
        self.asked.append(("read", entity.name, window.key))
        if entity.kind == "dimension":
            rows = self._members(datetime(1, 1, 1, tzinfo=UTC))
        else:
            rows = self._rows(lambda _, found: found.period == f"{window.number:02d}2026")
        if rows:
            yield pa.RecordBatch.from_pylist(rows, schema=entity.schema)

    def control(self, entity: Entity, window: Period) -> Sequence[ControlTotal]:
        self.asked.append(("control", entity.name, window.key))
        if entity.kind == "dimension":
            return [ControlTotal(None, len(self.accounts))]
        if not self.totals:
            found = [one for one in self.documents.values() if one.period == f"{window.number:02d}2026"]
            return [ControlTotal(None, records=len(found))]
        rows = self._rows(lambda _, found: found.period == f"{window.number:02d}2026")
        return totals_by(
            [pa.RecordBatch.from_pylist(rows, schema=entity.schema)], "account", rows=None, amount="amount"
        )

    def changes(self, entity: Entity, since: str) -> Iterator[pa.RecordBatch]:
        self.asked.append(("changes", entity.name, since))
        begin = datetime.fromisoformat(since) - self.overlap
        if entity.kind == "dimension":
            rows = self._members(begin)
        else:
            rows = self._rows(lambda name, found: found.modified >= begin and name not in self.silent)
        # In no promised order, and a document's lines together or not.
        for row in reversed(rows):
            yield pa.RecordBatch.from_pylist([row], schema=entity.schema)
            self.during()

    def periods(self) -> Sequence[ErpPeriod]:
        return self.known

    def ping(self) -> Sequence[Any]:
        return []

    def close(self) -> None:
        pass


def _first(month: int) -> date:
    return date(2026, month, 1)


class Desk:
    """Polls and lands the books."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.clock = TestClock()
        self.database = database
        self.store = SnapshotStore(database, Storage(str(folder)))
        self.calendar: FiscalCalendar = calendar_months(self.clock)
        self.books = Books(self.clock)
        self.open = [self.period("05"), self.period("06")]

    def period(self, number: str) -> Period:
        return self.calendar.period(f"FY2026-P{number}")

    def poll(self, entity: Entity = POSTINGS) -> Asked:
        """As a tick does, some time later."""
        self.clock.sleep(60)
        states = {row["entity"]: row for row in self.store.changes.feeds(TENANT)}
        state = states.get(entity.name, {})
        with self.database.lock("poll of acme") as lock:
            feed = self.feed(lock)
            if not entity.watermark:
                return feed.probe(entity)
            return feed.changes(entity, state.get("watermark"), state.get("compared", ""))

    def feed(self, lock: Any) -> FeedPoll:
        return FeedPoll(self.store, self.books, TENANT, self.calendar, self.open, "poll", self.clock, lock)

    def land(self, *numbers: str, entity: Entity = POSTINGS) -> None:
        """Read periods whole."""
        for number in numbers:
            self.clock.sleep(1)
            land(
                self.store,
                self.books,
                entity,
                self.period(number),
                tenant=TENANT,
                run_id="whole",
                clock=self.clock,
                repeated_by={"postings": ("name",)} if entity is ACCOUNTS else {},
            )

    def merge(self, number: str, entity: Entity = POSTINGS) -> Landed:
        """Land a period from changes."""
        self.clock.sleep(1)
        return land_changes(
            self.store,
            self.books,
            entity,
            self.period(number),
            calendar=self.calendar,
            tenant=TENANT,
            run_id="merge",
            clock=self.clock,
            repeated_by={"postings": ("name",)} if entity is ACCOUNTS else {},
        )

    def snapshot(self, number: str, entity: Entity = POSTINGS) -> Snapshot:
        found = self.store.current(PartitionKey(TENANT, entity.name, self.period(number).key))
        assert found is not None
        return found

    def rows(self, number: str, entity: Entity = POSTINGS) -> list[dict[str, Any]]:
        return [row for batch in self.store.batches(self.snapshot(number, entity)) for row in batch.to_pylist()]

    def pending(self, entity: Entity = POSTINGS) -> dict[str, list[str]]:
        """Reasons by number of the period."""
        found: dict[str, list[str]] = {}
        for each in self.store.changes.pending(TENANT, entity.name):
            found.setdefault(each.key.period.rpartition("P")[2], []).append(each.because)
        return found

    def is_whole(self, number: str, entity: Entity = POSTINGS) -> bool:
        """Whether a snapshot holds what a whole read would give."""
        with self.database.lock("poll of acme") as lock:
            return self.feed(lock)._content(entity, self.period(number)) == self.snapshot(number, entity).content_hash

"""What polls found: change sets as immutable Parquet, what is pending of them, and how far each feed was read.

A change is pending for a period from the moment that a poll stores it until a snapshot that has it is committed. The
watermark moves in the transaction that makes it pending, and the file is written before that: a process killed
anywhere leaves a file that nobody names, and the next poll is told the same again.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, case, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from mlc_pipelines.store import tables
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines.store.locks import Lock
from mlc_pipelines.store.snapshot_file import row_groups, with_provenance, write_rows
from mlc_pipelines.store.storage import Storage

CHANGED = "records of it changed"


@dataclass(frozen=True)
class ChangeSet:
    """Records that a feed told of and that the snapshots lacked, with all their rows.

    Attributes:
        id: unique, also the file's name.
        path: where the file is, relative to the storage; its rows have their provenance.
        rows: how many.
        content_hash: as that of a snapshot.
        since: the watermark that was asked from.
        read_at: when the feed was asked.
        run_id: the run that asked.
    """

    id: str
    tenant: str
    entity: str
    path: str
    rows: int
    content_hash: str
    since: str
    read_at: datetime
    run_id: str


@dataclass(frozen=True)
class Pending:
    """A change that the newest snapshot of a partition may lack.

    Attributes:
        number: later ones have greater ones.
        key: of the partition.
        change_set: number of the one with the records; None where only a whole read will do.
        because: why, in words.
        noted_at: when it became pending.
    """

    number: int
    key: PartitionKey
    change_set: int | None
    because: str
    noted_at: datetime


@dataclass(frozen=True)
class Asked:
    """What a poll asked of one entity, and how far it came.

    Attributes:
        tenant, entity: whose feed.
        watermark: where the next one begins; None where there is no feed, or nothing was landed yet.
        compared: hash of what was told and what it was compared with.
        figures: what was found, for people.
        at: when it was asked.
        run_id: the run that asked.
    """

    tenant: str
    entity: str
    watermark: str | None
    compared: str
    figures: Mapping[str, Any]
    at: datetime
    run_id: str


class ChangeStore:
    """Change sets, pending changes and the state of each feed."""

    def __init__(self, database: Database, storage: Storage) -> None:
        self._database = database
        self._storage = storage

    def write(
        self,
        batches: Iterable[pa.RecordBatch],
        tenant: str,
        entity: str,
        *,
        schema: pa.Schema,
        id_fields: Sequence[str],
        modified: str | None,
        since: str,
        read_at: datetime,
        run_id: str,
    ) -> ChangeSet:
        """Stream rows into the file of a new change set, which nothing names until `store`.

        Raises:
            DataError, IncompleteRead: as `SnapshotStore.write`.
        """
        found = uuid.uuid4().hex
        path = f"changes/{tenant}/{entity}/{found}.parquet"
        written = write_rows(
            self._storage,
            path,
            row_groups(batches, schema),
            schema,
            id_fields,
            subject=f"{tenant}/{entity}",
            complete=lambda table: with_provenance(table, id_fields, modified, read_at, run_id),
        )
        return ChangeSet(found, tenant, entity, path, written.rows, written.content_hash, since, read_at, run_id)

    def discard(self, change_set: ChangeSet) -> None:
        """Delete the file of one that will not be stored."""
        self._storage.remove(change_set.path)

    def store(
        self,
        asked: Asked,
        lock: Lock,
        *,
        whole: Mapping[str, str] | None = None,
        change_set: ChangeSet | None = None,
        touched: Iterable[str] = (),
    ) -> None:
        """Make changes pending and move the watermark: one transaction.

        Args:
            asked: what was asked.
            lock: of the tenant's polls, held.
            whole: periods that have to be read whole, and why.
            change_set: records that changed.
            touched: periods whose snapshots lack them.

        Raises:
            LockLost: another poll may have moved the watermark.
        """
        lock.check()
        with self._database.engine.begin() as connection:
            for period, because in (whole or {}).items():
                note(connection, PartitionKey(asked.tenant, asked.entity, period), because, at=asked.at)
            if change_set:
                stored = insert(tables.change_set).values(**vars(change_set)).returning(tables.change_set.c.number)
                number = connection.scalar(stored)
                values = {"tenant": asked.tenant, "entity": asked.entity, "because": CHANGED, "noted_at": asked.at}
                for period in touched:
                    change = insert(tables.pending_change).values(change_set=number, period=period, **values)
                    connection.execute(change)
            _upsert(
                connection,
                asked,
                watermark=asked.watermark,
                compared=asked.compared,
                figures=dict(asked.figures),
                error=None,
                failures_in_row=0,
                succeeded_at=asked.at,
            )

    def failed(self, tenant: str, entity: str, error: str, *, at: datetime, run_id: str) -> None:
        """Note that a feed could not be read; its watermark stays."""
        with self._database.engine.begin() as connection:
            asked = Asked(tenant, entity, None, "", {}, at, run_id)
            _upsert(connection, asked, error=error, failures_in_row=1)

    def feeds(self, tenant: str | None = None) -> list[Mapping[str, Any]]:
        """The state of every feed, ordered by tenant and entity."""
        feed = tables.change_feed
        statement = select(feed).order_by(feed.c.tenant, feed.c.entity)
        if tenant is not None:
            statement = statement.where(feed.c.tenant == tenant)
        with self._database.engine.connect() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def pending(self, tenant: str, entity: str | None = None, period: str | None = None) -> list[Pending]:
        """What is pending, oldest first; of all entities and periods where none is named."""
        change = tables.pending_change
        place = {"tenant": tenant, "entity": entity, "period": period}
        statement = (
            select(change)
            .where(change.c.snapshot_id.is_(None))
            .where(*(change.c[name] == value for name, value in place.items() if value is not None))
            .order_by(change.c.number)
        )
        with self._database.engine.connect() as connection:
            return [_pending(row) for row in connection.execute(statement).mappings()]

    def since(self, pending: Iterable[Pending]) -> list[ChangeSet]:
        """The change sets of pending changes of one entity, and all that were stored after the first of them.

        A record that one of them has may be told anew by a later one that touches another period.
        """
        told = [each for each in pending if each.change_set is not None]
        if not told:
            return []
        found, key = tables.change_set, told[0].key
        first = min(each.change_set or 0 for each in told)
        statement = (
            select(*(found.c[name] for name in ChangeSet.__dataclass_fields__))
            .where(found.c.tenant == key.tenant, found.c.entity == key.entity, found.c.number >= first)
            .order_by(found.c.number)
        )
        with self._database.engine.connect() as connection:
            return [ChangeSet(**row) for row in connection.execute(statement).mappings()]


def note(connection: Connection, key: PartitionKey, because: str, *, at: datetime) -> None:
    """Have a partition read whole; said twice for one reason, it is noted once."""
    change = tables.pending_change
    same = (change.c.snapshot_id.is_(None), change.c.change_set.is_(None), change.c.because == because)
    place = (change.c[name] == value for name, value in vars(key).items())
    # Anew, and not left as it is: a read that began before this must not settle it.
    connection.execute(delete(change).where(*place, *same))
    connection.execute(insert(change).values(**vars(key), because=because, noted_at=at))


def settle(connection: Connection, numbers: Iterable[int], snapshot_id: str) -> None:
    """Changes that a snapshot has are pending no more."""
    numbers = list(numbers)
    if numbers:
        change = tables.pending_change
        connection.execute(update(change).where(change.c.number.in_(numbers)).values(snapshot_id=snapshot_id))


def _upsert(connection: Connection, asked: Asked, **values: Any) -> None:
    feed = tables.change_feed
    first = {"watermark": None, "compared": "", "figures": {}, "succeeded_at": None}
    known = {**values, "asked_at": asked.at, "run_id": asked.run_id}
    statement = upsert(feed).values(**{**first, **known}, tenant=asked.tenant, entity=asked.entity)
    failures = case((statement.excluded.failures_in_row == 0, 0), else_=feed.c.failures_in_row + 1)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant", "entity"], set_={**known, "failures_in_row": failures}
        )
    )


def _pending(row: Mapping[Any, Any]) -> Pending:
    key = PartitionKey(row["tenant"], row["entity"], row["period"])
    return Pending(row["number"], key, row["change_set"], row["because"], row["noted_at"])

"""Snapshots: what an ERP entity held as of a period, as immutable Parquet; Postgres points to the newest one.

A file is written under a name that nobody knows yet, and becomes a snapshot by one transaction: a process killed while
writing leaves a file behind, never half a snapshot.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from mlc_pipelines.store import tables
from mlc_pipelines.store.changes import ChangeStore, note, settle
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines.store.rows import Repaired
from mlc_pipelines.store.snapshot_file import RowsFile, provenance_schema, row_groups, with_provenance, write_rows
from mlc_pipelines.store.storage import Storage
from mlc_pipelines.store.totals import STORED_TOTALS, GroupTotal


@dataclass(frozen=True)
class Snapshot:
    """One stored snapshot.

    Attributes:
        key: what it holds.
        id: unique, also the file's name.
        path: where the file is, relative to the storage.
        rows: how many.
        content_hash: SHA-256 over the entity's own columns as CSV, `sha256:...`; equal for equal content.
        control: the ERP's own totals read together with the rows, by group.
        extracted_at: when the read began.
        run_id: the run that read it.
    """

    key: PartitionKey
    id: str
    path: str
    rows: int
    content_hash: str
    control: tuple[GroupTotal, ...]
    extracted_at: datetime
    run_id: str


@dataclass(frozen=True)
class WrittenFile:
    """A Parquet file that is complete, but not yet a snapshot; with the texts in it that lack a character."""

    key: PartitionKey
    id: str
    path: str
    rows: int
    content_hash: str
    extracted_at: datetime
    run_id: str
    repaired: Repaired


class SnapshotStore:
    """Writes snapshots and finds them.

    Attributes:
        storage: where the files are.
        changes: what polls found that no snapshot has yet.

    Example:
        written = store.write(batches, key, schema=schema, id_fields=("id",), modified=None, ...)
        snapshot = store.commit(written, control=[GroupTotal("", rows=written.rows)])
        assert store.current(key) == snapshot
    """

    def __init__(self, database: Database, storage: Storage) -> None:
        self._database = database
        self.storage = storage
        self.changes = ChangeStore(database, storage)

    def write(
        self,
        batches: Iterable[pa.RecordBatch],
        key: PartitionKey,
        *,
        schema: pa.Schema,
        id_fields: Sequence[str],
        modified: str | None,
        extracted_at: datetime,
        run_id: str,
    ) -> WrittenFile:
        """Stream batches into a new file; memory stays that of two row groups: one is written while the next is read.

        Args:
            batches: of `schema`, in an order that is the same for the same content.
            key: what they are.
            schema: of the entity.
            id_fields: fields that make `_source_id`, joined with a slash; a slash within one is written `%2F`.
            modified: field that becomes `_source_modified_at`.
            extracted_at: when the read began.
            run_id: the reading run.

        Raises:
            DataError: a text holds a NUL, which neither a file for Anaplan nor the database takes.
            IncompleteRead: a required value is missing, or a record's key.
        """

        def complete(table: pa.Table) -> pa.Table:
            return with_provenance(table, id_fields, modified, extracted_at, run_id)

        tables = row_groups(batches, schema)
        path, written = self._written(tables, key, schema, id_fields, complete)
        return WrittenFile(key, *path, **vars(written), extracted_at=extracted_at, run_id=run_id)

    def write_merged(
        self,
        batches: Iterable[pa.RecordBatch],
        key: PartitionKey,
        *,
        schema: pa.Schema,
        id_fields: Sequence[str],
        extracted_at: datetime,
        run_id: str,
    ) -> WrittenFile:
        """As `write`, of rows that have their provenance, each its own.

        Args:
            batches: of `provenance_schema(schema)`.
            key: what they are.
            schema: of the entity.
            id_fields: as for `write`.
            extracted_at: when the newest of them was read.
            run_id: the merging run.
        """
        tables = row_groups(batches, provenance_schema(schema))
        path, written = self._written(tables, key, schema, id_fields, lambda table: table)
        return WrittenFile(key, *path, **vars(written), extracted_at=extracted_at, run_id=run_id)

    def _written(
        self,
        tables: Iterable[pa.Table],
        key: PartitionKey,
        schema: pa.Schema,
        id_fields: Sequence[str],
        complete: Callable[[pa.Table], pa.Table],
    ) -> tuple[tuple[str, str], RowsFile]:
        """A new file: its id and path, and what it holds."""
        found = uuid.uuid4().hex
        path = f"snapshots/{key}/{found}.parquet"
        rows = write_rows(self.storage, path, tables, schema, id_fields, subject=str(key), complete=complete)
        return (found, path), rows

    def discard(self, written: WrittenFile) -> None:
        """Delete a file that will not become a snapshot."""
        self.storage.remove(written.path)

    def commit(
        self,
        written: WrittenFile,
        control: Iterable[GroupTotal],
        *,
        includes: Iterable[int] = (),
        outdates: Mapping[PartitionKey, str] | None = None,
    ) -> Snapshot:
        """Make the file the newest snapshot of its tenant, entity and period: one transaction.

        Args:
            written: the file.
            control: totals by group to keep with it.
            includes: numbers of the pending changes that it has.
            outdates: other partitions that have to be read anew because of what it holds, and why.
        """
        values = {name: value for name, value in vars(written).items() if name != "repaired"}
        snapshot = Snapshot(**values, control=tuple(control))
        place = vars(written.key)
        values = {**vars(snapshot), **place, "control": STORED_TOTALS.dump_python(snapshot.control, mode="json")}
        del values["key"]
        with self._database.engine.begin() as connection:
            connection.execute(insert(tables.snapshot).values(**values))
            connection.execute(
                upsert(tables.current_snapshot)
                .values(**place, snapshot_id=written.id)
                .on_conflict_do_update(index_elements=list(place), set_={"snapshot_id": written.id})
            )
            settle(connection, includes, written.id)
            for key, because in (outdates or {}).items():
                note(connection, key, because, at=written.extracted_at)
        return snapshot

    def current(self, key: PartitionKey) -> Snapshot | None:
        """The newest snapshot, or None when this was never landed."""
        return next(iter(self._current(period=key.period, tenant=key.tenant, entity=key.entity)), None)

    def find(self, snapshot_id: str) -> Snapshot | None:
        """The snapshot of that id, newest or not; None when there is none."""
        with self._database.engine.connect() as connection:
            found = connection.execute(select(tables.snapshot).where(tables.snapshot.c.id == snapshot_id)).mappings()
            return next((_snapshot(dict(row)) for row in found), None)

    def kept(self, tenant: str, period: str) -> list[Mapping[str, Any]]:
        """All that are kept of a period, the newest first: `entity`, `id`, `rows`, `extracted_at`."""
        column = tables.snapshot.c
        statement = (
            select(column.entity, column.id, column.rows, column.extracted_at)
            .where(column.tenant == tenant, column.period == period)
            .order_by(column.extracted_at.desc())
        )
        with self._database.engine.connect() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def held(self, tenant: str, entity: str) -> list[Snapshot]:
        """The newest snapshot of each period, in the order of the periods' keys."""
        return self._current(tenant=tenant, entity=entity)

    def landed_at(self) -> list[Mapping[str, Any]]:
        """When each entity of each tenant was landed last, of any period: `tenant`, `entity`, `landed_at`."""
        found = tables.snapshot.c
        statement = select(found.tenant, found.entity, func.max(found.extracted_at).label("landed_at")).group_by(
            found.tenant, found.entity
        )
        with self._database.engine.connect() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def _current(self, **place: str) -> list[Snapshot]:
        pointer = tables.current_snapshot.c
        statement = (
            select(tables.snapshot)
            .join(tables.current_snapshot, pointer.snapshot_id == tables.snapshot.c.id)
            .where(*(pointer[name] == value for name, value in place.items()))
            .order_by(pointer.period)
        )
        with self._database.engine.connect() as connection:
            return [_snapshot(dict(row)) for row in connection.execute(statement).mappings()]

    def batches(self, snapshot: Snapshot, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The snapshot's rows with provenance, some at a time."""
        return self.storage.batches(snapshot.path, columns)


def _snapshot(row: Mapping[Any, Any]) -> Snapshot:
    place = ("tenant", "entity", "period")
    values: dict[str, Any] = {name: value for name, value in row.items() if name not in place}
    values["control"] = STORED_TOTALS.validate_python(row["control"])
    return Snapshot(PartitionKey(*(row[name] for name in place)), **values)

"""Snapshots: what an ERP entity held as of a period, as immutable Parquet; Postgres points to the newest one.

A file is written under a name that nobody knows yet, and becomes a snapshot by one transaction: a process killed while
writing leaves a file behind, never half a snapshot.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from mlc_pipelines.store import tables
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines.store.rows import Repaired, refuse_gaps, refuse_nul
from mlc_pipelines.store.snapshot_file import (
    SOURCE_ID,
    ContentHash,
    provenance_schema,
    row_groups,
    with_provenance,
)
from mlc_pipelines.store.storage import Storage
from mlc_pipelines.store.totals import STORED_TOTALS, GroupTotal
from mlc_pipelines.visible import LOST


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

    Example:
        written = store.write(batches, key, schema=schema, id_fields=("id",), modified=None, ...)
        snapshot = store.commit(written, control=[GroupTotal("", rows=written.rows)])
        assert store.current(key) == snapshot
    """

    def __init__(self, database: Database, storage: Storage) -> None:
        self._database = database
        self.storage = storage

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
        snapshot_id = uuid.uuid4().hex
        path = f"snapshots/{key}/{snapshot_id}.parquet"
        digest, repaired = ContentHash(), Repaired()
        rows = 0
        try:
            with (
                self.storage.create(path) as stream,
                pq.ParquetWriter(stream, provenance_schema(schema), compression="zstd", compression_level=1) as writer,
                ThreadPoolExecutor(1, thread_name_prefix="snapshot") as background,
            ):

                def keep(table: pa.Table) -> None:
                    text = digest.add(table)
                    complete = with_provenance(table, id_fields, modified, extracted_at, run_id)
                    refuse_gaps(str(key), complete, SOURCE_ID, id_fields)
                    if b"\0" in text:
                        refuse_nul(str(key), complete, SOURCE_ID)
                    if LOST.encode() in text:
                        repaired.look_through(complete.select([*table.column_names, SOURCE_ID]), SOURCE_ID)
                    writer.write_table(complete)

                kept: Future[None] | None = None
                for table in row_groups(batches, schema):
                    if kept:
                        kept.result()
                    rows += table.num_rows
                    kept = background.submit(keep, table)
                if kept:
                    kept.result()
        except BaseException:
            self.storage.remove(path)
            raise
        return WrittenFile(key, snapshot_id, path, rows, digest.value(), extracted_at, run_id, repaired)

    def discard(self, written: WrittenFile) -> None:
        """Delete a file that will not become a snapshot."""
        self.storage.remove(written.path)

    def commit(self, written: WrittenFile, control: Iterable[GroupTotal]) -> Snapshot:
        """Make the file the newest snapshot of its tenant, entity and period: one transaction."""
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
        return snapshot

    def current(self, key: PartitionKey) -> Snapshot | None:
        """The newest snapshot, or None when this was never landed."""
        pointer = tables.current_snapshot.c
        statement = (
            select(tables.snapshot)
            .join(tables.current_snapshot, pointer.snapshot_id == tables.snapshot.c.id)
            .where(pointer.tenant == key.tenant, pointer.entity == key.entity, pointer.period == key.period)
        )
        with self._database.engine.connect() as connection:
            row = connection.execute(statement).mappings().one_or_none()
        return None if row is None else _snapshot(dict(row))

    def batches(self, snapshot: Snapshot, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The snapshot's rows with provenance, some at a time."""
        return self.storage.batches(snapshot.path, columns)


def _snapshot(row: Mapping[Any, Any]) -> Snapshot:
    place = ("tenant", "entity", "period")
    values: dict[str, Any] = {name: value for name, value in row.items() if name not in place}
    values["control"] = STORED_TOTALS.validate_python(row["control"])
    return Snapshot(PartitionKey(*(row[name] for name in place)), **values)

"""Snapshots: what an ERP entity held as of a period, as immutable Parquet; Postgres points to the newest one.

A file is written under a name that nobody knows yet, and becomes a snapshot by one transaction: a process killed while
writing leaves a file behind, never half a snapshot.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from mlc_pipelines.errors import LostFile
from mlc_pipelines.store import tables
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.joined import record_ids
from mlc_pipelines.store.rows import Repaired, refuse_gaps, refuse_nul
from mlc_pipelines.visible import LOST

SOURCE_ID = "_source_id"
SOURCE_MODIFIED_AT = "_source_modified_at"
EXTRACTED_AT = "_extracted_at"
RUN_ID = "_run_id"
PROVENANCE = (SOURCE_ID, SOURCE_MODIFIED_AT, EXTRACTED_AT, RUN_ID)
"""Columns that every snapshot has besides the entity's own."""

_WITHOUT = (
    "Bring it back from a backup; or `mlc run --full` reads and sends everything without it, and says what it "
    "can't set to zero."
)

ROW_GROUP = 65_536
"""Rows written at a time: pages of a thousand rows would make a Parquet file of tiny pieces."""


@dataclass(frozen=True)
class Snapshot:
    """One stored snapshot.

    Attributes:
        id: unique, also the file's name.
        path: where the file is, relative to the storage.
        rows: how many.
        content_hash: SHA-256 over the entity's own columns as CSV, `sha256:...`; equal for equal content.
        control: the ERP's own totals read together with the rows, `[{group, rows, amount, debit, credit}]` as text.
        extracted_at: when the read began.
        run_id: the run that read it.
    """

    id: str
    tenant: str
    entity: str
    period: str
    path: str
    rows: int
    content_hash: str
    control: tuple[Mapping[str, Any], ...]
    extracted_at: datetime
    run_id: str


@dataclass(frozen=True)
class WrittenFile:
    """A Parquet file that is complete, but not yet a snapshot; with the texts in it that lack a character."""

    id: str
    path: str
    rows: int
    content_hash: str
    repaired: Repaired


class Storage:
    """Files under one fsspec URL (local, s3, gs, abfs)."""

    def __init__(self, url: str) -> None:
        from fsspec.core import url_to_fs

        filesystem, root = url_to_fs(url)
        self._filesystem: Any = filesystem
        self._root = str(root)

    def write(self, path: str, table: pa.Table) -> None:
        """Store a table as one Parquet file."""
        with self.create(path) as stream:
            pq.write_table(table, stream, compression="zstd", compression_level=1)

    def create(self, path: str) -> Any:
        """A new file, open for writing; its folders are made."""
        full = f"{self._root}/{path}"
        self._filesystem.makedirs(full.rpartition("/")[0], exist_ok=True)
        return self._filesystem.open(full, "wb")

    def address(self, path: str) -> str:
        """Where a file is, for people: a path, or the URL of a cloud's file."""
        return str(self._filesystem.unstrip_protocol(f"{self._root}/{path}")).removeprefix("file://")

    def open(self, path: str) -> Any:
        """A file, open for reading."""
        return self._filesystem.open(f"{self._root}/{path}", "rb")

    def remove(self, path: str) -> None:
        """Delete a file, if it is there."""
        full = f"{self._root}/{path}"
        if self._filesystem.exists(full):
            self._filesystem.rm(full)

    def files(self, folder: str) -> dict[str, int]:
        """All files below a folder, and their bytes."""
        root = f"{self._root}/"
        found: dict[str, dict[str, Any]] = self._filesystem.find(f"{root}{folder}", detail=True)
        return {path.removeprefix(root): int(about["size"]) for path, about in found.items()}

    def modified_at(self, path: str) -> datetime:
        """When a file was written."""
        return self._filesystem.modified(f"{self._root}/{path}")

    def now(self) -> datetime:
        """The current moment by the storage's own clock: that of a file written now."""
        path = f"now-{uuid.uuid4().hex}"
        with self.create(path):
            pass
        try:
            return self.modified_at(path)
        finally:
            self.remove(path)

    def exists(self, path: str) -> bool:
        """Whether there is such a file."""
        return bool(self._filesystem.exists(f"{self._root}/{path}"))

    def batches(self, path: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows of a Parquet file, some at a time.

        Raises:
            LostFile: it is missing or damaged.
        """
        with self._readable(path), self.open(path) as stream:
            yield from pq.ParquetFile(stream).iter_batches(
                ROW_GROUP, columns=None if columns is None else list(columns)
            )

    def table(self, path: str) -> pa.Table:
        """A Parquet file, whole.

        Raises:
            LostFile: it is missing or damaged.
        """
        with self._readable(path), self.open(path) as stream:
            return pq.read_table(stream)

    @contextmanager
    def _readable(self, path: str) -> Generator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise LostFile(f"The file {self._root}/{path} is missing.", hint=_WITHOUT) from error
        except (OSError, pa.ArrowException) as error:
            raise LostFile(f"The file {self._root}/{path} can't be read: it is damaged.", hint=_WITHOUT) from error


class SnapshotStore:
    """Writes snapshots and finds them."""

    def __init__(self, database: Database, storage: Storage) -> None:
        self._database = database
        self.storage = storage

    def write(
        self,
        batches: Iterable[pa.RecordBatch],
        *,
        folder: str,
        schema: pa.Schema,
        key: Sequence[str],
        modified: str | None,
        extracted_at: datetime,
        run_id: str,
    ) -> WrittenFile:
        """Stream batches into a new file; memory stays that of two row groups: one is written while the next is read.

        Args:
            batches: of `schema`, in an order that is the same for the same content.
            folder: where the file goes, `tenant/entity/period`.
            schema: of the entity.
            key: fields that make `_source_id`, joined with a slash; a slash within one is written `%2F`.
            modified: field that becomes `_source_modified_at`.
            extracted_at: when the read began.
            run_id: the reading run.

        Raises:
            DataError: a text holds a NUL, which neither a file for Anaplan nor the database takes.
            IncompleteRead: a required value is missing, or a record's key.
        """
        snapshot_id = uuid.uuid4().hex
        path = f"snapshots/{folder}/{snapshot_id}.parquet"
        digest, repaired = _ContentHash(), Repaired()
        rows = 0
        try:
            with (
                self.storage.create(path) as stream,
                pq.ParquetWriter(
                    stream, _with_provenance_schema(schema), compression="zstd", compression_level=1
                ) as writer,
                ThreadPoolExecutor(1, thread_name_prefix="snapshot") as background,
            ):

                def keep(table: pa.Table) -> None:
                    text = digest.add(table)
                    complete = _with_provenance(table, key, modified, extracted_at, run_id)
                    refuse_gaps(folder, complete, SOURCE_ID, key)
                    if b"\0" in text:
                        refuse_nul(folder, complete, SOURCE_ID)
                    if LOST.encode() in text:
                        repaired.look_through(complete.select([*table.column_names, SOURCE_ID]), SOURCE_ID)
                    writer.write_table(complete)

                kept: Future[None] | None = None
                for table in _row_groups(batches, schema):
                    if kept:
                        kept.result()
                    rows += table.num_rows
                    kept = background.submit(keep, table)
                if kept:
                    kept.result()
        except BaseException:
            self.storage.remove(path)
            raise
        return WrittenFile(snapshot_id, path, rows, digest.value(), repaired)

    def discard(self, written: WrittenFile) -> None:
        """Delete a file that will not become a snapshot."""
        self.storage.remove(written.path)

    def commit(
        self,
        written: WrittenFile,
        *,
        tenant: str,
        entity: str,
        period: str,
        control: Sequence[Mapping[str, Any]],
        extracted_at: datetime,
        run_id: str,
    ) -> Snapshot:
        """Make the file the newest snapshot of its tenant, entity and period: one transaction."""
        snapshot = Snapshot(
            written.id,
            tenant,
            entity,
            period,
            written.path,
            written.rows,
            written.content_hash,
            tuple(control),
            extracted_at,
            run_id,
        )
        pointer = {"tenant": tenant, "entity": entity, "period": period, "snapshot_id": written.id}
        with self._database.engine.begin() as connection:
            connection.execute(insert(tables.snapshot).values(**{**vars(snapshot), "control": list(control)}))
            connection.execute(
                upsert(tables.current_snapshot)
                .values(**pointer)
                .on_conflict_do_update(index_elements=["tenant", "entity", "period"], set_={"snapshot_id": written.id})
            )
        return snapshot

    def current(self, tenant: str, entity: str, period: str) -> Snapshot | None:
        """The newest snapshot, or None when this was never landed."""
        pointer = tables.current_snapshot.c
        statement = (
            select(tables.snapshot)
            .join(tables.current_snapshot, pointer.snapshot_id == tables.snapshot.c.id)
            .where(pointer.tenant == tenant, pointer.entity == entity, pointer.period == period)
        )
        with self._database.engine.connect() as connection:
            row = connection.execute(statement).mappings().one_or_none()
        return None if row is None else _snapshot(dict(row))

    def batches(self, snapshot: Snapshot, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The snapshot's rows with provenance, some at a time."""
        return self.storage.batches(snapshot.path, columns)


def _snapshot(row: Mapping[Any, Any]) -> Snapshot:
    values: dict[str, Any] = {**row, "control": tuple(row["control"])}
    return Snapshot(**values)


def _row_groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """Tables of about `ROW_GROUP` rows; one empty table when there are no rows, so that the file has its columns."""
    gathered: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        gathered.append(batch)
        rows += batch.num_rows
        if rows >= ROW_GROUP:
            yield pa.Table.from_batches(gathered, schema).combine_chunks()
            gathered, rows = [], 0
    if gathered:
        yield pa.Table.from_batches(gathered, schema).combine_chunks()


class _ContentHash:
    """SHA-256 over rows as CSV: the same rows give the same hash, however they are cut into batches."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, table: pa.Table) -> bytes:
        """Take rows into it; gives their text."""
        # Into memory first: a sink of ours would be called, and wait for the interpreter, every thousand rows.
        text = pa.BufferOutputStream()
        pyarrow.csv.write_csv(table, text, pyarrow.csv.WriteOptions(include_header=False))
        rows = text.getvalue().to_pybytes()
        self._digest.update(rows)
        return rows

    def value(self) -> str:
        return f"sha256:{self._digest.hexdigest()}"


def _with_provenance_schema(schema: pa.Schema) -> pa.Schema:
    return pa.schema(
        [
            *schema,
            pa.field(SOURCE_ID, pa.string(), nullable=False),
            pa.field(SOURCE_MODIFIED_AT, pa.string()),
            pa.field(EXTRACTED_AT, pa.timestamp("us", tz="UTC"), nullable=False),
            pa.field(RUN_ID, pa.string(), nullable=False),
        ]
    )


def _with_provenance(
    table: pa.Table, key: Sequence[str], modified: str | None, extracted_at: datetime, run_id: str
) -> pa.Table:
    source_id = record_ids([table[name] for name in key])
    modified_at = table[modified].cast(pa.string()) if modified else pa.nulls(table.num_rows, pa.string())
    extracted = pa.repeat(pa.scalar(extracted_at, pa.timestamp("us", tz="UTC")), table.num_rows)
    columns = [*table.columns, source_id, modified_at, extracted, pa.repeat(run_id, table.num_rows)]
    return pa.Table.from_arrays(columns, schema=_with_provenance_schema(table.schema))

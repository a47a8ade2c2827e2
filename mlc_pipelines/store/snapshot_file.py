"""The file of a snapshot: the rows of an entity, each with where it comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from mlc_pipelines.store.joined import record_ids
from mlc_pipelines.store.rows import Repaired, refuse_gaps, refuse_nul
from mlc_pipelines.store.storage import ROW_GROUP, Storage
from mlc_pipelines.visible import LOST

SOURCE_ID = "_source_id"
SOURCE_MODIFIED_AT = "_source_modified_at"
EXTRACTED_AT = "_extracted_at"
RUN_ID = "_run_id"
PROVENANCE = (SOURCE_ID, SOURCE_MODIFIED_AT, EXTRACTED_AT, RUN_ID)
"""Columns that every snapshot has besides the entity's own."""


def row_groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """Tables of about `ROW_GROUP` rows; none when there are no rows."""
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


class ContentHash:
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
        """`sha256:...`."""
        return f"sha256:{self._digest.hexdigest()}"


def provenance_schema(schema: pa.Schema) -> pa.Schema:
    """The entity's schema with the columns of provenance."""
    return pa.schema(
        [
            *schema,
            pa.field(SOURCE_ID, pa.string(), nullable=False),
            pa.field(SOURCE_MODIFIED_AT, pa.string()),
            pa.field(EXTRACTED_AT, pa.timestamp("us", tz="UTC"), nullable=False),
            pa.field(RUN_ID, pa.string(), nullable=False),
        ]
    )


def with_provenance(
    table: pa.Table, key: Sequence[str], modified: str | None, extracted_at: datetime, run_id: str
) -> pa.Table:
    """Rows of an entity with their provenance; see `SnapshotStore.write`."""
    source_id = record_ids([table[name] for name in key])
    modified_at = table[modified].cast(pa.string()) if modified else pa.nulls(table.num_rows, pa.string())
    extracted = pa.repeat(pa.scalar(extracted_at, pa.timestamp("us", tz="UTC")), table.num_rows)
    columns = [*table.columns, source_id, modified_at, extracted, pa.repeat(run_id, table.num_rows)]
    return pa.Table.from_arrays(columns, schema=provenance_schema(table.schema))


@dataclass(frozen=True)
class RowsFile:
    """A file of rows: how many, the hash of their content, and their texts that lack a character."""

    rows: int
    content_hash: str
    repaired: Repaired


def write_rows(
    storage: Storage,
    path: str,
    tables: Iterable[pa.Table],
    schema: pa.Schema,
    id_fields: Sequence[str],
    *,
    subject: str,
    complete: Callable[[pa.Table], pa.Table],
) -> RowsFile:
    """Stream rows into a new file; nothing is left of it when that fails.

    Args:
        storage: where it goes.
        path: of the file.
        tables: the rows.
        schema: of the entity.
        id_fields: fields that make `_source_id`.
        subject: whose rows, for messages.
        complete: gives a table its provenance.

    Raises:
        DataError, IncompleteRead: as `SnapshotStore.write`.
    """
    digest, repaired = ContentHash(), Repaired()
    rows = 0
    try:
        with (
            storage.create(path) as stream,
            pq.ParquetWriter(stream, provenance_schema(schema), compression="zstd", compression_level=1) as writer,
            ThreadPoolExecutor(1, thread_name_prefix="snapshot") as background,
        ):

            def keep(table: pa.Table) -> None:
                table = complete(table)
                text = digest.add(table.select(schema.names))
                refuse_gaps(subject, table, SOURCE_ID, id_fields)
                if b"\0" in text:
                    refuse_nul(subject, table, SOURCE_ID)
                if LOST.encode() in text:
                    repaired.look_through(table.select([*schema.names, SOURCE_ID]), SOURCE_ID)
                writer.write_table(table)

            kept: Future[None] | None = None
            for table in tables:
                if kept:
                    kept.result()
                rows += table.num_rows
                kept = background.submit(keep, table)
            if kept:
                kept.result()
    except BaseException:
        storage.remove(path)
        raise
    return RowsFile(rows, digest.value(), repaired)

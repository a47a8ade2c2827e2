"""Queries over columns that don't fit the memory: DuckDB, which puts what is too much into a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection as Query

ROWS_A_BATCH = 10_000


def open_query(folder: str) -> Query:
    """A database in memory, of 256 MB; what doesn't fit goes to the folder."""
    import duckdb  # heavy, and most runs of the CLI read nothing

    return duckdb.connect(config={"memory_limit": "256MB", "threads": 1, "temp_directory": folder})


def without_zones(schema: pa.Schema) -> pa.Schema:
    """The schema as DuckDB takes it: moments without their zone, for it needs an extension for the others.

    Every field may be null: that a value is missing is told with its record, by who looks for it.
    """
    return pa.schema([pa.field(field.name, _plain(field.type)) for field in schema])


def zoned_batches(query: Query, sql: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """What a query gives, as batches of a schema."""
    for batch in query.sql(sql).to_arrow_reader(ROWS_A_BATCH):
        yield as_schema(batch, schema)


def as_schema(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch with the types of a schema; its columns have their places."""
    columns = [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def quoted(names: Iterable[str]) -> str:
    """Names of columns, for SQL."""
    return ", ".join(f'"{name}"' for name in names)


def equal(left: str, right: str, names: Sequence[str]) -> str:
    """The condition that two rows have the same in these columns; nothing equals nothing."""
    return " AND ".join(f'{left}."{name}" IS NOT DISTINCT FROM {right}."{name}"' for name in names)


def _plain(type_: pa.DataType) -> pa.DataType:
    return pa.timestamp(type_.unit) if pa.types.is_timestamp(type_) else type_

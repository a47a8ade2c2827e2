"""The file of a delivery: mapped rows kept as Parquet for the trail, sent as CSV."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from mlc_pipelines.store.snapshots import Storage

_compute: Any = pc


@dataclass(frozen=True)
class CsvDialect:
    """How the import's file source wants its rows.

    Attributes:
        headers: the file's columns in order.
        separator: between columns.
        encoding: a Python codec name.
    """

    headers: tuple[str, ...]
    separator: str = ","
    encoding: str = "utf-8"


def store_rows(storage: Storage, path: str, tables: Iterable[pa.Table], headers: Sequence[str]) -> tuple[int, str]:
    """Stream the mapped rows into a Parquet file.

    Returns:
        Rows, and the SHA-256 of headers and rows as CSV, by which two deliveries are known to be the same.
    """
    import pyarrow.parquet as pq

    schema = pa.schema([(header, pa.string()) for header in headers])
    digest = hashlib.sha256()
    rows = 0
    with storage.create(path) as stream, pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        for table in tables:
            rows += table.num_rows
            writer.write_table(table.cast(schema))
            digest.update(_csv(table, header=rows == table.num_rows, separator=","))
    return rows, f"sha256:{digest.hexdigest()}"


def csv_blocks(storage: Storage, path: str, dialect: CsvDialect) -> Iterator[bytes]:
    """The stored rows as CSV blocks that end at row ends; the first begins with the headers."""
    first = True
    for batch in storage.batches(path):
        table = pa.Table.from_batches([batch]).select(list(dialect.headers))
        block = _csv(table, header=first, separator=dialect.separator)
        first = False
        yield block if dialect.encoding == "utf-8" else block.decode().encode(dialect.encoding)


def _csv(table: pa.Table, *, header: bool, separator: str) -> bytes:
    sink = pa.BufferOutputStream()
    options = pyarrow.csv.WriteOptions(include_header=header, delimiter=separator, quoting_style="needed")
    pyarrow.csv.write_csv(table, sink, options)
    return sink.getvalue().to_pybytes()


def absent_rows(earlier: Iterable[pa.Table], present: pa.Table, coordinates: Sequence[str], amount: str) -> pa.Table:
    """Rows that set to zero every coordinate that an earlier delivery filled and this one does not.

    Args:
        earlier: rows of the deliveries whose figures the model may hold.
        present: rows of this one.
        coordinates: headers of the columns that make a coordinate.
        amount: header of the amount column.
    """
    names = list(coordinates)
    # A load whose columns were changed has no coordinates in common with what it sent before.
    comparable = [table for table in earlier if {*names, amount} <= set(table.column_names)]
    filled = [table.filter(_compute.not_equal(table[amount], "0")).select(names) for table in comparable]
    if not filled:
        return present.slice(0, 0)
    distinct = pa.concat_tables(filled).group_by(names, use_threads=False).aggregate([])
    gone = distinct.join(present.select(names), keys=names, join_type="left anti", use_threads=False)
    gone = gone.sort_by([(name, "ascending") for name in names])
    return gone.append_column(amount, pa.repeat("0", gone.num_rows)).select(present.column_names)

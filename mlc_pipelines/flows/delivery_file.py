"""The file of a delivery: mapped rows kept as Parquet for the trail, sent as CSV."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from mlc_pipelines.store.snapshots import Storage

_compute: Any = pc


_BLOCK_ROWS = 8192


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
        Rows, and the SHA-256 of headers and rows as CSV.
    """
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
    """The stored rows as CSV blocks that end at row ends, about a megabyte each; the first begins with the headers."""
    first = True
    for batch in storage.batches(path):
        table = pa.Table.from_batches([batch]).select(list(dialect.headers))
        for start in range(0, table.num_rows, _BLOCK_ROWS):
            block = _csv(table.slice(start, _BLOCK_ROWS), header=first, separator=dialect.separator)
            first = False
            yield block if dialect.encoding == "utf-8" else block.decode().encode(dialect.encoding)


def _csv(table: pa.Table, *, header: bool, separator: str) -> bytes:
    sink = pa.BufferOutputStream()
    options = pyarrow.csv.WriteOptions(include_header=header, delimiter=separator, quoting_style="needed")
    pyarrow.csv.write_csv(table, sink, options)
    return sink.getvalue().to_pybytes()


@dataclass(frozen=True)
class Sent:
    """What an earlier delivery left in the model, as far as is known.

    Attributes:
        rows: that the model was to hold.
        rejected: rows of its file that Anaplan did not take, with at least the same columns; None when it took all or
            nobody knows.
    """

    rows: pa.Table
    rejected: pa.Table | None = None


class Held:
    """The rows that a model holds by an earlier delivery, as digests: a million of them take about 100 MB."""

    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        self._digests = {digest for batch in batches for digest in _row_digests(pa.Table.from_batches([batch]))}

    def changed(self, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """The rows that the model does not hold, or holds with another value."""
        for table in tables:
            mask = [digest not in self._digests for digest in _row_digests(table)]
            yield table.filter(pa.array(mask, pa.bool_()))


def _row_digests(table: pa.Table) -> Iterator[bytes]:
    columns = [table[name] for name in table.column_names]
    joined = _compute.binary_join_element_wise(*columns, "\x1f") if len(columns) > 1 else columns[0]
    return (hashlib.blake2b(row.encode(), digest_size=16).digest() for row in joined.to_pylist())


def absent_rows(earlier: Iterable[Sent], present: pa.Table, coordinates: Sequence[str], amount: str) -> pa.Table:
    """Rows that set to zero every coordinate that an earlier delivery filled and this one does not.

    A rejected row filled nothing. A rejected zero leaves what was there, so it stays due: were it given up, a figure
    that is gone from the ERP could stay in the plan behind a green run.

    Args:
        earlier: the deliveries whose figures the model may hold.
        present: rows of this one.
        coordinates: headers of the columns that make a coordinate.
        amount: header of the amount column.
    """
    names = list(coordinates)
    filled: list[pa.Table] = []
    for sent in earlier:
        # A load whose columns were changed has no coordinates in common with what it sent before.
        if not {*names, amount} <= set(sent.rows.column_names):
            continue
        rows = sent.rows.filter(_compute.not_equal(sent.rows[amount], "0")).select(names)
        if sent.rejected is not None:
            rows = _apart_from(rows, _without_nulls(sent.rejected.select(names)))
        filled.append(rows)
    if not filled:
        return present.slice(0, 0)
    distinct = pa.concat_tables(filled).group_by(names, use_threads=False).aggregate([])
    gone = _apart_from(distinct, present.select(names))
    gone = gone.sort_by([(name, "ascending") for name in names])
    return gone.append_column(amount, pa.repeat("0", gone.num_rows)).select(present.column_names)


def _apart_from(rows: pa.Table, others: pa.Table) -> pa.Table:
    return rows.join(others, keys=rows.column_names, join_type="left anti", use_threads=False)


def _without_nulls(table: pa.Table) -> pa.Table:
    return pa.table({name: _compute.fill_null(table[name], "") for name in table.column_names})

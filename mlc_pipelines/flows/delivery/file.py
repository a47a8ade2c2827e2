"""The file of a delivery: mapped rows kept as Parquet for the trail, sent as CSV."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from mlc_pipelines.anaplan import FileForm
from mlc_pipelines.errors import DataError
from mlc_pipelines.store.joined import length_prefixed
from mlc_pipelines.store.snapshots import Storage

_compute: Any = pc


_BLOCK_ROWS = 8192


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
            digest.update(_csv(table, FileForm(), header=rows == table.num_rows))
    return rows, f"sha256:{digest.hexdigest()}"


def csv_blocks(
    storage: Storage, path: str, form: FileForm, numbers: Collection[str] = (), *, block_rows: int = _BLOCK_ROWS
) -> Iterator[bytes]:
    """The stored rows as CSV blocks that end at row ends, about a megabyte each; the first begins with the headers.

    Args:
        storage: where they are.
        path: of their file.
        form: what the file is to look like, its headers in order.
        numbers: headers of the columns with numbers, which take the form's decimal sign.
        block_rows: of one block.

    Raises:
        DataError: the encoding lacks a letter. Mapped rows were looked through for those before; what an earlier
            delivery left behind was not.
    """
    encoder = codecs.getincrementalencoder(form.encoding)()  # one for the file: it writes its mark once
    first = True
    for batch in storage.batches(path):
        table = pa.Table.from_batches([batch]).select(list(form.headers))
        for header in numbers if form.decimal_sign != "." else ():
            signed = _compute.replace_substring(table[header], ".", form.decimal_sign)
            table = table.set_column(table.column_names.index(header), header, signed)
        for start in range(0, table.num_rows, block_rows):
            block = _csv(table.slice(start, block_rows), form, header=first)
            first = False
            try:
                yield block if form.encoding == "utf-8" else encoder.encode(block.decode())
            except UnicodeEncodeError as error:
                raise DataError(
                    f"The encoding {form.encoding} of the import's file has no {error.object[error.start]!r}.",
                    hint="Have a model builder set the source's encoding to UTF-8.",
                ) from None


def _csv(table: pa.Table, form: FileForm, *, header: bool) -> bytes:
    if not form.quote:
        lines = _compute.binary_join_element_wise(*table.columns, form.separator).to_pylist()
        if header:
            lines.insert(0, form.separator.join(table.column_names))
        return "".join(f"{line}\n" for line in lines).encode()
    sink = pa.BufferOutputStream()
    options = pyarrow.csv.WriteOptions(include_header=header, delimiter=form.separator, quoting_style="needed")
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
    rows = length_prefixed([table[name] for name in table.column_names])
    return (hashlib.blake2b(row.encode(), digest_size=16).digest() for row in rows.to_pylist())


def absent_rows(earlier: Iterable[Sent], present: pa.Table, coordinates: Sequence[str], *amounts: str) -> pa.Table:
    """Rows that set to zero every coordinate that an earlier delivery filled and this one does not.

    A rejected row filled nothing. A rejected zero leaves what was there, so it stays due: were it given up, a figure
    that is gone from the ERP could stay in the plan behind a green run.

    Args:
        earlier: the deliveries whose figures the model may hold.
        present: rows of this one.
        coordinates: headers of the columns that make a coordinate.
        amounts: headers of the amount columns.
    """
    names = list(coordinates)
    filled: list[pa.Table] = []
    for sent in earlier:
        # A load whose columns were changed has no coordinates in common with what it sent before.
        if not {*names, *amounts} <= set(sent.rows.column_names):
            continue
        held = [_compute.not_equal(sent.rows[amount], "0") for amount in amounts]
        rows = sent.rows.filter(reduce(_compute.or_, held)).select(names)
        if sent.rejected is not None:
            rows = _apart_from(rows, _without_nulls(sent.rejected.select(names)))
        filled.append(rows)
    if not filled:
        return present.slice(0, 0)
    distinct = pa.concat_tables(filled).group_by(names, use_threads=False).aggregate([])
    gone = _apart_from(distinct, present.select(names))
    gone = gone.sort_by([(name, "ascending") for name in names])
    for amount in amounts:
        gone = gone.append_column(amount, pa.repeat("0", gone.num_rows))
    return gone.select(present.column_names)


def _apart_from(rows: pa.Table, others: pa.Table) -> pa.Table:
    return rows.join(others, keys=rows.column_names, join_type="left anti", use_threads=False)


def _without_nulls(table: pa.Table) -> pa.Table:
    return pa.table({name: _compute.fill_null(table[name], "") for name in table.column_names})

"""The file of a delivery: mapped rows kept as Parquet for the trail, sent as CSV."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from mlc_pipelines.anaplan import FileForm
from mlc_pipelines.errors import DataError
from mlc_pipelines.store.storage import Storage

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

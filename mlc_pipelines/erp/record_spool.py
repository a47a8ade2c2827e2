"""Rows kept in a file until it is sure that they belong together; memory stays flat as they grow.

Where the ERP promises an order they come out as they came in. Where it promises none, or pages shift while they are
read, they have a key: a query of DuckDB then takes each record's newest copy and sorts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import pyarrow as pa
import pyarrow.parquet as pq

from mlc_pipelines.store.columns import ROWS_A_BATCH, as_schema, equal, open_query, quoted, without_zones, zoned_batches

if TYPE_CHECKING:
    from mlc_pipelines.store.columns import Query

_PAGE = "mlc_page"


class RecordSpool:
    """A temporary file of rows. Usable as a context manager; the file goes when that ends. For one thread.

    ```python
    with RecordSpool(entity.schema, entity.key) as spool:
        for page in pages:
            spool.add(page)
        yield from spool.batches()
    ```

    Attributes:
        rows: how many were added.

    Args:
        schema: of the rows.
        key: fields that identify a row; the rows come out in their order. Without them they come out as they were
            added, repeated ones too.
        record: fields that identify a record of which rows are the lines: of a record that came on several pages one
            copy is taken whole, for lines may have gone meanwhile. The key when absent.
        newest: field by which one copy of a record is newer than another; of equal ones the later page counts.
    """

    def __init__(
        self, schema: pa.Schema, key: Sequence[str] = (), *, record: Sequence[str] = (), newest: str | None = None
    ) -> None:
        self._schema = schema
        self._key = quoted(key)
        parts = list(record or key)
        self._record = quoted(parts)
        # A part of a record's key may be null.
        self._same = equal("heap", "newest", [*parts, _PAGE])
        # A copy without a stamp is older than one with.
        self._age = f'row("{newest}" IS NOT NULL, "{newest}", {_PAGE})' if newest else _PAGE
        self._folder = tempfile.TemporaryDirectory(prefix="mlc-spool-")
        self._path = Path(self._folder.name) / "rows.parquet"
        self._stored = pa.schema([*without_zones(schema), pa.field(_PAGE, pa.int64())])
        self._writer = pq.ParquetWriter(self._path, self._stored)
        self._pages = 0
        self.rows = 0

    def add(self, page: pa.RecordBatch) -> None:
        """Keep the rows of a page; all lines of a record's copy are in one page."""
        if page.num_rows:
            columns = [*page.columns, pa.repeat(pa.scalar(self._pages, pa.int64()), page.num_rows)]
            table = pa.table(columns, names=self._stored.names).cast(self._stored)
            self._writer.write_table(table)
        self._pages += 1
        self.rows += page.num_rows

    def records(self) -> int:
        """How many different records there are, by the key; nothing can be added any more."""
        with self._query() as query:
            counted = query.execute(f"SELECT count(*) FROM (SELECT DISTINCT {self._record} FROM {self._file})")  # noqa: S608 - names of declared fields
            return counted.fetchall()[0][0]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows; nothing can be added any more."""
        return self._sorted() if self._key else self._as_added()

    def _as_added(self) -> Iterator[pa.RecordBatch]:
        self._writer.close()
        with pq.ParquetFile(self._path) as file:
            for batch in file.iter_batches(ROWS_A_BATCH, columns=self._schema.names):
                yield as_schema(batch, self._schema)

    def _sorted(self) -> Iterator[pa.RecordBatch]:
        # Which copies count is found out over few columns: the rows themselves are only sorted.
        newest = (
            f"SELECT {self._record}, arg_max({_PAGE}, {self._age}) AS {_PAGE} FROM {self._file} GROUP BY {self._record}"  # noqa: S608 - names of declared fields
        )
        rows = (
            f"SELECT * EXCLUDE ({_PAGE}) FROM {self._file} AS heap "  # noqa: S608 - names of declared fields
            f"SEMI JOIN newest ON {self._same} ORDER BY {self._key}"
        )
        with self._query() as query:
            query.execute(f"CREATE TABLE newest AS {newest}")
            yield from zoned_batches(query, rows, self._schema)

    def _query(self) -> Query:
        self._writer.close()
        return open_query(self._folder.name)

    @property
    def _file(self) -> str:
        return f"read_parquet('{self._path}')"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the file go."""
        self._writer.close()
        self._folder.cleanup()

"""Rows kept in a file until it is sure that they belong together."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Self

import pyarrow as pa


class Spool:
    """A temporary file of batches, so that memory stays flat; usable as a context manager. For one thread.

    Args:
        schema: of the batches.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._file = tempfile.TemporaryFile(prefix="mlc-spool-")  # noqa: SIM115 - closed by `close`
        self._writer = pa.ipc.new_stream(self._file, schema)
        self.rows = 0

    def add(self, rows: pa.RecordBatch) -> None:
        """Keep these rows."""
        self._writer.write_batch(rows)
        self.rows += rows.num_rows

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows as they were added; nothing can be added any more."""
        self._writer.close()
        self._file.seek(0)
        yield from pa.ipc.open_stream(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

"""Files: snapshots, the rows of deliveries, what people open; on a disk or in a cloud."""

from __future__ import annotations

import uuid
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mlc_pipelines.errors import LostFile

ROW_GROUP = 65_536
"""Rows written and read at a time: pages of a thousand rows would make a Parquet file of tiny pieces."""

_WITHOUT = (
    "Bring it back from a backup; or `mlc run --full` reads and sends everything without it, and says what it "
    "can't set to zero."
)


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

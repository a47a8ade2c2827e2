"""Reading the file that an export wrote (contract anaplan.md, section 6, last lines)."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from mlc_pipelines.anaplan.api import ModelApi
from mlc_pipelines.anaplan.outcomes import Action, TaskOutcome
from mlc_pipelines.errors import DataError, TaskFailed

_BATCH_ROWS = 50_000


@dataclass(frozen=True)
class Export:
    """What an export gave.

    Attributes:
        outcome: of its task.
        table: the file, all columns strings, as they stand in it; an empty cell is an empty string.
    """

    outcome: TaskOutcome
    table: pa.Table


def read_export(api: ModelApi, action: Action, outcome: TaskOutcome) -> pa.Table:
    """The file of an export that has just run; its id is the export's.

    Args:
        api: the model.
        action: the export.
        outcome: of its run.

    Raises:
        TaskFailed: it failed, so that the file there is an older one.
        DataError: rows are ragged.
    """
    if not outcome.successful:
        raise TaskFailed(
            f"Task {outcome.task_id} of {action} failed: {'; '.join(outcome.messages) or 'Anaplan gives no reason'}.",
            hint="Nothing was read: the file in Anaplan is that of an earlier run.",
        )
    metadata: Mapping[str, Any] = api.get(action.path).get("exportMetadata") or {}
    codec = codecs.lookup(str(metadata.get("encoding") or "UTF-8")).name
    rows = csv.reader(
        io.TextIOWrapper(
            io.BufferedReader(_Chunks(_file_chunks(api, action.id))),
            encoding="utf-8-sig" if codec == "utf-8" else codec,
            newline="",
        ),
        delimiter=str(metadata.get("separator") or ","),
        quotechar=str(metadata.get("delimiter") or '"'),
    )
    return _table(rows, action)


def _file_chunks(api: ModelApi, file_id: str) -> Iterator[bytes]:
    for chunk in api.read_all(f"/files/{file_id}/chunks", "chunks"):
        yield api.request("GET", f"/files/{file_id}/chunks/{chunk['id']}", headers={"Accept": "*/*"}).content


class _Chunks(io.RawIOBase):
    """Chunks as one stream: they are cut anywhere, also within a character."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._held:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._held = memoryview(chunk)
        size = min(len(buffer), len(self._held))
        buffer[:size] = self._held[:size]
        self._held = self._held[size:]
        return size


def _table(rows: Iterator[list[str]], action: Action) -> pa.Table:
    header = next(rows, [])
    schema = pa.schema([pa.field(name, pa.string()) for name in header])
    batches: list[pa.RecordBatch] = []
    held: list[list[str]] = []
    for number, row in enumerate(rows, start=2):
        if not row:
            continue
        if len(row) != len(header):
            raise DataError(
                f"Row {number} of the file of {action} has {len(row)} columns, its header {len(header)}.",
                hint="Have a model builder give the export a tabular layout.",
            )
        held.append(row)
        if len(held) == _BATCH_ROWS:
            batches.append(_batch(held, schema))
            held = []
    if held:
        batches.append(_batch(held, schema))
    return pa.Table.from_batches(batches, schema)


def _batch(rows: list[list[str]], schema: pa.Schema) -> pa.RecordBatch:
    return pa.record_batch([pa.array(column, pa.string()) for column in zip(*rows, strict=True)], schema=schema)

"""Reading the file that an export wrote, as a stream (docs/vendors/anaplan.md, section 6)."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.csv

from mlc_pipelines.anaplan.api import ModelApi
from mlc_pipelines.anaplan.file_form import FileForm
from mlc_pipelines.anaplan.outcomes import Action, TaskOutcome
from mlc_pipelines.errors import DataError, TaskFailed
from mlc_pipelines.http import path_part

_TABULAR = "have a model builder give the export a tabular layout with one header (TABULAR_MULTI_COLUMN)"
_FIGURE = re.compile(r"[-+(]?[0-9][0-9.,'\s]*%?\)?")

_BLOCK_BYTES = 1 << 20
"""What the parser takes at a time; a row must not be longer. It reads some thirty blocks ahead."""


@dataclass(frozen=True)
class Export:
    """What an export gave.

    Attributes:
        outcome: of its task.
        table: the file, all columns strings, as they stand in it; an empty cell is an empty string.
    """

    outcome: TaskOutcome
    table: pa.Table


@dataclass(frozen=True)
class TextRows:
    """Rows of a CSV file that is still being read.

    Attributes:
        schema: its columns, all strings; none when the file is empty.
        batches: its rows, once, in their order; an empty cell is an empty string. Iterating raises DataError at a row
            that has not as many cells as the header, or at bytes that are not of the encoding, and whatever the
            reading of the bytes raises.
    """

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class ExportFile(TextRows):
    """The file of an export that has just run, still being read; see `TextRows`.

    Attributes:
        outcome: of its task.
    """

    outcome: TaskOutcome


@contextmanager
def open_export(api: ModelApi, action: Action, outcome: TaskOutcome, form: FileForm) -> Generator[ExportFile]:
    """The file of an export that has just run, chunk by chunk; its id is the export's.

    Args:
        api: the model; the caller holds its lock as long as the file is open.
        action: the export.
        outcome: of its run.
        form: of its file; the headers in it have to be the file's.

    Raises:
        TaskFailed: it failed, so that the file there is an older one.
        DataError: the header can't be read, or is not what Anaplan says of it.
    """
    if not outcome.successful:
        raise TaskFailed(
            f"Task {outcome.task_id} of {action} failed: {'; '.join(outcome.messages) or 'Anaplan gives no reason'}.",
            hint="Nothing was read: the file in Anaplan is that of an earlier run.",
        )
    with open_text(_file_chunks(api, action.id), f"the file of {action}", form) as rows:
        if form.headers and rows.schema.names and tuple(rows.schema.names) != form.headers:
            raise DataError(
                f"The columns in the file of {action} are {', '.join(rows.schema.names)}, but its headerNames say "
                f"{', '.join(form.headers)}.",
                hint=f"Run it again; if it stays so, {_TABULAR}: a grid begins with its page selectors.",
            )
        yield ExportFile(rows.schema, rows.batches, outcome)


@contextmanager
def open_text(chunks: Iterable[bytes], what: str, form: FileForm = FileForm()) -> Generator[TextRows]:  # noqa: B008
    """Parse CSV with a header while it arrives; memory does not grow with the file.

    No chunk is fetched any more once this has been left, also when rows are left over.

    Args:
        chunks: the file, cut anywhere, also within a character. They are fetched in a thread of the parser.
        what: for messages: `the file of export 'X'`.
        form: of its rows.

    Raises:
        DataError: the header can't be read.
    """
    # Closing waits for a read in the parser's thread, and lets it do no other.
    with io.BufferedReader(_Blocks(_as_utf8(chunks, form.encoding, what)), _BLOCK_BYTES) as stream:
        header = _header(stream, what, form)
        schema = pa.schema([pa.field(name, pa.string()) for name in header])
        yield TextRows(schema, _batches(stream, schema, what, form) if header else iter(()))


def _file_chunks(api: ModelApi, file_id: str) -> Iterator[bytes]:
    for chunk in sorted(
        api.read_all(f"/files/{path_part(file_id)}/chunks", "chunks"), key=lambda chunk: chunk.whole("id")
    ):
        yield api.request(
            "GET", f"/files/{path_part(file_id)}/chunks/{path_part(chunk.needed('id'))}", headers={"Accept": "*/*"}
        ).content


def _as_utf8(chunks: Iterable[bytes], codec: str, what: str) -> Iterator[bytes]:
    """The same text in UTF-8 without a byte order mark."""
    decoder = codecs.getincrementaldecoder("utf-8-sig" if codec == "utf-8" else codec)()
    try:
        for chunk in chunks:
            yield decoder.decode(chunk).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeDecodeError as error:
        raise DataError(
            f"A part of {what} is no {codec}: {error.reason}.",
            hint="Run it again; if it stays so, have a model builder set the export's encoding to UTF-8.",
        ) from None


class _Blocks(io.RawIOBase):
    """Blocks of bytes as one stream."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._held:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._held = memoryview(block)
        size = min(len(buffer), len(self._held))
        buffer[:size] = self._held[:size]
        self._held = self._held[size:]
        return size


def _header(stream: io.BufferedReader[_Blocks], what: str, form: FileForm) -> list[str]:
    """The first record, which is taken off the stream; empty when there is none."""
    line = stream.readline()
    while form.quote and line.count(form.quote.encode()) % 2 and (more := stream.readline()):
        line += more  # a line break within quotes
    text = io.StringIO(line.decode().removeprefix("\ufeff"), newline="")
    quoting = csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE
    header = next(csv.reader(text, delimiter=form.separator, quotechar=form.quote or None, quoting=quoting), [])
    if not any(header) and stream.peek(1):
        raise DataError(
            f"The first line of {what} is empty, and rows stand behind it: so a grid layout begins.",
            hint=f"To read it, {_TABULAR}.",
        )
    return header if any(header) else []


def _batches(
    stream: io.BufferedReader[_Blocks], schema: pa.Schema, what: str, form: FileForm
) -> Iterator[pa.RecordBatch]:
    if not stream.peek(1):
        return  # the parser refuses a file without rows
    ragged: list[Any] = []

    def refuse(row: Any) -> str:
        ragged.append(row)
        return "error"

    parser: Any = pyarrow.csv
    places = [str(place) for place in range(len(schema))]  # names may be there twice
    try:
        reader = parser.open_csv(
            stream,
            # Only without threads does the parser tell the number of a row.
            parser.ReadOptions(column_names=places, block_size=_BLOCK_BYTES, use_threads=False),
            parser.ParseOptions(
                delimiter=form.separator,
                quote_char=form.quote or False,
                newlines_in_values=bool(form.quote),
                invalid_row_handler=refuse,
            ),
            parser.ConvertOptions(column_types=dict.fromkeys(places, pa.string())),
        )
        for number, batch in enumerate(reader):
            if number == 0 and tuple(schema.names) != form.headers:
                _refuse_grid(batch, what)
            yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)
    except pa.ArrowInvalid as error:
        if not ragged:
            raise DataError(f"It can't be read what is in {what}: {error}.") from error
        # The parser's own words hold the row, and so figures.
        raise DataError(
            f"Row {ragged[0].number + 1} of {what} has {ragged[0].actual_columns} columns, its header {len(schema)}.",
            hint="Have a model builder give the export a tabular layout.",
        ) from None


def _refuse_grid(rows: pa.RecordBatch, what: str) -> None:
    """Refuse a file whose second line is the column headers of a grid: nothing, then names that differ."""
    corner, *names = [column[0].as_py() for column in rows.columns] if rows.num_rows else [""]
    if names and not corner and all(names) and len({*names}) == len(names) and not any(map(_FIGURE.fullmatch, names)):
        raise DataError(
            f"The second line of {what} has no figures but an empty cell and the names {', '.join(names[:5])}: so the "
            "columns of a grid layout are headed, under its page selectors.",
            hint=f"To read it, {_TABULAR}.",
        )

"""Reading an uploaded file in batches, with the number of each row in the file."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv

from mlc_sandbox.anaplan.spec.actions import FileSpec

_BLOCK_BYTES = 8 * 1024 * 1024
_HEADER_BYTES = 1024 * 1024


class UnreadableFile(Exception):
    """The file can't be read at all: wrong encoding, no header."""


@dataclass
class Rejection:
    """A row of an import that was refused (status E) or taken with a warning (W).

    Attributes:
        line: number of the row in the file; the header is row 1.
        status: E or W.
        values: its columns.
        errors: what is wrong, in words.
        kinds: Anaplan's detail types, one per error (docs/vendors/anaplan.md, section 6).
    """

    line: int
    status: str
    values: Sequence[str]
    errors: list[str] = field(default_factory=list[str])
    kinds: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Batch:
    """Some rows of a file: their row numbers and, for each column of the header, their texts."""

    lines: npt.NDArray[np.int64]
    columns: dict[str, pa.StringArray]

    def __len__(self) -> int:
        return len(self.lines)

    def row(self, place: int) -> list[str]:
        """All texts of one row."""
        return [column[place].as_py() for column in self.columns.values()]


class Table:
    """A file's header, its well-formed rows by batches, and the rows that are not well formed.

    Attributes:
        source: what the file is like; it is read strictly so.

    Raises:
        UnreadableFile: at construction or while iterating.
    """

    def __init__(self, chunks: Sequence[bytes], source: FileSpec) -> None:
        try:
            self._encoding = codecs.lookup(source.encoding).name
        except LookupError:
            raise UnreadableFile(f"Unknown encoding {source.encoding}.") from None
        self._chunks = chunks
        self.source = source
        self.header = self._read_header()
        self.malformed: list[Rejection] = []
        """Complete when the batches are used up."""

    def batches(self) -> Iterator[Batch]:
        """The well-formed rows in order."""
        parse = pa_csv.ParseOptions(
            delimiter=self.source.separator,
            quote_char=self.source.delimiter or False,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=self._note_malformed,
        )
        convert = pa_csv.ConvertOptions(
            column_types=dict.fromkeys(self.header, pa.string()),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
        )
        # Threads would lose the row numbers of malformed rows.
        first = self.source.first_data_row
        read = pa_csv.ReadOptions(
            use_threads=False,
            block_size=_BLOCK_BYTES,
            encoding=self._encoding,
            column_names=self.header,
            skip_rows=first - 1,
        )
        next_line = first
        try:
            reader = pa_csv.open_csv(_Joined(self._chunks), read, parse, convert)
            for batch in reader:
                lines = self._line_numbers(next_line, batch.num_rows)
                next_line = int(lines[-1]) + 1 if len(lines) else next_line
                yield Batch(lines, dict(zip(self.header, batch.columns, strict=True)))
        except pa.ArrowInvalid as error:
            # Arrow calls a file of a header alone invalid.
            if "Empty CSV file" not in str(error):
                raise UnreadableFile(f"{self.source.name}: {error}") from None
        except UnicodeDecodeError as error:
            raise UnreadableFile(f"{self.source.name} is not {self.source.encoding}: {error.reason}.") from None

    def _read_header(self) -> list[str]:
        start = b""
        for chunk in self._chunks:
            start += chunk[: _HEADER_BYTES - len(start)]
            if len(start) >= _HEADER_BYTES:
                break
        decoder = codecs.getincrementaldecoder(self._encoding)()
        try:
            text = decoder.decode(start).removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            raise UnreadableFile(f"{self.source.name} is not {self.source.encoding}: {error.reason}.") from None
        header = list(self.source.headers)
        for row, _ in zip(self._cells(io.StringIO(text, newline="")), range(self.source.header_row), strict=False):
            header = row
        if not header or not text:
            raise UnreadableFile(f"{self.source.name} is empty.")
        if len(set(header)) != len(header):
            raise UnreadableFile(f"{self.source.name} has a column twice.")
        return header

    def _cells(self, lines: Iterable[str]) -> Iterator[list[str]]:
        quoting = csv.QUOTE_MINIMAL if self.source.delimiter else csv.QUOTE_NONE
        quote = self.source.delimiter or None
        return csv.reader(lines, delimiter=self.source.separator, quotechar=quote, quoting=quoting)

    def _note_malformed(self, row: pa_csv.InvalidRow) -> str:
        texts = next(self._cells([row.text]), [])
        unmatched = row.text.count(self.source.delimiter) % 2 == 1 if self.source.delimiter else False
        self.malformed.append(
            Rejection(
                line=row.number or 0,
                status="E",
                values=(texts + [""] * len(self.header))[: len(self.header)],
                errors=["Unmatched text delimiter" if unmatched else "Column separator expected"],
                kinds=["unmatchedTextDelimiter" if unmatched else "columnSeparatorExpected"],
            )
        )
        return "skip"

    def _line_numbers(self, first: int, count: int) -> npt.NDArray[np.int64]:
        skipped = {rejection.line for rejection in self.malformed if rejection.line >= first}
        if not skipped:
            return np.arange(first, first + count, dtype=np.int64)
        candidates = np.arange(first, first + count + len(skipped), dtype=np.int64)
        return candidates[~np.isin(candidates, list(skipped))][:count]


class _Joined(io.RawIOBase):
    """Chunks of bytes read as one file, without joining them in memory."""

    def __init__(self, chunks: Sequence[bytes]) -> None:
        super().__init__()
        self._rest = iter(chunks)
        self._current = memoryview(b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        parts: list[memoryview] = []
        wanted = size if size >= 0 else 1 << 62
        while wanted > 0:
            if not self._current:
                chunk = next(self._rest, None)
                if chunk is None:
                    break
                self._current = memoryview(chunk)
            part, self._current = self._current[:wanted], self._current[wanted:]
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

"""Files: per user, in chunks, forgotten after 48 hours (docs/vendors/anaplan.md, section 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from isal import igzip_lib, isal_zlib

from mlc_sandbox.anaplan.routes.envelope import ApiError
from mlc_sandbox.anaplan.spec.actions import ExportSpec, FileSpec

MAX_CHUNKS = 1000
MAX_CHUNK_BYTES = 50 * 1024 * 1024
KEPT = timedelta(hours=48)
_GZIP_WINDOW = 31  # zlib's way to say: a gzip member, not a bare stream
_OUTPUT_CHUNK_BYTES = 10_000_000


@dataclass
class Upload:
    """A user's private content of a file.

    Attributes:
        declared: chunkCount as announced: n, -1 for unknown, 0 when it was never announced.
        chunks: by number.
        complete: `/complete` was called.
        used_at: last access, by the sandbox's clock.
    """

    declared: int
    used_at: datetime
    chunks: dict[int, bytes] = field(default_factory=dict[int, bytes])
    complete: bool = False

    @property
    def count(self) -> int:
        """Number of chunks, as `chunkCount` shows it."""
        return self.declared if self.declared > 0 else max(self.chunks, default=-1) + 1

    def content(self) -> list[bytes] | None:
        """All chunks in order; None while one is missing or an upload of unknown length is not complete."""
        if not self.chunks or (self.declared < 0 and not self.complete):
            return None
        if any(number not in self.chunks for number in range(self.count)):
            return None
        return [self.chunks[number] for number in range(self.count)]


class FileStore:
    """The files of a model."""

    def __init__(
        self, files: Mapping[str, FileSpec], exports: Mapping[str, ExportSpec], now: Callable[[], datetime]
    ) -> None:
        self._files = dict(files)
        self._exports = exports
        self._now = now
        self._private: dict[tuple[str, str], Upload] = {}
        self.output_chunk_bytes = _OUTPUT_CHUNK_BYTES
        """Length of the chunks of an export's file; they are cut anywhere, also inside a row."""

    def __contains__(self, file_id: str) -> bool:
        return file_id in self._files or file_id in self._exports

    def listing(self, user: str) -> list[dict[str, Any]]:
        """All files, with the chunks that this user has."""
        return [self.entry(user, file_id) for file_id in (*self._files, *self._exports)]

    def entry(self, user: str, file_id: str) -> dict[str, Any]:
        """One file as the API shows it."""
        declared = self._files.get(file_id)
        shown = declared or FileSpec(self._exports[file_id].name, (), encoding=self._exports[file_id].encoding)
        return {
            "id": file_id,
            "name": shown.name,
            "chunkCount": len(self._shown_chunks(user, file_id)),
            "delimiter": shown.delimiter,
            "encoding": shown.encoding,
            "firstDataRow": shown.first_data_row,
            "format": "txt",
            "headerRow": shown.header_row,
            "separator": shown.separator if declared else self._exports[file_id].separator,
        }

    def announce(self, user: str, file_id: str, count: int) -> str:
        """Begin an upload: earlier private content is discarded, an unknown file is created under a new id.

        Raises:
            ApiError: 400 for a count that is neither -1 nor 1 to 1000.
        """
        if count != -1 and not 1 <= count <= MAX_CHUNKS:
            raise ApiError(400, f"chunkCount must be -1 or 1 to {MAX_CHUNKS}, not {count}")
        if file_id not in self:
            name, file_id = file_id, f"{113_000_000_000 + len(self._files)}"
            self._files[file_id] = FileSpec(name, ())
        self._private[user, file_id] = Upload(count, self._now())
        return file_id

    def put(self, user: str, file_id: str, number: int, body: bytes, *, gzip: bool) -> None:
        """Store one chunk, in place of an earlier one with its number.

        Raises:
            ApiError: 404 for an unknown file; 400 for a number out of range, an upload that was not announced although
                the file has default content, a body that is not one gzip member, or more than 50 MB.
        """
        upload = self._open_upload(user, file_id)
        limit = upload.declared if upload.declared > 0 else MAX_CHUNKS
        if not 0 <= number < limit:
            raise ApiError(400, f"Chunk {number} is not among the {limit} chunks of the file")
        content = _unzipped(body) if gzip else body
        if len(content) > MAX_CHUNK_BYTES:
            raise ApiError(400, f"A chunk may have {MAX_CHUNK_BYTES} bytes uncompressed at most")
        upload.chunks[number] = content
        upload.used_at = self._now()

    def put_whole(self, user: str, file_id: str, body: bytes) -> None:
        """Upload in a single shot."""
        self._open_upload(user, file_id)
        self._private.pop((user, file_id))
        self._private[user, file_id] = Upload(1, self._now(), {0: body})

    def complete(self, user: str, file_id: str) -> None:
        """End an upload of unknown length.

        Raises:
            ApiError: 404 for an unknown file, 400 when no upload was begun.
        """
        upload = self._upload(user, file_id)
        if upload is None:
            raise ApiError(400, "No upload was begun for this file")
        upload.complete = True

    def delete(self, user: str, file_id: str) -> None:
        """Drop the user's private content."""
        self._upload(user, file_id)
        self._private.pop((user, file_id), None)

    def set_output(self, user: str, export_id: str, content: bytes) -> None:
        """Store what an export made."""
        size = self.output_chunk_bytes
        chunks = {number: content[start : start + size] for number, start in enumerate(range(0, len(content), size))}
        self._private[user, export_id] = Upload(len(chunks), self._now(), chunks, complete=True)

    def chunks(self, user: str, file_id: str) -> list[int]:
        """Numbers of the chunks to list: all that were announced, uploaded or not."""
        return self._shown_chunks(user, file_id)

    def chunk(self, user: str, file_id: str, number: int) -> bytes:
        """One chunk.

        Raises:
            ApiError: 404 when there is none.
        """
        content = self._chunks_by_number(user, file_id).get(number)
        if content is None:
            raise ApiError(404)
        return content

    def content(self, user: str, file_id: str) -> Sequence[bytes] | None:
        """All of a file for an import: the user's own, else the default; None when there is none or it has gaps."""
        upload = self._upload(user, file_id)
        if upload is not None:
            upload.used_at = self._now()
            return upload.content()
        default = self._files[file_id].default if file_id in self._files else None
        return None if default is None else [default]

    def _chunks_by_number(self, user: str, file_id: str) -> Mapping[int, bytes]:
        upload = self._upload(user, file_id)
        if upload is not None:
            upload.used_at = self._now()
            return upload.chunks
        default = self._files[file_id].default if file_id in self._files else None
        return {} if default is None else {0: default}

    def _shown_chunks(self, user: str, file_id: str) -> list[int]:
        upload = self._upload(user, file_id)
        return list(range(len(self._chunks_by_number(user, file_id)) if upload is None else upload.count))

    def _upload(self, user: str, file_id: str) -> Upload | None:
        if file_id not in self:
            raise ApiError(404)
        upload = self._private.get((user, file_id))
        if upload is not None and self._now() - upload.used_at > KEPT:
            del self._private[user, file_id]
            return None
        return upload

    def _open_upload(self, user: str, file_id: str) -> Upload:
        upload = self._upload(user, file_id)
        if upload is None:
            if file_id not in self._files or self._files[file_id].default is not None:
                raise ApiError(400, "Set the chunk count before the upload: the file has content of its own")
            upload = self._private.setdefault((user, file_id), Upload(0, self._now()))
        return upload


def _unzipped(body: bytes) -> bytes:
    stream = isal_zlib.decompressobj(_GZIP_WINDOW)
    try:
        content = stream.decompress(body, MAX_CHUNK_BYTES + 1)
    except igzip_lib.IsalError:  # pyright: ignore[reportGeneralTypeIssues]
        raise ApiError(400, "The chunk is not in gzip format") from None
    if len(content) <= MAX_CHUNK_BYTES and (not stream.eof or stream.unused_data):
        raise ApiError(400, "The chunk is not one whole gzip member")
    return content

"""Sending the file of an import: chunks compressed and sent side by side (docs/vendors/anaplan.md, section 5)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from mlc_pipelines.anaplan.api import ModelApi
from mlc_pipelines.anaplan.chunks import LARGEST_CHUNK, MEGABYTE, compress, gather
from mlc_pipelines.errors import ConfigurationError, DataError, Unavailable
from mlc_pipelines.http import path_part, read_object

MOST_CHUNKS = 1000


@dataclass(frozen=True)
class Upload:
    """How much is sent at a time: of files, and of what is written directly.

    Attributes:
        chunk_bytes: of one chunk before compression, at most 50 MB.
        level: of gzip, see `chunks.compress`.
        in_flight: chunks compressed and sent at a time, and the most that are held in memory.
        members_per_call, cells_per_call, bytes_per_call: of a list's members, of a module's cells, and of those cells'
            JSON; Anaplan takes no more (docs/vendors/anaplan.md, section 7).
    """

    chunk_bytes: int = 10 * MEGABYTE
    level: int = 1
    in_flight: int = 4
    members_per_call: int = 100_000
    cells_per_call: int = 100_000
    bytes_per_call: int = 15 * MEGABYTE

    def __post_init__(self) -> None:
        if not 0 < self.chunk_bytes <= LARGEST_CHUNK:
            raise ConfigurationError(f"A chunk of {self.chunk_bytes} bytes: Anaplan takes at most {LARGEST_CHUNK}.")


def upload(
    api: ModelApi,
    file_id: str,
    blocks: Iterable[bytes],
    *,
    how: Upload = Upload(),
    sent: Callable[[int], None] = lambda _: None,
) -> int:
    """Put a file in place of the earlier content. Returns the number of chunks.

    The number of chunks is not told beforehand, because the rows are streamed; `complete` ends the file. A chunk that
    fails is sent again alone; one that goes on failing fails the upload, and the file stays incomplete.

    Args:
        api: the model.
        file_id: of the import's file.
        blocks: the file's bytes, header first; each block ends at a row end and has at most 50 MB.
        how: sizes.
        sent: told the uncompressed bytes so far.

    Raises:
        ConfigurationError: the user has no such file.
        DataError: more than 1000 chunks.
        Unavailable: Anaplan counted other chunks than were sent.
    """
    path = f"/files/{path_part(file_id)}"
    answer = read_object(api.request("POST", path, json={"chunkCount": -1}, repeatable=True))
    given = answer.inner("file").needed("id")
    if given != file_id:
        raise ConfigurationError(
            f"Anaplan has no file {file_id} in model {api.model_id}: it made a new one, {given}.",
            hint="The file of the import was deleted. Have a model builder map the import to a file again.",
        )
    count = _send(api, path, gather(blocks, how.chunk_bytes), how, sent)
    file = read_object(api.request("POST", f"{path}/complete", json={}, repeatable=True)).inner("file")
    counted = file.whole("chunkCount")
    if file.get("chunkCount") is not None and counted not in {count, -1}:
        raise Unavailable(
            f"Anaplan counted {counted} chunks of file {file_id}, {count} were sent.",
            hint="Somebody else uploads with the same user at the same time. Give each integration a user of its own.",
        )
    return count


def holds(api: ModelApi, file_id: str, blocks: Iterable[bytes]) -> bool:
    """Whether the file, as Anaplan keeps it for this user, has exactly that content; it is read whole.

    Args:
        api: the model.
        file_id: of the import's file.
        blocks: the bytes, as they were given to `upload`.
    """
    path = f"/files/{path_part(file_id)}/chunks"
    there, ours = hashlib.sha256(), hashlib.sha256()
    for chunk in api.read_all(path, "chunks", accept=(404,)):
        answer = api.request("GET", f"{path}/{path_part(chunk['id'])}", accept=(404,))
        if not answer.is_success:
            return False
        there.update(answer.content)
    for block in blocks:
        ours.update(block)
    return there.digest() == ours.digest()


def _send(api: ModelApi, path: str, chunks: Iterator[list[bytes]], how: Upload, sent: Callable[[int], None]) -> int:
    def put(number: int, chunk: list[bytes]) -> int:
        api.request(
            "PUT",
            f"{path}/chunks/{number}",
            content=compress(chunk, how.level),
            headers={"Content-Type": "application/x-gzip"},
        )
        return sum(map(len, chunk))

    count = total = 0
    flying: set[Future[int]] = set()
    pool = ThreadPoolExecutor(how.in_flight, thread_name_prefix="anaplan-chunk")
    try:
        while True:
            if len(flying) == how.in_flight:
                done, flying = wait(flying, return_when=FIRST_COMPLETED)
                total += sum(future.result() for future in done)
                sent(total)
            chunk = next(chunks, None)
            if chunk is None:
                break
            if count == MOST_CHUNKS:
                raise DataError(
                    f"The file is larger than {MOST_CHUNKS} chunks of {how.chunk_bytes} bytes, Anaplan's limit.",
                    hint="Split the load by a `where` condition.",
                )
            flying.add(pool.submit(put, count, chunk))
            del chunk
            count += 1
        for future in flying:
            total += future.result()
        sent(total)
    finally:
        pool.shutdown(cancel_futures=True)
    return count

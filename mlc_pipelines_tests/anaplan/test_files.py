"""Uploads over real sockets (docs/vendors/anaplan.md, section 5)."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from httpx import Response
from starlette.requests import Request
from starlette.responses import Response as Given

from mlc_pipelines.anaplan.api import ModelApi
from mlc_pipelines.anaplan.files import Upload, upload
from mlc_pipelines.errors import ConfigurationError, DataError, MlcError, Unavailable
from mlc_pipelines_tests.anaplan.vendor import ScriptedVendor, TestClock
from mlc_sandbox.serving import Fault, answer, reset_before

FILE = "113000000001"
PATH = f"/files/{FILE}"
LINES = [f"{n:06d},{n * 3}\n".encode() for n in range(4000)]
SMALL = Upload(chunk_bytes=4000, in_flight=3)


class FileStore:
    """Keeps what was sent, as Anaplan does."""

    def __init__(self, vendor: ScriptedVendor) -> None:
        self.chunks: dict[int, bytes] = {}
        self.completed = 0
        vendor.on("POST", PATH, lambda _: {"file": {"id": FILE, "chunkCount": -1}})
        vendor.on("POST", f"{PATH}/complete", self._complete)
        for number in range(60):
            vendor.on("PUT", f"{PATH}/chunks/{number}", self._put)

    def _complete(self, _: Request) -> dict:
        self.completed += 1
        return {"file": {"id": FILE, "chunkCount": len(self.chunks)}}

    def _put(self, request: Request) -> Given:
        assert request.headers["content-type"] == "application/x-gzip"
        assert "content-encoding" not in request.headers
        self.chunks[int(request.url.path.rsplit("/", 1)[1])] = gzip.decompress(request._body)
        return Given(status_code=204)

    @property
    def content(self) -> bytes:
        return b"".join(self.chunks[number] for number in range(len(self.chunks)))


def test_a_file_arrives_whole_in_chunks_of_whole_rows(vendor: ScriptedVendor, clock: TestClock):
    store = FileStore(vendor)
    sent: list[int] = []
    count = upload(vendor.api(clock), FILE, LINES, how=SMALL, sent=sent.append)
    assert store.content == b"".join(LINES)
    assert count == len(store.chunks) > 10
    assert all(chunk.endswith(b"\n") and len(chunk) <= 4000 for chunk in store.chunks.values())
    assert store.completed == 1
    assert sent == sorted(sent)
    assert sent[-1] == len(store.content)


@pytest.mark.parametrize("fault", [answer(500), answer(503, {"Retry-After": "7"}), answer(429), reset_before])
def test_a_chunk_that_fails_is_sent_again_alone(vendor: ScriptedVendor, clock: TestClock, fault):
    store = FileStore(vendor)
    vendor.faults.add(Fault("PUT", "/chunks/3$", fault))
    count = upload(vendor.api(clock), FILE, LINES, how=SMALL)
    assert store.content == b"".join(LINES)
    assert vendor.sent("PUT", f"{PATH}/chunks/3") == 2
    assert sum(line.method == "PUT" for line in vendor.log) == count + 1


@pytest.mark.parametrize("number", [0, 5, 11])
def test_a_chunk_that_goes_on_failing_fails_the_upload(vendor: ScriptedVendor, clock: TestClock, number: int):
    """Any of them: one in the middle, one of the last in flight."""
    store = FileStore(vendor)
    vendor.faults.add(Fault("PUT", f"/chunks/{number}$", answer(400), times=999))
    with pytest.raises(MlcError, match=f"chunks/{number}"):
        upload(vendor.api(clock), FILE, LINES, how=SMALL)
    assert store.completed == 0


def test_an_unknown_file_is_noticed_although_anaplan_makes_a_new_one(vendor: ScriptedVendor, clock: TestClock):
    vendor.on("POST", PATH, {"file": {"id": "113000000099", "chunkCount": -1}})
    with pytest.raises(ConfigurationError, match="made a new one, 113000000099"):
        upload(vendor.api(clock), FILE, LINES, how=SMALL)
    assert len(vendor.log) == 1


def test_another_number_of_chunks_than_sent_is_an_error(vendor: ScriptedVendor, clock: TestClock):
    FileStore(vendor)
    vendor.on("POST", f"{PATH}/complete", {"file": {"id": FILE, "chunkCount": 2}})
    with pytest.raises(Unavailable, match="counted 2 chunks"):
        upload(vendor.api(clock), FILE, LINES, how=SMALL)


def test_completing_is_repeated_when_its_answer_is_lost(vendor: ScriptedVendor, clock: TestClock):
    store = FileStore(vendor)
    vendor.faults.add(Fault("POST", "/complete$", reset_before))
    upload(vendor.api(clock), FILE, LINES, how=SMALL)
    assert store.completed == 1


def test_no_more_chunks_are_read_than_are_in_flight(vendor: ScriptedVendor, clock: TestClock):
    """Rows are drawn from the source only as chunks are done with, and several are under way at a time."""
    done = drawn = most_ahead = at_once = most_at_once = 0
    lock = threading.Lock()
    both_in = threading.Barrier(2, timeout=10)

    def blocks() -> Iterator[bytes]:
        nonlocal drawn, most_ahead
        for line in [b"x" * 3999 + b"\n"] * 30:
            drawn += 1
            most_ahead = max(most_ahead, drawn - done)
            yield line

    store = FileStore(vendor)

    class Watched(ModelApi):
        def request(self, method: str, path: str, **options: Any) -> Response:
            nonlocal done, at_once, most_at_once
            if method == "PUT":
                with lock:
                    at_once += 1
                    most_at_once = max(most_at_once, at_once)
                both_in.wait()
            answer = super().request(method, path, **options)
            if method == "PUT":
                with lock:
                    at_once -= 1
                    done += 1
            return answer

    upload(vendor.api(clock, Watched), FILE, blocks(), how=Upload(chunk_bytes=4000, in_flight=2))
    assert len(store.chunks) == 30
    assert most_at_once == 2
    # Two in flight, one gathered, one block more that no longer fits into it.
    assert most_ahead <= 4


def test_a_file_too_large_for_anaplan_is_refused(vendor: ScriptedVendor, clock: TestClock):
    taken: list[str] = []

    class Taking(ModelApi):
        """Takes chunks without sending them: a thousand are many."""

        def request(self, method: str, path: str, **options: Any) -> Response:
            if method != "PUT":
                return super().request(method, path, **options)
            taken.append(path)
            return Response(204)

    FileStore(vendor)
    with pytest.raises(DataError, match="larger than 1000 chunks of 1 bytes"):
        upload(vendor.api(clock, Taking), FILE, LINES, how=Upload(chunk_bytes=1))
    assert len(taken) <= 1000


@pytest.mark.parametrize("size", [0, 50_000_001])
def test_a_chunk_size_anaplan_does_not_take_is_refused(size: int):
    with pytest.raises(ConfigurationError, match="at most 50000000"):
        Upload(chunk_bytes=size)


def test_an_error_while_reading_rows_ends_the_upload(vendor: ScriptedVendor, clock: TestClock):
    store = FileStore(vendor)

    def broken() -> Iterator[bytes]:
        yield from LINES[:2000]
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        upload(vendor.api(clock), FILE, broken(), how=SMALL)
    assert store.completed == 0

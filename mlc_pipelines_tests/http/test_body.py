"""No answer takes more memory than an answer of that vendor can need, and none more time."""

from __future__ import annotations

import gzip
import socket
import time
import tracemalloc
import zlib

import pytest

from mlc_pipelines.errors import OutcomeUnknown, PermanentError, Unavailable
from mlc_pipelines.http import MEGABYTE, Retry, Timeouts
from mlc_pipelines_tests.http.clocks import FakeClock
from mlc_pipelines_tests.http.server import Behaviour, Received, Server, answer

ONCE = Retry(tries=1)


def packed(body: bytes, encoding: str = "gzip") -> Behaviour:
    return answer(body=body, content_encoding=encoding)


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
def test_a_packed_answer_is_unpacked(server: Server, make_client, encoding: str) -> None:
    body = b"0123456789" * 500_000
    server.plays(packed(gzip.compress(body), encoding))
    given = make_client().request("GET", "/")
    assert given.content == body
    assert "content-encoding" not in given.headers
    assert server.received[0].headers["accept-encoding"] == "gzip"


def test_an_answer_of_two_members_is_unpacked_whole(server: Server, make_client) -> None:
    server.plays(packed(gzip.compress(b"one, ") + gzip.compress(b"two")))
    assert make_client().request("GET", "/").text == "one, two"


def test_no_answer_at_all_may_be_called_packed(server: Server, make_client) -> None:
    server.plays(packed(b""))
    assert make_client().request("GET", "/").content == b""


def test_a_bomb_does_not_take_the_memory(server: Server, make_client) -> None:
    server.plays(packed(gzip.compress(bytes(200 * MEGABYTE), 1)))
    client = make_client(retry=ONCE, largest=20 * MEGABYTE)
    tracemalloc.start()
    with pytest.raises(PermanentError, match=r"GET http://127\.0\.0\.1.* it has more than 20 MB\. Look what answers"):
        client.request("GET", "/")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 25 * MEGABYTE


@pytest.mark.parametrize(
    "behaviour",
    [
        answer(body=b"x" * (MEGABYTE + 1)),
        packed(gzip.compress(b"x" * (MEGABYTE + 1))),
        packed(b"".join(gzip.compress(b"") for _ in range(60_000))),
    ],
    ids=["plain", "packed", "of nothing, but much"],
)
def test_what_is_larger_than_it_may_be(server: Server, make_client, behaviour: Behaviour) -> None:
    server.plays(behaviour, answer(body=b"y" * MEGABYTE))
    client = make_client(largest=MEGABYTE)
    with pytest.raises(PermanentError, match="more than 1 MB"):
        client.request("GET", "/")
    assert len(client.request("GET", "/").content) == MEGABYTE
    assert len(server.received) == 2, "a second time it would be as large"


def test_what_became_of_a_start_with_too_large_an_answer_is_not_known(server: Server, make_client) -> None:
    server.plays(answer(body=b"x" * (MEGABYTE + 1)))
    with pytest.raises(OutcomeUnknown):
        make_client(largest=MEGABYTE).request("POST", "/tasks")


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(b"x" * 5_000)[:-12], "gzip"),
        (gzip.compress(b"x" * 5_000)[:-1], "gzip"),
        (gzip.compress(b"x") + b"garbage", "gzip"),
        (zlib.compress(b"x"), "gzip"),
    ],
    ids=["cut", "cut at the end", "garbage behind", "of another kind"],
)
def test_what_can_not_be_unpacked_is_no_answer(server: Server, make_client, body: bytes, encoding: str) -> None:
    server.otherwise = packed(body, encoding)
    with pytest.raises(Unavailable, match=r"unpacked|cut off"):
        make_client(retry=Retry(tries=2)).request("GET", "/")
    assert len(server.received) == 2


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b"x", "br"), (gzip.compress(gzip.compress(b"x")), "gzip, gzip"), (b"x", "zstd")],
    ids=["br", "packed twice", "zstd"],
)
def test_another_packing_than_was_asked_for_is_no_passing_fault(
    server: Server, make_client, body: bytes, encoding: str
) -> None:
    server.otherwise = packed(body, encoding)
    with pytest.raises(PermanentError, match="packed in a way"):
        make_client().request("GET", "/")
    assert len(server.received) == 1


def test_a_drip_ends_with_the_time_of_the_whole(server: Server, make_client, clock: FakeClock) -> None:
    def drip(connection: socket.socket, received: Received) -> bool:
        del received
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(1000):
            clock.sleep(50)
            connection.sendall(b"x")
            time.sleep(0.001)  # else all of it may come at once
        return True

    server.plays(drip)
    with pytest.raises(Unavailable, match="still coming, piece by piece"):
        make_client(retry=Retry(tries=8), timeout=Timeouts(read=60, whole=300)).request("GET", "/")
    assert len(server.received) == 1

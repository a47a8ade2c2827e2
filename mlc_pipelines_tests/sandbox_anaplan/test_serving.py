"""The server that all sandboxes share: log, faults, clock."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlc_pipelines_tests.clock import sandbox_clock
from mlc_sandbox.serving import (
    Fault,
    SandboxServer,
    answer,
    delay,
    drop_answer,
    reset_before,
    truncate,
)


class Counter:
    def __init__(self) -> None:
        self.calls = 0

    async def count(self, request: Request) -> Response:
        self.calls += 1
        return JSONResponse({"calls": self.calls, "length": len(await request.body())})


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def server(counter: Counter) -> Iterator[SandboxServer]:
    routes = [Route("/count", counter.count, methods=["GET", "POST"])]
    with SandboxServer(Starlette(routes=routes), clock=sandbox_clock()) as server:
        yield server


@pytest.fixture
def http(server: SandboxServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as client:
        yield client


def test_logs_requests_without_credentials(server: SandboxServer, http: httpx.Client) -> None:
    http.post("/count?a=1&a=2", content=b"x" * 100_000, headers={"Authorization": "Bearer very-secret"})
    http.get("/nothing")

    first, second = server.log
    assert (first.method, first.path, first.query, first.status) == ("POST", "/count", {"a": "2"}, 200)
    assert (first.body_bytes, len(first.body)) == (100_000, 65_536)
    assert first.headers["authorization"] == "Bearer"
    assert (second.path, second.status) == ("/nothing", 404)
    assert first.at.tzinfo is not None


def test_answers_instead_of_executing(server: SandboxServer, http: httpx.Client, counter: Counter) -> None:
    server.faults.add(Fault("GET", r"^/count$", answer(429, {"Retry-After": "7"}, {"why": "slow down"}), times=2))

    assert http.post("/count").status_code == 200
    first = http.get("/count")
    assert (first.status_code, first.headers["retry-after"], first.json()) == (429, "7", {"why": "slow down"})
    assert http.get("/count").status_code == 429
    assert http.get("/count").json()["calls"] == counter.calls == 2


def test_resets_before_executing(server: SandboxServer, http: httpx.Client, counter: Counter) -> None:
    server.faults.add(Fault(None, "count", reset_before, after=1))

    http.get("/count")
    with pytest.raises(httpx.ReadError):
        http.post("/count", content=b"x" * 1_000_000)
    assert counter.calls == 1
    assert server.log[-1].status is None
    assert http.get("/count").json()["calls"] == 2


def test_drops_the_answer_after_executing(server: SandboxServer, http: httpx.Client, counter: Counter) -> None:
    server.faults.add(Fault("POST", "count", drop_answer))

    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        http.post("/count")
    assert counter.calls == 1
    assert server.log[-1].status == 200


def test_truncates_the_answer(server: SandboxServer, http: httpx.Client, counter: Counter) -> None:
    server.faults.add(Fault("GET", r"\?page=2$", truncate))

    assert http.get("/count").status_code == 200
    with pytest.raises(httpx.RemoteProtocolError, match=r"incomplete|without sending complete"):
        http.get("/count?page=2")
    assert counter.calls == 2


def test_delays_and_forgets_faults(server: SandboxServer, http: httpx.Client, counter: Counter) -> None:
    server.faults.add(Fault("GET", "count", delay(30)))
    with pytest.raises(httpx.ReadTimeout):
        http.get("/count", timeout=0.05)
    assert counter.calls == 0

    server.faults.add(Fault("GET", "count", delay(30)))
    server.faults.clear()
    assert http.get("/count").status_code == 200


def test_the_clock_only_moves_when_told(server: SandboxServer) -> None:
    before = server.clock.now()
    server.clock.advance(3600)
    assert 3600 <= (server.clock.now() - before).total_seconds() < 3660


def test_keeps_its_address_over_a_restart(server: SandboxServer, http: httpx.Client) -> None:
    url = server.url
    server.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/count")
    server.start()
    assert server.url == url
    assert httpx.get(f"{url}/count").status_code == 200


def test_has_no_address_before_its_start() -> None:
    with pytest.raises(RuntimeError, match="start"):
        _ = SandboxServer(Starlette(), clock=sandbox_clock()).url

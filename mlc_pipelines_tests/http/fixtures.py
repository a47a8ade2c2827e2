"""Fixtures of the tests of the transport and of its limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from mlc_pipelines.http import HttpClient, Retry
from mlc_pipelines_tests.http.clocks import FakeClock
from mlc_pipelines_tests.http.server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def make_client(server: Server, clock: FakeClock) -> Iterator[Callable[..., HttpClient]]:
    """Makes clients of the server, by default on the fake clock and without jitter."""
    made: list[HttpClient] = []

    def make(base_url: str | None = None, **options) -> HttpClient:
        options = {"clock": clock, "retry": Retry(jitter=lambda seconds: seconds), **options}
        made.append(HttpClient(base_url or server.url, **options))
        return made[-1]

    yield make
    for client in made:
        client.close()

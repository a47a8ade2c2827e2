"""Small books at a fixed day; one sandbox to read from, and one of its own for each test that changes the books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.sandbox_visma_net.client import Client
from mlc_sandbox.visma_net import Switches, VismaNetSandbox

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def small_sandbox() -> VismaNetSandbox:
    """Books of about 2,000 lines up to 15 June 2026, noon UTC."""
    clock = sandbox_clock(NOW)
    return VismaNetSandbox(gl_lines=2_000, today=date(2026, 6, 15), clock=clock)


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[VismaNetSandbox]:
    with small_sandbox() as running:
        yield running


@pytest.fixture
def sandbox(shared_sandbox: VismaNetSandbox) -> Iterator[VismaNetSandbox]:
    """The module's sandbox; switches and faults are put back afterwards."""
    yield shared_sandbox
    vars(shared_sandbox.switches).update(vars(Switches()))
    shared_sandbox.faults.clear()


@pytest.fixture
def own_sandbox() -> Iterator[VismaNetSandbox]:
    with small_sandbox() as running:
        yield running


@pytest.fixture
def client(sandbox: VismaNetSandbox) -> Iterator[Client]:
    made = Client(sandbox)
    yield made
    made.close()


@pytest.fixture
def own_client(own_sandbox: VismaNetSandbox) -> Iterator[Client]:
    made = Client(own_sandbox)
    yield made
    made.close()

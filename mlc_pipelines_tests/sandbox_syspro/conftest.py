"""Small books at a fixed day; one sandbox to read from, and one of its own for each test that changes things."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.sandbox_syspro.client import Enet, OData
from mlc_sandbox.syspro import Switches, SysproSandbox

TODAY = date(2026, 6, 15)


def small_sandbox() -> SysproSandbox:
    """Books of 1,500 lines up to 15 June 2026, 16:00 UTC."""
    clock = sandbox_clock(datetime(2026, 6, 15, 16, tzinfo=UTC))
    return SysproSandbox(gl_lines=1_500, today=TODAY, clock=clock)


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[SysproSandbox]:
    with small_sandbox() as running:
        yield running


@pytest.fixture
def sandbox(shared_sandbox: SysproSandbox) -> Iterator[SysproSandbox]:
    """The module's sandbox; switches, faults and sessions are put back afterwards."""
    yield shared_sandbox
    vars(shared_sandbox.switches).update(vars(Switches()))
    shared_sandbox.faults.clear()
    shared_sandbox.sessions.end_all()


@pytest.fixture
def own_sandbox() -> Iterator[SysproSandbox]:
    """One to change."""
    with small_sandbox() as running:
        yield running


@pytest.fixture
def odata(sandbox: SysproSandbox) -> OData:
    return OData(sandbox)


@pytest.fixture
def enet(sandbox: SysproSandbox) -> Enet:
    client = Enet(sandbox)
    client.logon()
    return client

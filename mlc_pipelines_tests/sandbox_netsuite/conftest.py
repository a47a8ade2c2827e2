"""Small books at a fixed day; one sandbox to read from, and one of its own for each module that changes things."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.sandbox_netsuite.client import Client
from mlc_sandbox.netsuite import NetSuiteSandbox, Switches

TODAY = date(2026, 6, 15)


def small_sandbox(**options: object) -> NetSuiteSandbox:
    """Books of 1,500 lines up to 15 June 2026, 18:00 UTC."""
    clock = sandbox_clock(datetime(2026, 6, 15, 18, tzinfo=UTC))
    return NetSuiteSandbox(**({"gl_lines": 1_500, "today": TODAY, "clock": clock} | options))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[NetSuiteSandbox]:
    with small_sandbox() as running:
        yield running


@pytest.fixture
def sandbox(shared_sandbox: NetSuiteSandbox) -> Iterator[NetSuiteSandbox]:
    """The module's sandbox; switches and faults are put back afterwards."""
    shared_sandbox.switches.suiteql_params = True  # an account on release 2026.2
    yield shared_sandbox
    vars(shared_sandbox.switches).update(vars(Switches()))
    shared_sandbox.faults.clear()


@pytest.fixture
def client(sandbox: NetSuiteSandbox) -> Client:
    return Client(sandbox)

"""Small books at a fixed day; one sandbox to read from, and one of its own for each module that changes things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

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


@pytest.fixture
def body(sandbox: NetSuiteSandbox) -> Callable[..., dict[str, Any]]:
    """A right body; keyword arguments replace parts, None removes one."""
    books = sandbox.books

    def make(*, lines: list[dict[str, Any]] | None = None, **changes: Any) -> dict[str, Any]:
        whole: dict[str, Any] = {
            "subsidiary": {"id": "1"},
            "tranDate": "2026-06-10",
            "postingPeriod": {"id": str(books.period("Jun 2026").id)},
            "memo": "Anaplan budget v3",
            "line": {
                "items": lines
                if lines is not None
                else [
                    {
                        "line": 1,
                        "account": {"id": str(books.account("6420").id)},
                        "debit": 187.0,
                        "department": {"id": "10"},
                    },
                    {"line": 2, "account": {"id": books.account("2250").id}, "credit": 187, "memo": "offset"},
                ]
            },
        } | changes
        return {name: value for name, value in whole.items() if value is not None}

    return make

"""Small books at a fixed day; one sandbox to read from for each module, one of its own for tests that write."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import httpx
import pytest

from mlc_pipelines_tests.clock import sandbox_clock
from mlc_sandbox.sap_business_one import SapBusinessOneSandbox, Switches

TODAY = date(2026, 6, 15)


def small_sandbox(**options: object) -> SapBusinessOneSandbox:
    """Books of 1,500 lines up to 15 June 2026, 16:30 in Copenhagen."""
    clock = sandbox_clock(datetime(2026, 6, 15, 14, 30, tzinfo=UTC))
    return SapBusinessOneSandbox(**({"gl_lines": 1_500, "today": TODAY, "clock": clock} | options))  # type: ignore[arg-type]


def credentials(sandbox: SapBusinessOneSandbox) -> dict[str, str]:
    return {"CompanyDB": sandbox.company, "UserName": sandbox.user, "Password": sandbox.password}


@contextmanager
def client_of(sandbox: SapBusinessOneSandbox, version: str = "v1") -> Generator[httpx.Client]:
    """A client with a session, its cookies kept by its own jar."""
    with httpx.Client(base_url=f"{sandbox.url}/b1s/{version}/", timeout=30) as client:
        assert client.post("Login", json=credentials(sandbox)).status_code == 200
        yield client


@pytest.fixture(scope="module")
def module_sandbox() -> Iterator[SapBusinessOneSandbox]:
    with small_sandbox() as running:
        yield running


@pytest.fixture
def sandbox(module_sandbox: SapBusinessOneSandbox) -> Iterator[SapBusinessOneSandbox]:
    """The module's sandbox; switches and faults are put back afterwards."""
    yield module_sandbox
    vars(module_sandbox.switches).update(vars(Switches()))
    module_sandbox.faults.clear()


@pytest.fixture
def own() -> Iterator[SapBusinessOneSandbox]:
    """A sandbox that the test may change for good."""
    with small_sandbox(gl_lines=700) as running:
        yield running


@pytest.fixture
def v1(sandbox: SapBusinessOneSandbox) -> Iterator[httpx.Client]:
    with client_of(sandbox) as client:
        yield client


@pytest.fixture
def v2(sandbox: SapBusinessOneSandbox) -> Iterator[httpx.Client]:
    with client_of(sandbox, "v2") as client:
        yield client


def message(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, code and text of a refusal, of either version."""
    error = answer.json()["error"]
    text = error["message"]
    return answer.status_code, str(error["code"]), text if isinstance(text, str) else text["value"]

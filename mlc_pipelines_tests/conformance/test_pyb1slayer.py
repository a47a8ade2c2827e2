"""The PyPI package pyb1slayer, an independent client, against our sandbox
(docs/vendors/sap_business_one.md, section 9)."""

from __future__ import annotations

import json
import socket
import subprocess
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.conformance.environments import python_with
from mlc_sandbox.sap_business_one import SapBusinessOneSandbox

PACKAGES = ("pyb1slayer==0.1.2.dev4", "httpx==0.28.1", "pydantic==2.12.4")
TODAY = date(2026, 6, 15)


@pytest.fixture(scope="module")
def sandbox() -> Any:
    with SapBusinessOneSandbox(port=_port(), gl_lines=1_500, today=TODAY, clock=sandbox_clock()) as running:
        yield running


def _port() -> int:
    """A free one that doesn't end in 1: the package takes the last 1 of an address for a part of `/b1s/v1`."""
    while True:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port: int = free.getsockname()[1]
        if port % 10 != 1:
            return port


@pytest.fixture(scope="module")
def numbers(sandbox: SapBusinessOneSandbox) -> list[int]:
    """The entries that are there from the start."""
    return [entry["JdtNum"] for entry in sandbox.books.tables["JournalEntries"].in_order()]


@pytest.fixture(scope="module")
def seen(pytestconfig: pytest.Config, sandbox: SapBusinessOneSandbox, numbers: list[int]) -> dict[str, Any]:
    python = python_with(PACKAGES, pytestconfig, name="pyb1slayer")
    asked = {
        "url": sandbox.url,
        "company": sandbox.company,
        "user": sandbox.user,
        "password": sandbox.password,
        "day": TODAY.isoformat(),
        "lines": [{"AccountCode": "5240", "Debit": 12.34}, {"AccountCode": "2260", "Credit": 12.34}],
    }
    script = Path(__file__).with_name("pyb1slayer_script.py")
    run = subprocess.run(
        [python, script], input=json.dumps(asked), capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_reads_and_pages(seen: dict[str, Any], sandbox: SapBusinessOneSandbox, numbers: list[int]) -> None:
    may = sandbox.books.tables["JournalEntries"].between(date(2026, 5, 1), date(2026, 5, 31))
    assert seen["may"] == [entry["JdtNum"] for entry in may][:7]
    assert seen["may_count"] == str(len(may))
    assert seen["lines"] == len(may[0]["JournalEntryLines"])
    assert seen["pages"] == [*numbers, numbers[-1] + 1, numbers[-1] + 2]
    assert (seen["account"], seen["rule"]) == ("Salg eksport, soufflés glacés", 1)
    assert seen["searched"] == 1
    assert seen["ping"] == "load balancer"


def test_sums(seen: dict[str, Any], sandbox: SapBusinessOneSandbox) -> None:
    for cancelled, total in seen["totals"].items():
        rows = sandbox.books.tables["Invoices"].in_order()
        expected = sum((row["DocTotal"] for row in rows if row["Cancelled"] == cancelled), Decimal(0))
        assert Decimal(str(total)) == expected != 0


def test_logs_in_again_after_a_lost_session(seen: dict[str, Any]) -> None:
    assert seen["logged_in_again"] is True


def test_writes(seen: dict[str, Any], sandbox: SapBusinessOneSandbox) -> None:
    assert seen["created"] == 12.34
    assert seen["batch"] == [202, 1, 1]
    assert seen["parked"] == [204, ""]
    assert [voucher.entry["Reference3"] for voucher in sandbox.books.vouchers] == ["CONFORM"]


def test_logs_out(seen: dict[str, Any], sandbox: SapBusinessOneSandbox) -> None:
    assert seen
    assert sandbox.sessions.open == 0


def test_reads_errors(seen: dict[str, Any]) -> None:
    assert "Property 'cardname' of 'BusinessPartner' is invalid" in seen["unknown_property"]
    assert "-2028" in seen["unknown_entry"]
    assert "Unbalanced Transaction" in seen["unbalanced"]
    assert seen["bad_login"].startswith("SLAuthError")
    assert "Login failed" in seen["bad_login"]

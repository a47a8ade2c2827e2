"""The PyPI package easy-acumatica, an independent client, against our sandbox
(docs/vendors/acumatica.md, section 16)."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.conformance.environments import python_with
from mlc_sandbox.acumatica import AcumaticaSandbox

PERIOD = "052026"


@pytest.fixture(scope="module")
def sandbox() -> Any:
    with AcumaticaSandbox(gl_lines=1_000, today=date(2026, 6, 15), clock=sandbox_clock()) as running:
        yield running


@pytest.fixture(scope="module")
def seen(pytestconfig: pytest.Config, sandbox: AcumaticaSandbox) -> dict[str, Any]:
    python = python_with(("easy-acumatica==0.6.1",), pytestconfig, name="easy-acumatica")
    sandbox.switches.release_polls = 0
    asked = {
        "url": sandbox.url,
        "username": sandbox.username,
        "password": sandbox.password,
        "tenant": sandbox.tenant,
        "period": PERIOD,
    }
    script = Path(__file__).with_name("easy_acumatica_script.py")
    run = subprocess.run(
        [python, script], input=json.dumps(asked), capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def test_signs_in_and_off(seen: dict[str, Any], sandbox: AcumaticaSandbox) -> None:
    assert seen["refused"]["kind"] == "AcumaticaAuthError"
    assert sandbox.sessions.live() == []


def test_reads_records(seen: dict[str, Any], sandbox: AcumaticaSandbox) -> None:
    books = sandbox.books
    assert seen["accounts"] == sorted(str(record.fields["AccountCD"]) for record in books.tables["Account"].heap())
    bills = [record for record in books.tables["Bill"].heap() if record.fields["Type"] == "Debit Adj."]
    assert seen["debit_adjustments"] == len(bills) > 0
    assert seen["their_accounts"] is True
    assert seen["vendor"] == books.record("Vendor", "V000001").fields["VendorName"]
    assert seen["mail"] == "billing1@vendor.example"
    assert seen["by_id"] is True


def test_reads_inquiries(seen: dict[str, Any], sandbox: AcumaticaSandbox) -> None:
    lines = sandbox.books.lines(PERIOD)
    debit = sum((line.base_debit for line in lines), Decimal(0))
    assert seen["lines"] == len(lines)
    assert Decimal(str(seen["debit"])) == Decimal(str(seen["summary_debit"])) == debit


def test_writes_journals(seen: dict[str, Any], sandbox: AcumaticaSandbox) -> None:
    assert seen["journal"] == ["Balanced", 2]
    assert seen["released"] is None
    assert seen["schema"] == ["Branches", "Companies", "ConsolidationSource"]
    assert sandbox.books.ledger.by_key("GL", seen["number"]) is not None
    assert sandbox.books.ledger.by_key("GL", seen["held"]) is None


def test_reads_errors(seen: dict[str, Any]) -> None:
    assert (seen["unknown_field"]["kind"], seen["unknown_field"]["status"]) == ("AcumaticaServerError", 500)
    assert seen["missing"]["status"] == 500
    assert "No entity satisfies the condition." in seen["missing"]["text"]
    assert seen["invalid"]["status"] == 422

"""The PyPI package netsuite, an independent client, against our NetSuite sandbox
(docs/vendors/netsuite.md, section 10)."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mlc_pipelines_tests.conformance.environments import machine_clock, python_with
from mlc_sandbox.netsuite import NetSuiteSandbox

TODAY = date(2026, 6, 15)
PACKAGES = ("netsuite==0.12.0", "httpx==0.27.2", "Authlib==1.9.8", "joserfc==1.8.0")


@pytest.fixture(scope="module")
def sandbox() -> Any:
    with NetSuiteSandbox(gl_lines=500, today=TODAY, clock=machine_clock()) as running:
        running.switches.suiteql_params = True
        yield running


@pytest.fixture(scope="module")
def seen(pytestconfig: pytest.Config, sandbox: NetSuiteSandbox) -> dict[str, Any]:
    python = python_with(PACKAGES, pytestconfig, name="netsuite-package")
    asked = {
        "url": sandbox.url,
        "ec": asdict(sandbox.integration),
        "rsa": asdict(sandbox.add_integration("RSA")),
        "debit": str(sandbox.books.account("6420").id),
        "credit": str(sandbox.books.account("2250").id),
        "day": TODAY.isoformat(),
    }
    script = Path(__file__).with_name("netsuite_package_script.py")
    run = subprocess.run(
        [python, script], input=json.dumps(asked), capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_pages_through_suiteql(seen: dict[str, Any], sandbox: NetSuiteSandbox) -> None:
    assert seen["accounts"] == [account.number for account in sandbox.books.accounts]
    assert seen["default_page"] == 10
    assert seen["with_params"] == [{"links": [], "id": "102"}]
    assert seen["many"] == 12


def test_upserts_reads_and_deletes_a_journal(seen: dict[str, Any], sandbox: NetSuiteSandbox) -> None:
    assert seen["no_content"] == [None, None, None]
    assert seen["found"] is True
    assert seen["lines"] == [[1, 12.34, None], [2, None, 12.34]]
    assert seen["memo"] == "seen"
    assert seen["deleted"] is None
    assert sandbox.books.find("conformance-1") is None


def test_reads_errors(seen: dict[str, Any]) -> None:
    assert seen["unknown_column"] == {"status": 400, "code": "INVALID_PARAMETER"}
    assert seen["unknown_property"] == {"status": 400, "code": "INVALID_CONTENT"}
    assert seen["unknown_record"] == {"status": 404, "code": "NONEXISTENT_ID"}
    assert seen["bad_token"] == {"status": 401, "code": "INVALID_LOGIN"}
    assert seen["server_time"] == "Z"

"""anaplan-sdk, an independent client, against our Anaplan sandbox (docs/vendors/anaplan.md, section 9)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mlc_pipelines_tests.conformance.environments import machine_clock, python_with
from mlc_pipelines_tests.conformance.planning_model import MODEL
from mlc_pipelines_tests.sandbox_anaplan.certificate import self_signed
from mlc_sandbox.anaplan import AnaplanSandbox, User

PACKAGES = ("anaplan-sdk[cert]==0.5.22", "httpx2==2.16.2", "pydantic==2.14.3", "cryptography==50.0.2")
ROWS = "Account,Period,Amount\n1000,Jan 26,100.10\n2000,Feb 26,-7\n9999,Jan 26,1\n"


@pytest.fixture(scope="module")
def sdk_python(pytestconfig: pytest.Config) -> Path:
    """A Python that has anaplan-sdk."""
    return python_with(PACKAGES, pytestconfig, name="anaplan-sdk")


@pytest.fixture(scope="module")
def seen(sdk_python: Path) -> dict[str, Any]:
    certificate, private_key = self_signed("robot", now=machine_clock().now())
    users = [User("robot@acme.example", "correct horse", certificates=[certificate])]
    with AnaplanSandbox([MODEL], users, clock=machine_clock()) as sandbox:
        sandbox.task_seconds = 0.02
        asked = {
            "url": sandbox.url,
            "workspace_id": MODEL.workspace.id,
            "model_id": sandbox.model("Group Planning").id,
            "user": "robot@acme.example",
            "password": "correct horse",
            "certificate": certificate,
            "private_key": private_key,
            "rows": ROWS,
        }
        script = Path(__file__).with_name("anaplan_sdk_script.py")
        run = subprocess.run(
            [sdk_python, script], input=json.dumps(asked), capture_output=True, text=True, timeout=120, check=False
        )
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout) | {"cells": sandbox.model("Group Planning").module("GL").cells}


def test_finds_everything_by_name(seen: dict[str, Any]) -> None:
    assert seen["workspaces"] == {"Planning": MODEL.workspace.id}
    assert list(seen["models"]) == seen["sorted_models"] == ["Group Planning"]
    assert seen["lists"] == {"Accounts": "101000000000"}
    assert seen["imports"] == {"Load Accounts": "112000000000", "Load Actuals": "112000000001"}
    assert seen["exports"] == {"Actuals out": "116000000000"}
    assert seen["actions"] == {"Drop obsolete": "117000000000"}
    assert seen["processes"] == {"Nightly": "118000000000"}
    assert seen["files"] == {
        "Load Accounts.csv": "113000000000",
        "Load Actuals.csv": "113000000001",
        "Actuals out": "116000000000",
    }
    assert seen["views"] == {"GL": "102000000000", "GL.By period": "207000000000"}
    assert seen["line_items"] == {"Amount": "206000000000"}
    assert (seen["workspace"], seen["status"], seen["model_running"]) == ("Planning", "Open", False)


def test_takes_404_as_an_unknown_identifier(seen: dict[str, Any]) -> None:
    assert seen["errors"] == ["unknown model", "wrong case"]


def test_writes_lists_and_cells(seen: dict[str, Any]) -> None:
    assert seen["transactional"] == {
        "added": 1,
        "ignored": [1],
        "updated": 1,
        "name": "Bank fees",
        "written": {"numberOfCellsChanged": 1, "failures": []},
        "looked_up": ["Bank fees"],
        "deleted": 1,
        "count": 2,
        "view": ["Accounts"],
    }


def test_uploads_imports_and_exports(seen: dict[str, Any]) -> None:
    files = seen["uploads"]
    values = dict(zip(files["details"][::2], files["details"][1::2], strict=True))
    assert (values["totalRowCount"], values["successRowCount"], values["failedCount"]) == ("3", "2", "1")
    assert files["dump"] is True
    assert files["again"] == "lineItemRowsProcessedWithFailures"
    assert (files["nested"], files["tasks"], files["streamed"]) == (2, 2, True)
    assert files["export"].splitlines()[0] == "Accounts,Time,Versions,Amount"
    assert "100.1" in files["export"]
    assert {key: str(value) for key, value in seen["cells"].items()} == {
        ("1000", "Jan 26", "Actual", "Amount"): "100.1",
        ("2000", "Feb 26", "Actual", "Amount"): "-7",
    }


def test_logs_in_by_certificate_and_asynchronously(seen: dict[str, Any]) -> None:
    assert seen["certificate"] == "Group Planning"
    assert seen["async"] == ["Load Accounts", "Load Actuals"]

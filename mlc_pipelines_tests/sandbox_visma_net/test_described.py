"""The sandbox's answers against an extract of the API's OpenAPI description, where a copy of it is at hand.

The extract is saved beside the project and is no part of it; without it these tests are skipped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mlc_pipelines_tests.sandbox_visma_net.client import Client

SPEC = Path(__file__).parents[2].parent / "shared" / "specs" / "visma" / "visma_net_finance_trimmed.json"
if not SPEC.exists():
    pytest.skip("no copy of the description beside the project", allow_module_level=True)

PLAIN: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "int": (int,),
    "number": (Decimal,),
    "bool": (bool,),
    "date-time": (str,),
    "object": (dict,),
    "array": (list,),
}
QUERIES: Mapping[str, Mapping[str, str]] = {
    "/v1/GeneralLedgerTransactions": {"ledger": "1"},
    "/v2/generalLedgerBalance": {"periodId": "202605"},
    "/v2/journaltransaction": {"periodId": "202605"},
    "/v1/budget": {"branch": "1", "ledger": "BUD", "financialYear": "2026"},
    "/v1/branch": {"expandCurrency": "true", "expandLedger": "true"},
    "/v1/supplierInvoice": {"expandLinePrebookAccounts": "true"},
}
KEYS = {
    "accountCd": "4000",
    "dimensionId": "SUBACCOUNT",
    "segmentId": "1",
    "valueId": "MDEw",
    "subAccountNumber": "010-000",
    "documentType": "Invoice",
    "invoiceNumber": "100001",
    "purchaseOrderNumber": "PO100001",
    "supplierCd": "50000",
    "financialPeriodId": "202605",
    "branchNumber": "1",
    "departmentId": "010",
    "journalTransactionNumber": "100001",
}
ABSENT = (
    "/contact",
    "/document",
    "/supplier/balance",
    "/approval",
    "lass",
    "/organization",
    "/currency",
    "/project",
    "/POBalance",
    "/{supplierCd}/balance",
    "/{supplierNumber}/invoice",
    "/background",
    "publicid",
)


def described() -> dict[str, Any]:
    return json.loads(SPEC.read_text(encoding="utf-8")) if SPEC.exists() else {"operations": [], "schemas": {}}


def served() -> list[tuple[str, str]]:
    operations = [(each["path"], each["response"]) for each in described()["operations"]]
    return [(path, response) for path, response in operations if not any(part in path for part in ABSENT)]


@pytest.mark.parametrize(("path", "response"), served())
def test_answers_are_as_described(client: Client, path: str, response: str) -> None:
    answer = client.get(path.format(**KEYS), None, **QUERIES.get(path, {}))
    assert answer.status_code == 200, answer.text
    found = json.loads(answer.text, parse_float=Decimal)
    items = found if isinstance(found, list) else [found]
    assert items
    if response == "untyped":
        assert all(isinstance(item, str) for item in items)
        return
    assert isinstance(found, list) == response.startswith("array of ")
    name, schemas = response.removeprefix("array of "), described()
    for item in items:
        assert check(item, name, schemas, path) == []


def check(item: Mapping[str, Any], name: str, spec: Mapping[str, Any], where: str) -> list[str]:
    """Members that are not described, or not of the type described."""
    members = {**spec["schemas"][name], "metadata": {"type": "MetadataDto"}}
    faults = []
    for key, value in item.items():
        if key not in members:
            faults.append(f"{where}.{key} is unknown to {name}")
        elif value is not None:
            faults += fault(value, members[key]["type"], spec, f"{where}.{key}")
    return faults


def fault(value: Any, kind: str, spec: Mapping[str, Any], where: str) -> list[str]:
    if kind.endswith("[]"):
        return [one for each in value for one in fault(each, kind[:-2], spec, where)]
    if kind in spec["enums"]:
        return [] if value in spec["enums"][kind] else [f"{where}: {value} is no {kind}"]
    if kind in PLAIN:
        return [] if type(value) in PLAIN[kind] else [f"{where}: {value!r} is no {kind}"]
    return check(value, kind, spec, where)

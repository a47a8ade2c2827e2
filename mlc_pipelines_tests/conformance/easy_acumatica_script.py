"""Drives the sandbox with the PyPI package easy-acumatica; run by test_easy_acumatica.py where it is installed.

Prints one JSON object: what the package saw.
"""

# pyright: reportMissingImports=false
# It runs in an environment of its own, which has what it imports.

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from easy_acumatica import AcumaticaClient
from easy_acumatica.exceptions import AcumaticaError
from easy_acumatica.odata import F, QueryOptions


def value(record: dict[str, Any], name: str) -> Any:
    return record[name].get("value")


def failure(call: Callable[[], Any]) -> dict[str, Any]:
    try:
        call()
    except AcumaticaError as error:
        return {"kind": type(error).__name__, "status": error.status_code, "text": str(error)}
    raise AssertionError("no error")


def wrapped(**fields: Any) -> dict[str, Any]:
    return {name: {"value": value} for name, value in fields.items()}


def journal(**header: Any) -> dict[str, Any]:
    lines = [
        wrapped(Account="60000", Subaccount="100STR", DebitAmount=12.34),
        wrapped(Account="99999", Subaccount="000000", CreditAmount=12.34),
    ]
    fields = {"Module": "GL", "Description": "by easy-acumatica", "Hold": False}
    return wrapped(**(fields | header)) | {"Details": lines}


def see(asked: dict[str, str]) -> dict[str, Any]:
    def connect(**changed: Any) -> AcumaticaClient:
        options: dict[str, Any] = {
            "base_url": asked["url"], "username": asked["username"], "password": asked["password"],
            "tenant": asked["tenant"], "endpoint_version": "24.200.001", "cache_methods": False,
            "auto_load_env": False, "cache_dir": tempfile.mkdtemp(),
        }  # fmt: skip
        return AcumaticaClient(**(options | changed))

    refused = failure(lambda: connect(password="wrong"))
    client = connect()
    accounts: list[dict[str, Any]] = []
    page: list[dict[str, Any]] = [{}]
    while page:
        page = client.account.get_list(options=QueryOptions(top=10, skip=len(accounts)))
        accounts += page
    bills = client.bill.get_list(
        options=QueryOptions(filter=(F.Type == "Debit Adj."), expand=["Details"], select=["Type", "Details/Account"])
    )
    vendor = client.vendor.get_by_keys(VendorID="V000001", options=QueryOptions(expand=["MainContact"]))
    by_id = client.vendor.get_by_id(vendor["id"])
    details = client.account_details_for_period_inquiry.put_entity(
        wrapped(FromPeriod=asked["period"], ToPeriod=asked["period"], Ledger="ACTUAL"),
        options=QueryOptions(expand=["Results"]),
    )
    summary = client.account_summary_inquiry.put_entity(
        wrapped(Ledger="ACTUAL", Period=asked["period"]), options=QueryOptions(expand=["Results"])
    )
    made = client.journal_transaction.put_entity(journal(), options=QueryOptions(expand=["Details"]))
    keys = {"Module": "GL", "BatchNbr": value(made, "BatchNbr")}
    release = SimpleNamespace(build=lambda: {"entity": wrapped(**keys)})
    released = client.journal_transaction.invoke_action_release_journal_transaction(release)
    held = client.journal_transaction.put_entity(journal(Hold=True))
    client.journal_transaction.delete_by_keys(Module="GL", BatchNbr=value(held, "BatchNbr"))
    seen = {
        "refused": refused,
        "accounts": sorted(value(row, "AccountCD") for row in accounts),
        "debit_adjustments": len(bills),
        "their_accounts": all(value(line, "Account") for bill in bills for line in bill["Details"]),
        "vendor": value(vendor, "VendorName"),
        "mail": value(vendor["MainContact"], "Email"),
        "by_id": by_id["id"] == vendor["id"],
        "lines": len(details["Results"]),
        "debit": round(sum(value(row, "DebitAmountInBaseCurrency") for row in details["Results"]), 4),
        "summary_debit": round(sum(value(row, "DebitTotal") for row in summary["Results"]), 4),
        "journal": [value(made, "Status"), len(made["Details"])],
        "number": keys["BatchNbr"],
        "released": released,
        "held": value(held, "BatchNbr"),
        "schema": sorted(client.ledger.get_ad_hoc_schema())[:3],
        "unknown_field": failure(lambda: client.account.get_list(options=QueryOptions(select=["Nonsense"]))),
        "missing": failure(lambda: client.account.get_by_keys(AccountCD="00000")),
        "invalid": failure(lambda: client.journal_transaction.put_entity(journal(LedgerID="BUDGET"))),
    }
    client.close()
    return seen


sys.stdout.write("\n" + json.dumps(see(json.load(sys.stdin))))

"""The keys of the connection, its template, and what follows from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.config import load_configuration
from mlc_pipelines.erp.acumatica import ERP
from mlc_pipelines.erp.acumatica.connection import AcumaticaConnection
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines_tests.config.filling import filled_template
from mlc_pipelines_tests.erp.acumatica.conftest import COOKIE, OAUTH

KEYS: dict[str, Any] = {
    "base_url": "https://my.acumatica.com/MyInstance/",
    "tenant": "U100 Ltd",
    "version": "24.200.001",
    "auth": OAUTH,
    "ledger": "ACTUAL",
}
BARE = {name: value for name, value in OAUTH.items() if name not in {"user", "password"}}


def test_what_is_left_out():
    connection = AcumaticaConnection.model_validate(KEYS)
    assert connection.address == "/entity/Default/24.200.001"
    assert connection.account == "acumatica:https://my.acumatica.com/MyInstance:U100 Ltd"
    assert connection.max_concurrent_requests == 3


@pytest.mark.parametrize(
    "keys",
    [
        {"auth": COOKIE},
        {"auth": {**BARE, "refresh_token": {"secret": "refresh"}}},
        {"auth": {**OAUTH, "client_id": "GUID@U100 Ltd"}},
        {
            "custom_fields": {
                "bills": {"custom_1": "Details/Transactions.UsrX"},
                "vendors": {"custom_5": "BAccount.UsrY"},
            }
        },
        {"base_amounts": {"bills": "Details/Transactions.TranAmt", "payments": "Document.OrigDocAmt"}},
    ],
)
def test_what_is_taken(keys: dict[str, Any]):
    AcumaticaConnection.model_validate({**KEYS, **keys})


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"base_url": "http://my.acumatica.com/MyInstance"}, "unencrypted"),
        ({"version": "24.200"}, "match pattern"),
        ({"version": "26.200.001"}, "not served .*Write 25.200.001"),
        ({"version": "27.100.001"}, "not served .*Write 25.200.001"),
        ({"endpoint": "Default/../auth"}, "match pattern"),
        ({"endpoint": ".."}, "would lead elsewhere in an address"),
        ({"endpoint": "."}, "would lead elsewhere in an address"),
        ({"base_url": "https://my.acumatica.com/Mine/../Theirs"}, "dots that lead elsewhere"),
        ({"base_url": "https://my.acumatica.com/Mine/%2e%2E"}, "dots that lead elsewhere"),
        ({"auth": {**OAUTH, "password": "the-password"}}, "a credential never stands in a file"),
        ({"auth": {**OAUTH, "method": "basic"}}, "method"),
        ({"auth": BARE}, "one of the two ways is needed"),
        ({"auth": {**OAUTH, "refresh_token": {"secret": "refresh"}}}, "one of the two ways is needed"),
        ({"auth": {**BARE, "user": "robot"}}, "A user and its password go together"),
        ({"auth": {**OAUTH, "client_id": "GUID@Other"}}, "names another tenant"),
        ({"custom_fields": {"gl_details": {"custom_1": "A.B"}}}, "no entity with custom fields"),
        ({"custom_fields": {"bill": {"custom_1": "A.B"}}}, "There are: bills"),
        ({"custom_fields": {"bills": {"custom_6": "A.B"}}}, "custom_1"),
        ({"custom_fields": {"bills": {"custom_1": "UsrRegion"}}}, "Write View.Field"),
        ({"custom_fields": {"vendors": {"custom_1": "Details/A.B"}}}, "vendors has none"),
        ({"base_amounts": {"purchase_orders": "Document.CuryOrderTotal"}}, "'bills' or 'payments'"),
        ({"base_amounts": {"bills": "TranAmt"}}, "Write View.Field"),
        ({"base_amounts": {"bills": "Document.OrigDocAmt"}}, "is not of a line.*Details/Transactions.TranAmt"),
        ({"base_amounts": {"payments": "Details/Transactions.TranAmt"}}, "is not of a payment.*Document.OrigDocAmt"),
        ({"max_concurrent_requests": 0}, "greater than or equal to 1"),
        ({"company_id": "x"}, "Extra inputs"),
    ],
)
def test_what_is_refused(keys: dict[str, Any], message: str):
    with pytest.raises(ValidationError, match=message) as caught:
        AcumaticaConnection.model_validate({**KEYS, **keys})
    assert "the-password" not in str(caught.value)


def test_the_template_is_valid_when_it_is_filled_in(tmp_path: Path):
    filled_template(tmp_path, "acumatica")
    configuration = load_configuration(tmp_path, {"acumatica": ERP}, clock=SYSTEM_CLOCK)
    assert list(configuration.tenants["example"].loads) == ["accounts", "gl_details"]


LOAD = """
  bills:
    import: Load Bills
    columns: {Vendor: vendor_id, Region: custom_1, Amount: {sum: base_amount}}
"""
KEYS_OF_LOAD = """
  base_amounts: {bills: Details/Transactions.TranAmt}
  custom_fields: {bills: {custom_1: Document.UsrRegion}}
"""


def test_a_load_of_a_field_that_nothing_fills_is_refused(tmp_path: Path):
    file = filled_template(tmp_path, "acumatica")
    text = file.read_text().replace("\nloads:\n", f"\nloads:{LOAD}")
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(tmp_path, {"acumatica": ERP}, clock=SYSTEM_CLOCK)
    assert [fault.key for fault in caught.value.faults] == [
        "loads.bills.columns.Region",
        "loads.bills.columns.Amount.sum",
    ]
    assert "there is no erp.base_amounts.bills" in caught.value.faults[1].problem

    file.write_text(text.replace("\n  ledger:", f"{KEYS_OF_LOAD.rstrip()}\n  ledger:"))
    assert "bills" in load_configuration(tmp_path, {"acumatica": ERP}, clock=SYSTEM_CLOCK).tenants["example"].loads


@pytest.mark.parametrize("entity", ERP.entities.values(), ids=lambda entity: entity.name)
def test_entities_hang_together(entity: Any):
    names = entity.schema.names
    named = {*entity.key, entity.modified, entity.watermark, entity.period, entity.amount, entity.debit, entity.credit}
    named |= {entity.control_by, entity.dated_by or None} - {None}
    assert named - {None} <= set(names)
    assert len(set(names)) == len(names)
    assert set(entity.refers_to) <= {name for name, each in ERP.entities.items() if each.kind == "dimension"}
    assert (entity.kind == "fact") == bool(entity.amount) == bool(entity.control_by) == bool(entity.placed_by)
    assert all(entity.field(name).required for name in entity.key)
    worked_out = {"amount", "base_amount", "line_number", "ledger", "period_id", *(f"custom_{n}" for n in range(1, 6))}
    assert {field.name for field in entity.fields if not field.source} <= worked_out
    assert all(field.source.endswith("/value") for field in entity.fields if field.source)

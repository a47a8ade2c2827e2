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
    worked_out = {"amount", "line_number", "ledger", "period_id", *(f"custom_{n}" for n in range(1, 6))}
    assert {field.name for field in entity.fields if not field.source} <= worked_out
    assert all(field.source.endswith("/value") for field in entity.fields if field.source)

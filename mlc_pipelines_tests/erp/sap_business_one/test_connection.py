"""The keys of the connection and what follows from them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.config import load_configuration
from mlc_pipelines.erp.sap_business_one import ERP
from mlc_pipelines.erp.sap_business_one.connection import ServiceLayerConnection
from mlc_pipelines_tests.config.filling import filled_template

KEYS: dict[str, Any] = {
    "base_url": "https://b1.example.com:50000/b1s/v2",
    "company_db": "SBO_ACME",
    "user": "manager",
    "password": {"secret": "b1_password"},
}


@pytest.mark.parametrize(
    ("base_url", "version", "url"),
    [
        ("https://b1.example.com:50000/b1s/v2", None, "https://b1.example.com:50000/b1s/v2"),
        ("https://b1.example.com:50000/b1s/v1/", None, "https://b1.example.com:50000/b1s/v1"),
        ("https://b1.example.com:50000", None, "https://b1.example.com:50000/b1s/v2"),
        ("https://b1.example.com:50000", "v1", "https://b1.example.com:50000/b1s/v1"),
        ("https://b1.example.com/proxy/b1s", "v1", "https://b1.example.com/proxy/b1s/v1"),
        ("https://b1s", None, "https://b1s/b1s/v2"),
        ("http://127.0.0.1:50000/b1s/v1", "v1", "http://127.0.0.1:50000/b1s/v1"),
    ],
)
def test_the_version_is_read_from_the_address_or_named(base_url, version, url):
    connection = ServiceLayerConnection.model_validate({**KEYS, "base_url": base_url, "version": version})
    assert connection.url == url


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ({"version": "v1"}, "version"),
        ({"version": "v3", "base_url": "https://b1.example.com"}, "version"),
        ({"base_url": "https://b1.example.com:50000/b1s/v3"}, "base_url"),
        ({"base_url": "https://b1.example.com:50000/b1s/v2/Login"}, "base_url"),
        ({"base_url": "https://b1.example.com:50000/B1S/v2"}, "base_url"),
        ({"base_url": "http://b1.example.com:50000"}, "base_url"),
        ({"password": "secret"}, "password"),
        ({"company_db": ""}, "company_db"),
        ({"max_concurrent_requests": 0}, "max_concurrent_requests"),
        ({"page_size": 0}, "page_size"),
        ({"timeout": 5}, "timeout"),
    ],
)
def test_faults(keys, place):
    with pytest.raises(ValidationError) as caught:
        ServiceLayerConnection.model_validate({**KEYS, **keys})
    assert [error["loc"][0] for error in caught.value.errors()] == [place]


def test_the_template_is_valid_when_it_is_filled_in(tmp_path):
    filled_template(tmp_path, "sap_business_one")
    tenant = load_configuration(tmp_path, {"sap_business_one": ERP}, clock=SYSTEM_CLOCK).tenants["example"]
    assert isinstance(tenant.connection, ServiceLayerConnection)
    assert tenant.connection.url == "https://b1.example.com:50000/b1s/v2"
    assert list(tenant.loads) == ["chart_of_accounts", "profit_centers", "journal_entries"]

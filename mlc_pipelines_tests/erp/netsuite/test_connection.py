"""The keys of the connection and what follows from them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from mlc_pipelines.erp.netsuite.connection import NetSuiteConnection

KEYS: dict[str, Any] = {
    "account_id": "1234567_SB1",
    "client_id": "c" * 64,
    "certificate_id": "kid",
    "private_key": {"secret": "netsuite_private_key"},
}


def test_the_host_follows_from_the_account():
    connection = NetSuiteConnection.model_validate(KEYS)
    assert connection.url == "https://1234567-sb1.suitetalk.api.netsuite.com"
    assert connection.restlets_url == "https://1234567-sb1.restlets.api.netsuite.com"
    assert connection.max_concurrent_requests == 2


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("account_id", "123/evil.example"),
        ("account_id", "123@evil.example"),
        ("account_id", ""),
        ("account_id", "123_"),
        ("base_url", "http://1234567.suitetalk.api.netsuite.com"),
        ("base_url", "https://user:word@host.example"),
        ("base_url", "host.example"),
        ("max_concurrent_requests", 21),
        ("subsidiaries", []),
        ("private_key", "-----BEGIN PRIVATE KEY-----"),
        ("token", "x"),
    ],
)
def test_what_is_refused(key: str, value: object):
    with pytest.raises(ValidationError):
        NetSuiteConnection.model_validate({**KEYS, key: value})


def test_numbers_stand_for_ids():
    connection = NetSuiteConnection.model_validate(
        {**KEYS, "account_id": 1234567, "subsidiaries": [1, "Parent : Child"]}
    )
    assert connection.account_id == "1234567"
    assert connection.subsidiaries == ("1", "Parent : Child")
    assert NetSuiteConnection.model_validate({**KEYS, "base_url": "http://127.0.0.1:81/"}).url == "http://127.0.0.1:81"

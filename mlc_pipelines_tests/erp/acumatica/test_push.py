"""Push notifications start a poll, once each, and only from who knows the secret."""

from __future__ import annotations

import json

import pytest

from mlc_pipelines.erp.acumatica.push import PushReceiver

TOLD = {
    "Inserted": [{"RefNbr": "1"}],
    "Deleted": [],
    "Query": "Bills",
    "CompanyId": "U100 Ltd",
    "Id": "a",
    "TimeStamp": 1,
}
HEADERS = {"x-planning": "s3cret-ø", "content-type": "application/json"}


@pytest.fixture
def polls() -> list[int]:
    return []


@pytest.fixture
def receiver(polls: list[int]) -> PushReceiver:
    return PushReceiver("X-Planning", "s3cret-ø", "U100 Ltd", lambda: polls.append(1))


def test_each_notification_starts_one_poll(receiver: PushReceiver, polls: list[int]):
    for told in (TOLD, TOLD, {**TOLD, "Query": "Orders"}, {**TOLD, "Id": "b"}, TOLD):
        assert receiver.receive(HEADERS, json.dumps(told).encode())
    assert len(polls) == 3


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, TOLD),
        ({"x-planning": "s3cret-o"}, TOLD),
        ({"x-planning": ""}, TOLD),
        (HEADERS, {**TOLD, "CompanyId": "Other"}),
        (HEADERS, {"Query": "Bills"}),
        (HEADERS, [TOLD]),
    ],
)
def test_others_are_refused(receiver: PushReceiver, polls: list[int], headers: dict[str, str], told: object):
    assert not receiver.receive(headers, json.dumps(told).encode())
    assert not receiver.receive(headers, b"\xff")
    assert polls == []

"""What tests of journals do with the record API."""

from __future__ import annotations

import itertools
from typing import Any

import httpx

from mlc_pipelines_tests.sandbox_netsuite.client import JOURNAL_PATH, Client

STRICT = {"X-NetSuite-PropertyNameValidation": "error"}
numbers = itertools.count(1)


def eid() -> str:
    return f"anaplan-bud-{next(numbers)}"


def put(client: Client, external_id: str, content: dict[str, Any], **params: str) -> httpx.Response:
    return client.http.put(f"{JOURNAL_PATH}/eid:{external_id}", json=content, params=params, headers=STRICT)


def read(client: Client, key: str) -> dict[str, Any]:
    answer = client.http.get(f"{JOURNAL_PATH}/{key}", params={"expandSubResources": "true"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def lines_of(client: Client, key: str) -> list[tuple[int, float, float]]:
    return [(line["line"], line.get("debit", 0), line.get("credit", 0)) for line in read(client, key)["line"]["items"]]


def number_in(answer: httpx.Response) -> str:
    assert answer.status_code == 204, answer.text
    assert answer.content == b""
    path, _, number = answer.headers["location"].rpartition("/")
    assert path.endswith("/services/rest/record/v1/journalentry")
    return number


def upserted(client: Client, external_id: str, content: dict[str, Any], **params: str) -> str:
    """The id of a journal that was put: the answer doesn't tell it, the external id does."""
    answer = put(client, external_id, content, **params)
    assert answer.status_code == 204, answer.text
    assert "location" not in answer.headers
    return read(client, f"eid:{external_id}")["id"]

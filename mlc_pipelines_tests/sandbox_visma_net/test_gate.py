"""Limits, rights, errors of the edge, and that nothing can be written
(docs/vendors/visma_net.md, sections 7, 8 and 11)."""

from __future__ import annotations

from collections import Counter

import httpx
import pytest

from mlc_pipelines_tests.sandbox_visma_net.client import Client
from mlc_sandbox.visma_net import VismaNetSandbox


def test_every_answer_tells_the_limit(client: Client, sandbox: VismaNetSandbox) -> None:
    left = [int(client.get(path).headers["x-ratelimit-remaining"]) for path in ("/v1/account", "/v1/nothing")]
    assert left[0] - left[1] == 1
    headers = httpx.get(f"{sandbox.url}/v1/account").headers
    assert headers["x-ratelimit-limit"] == "15000"
    assert headers["x-ratelimit-policy"] == "4-fixed-window"
    assert 0 < int(headers["x-ratelimit-reset"]) <= 3600
    assert headers["ipp-request-id"]


def test_the_window(own_client: Client, own_sandbox: VismaNetSandbox) -> None:
    own_sandbox.switches.requests_per_window, own_sandbox.switches.window_seconds = 2, 1000
    assert [own_client.get("/v1/branch").status_code for _ in range(3)] == [200, 200, 429]
    own_sandbox.clock.advance(400)
    refused = own_client.get("/v1/branch")
    seconds = int(refused.headers["retry-after"])
    assert 500 < seconds <= 600
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert refused.json() == {
        "statusCode": 429,
        "message": f"Rate limit is exceeded. Try again in {seconds} seconds.",
    }
    own_sandbox.clock.advance(seconds)
    assert own_client.get("/v1/branch").status_code == 200


def test_busy(client: Client, sandbox: VismaNetSandbox) -> None:
    sandbox.switches.busy = 1
    refused = client.get("/v1/branch")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "411")
    assert client.get("/v1/branch").status_code == 200


def test_without_licence_or_right(client: Client, sandbox: VismaNetSandbox) -> None:
    sandbox.switches.forbidden = frozenset({"generalledgertransactions"})
    assert client.get("/v1/generalLedgerTransactions", ledger="1").status_code == 403
    assert client.get("/v1/account").status_code == 200
    sandbox.switches.licensed = False
    answer = client.get("/v1/account")
    assert answer.status_code == 403
    assert answer.json()["ExceptionFaultCode"] == "12027"
    assert answer.json()["ExceptionMessageID"].startswith("12027_")


def test_trouble(client: Client, sandbox: VismaNetSandbox) -> None:
    sandbox.switches.trouble_rate = 1.0
    answers = [client.get("/v1/branch") for _ in range(40)]
    assert set(Counter(answer.status_code for answer in answers)) == {500, 502, 503, 504}
    assert all("<html>" in answer.text for answer in answers if answer.status_code == 502)
    assert all(not answer.content for answer in answers if answer.status_code in {503, 504})
    assert all("message" in answer.json() for answer in answers if answer.status_code == 500)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_written(client: Client, method: str) -> None:
    answer = client._http.request(method, "/v1/supplierInvoice/100001", json={"description": {"value": "x"}})
    assert (answer.status_code, answer.json()) == (404, {"statusCode": 404, "message": "Resource not found"})


@pytest.mark.parametrize("path", ["/v1", "/v1/nothing", "/v2/account", "/v1/journaltransaction", "/v1/ledger/1/2"])
def test_unknown_paths(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404

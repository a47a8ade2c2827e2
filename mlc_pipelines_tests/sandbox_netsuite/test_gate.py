"""Limits, permissions, trouble and system endpoints (docs/vendors/netsuite.md, sections 1, 2.5 and 6)."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from mlc_pipelines_tests.sandbox_netsuite.client import JOURNAL_PATH, SUITEQL_PATH, Client, error_of
from mlc_sandbox.netsuite import NetSuiteSandbox
from mlc_sandbox.serving import Fault, answer, delay, truncate

QUERY = "SELECT dummy FROM dual"


def test_a_cookie_is_taken_for_a_session(client: Client) -> None:
    answer = client.query(QUERY, headers={"Prefer": "transient", "Cookie": "JSESSIONID=1"})
    assert answer.status_code == 401
    assert error_of(answer)["o:errorCode"] == "INVALID_LOGIN"


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}])
def test_without_a_token(sandbox: NetSuiteSandbox, header: dict[str, str]) -> None:
    for path in (SUITEQL_PATH, JOURNAL_PATH):
        assert httpx.post(f"{sandbox.url}{path}", headers=header, json={}).status_code == 401
    assert httpx.get(f"{sandbox.url}/services/rest/system/v1/serverTime", headers=header).status_code == 401


def test_without_permission(client: Client, sandbox: NetSuiteSandbox) -> None:
    sandbox.switches.permitted = False
    answer = client.query(QUERY)
    assert answer.status_code == 403
    assert error_of(answer)["o:errorCode"] == "INSUFFICIENT_PERMISSION"


def test_too_many_at_once(client: Client, sandbox: NetSuiteSandbox) -> None:
    sandbox.switches.concurrency_limit = 0
    answer = client.query(QUERY)
    assert answer.status_code == 429
    assert answer.json() == {
        "type": answer.json()["type"],
        "title": "Bad Request",
        "status": 429,
        "o:errorDetails": [
            {
                "detail": "Concurrent request limit exceeded. Request blocked.",
                "o:errorCode": "CONCURRENCY_LIMIT_EXCEEDED",
            }
        ],
        "o:errorCode": "USER_ERROR",
    }
    assert "retry-after" not in answer.headers
    sandbox.switches.retry_after = "7"
    assert client.query(QUERY).headers["retry-after"] == "7"


def test_requests_in_flight_are_really_counted(client: Client, sandbox: NetSuiteSandbox) -> None:
    sandbox.switches.concurrency_limit = 2
    slow = (
        "SELECT COUNT(*) AS n FROM transactionaccountingline a CROSS JOIN transactionaccountingline b "
        "WHERE a.amount < b.amount + ?"
    )
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: client.query(slow, number), range(16)))
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) == {200, 429}
    assert sandbox.gate.most_in_flight >= 2


def test_rolling_windows(client: Client, sandbox: NetSuiteSandbox) -> None:
    sandbox.switches.requests_per_minute = 3
    assert [client.query(QUERY).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert error_of(client.query(QUERY))["o:errorCode"] == "REQUEST_LIMIT_EXCEEDED"
    sandbox.clock.advance(61)
    assert client.query(QUERY).status_code == 200
    sandbox.switches.requests_per_minute = None
    sandbox.switches.requests_per_day = 4
    assert client.query(QUERY).status_code == 429


def test_trouble_by_chance(client: Client, sandbox: NetSuiteSandbox) -> None:
    sandbox.switches.trouble_rate = 0.5
    answers = [client.query(QUERY) for _ in range(60)]
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) == {200, 429, 500, 502, 503}
    assert any(
        answer.headers["content-type"].startswith("text/html") for answer in answers if answer.status_code == 502
    )
    failed = next(answer for answer in answers if answer.status_code == 500)
    assert error_of(failed)["o:errorCode"] == "UNEXPECTED_ERROR"


def test_faults_and_log_of_the_server(client: Client, sandbox: NetSuiteSandbox) -> None:
    sandbox.faults.add(Fault("POST", "suiteql", answer(503)))
    sandbox.faults.add(Fault("POST", "suiteql", truncate, after=1))
    assert client.query(QUERY).status_code == 503
    assert client.query(QUERY).status_code == 200
    with pytest.raises(httpx.RemoteProtocolError):
        client.query(QUERY)
    sandbox.faults.add(Fault("POST", "suiteql", delay(0.001)))
    assert client.query(QUERY).status_code == 200
    last = sandbox.log[-1]
    assert (last.method, last.path, last.status) == ("POST", SUITEQL_PATH, 200)
    assert last.headers["authorization"] == "Bearer"


def test_governance_limits_are_for_administrators(client: Client, sandbox: NetSuiteSandbox) -> None:
    path = "/services/rest/system/v1/governanceLimits"
    assert client.http.get(path).json()["accountConcurrencyLimit"] == 5
    sandbox.switches.administrator = False
    assert client.http.get(path).status_code == 403


def test_data_center_urls_need_no_login(sandbox: NetSuiteSandbox) -> None:
    url = f"{sandbox.url}/rest/datacenterurls"
    assert httpx.get(url, params={"account": "1234567_SB1"}).json()["restDomain"] == sandbox.url
    assert httpx.get(url, params={"account": "1"}).status_code == 400


def test_unknown_paths_answer_in_the_envelope(client: Client) -> None:
    answer = client.http.get("/services/rest/nothing")
    assert answer.status_code == 404
    assert error_of(answer)["o:errorCode"] == "NONEXISTENT_ID"

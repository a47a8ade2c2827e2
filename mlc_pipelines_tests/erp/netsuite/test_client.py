"""What goes wrong between us and NetSuite: seen through, or said clearly."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlc_pipelines.erp.netsuite import ERP
from mlc_pipelines.errors import AuthenticationError, Forbidden, IncompleteRead, RateLimited, Unavailable
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.erp.netsuite.conftest import MARCH, TODAY, Open
from mlc_pipelines_tests.erp.netsuite.truth import LEDGER, same, truth
from mlc_sandbox.netsuite import NetSuiteSandbox
from mlc_sandbox.serving import Action, Fault, answer, drop_answer, reset_before, truncate

SUITEQL = "/suiteql"
LEDGER_ENTITY = ERP.entities["gl_activity"]


def is_whole(sandbox: NetSuiteSandbox, rows: list[dict[str, Any]]) -> None:
    same(rows, truth(sandbox, LEDGER, sandbox.books.period("Mar 2026").id, 1))
    assert rows


@pytest.mark.parametrize("after", [0, 3])
@pytest.mark.parametrize(
    "action",
    [
        answer(429, body={"title": "Bad Request", "status": 429, "o:errorCode": "USER_ERROR", "o:errorDetails": []}),
        answer(429, {"retry-after": "7"}),
        answer(
            500, body={"status": 500, "o:errorDetails": [{"o:errorCode": "UNEXPECTED_ERROR", "detail": "Error ID: x"}]}
        ),
        answer(502, {"content-type": "text/html"}, "<html><body>Bad gateway</body></html>"),
        answer(503),
        reset_before,
        drop_answer,
        truncate,
    ],
    ids=["429", "429 with a time", "500", "502 html", "503", "reset", "answer lost", "answer cut"],
)
def test_a_passing_fault_changes_nothing(sandbox: NetSuiteSandbox, open_source: Open, action: Action, after: int):
    source = open_source(sandbox, page_rows=50)
    sandbox.faults.add(Fault("POST", SUITEQL, action, times=2, after=after))
    is_whole(sandbox, source.rows("gl_activity"))
    assert len(source.clock.slept) == 2
    if action.headers.get("retry-after"):
        assert all(seconds >= 7 for seconds in source.clock.slept)


def test_a_busy_account_is_waited_for(sandbox: NetSuiteSandbox, open_source: Open):
    sandbox.switches.trouble_rate = 0.25
    is_whole(sandbox, open_source(sandbox, page_rows=50).rows("gl_activity"))


def test_no_more_requests_in_flight_than_allowed_over_all_sources(sandbox: NetSuiteSandbox, open_source: Open):
    # The account takes two: a third at a time would be answered 429.
    sandbox.switches.concurrency_limit = 2
    one = open_source(sandbox, page_rows=20, max_concurrent_requests=2)
    other = open_source(sandbox, page_rows=20, max_concurrent_requests=2)
    batches = zip(one.source.read(LEDGER_ENTITY, MARCH), other.source.read(LEDGER_ENTITY, MARCH), strict=True)
    assert all(mine.equals(theirs) for mine, theirs in batches)
    assert {each.status for each in sandbox.log} == {200}


def test_an_account_that_stays_busy_says_so(sandbox: NetSuiteSandbox, open_source: Open):
    sandbox.faults.add(Fault("POST", SUITEQL, answer(429), times=1000))
    with pytest.raises(RateLimited, match="max_concurrent_requests"):
        open_source(sandbox).rows("accounts")


def test_a_lasting_fault_names_netsuites_request_id(sandbox: NetSuiteSandbox, open_source: Open):
    source = open_source(sandbox)
    source.rows("departments")
    detail = {"o:errorCode": "UNEXPECTED_ERROR", "detail": "An unexpected error occurred. Error ID: jrgb"}
    headers = {"x-n-operationid": "op-1", "x-netsuite-jobid": "job-1"}
    sandbox.faults.add(Fault("POST", SUITEQL, answer(500, headers, {"o:errorDetails": [detail]}), times=1000))
    with pytest.raises(Unavailable, match=r"UNEXPECTED_ERROR An unexpected error occurred. Error ID: jrgb") as raised:
        source.rows("accounts")
    assert raised.value.request_id == "op-1"


def test_a_token_that_dies_while_reading_is_replaced_once(sandbox: NetSuiteSandbox, open_source: Open):
    source = open_source(sandbox, page_rows=20)
    rows: list[dict[str, Any]] = []
    for number, batch in enumerate(source.source.read(LEDGER_ENTITY, MARCH)):
        rows += batch.to_pylist()
        if number in {0, 5}:
            sandbox.expire_tokens()
    is_whole(sandbox, rows)
    asked = [each for each in sandbox.log if each.path.endswith("/token")]
    assert 2 <= len(asked) <= 3


def test_tokens_are_renewed_before_they_expire(sandbox: NetSuiteSandbox, open_source: Open):
    source = open_source(sandbox)
    source.rows("accounts")
    source.clock.ahead = 3595
    sandbox.clock.advance(3595)
    source.rows("accounts")
    assert {each.status for each in sandbox.log} == {200}
    assert sum(each.path.endswith("/token") for each in sandbox.log) == 2


def test_wrong_credentials_are_refused_at_once(sandbox: NetSuiteSandbox, open_source: Open):
    for keys in ({"client_id": "0" * 64}, {"certificate_id": "unknown"}):
        before = len(sandbox.log)
        source = open_source(sandbox, **keys)
        with pytest.raises(AuthenticationError, match=r"account 1234567_SB1: invalid_client .* Login Audit Trail"):
            source.rows("accounts")
        assert len(sandbox.log) == before + 1
        (finding,) = source.source.ping()
        assert (finding.subject, finding.ok) == ("credentials", False)
        assert "Login Audit Trail" in finding.remedy


def test_a_key_of_another_certificate_is_refused(sandbox: NetSuiteSandbox, open_source: Open):
    certificate_id = sandbox.integration.certificate_id
    sandbox.integration = sandbox.add_integration()
    with pytest.raises(AuthenticationError):
        open_source(sandbox, certificate_id=certificate_id).rows("accounts")


def test_a_wrong_clock_is_named(sandbox: NetSuiteSandbox, open_source: Open):
    source = open_source(sandbox)
    source.clock.ahead = -1800
    with pytest.raises(AuthenticationError, match=r"clock is 1[78]\d\d s behind NetSuite's"):
        source.rows("accounts")


def test_a_wrong_host_is_unavailable(sandbox: NetSuiteSandbox, open_source: Open):
    source = open_source(sandbox, base_url="http://127.0.0.1:9")
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9"):
        source.rows("accounts")
    (finding,) = source.source.ping()
    assert (finding.subject, finding.ok) == ("connection", False)
    assert "account_id and base_url" in finding.remedy


def test_a_role_without_rights(sandbox: NetSuiteSandbox, open_source: Open):
    sandbox.switches.permitted = False
    source = open_source(sandbox)
    with pytest.raises(Forbidden, match=r"INSUFFICIENT_PERMISSION.*role") as refused:
        source.rows("accounts")
    assert sandbox.integration.private_key.splitlines()[2] not in str(refused.value)
    assert not all(finding.ok for finding in source.source.ping())


def test_rows_that_change_between_pages_are_noticed(sandbox: NetSuiteSandbox, open_source: Open):
    period = sandbox.books.period("Mar 2026").id
    before = truth(sandbox, LEDGER, period, 1)
    sandbox.books.reopen_period(period)
    victim = before[-1]["transaction_id"]
    source = open_source(sandbox, page_rows=20)
    rows: list[dict[str, Any]] = []
    try:
        for number, batch in enumerate(source.source.read(LEDGER_ENTITY, MARCH)):
            rows += batch.to_pylist()
            if number == 0:
                sandbox.books.delete(victim)
    except IncompleteRead:
        return
    assert rows in (before, truth(sandbox, LEDGER, period, 1))


@pytest.mark.parametrize("silently", [True, False])
def test_a_query_that_ends_at_its_limit_is_cut(open_source: Open, silently: bool):
    with NetSuiteSandbox(gl_lines=20_000, today=TODAY, clock=sandbox_clock()) as sandbox:
        sandbox.switches.max_rows = 1000
        sandbox.switches.truncate_at_max_rows = silently
        is_whole(sandbox, open_source(sandbox, page_rows=200, row_limit=1000).rows("gl_activity"))


def test_nothing_secret_is_logged(sandbox: NetSuiteSandbox, open_source: Open, caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG")
    open_source(sandbox).rows("accounts")
    sent = next(each for each in sandbox.log if each.path.endswith("/token"))
    assertion = dict(pair.split("=") for pair in sent.body.decode().split("&"))["client_assertion"]
    assert assertion not in caplog.text
    assert sandbox.integration.private_key.splitlines()[2] not in caplog.text
    assert json.dumps(assertion) not in caplog.text

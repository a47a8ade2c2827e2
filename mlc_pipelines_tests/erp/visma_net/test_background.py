"""Calls that take longer than the gateway waits: smaller pages, then the background."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from mlc_pipelines.errors import (
    BadRequest,
    DataError,
    NotFound,
    PermanentError,
    RateLimited,
    Unavailable,
)
from mlc_pipelines_tests.erp.visma_net.scripted import ACCOUNTS, SUPPLIERS, Script, suppliers


@pytest.mark.parametrize("state", [b"<html>Welcome</html>", b"[]", b'{"state": 1}', b"null"])
def test_a_state_in_the_background_that_is_none_is_not_waited_for(script, open_source, state):
    slow = Slow(script, ACCOUNTS, records=0)
    script.before = lambda path, number: (
        Response(state) if path.startswith("/v1/background/") else slow.answer(path, number)
    )
    opened = open_source(script)
    with pytest.raises(DataError, match="/v1/background/1"):
        opened.rows("accounts")


class Slow:
    """A gateway that gives up on more than so many records at once, and the background API beside it."""

    def __init__(self, script: Script, path: str, records: int, *, status_code: int = 200, status: str = "Finished"):
        self.script, self.path, self.records = script, path, records
        self.final = {"status": status, "statusCode": status_code, "errorMessage": "It is wrong."}
        self.begun: list[dict[str, str]] = []
        self.polls = 0
        script.before = self.answer

    def answer(self, path: str, _number: int) -> Response | None:
        if path == self.path and (self.headers.get("erp-api-background") == "none"):
            self.begun.append(dict(self.query))
            where = f"https://integration.visma.net/API/controller/api/v1/background/{len(self.begun)}"
            return JSONResponse({"id": str(len(self.begun)), "stateLocation": where}, 202)
        if path == self.path and int(self.query.get("pageSize", "9999")) > self.records:
            return Response(b"", 504)
        if path.endswith("/content"):
            query = self.begun[int(path.split("/")[-2]) - 1]
            return self.script.answer(self.path, query, int(query.get("pageNumber", "1")))
        if path.startswith("/v1/background/"):
            self.polls += 1
            number = path.rsplit("/", 1)[1]
            state: dict[str, Any] = {"id": number, "status": "Queued", "statusCode": 0}
            if self.polls % 3 == 0:
                where = f"https://finance.visma.net/v1/background/{number}/content"
                state |= {**self.final, "contentLocation": where}
            return JSONResponse(state)
        return None

    @property
    def query(self) -> dict[str, str]:
        return dict(self.script.asked[-1][1])

    @property
    def headers(self) -> Mapping[str, str]:
        return self.script.asked_headers[-1]


def test_a_list_that_is_too_slow_is_asked_for_in_smaller_pages(script, read):
    script.lists[SUPPLIERS] = suppliers(1000)
    slow = Slow(script, SUPPLIERS, records=300)
    assert read() == list(range(1, 1001))
    assert [query["pageSize"] for query in script.queries(SUPPLIERS)] == ["1000", "500", *["250"] * 4]
    assert slow.begun == []


def test_pages_that_stay_too_slow_are_fetched_in_the_background(script, read):
    script.lists[SUPPLIERS] = suppliers(150)
    slow = Slow(script, SUPPLIERS, records=0)
    assert read(page_size=100) == list(range(1, 151))
    assert [query["pageSize"] for query in slow.begun] == ["50"] * 3
    assert all(path.startswith("/v1/") for path, _ in script.asked)


def test_an_unpaged_list_that_is_too_slow_is_fetched_in_the_background(script, open_source):
    script.lists[ACCOUNTS] = [{"accountID": 1, "accountCD": "4000"}]
    slow = Slow(script, ACCOUNTS, records=0)
    opened = open_source(script)
    assert len(opened.rows("accounts")) == 1
    assert slow.polls == 3
    assert len(script.queries(ACCOUNTS)) == 2
    assert opened.clock.sleeps[-2:] == [2, 4]


@pytest.mark.parametrize("told", ["in its body", "in its header", "by its id alone"])
def test_where_a_background_request_is_may_be_told_in_several_ways(script, open_source, told):
    script.lists[ACCOUNTS] = [{"accountID": 1, "accountCD": "4000"}]
    where = "https://integration.visma.net/API/controller/api/v1/background/7"
    pending = [{"Status": "Queued"}, {"Status": "finished", "StatusCode": 0}]

    def before(path: str, _number: int) -> Response | None:
        if script.asked_headers[-1].get("erp-api-background"):
            body = {"Id": 7} | ({"StateLocation": where} if told == "in its body" else {})
            return JSONResponse(body, 202, {"Location": where} if told == "in its header" else {})
        if path == ACCOUNTS:
            return Response(b"", 504)
        if path == "/v1/background/7":
            return JSONResponse(pending.pop(0) if pending else {"status": "Finished", "statusCode": "200"})
        return script.answer(ACCOUNTS, {}, 1) if path == "/v1/background/7/content" else None

    script.before = before
    assert len(open_source(script).rows("accounts")) == 1
    assert pending == []


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        ("Finished", 429, RateLimited),
        ("Finished", 400, BadRequest),
        ("Finished", 418, PermanentError),
        ("Finished", 500, Unavailable),
        ("Failed", 0, Unavailable),
    ],
)
def test_finished_is_not_success(script, open_source, status, code, error):
    script.lists[ACCOUNTS] = []
    Slow(script, ACCOUNTS, records=0, status=status, status_code=code)
    with pytest.raises(
        error, match=rf"/v1/account ended in the background as {status} with status {code}: It is wrong"
    ):
        open_source(script).rows("accounts")


def test_nothing_found_in_the_background_is_an_empty_list(script, open_source):
    Slow(script, ACCOUNTS, records=0, status_code=404)
    assert open_source(script).rows("accounts") == []


def test_a_background_request_that_is_gone_is_no_empty_list(script, open_source):
    slow = Slow(script, ACCOUNTS, records=0)
    script.before = lambda path, number: (
        JSONResponse({"message": "could not be found"}, 404)
        if path.startswith("/v1/background/")
        else slow.answer(path, number)
    )
    with pytest.raises(NotFound, match="/v1/background/1"):
        open_source(script).rows("accounts")


def test_what_is_never_finished_is_given_up_after_an_hour(script, open_source):
    slow = Slow(script, ACCOUNTS, records=0, status="Started")
    opened = open_source(script)
    with pytest.raises(Unavailable, match="not done in the background within 3600 s"):
        opened.rows("accounts")
    assert 100 < slow.polls < 140

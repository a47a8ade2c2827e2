"""Pages into whole lists: everything once, counted; what can't be whole is an error."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from mlc_pipelines.errors import (
    BadRequest,
    DataError,
    IncompleteRead,
    NotFound,
    PermanentError,
    RateLimited,
    Unavailable,
)
from mlc_pipelines_tests.erp.visma_net.scripted import Script

SUPPLIERS, INVOICES, ACCOUNTS = "/v1/supplier", "/v1/supplierinvoice", "/v1/account"


def suppliers(count: int, *, first: int = 1) -> list[dict[str, Any]]:
    return [{"internalId": first + number, "number": f"{50000 + number}", "name": "x"} for number in range(count)]


def invoice(number: int, lines: int, **members: Any) -> dict[str, Any]:
    return {
        "documentType": "Invoice",
        "referenceNumber": f"{number:06d}",
        "financialPeriod": "202603",
        "invoiceLines": [{"lineNumber": line + 1, "cost": 1.5} for line in range(lines)],
        **members,
    }


@pytest.fixture
def read(script: Script, open_source) -> Callable[..., list[int]]:
    def read(**keys: Any) -> list[int]:
        return [row["id"] for row in open_source(script, **keys).rows("suppliers")]

    return read


def at(script: Script, path: str, number: int, change: Callable[[], object]) -> None:
    """Have something done once before that page is answered."""
    pending = [change]

    def before(asked: str, page: int) -> None:
        if pending and (asked, page) == (path, number):
            pending.pop()()

    script.before = before


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 57])
def test_everything_once_in_the_order_of_the_key_though_pages_are_cut_without_a_word(script, read, count):
    script.lists[SUPPLIERS] = suppliers(count)[::-1]
    script.max_page_size = 10
    assert read(page_size=25) == list(range(1, count + 1))
    assert len(script.queries(SUPPLIERS)) == max(1, -(-count // 10))
    assert {query["pageSize"] for query in script.queries(SUPPLIERS)} == {"25"}


def test_a_page_shorter_than_the_first_is_not_the_end(script, read):
    script.lists[SUPPLIERS] = everyone = suppliers(40)
    pages = {1: everyone[:10], 2: everyone[10:14], 3: everyone[14:24], 4: everyone[24:34], 5: everyone[34:]}

    def before(path: str, number: int) -> Response | None:
        if path != SUPPLIERS:
            return None
        return JSONResponse([{**each, "metadata": {"totalCount": 40}} for each in pages.get(number, [])])

    script.before = before
    assert read() == list(range(1, 41))


def test_a_list_that_does_not_say_how_long_it_is_ends_with_an_empty_page(script, read):
    everyone = suppliers(25)
    script.before = lambda path, number: (
        JSONResponse(everyone[(number - 1) * 10 : number * 10]) if path == SUPPLIERS else None
    )
    assert read() == list(range(1, 26))


def test_a_list_that_gives_its_first_page_for_ever_is_not_read_for_ever(script, open_source):
    script.before = lambda path, _number: JSONResponse(suppliers(10)) if path == SUPPLIERS else None
    with pytest.raises(IncompleteRead, match="later pages are the first one again"):
        open_source(script).rows("suppliers")


def test_pages_that_are_cut_shorter_later_on_overlap_and_are_read_again_in_that_size(script, read):
    script.lists[SUPPLIERS] = everyone = suppliers(30)

    def before(path: str, number: int) -> Response | None:
        if path != SUPPLIERS:
            return None
        size = min(int(script.asked[-1][1]["pageSize"]), 10 if number == 1 else 4)
        page = everyone[(number - 1) * size : number * size]
        return JSONResponse([{**each, "metadata": {"totalCount": 30}} for each in page])

    script.before = before
    assert read() == list(range(1, 31))
    # Pages are asked for side by side, so the last one is not always the last to arrive.
    assert {"pageNumber": "8", "pageSize": "4"} in script.queries(SUPPLIERS)


def test_a_list_that_grows_meanwhile_is_read_again(script, read):
    script.lists[SUPPLIERS] = everyone = suppliers(30)
    script.max_page_size = 10
    at(script, SUPPLIERS, 2, lambda: everyone.insert(0, {"internalId": 99, "number": "9"}))
    assert read(max_concurrent_requests=1) == [*range(1, 31), 99]
    assert len(script.queries(SUPPLIERS)) > 4


def test_records_that_shift_between_pages_are_found_out(script, read):
    script.lists[SUPPLIERS] = everyone = suppliers(30)
    script.max_page_size = 10
    at(script, SUPPLIERS, 2, lambda: everyone.append(everyone.pop(0)))
    assert read(max_concurrent_requests=1) == list(range(1, 31))


def test_a_list_that_never_rests_fails_loudly(script, open_source):
    script.lists[SUPPLIERS] = everyone = suppliers(30)
    script.max_page_size = 10

    def before(path: str, _number: int) -> None:
        if path == SUPPLIERS:
            everyone.append({"internalId": 100 + len(everyone), "number": "x"})

    script.before = before
    opened = open_source(script)
    with pytest.raises(IncompleteRead, match=r"suppliers of FY2026-P03 .* changed from \d+ to \d+"):
        opened.rows("suppliers")
    assert sum(query["pageNumber"] == "1" for query in script.queries(SUPPLIERS)) == 2


def test_a_count_that_never_comes_true_fails_loudly(script, open_source):
    everyone = [{**each, "metadata": {"totalCount": 5}} for each in [*suppliers(4), suppliers(1)[0]]]
    script.before = lambda path, number: JSONResponse(everyone if number == 1 else []) if path == SUPPLIERS else None
    with pytest.raises(IncompleteRead, match=r"5 records came, 4 different ones, and Visma.net says there are 5"):
        open_source(script).rows("suppliers")


def test_documents_are_counted_and_not_their_lines(script, open_source):
    script.lists[INVOICES] = [invoice(number, lines=number % 4) for number in range(1, 24)]
    script.max_page_size = 5
    rows = open_source(script).rows("supplier_invoices")
    assert len(rows) == sum(number % 4 for number in range(1, 24))
    assert len(script.queries(INVOICES)) == 5


def test_documents_without_lines_alone_are_counted_too(script, open_source):
    script.lists[INVOICES] = [invoice(number, lines=0) for number in range(12)]
    script.max_page_size = 5
    assert open_source(script).rows("supplier_invoices") == []
    assert len(script.queries(INVOICES)) == 3


def test_a_document_that_lost_lines_while_pages_shifted_comes_with_the_lines_it_has(script, open_source):
    script.lists[INVOICES] = everyone = [invoice(number, lines=3) for number in range(1, 11)]
    script.max_page_size = 5

    def change() -> None:
        everyone[0]["invoiceLines"].pop()
        everyone.append(everyone.pop(0))

    at(script, INVOICES, 2, change)
    rows = open_source(script, max_concurrent_requests=1).rows("supplier_invoices")
    assert len(rows) == 29
    assert sum(row["document_number"] == "000001" for row in rows) == 2


def test_nothing_found_is_an_empty_list(script, open_source):
    assert open_source(script).rows("suppliers") == []


@pytest.mark.parametrize("status", [204, 404])
def test_nothing_found_may_be_said_without_words(script, open_source, status):
    script.before = lambda path, _number: Response(status_code=status) if path == SUPPLIERS else None
    assert open_source(script).rows("suppliers") == []


def test_at_an_address_where_no_list_is_nothing_is_empty(script, open_source):
    script.before = lambda _path, _number: Response("<html>Not Found</html>", 404)
    opened = open_source(script)
    with pytest.raises(NotFound, match=r"v1/supplier answered 404.*base_url"):
        opened.rows("suppliers")
    (finding,) = opened.source.ping()
    assert (finding.subject, finding.ok) == ("connection", False)
    assert "base_url" in finding.remedy


def test_an_address_that_the_gateway_does_not_know_is_no_empty_list(script, open_source):
    script.before = lambda _path, _number: JSONResponse({"statusCode": 404, "message": "Resource not found"}, 404)
    with pytest.raises(NotFound, match=r"v1/account answered 404: Resource not found.*base_url"):
        open_source(script).rows("accounts")


@pytest.mark.parametrize("body", [b'[{"internalId": 1, "number"', b'[{"internalId": 1}, {}', b"["])
def test_an_answer_that_is_not_whole_is_asked_for_again(script, open_source, body):
    script.lists[SUPPLIERS] = suppliers(30)
    script.max_page_size = 10
    cut = [Response(body, media_type="application/json")]
    script.before = lambda path, number: cut.pop() if (path, number) == (SUPPLIERS, 2) and cut else None
    assert len(open_source(script).rows("suppliers")) == 30


def test_a_byte_order_mark_and_gzip_are_borne(script, read):
    body = gzip.compress(b"\xef\xbb\xbf" + json.dumps(suppliers(9)).encode() + b"\r\n")
    packed = Response(body, headers={"content-encoding": "gzip"})
    script.before = lambda path, number: packed if (path, number) == (SUPPLIERS, 1) else None
    assert len(read()) == 9


@pytest.mark.parametrize("body", [b"<html>Welcome</html>", b"Welcome", b""])
def test_what_is_no_list_is_an_error_at_once(script, open_source, body):
    script.before = lambda _path, _number: Response(body)
    with pytest.raises(DataError, match="/v1/account answered 200 without its list"):
        open_source(script).rows("accounts")
    assert len(script.asked) == 1


def test_a_list_that_is_cut_off_each_time_may_pass(script, open_source):
    script.before = lambda _path, _number: Response(b'[{"number": "4000"}, {"num')
    with pytest.raises(Unavailable, match="/v1/account answered 200 with the beginning of its list"):
        open_source(script).rows("accounts")
    assert len(script.asked) == 3


@pytest.mark.parametrize("state", [b"<html>Welcome</html>", b"[]", b'{"state": 1}', b"null"])
def test_a_state_in_the_background_that_is_none_is_not_waited_for(script, open_source, state):
    slow = Slow(script, ACCOUNTS, records=0)
    script.before = lambda path, number: (
        Response(state) if path.startswith("/v1/background/") else slow.answer(path, number)
    )
    opened = open_source(script)
    with pytest.raises(DataError, match="/v1/background/1"):
        opened.rows("accounts")


def test_a_whole_answer_without_a_list_stays_one(script, open_source):
    script.before = lambda _path, _number: Response(b'{"records": 5}')
    with pytest.raises(DataError, match="accounts: the answer holds no array of records"):
        open_source(script).rows("accounts")


def test_an_error_that_visma_net_reports_of_a_record_is_an_error(script, open_source):
    script.lists[SUPPLIERS] = [*suppliers(2), {"internalId": 3, "number": "7", "errorInfo": "Address is not valid."}]
    with pytest.raises(DataError, match=r"suppliers \(id 3\): Address is not valid"):
        open_source(script).rows("suppliers")


def test_unpaged_lists_are_asked_for_without_a_window(script, open_source):
    script.lists[ACCOUNTS] = [{"accountID": number, "accountCD": str(number)} for number in range(2500)]
    assert len(open_source(script).rows("accounts")) == 2500
    assert script.queries(ACCOUNTS) == [{}]


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


def test_a_limit_told_in_headers_is_heeded_before_it_is_reached(script, read, open_source):
    script.lists[SUPPLIERS] = suppliers(20)
    script.max_page_size = 10
    script.headers = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "8", "X-RateLimit-Reset": "40"}
    opened = open_source(script, max_concurrent_requests=1)
    opened.rows("suppliers")
    assert opened.clock.sleeps == [pytest.approx(5, abs=0.01)]


def test_a_limit_told_in_words_is_no_limit(script, read):
    script.lists[SUPPLIERS] = suppliers(20)
    script.max_page_size = 10
    script.headers = {"X-RateLimit-Limit": "unlimited", "X-RateLimit-Remaining": "", "X-RateLimit-Reset": "soon"}
    assert len(read()) == 20


def test_a_429_is_waited_out_and_the_same_page_asked_for_again(script, open_source):
    script.lists[SUPPLIERS] = suppliers(30)
    script.max_page_size = 10
    refusals = [Response(json.dumps({"statusCode": 429, "message": "x"}), 429, {"Retry-After": "411"})]
    script.before = lambda path, number: refusals.pop() if number == 2 and refusals else None
    opened = open_source(script, max_concurrent_requests=1)
    assert len(opened.rows("suppliers")) == 30
    assert 411 <= sum(opened.clock.sleeps) < 415
    assert [query["pageNumber"] for query in script.queries(SUPPLIERS)] == ["1", "2", "2", "3"]

"""One answer of a list: whole, empty, or none at all."""

from __future__ import annotations

import gzip
import json

import pytest
from starlette.responses import JSONResponse, Response

from mlc_pipelines.errors import (
    DataError,
    NotFound,
    Unavailable,
)
from mlc_pipelines_tests.erp.visma_net.scripted import ACCOUNTS, SUPPLIERS, suppliers


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


def test_unpaged_lists_are_asked_for_without_a_window(script, open_source):
    script.lists[ACCOUNTS] = [{"accountID": number, "accountCD": str(number)} for number in range(2500)]
    assert len(open_source(script).rows("accounts")) == 2500
    assert script.queries(ACCOUNTS) == [{}]

"""Limits, and what is asked again."""

from __future__ import annotations

import json

import pytest
from starlette.responses import Response

from mlc_pipelines_tests.erp.visma_net.scripted import SUPPLIERS, suppliers


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

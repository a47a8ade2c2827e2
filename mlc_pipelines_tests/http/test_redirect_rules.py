"""Redirects that are really errors, told by where they lead."""

from __future__ import annotations

import pytest

from mlc_pipelines.errors import PermanentError, RateLimited
from mlc_pipelines.http import ErrorRule, Reaction
from mlc_pipelines_tests.http.server import Server, answer

FULL = ErrorRule(302, Reaction.RATE_LIMITED, RateLimited, code="all seats are taken", hint="Wait.")
OTHER = ErrorRule(range(300, 400), Reaction.FAIL, PermanentError, hint="Look.")


def test_a_rule_sees_where_a_redirect_leads(server: Server, make_client) -> None:
    client = make_client(rules=(FULL, OTHER))
    server.plays(answer(302, b"", location="/error?message=all+seats+are%20taken"), answer())
    assert client.request("GET", "/rows").status_code == 200
    server.plays(answer(302, b"", location="/error?message=broken"))
    with pytest.raises(PermanentError, match="Look"):
        client.request("GET", "/rows")
    assert [received.path for received in server.received] == ["/rows"] * 3


def test_a_redirect_that_no_rule_is_about_is_followed(server: Server, make_client) -> None:
    server.plays(answer(302, b"", location="/elsewhere"), answer())
    make_client(rules=(FULL,)).request("GET", "/rows")
    assert server.received[-1].path == "/elsewhere"

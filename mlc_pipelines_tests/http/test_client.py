"""What a request is, where it may go, and what an error says."""

from __future__ import annotations

import json
import logging
import re

import pytest

from mlc_pipelines.errors import (
    AuthenticationError,
    BadRequest,
    ConfigurationError,
    Forbidden,
    MlcError,
    ModelBusy,
    NotFound,
    OutcomeUnknown,
    PermanentError,
    RateLimited,
    Unavailable,
)
from mlc_pipelines.http import ErrorRule, HttpClient, Reaction, Retry
from mlc_pipelines_tests.http.server import Server, answer

ONCE = Retry(tries=1)


def test_paths_are_below_the_base_and_queries_are_joined(server: Server, make_client) -> None:
    client = make_client(server.url + "/b1s/v2/")

    client.request("GET", "/Orders?$skip=20", params={"$filter": "Name eq 'Å & b'"})
    client.request("GET", "Orders('a%2Fb')")
    client.request("GET", server.url + "/elsewhere?page=2")

    assert [received.target for received in server.received] == [
        "/b1s/v2/Orders?%24skip=20&%24filter=Name+eq+%27%C3%85+%26+b%27",
        "/b1s/v2/Orders('a%2Fb')",
        "/elsewhere?page=2",
    ]


def test_bodies_and_headers_arrive_as_given(server: Server, make_client) -> None:
    client = make_client(headers={"Prefer": "transient", "Accept": "application/json"})
    big = bytes(range(256)) * 20_000

    client.request("POST", "/json", json={"name": "Zoë"}, headers={"Prefer": "respond-async"})
    client.request("POST", "/form", form={"grant_type": "refresh_token", "scope": "a b"})
    client.request("PUT", "/chunks/0", content=big, headers={"Content-Type": "application/octet-stream"})

    first, second, third = server.received
    assert json.loads(first.body) == {"name": "Zoë"}
    assert (first.headers["prefer"], first.headers["accept"]) == ("respond-async", "application/json")
    assert second.body == b"grant_type=refresh_token&scope=a+b"
    assert third.body == big


def test_a_large_answer_is_read_whole(server: Server, make_client) -> None:
    body = b"0123456789abcdef" * 500_000
    server.plays(answer(body=body))

    assert make_client().request("GET", "/").content == body


def test_cookies_are_not_kept(server: Server, make_client) -> None:
    server.plays(answer(set_cookie="ak_bmsc=1; path=/"))
    client = make_client()

    first = client.request("GET", "/")
    client.request("GET", "/")

    assert first.cookies["ak_bmsc"] == "1"
    assert "cookie" not in server.received[1].headers


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://erp.example.com/api", "plain text"),
        ("ftp://erp.example.com", "not an http"),
        ("erp.example.com", "not an http"),
        ("https://", "not an http"),
        ("https://robot:hunter22@erp.example.com", "holds credentials"),
        ("https://erp.example.com:port", "not a URL"),
    ],
)
def test_a_base_url_that_is_wrong_or_unsafe_is_refused(url: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as raised:
        HttpClient(url)
    assert "hunter22" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "http://syspro.lan:30000"]
)
def test_plain_http_is_for_loopback_and_named_hosts(url: str) -> None:
    HttpClient(url, plain_http_hosts={"syspro.lan"}).close()


@pytest.mark.parametrize("path", ["https://evil.example/x", "//evil.example/x", "http://127.0.0.1:1/x"])
def test_an_absolute_url_on_another_origin_is_not_requested(server: Server, make_client, path: str) -> None:
    with pytest.raises(PermanentError, match="another host"):
        make_client().request("GET", path)
    assert server.received == []


def test_redirects_on_the_same_origin_are_followed_for_get(server: Server, make_client) -> None:
    server.plays(answer(302, location="/b?x=1"), answer(308, location=server.url + "/c"), answer(body="done"))

    assert make_client().request("GET", "/a", params={"y": "2"}).text == "done"
    assert [received.target for received in server.received] == ["/a?y=2", "/b?x=1", "/c"]


def test_endless_redirects_end(server: Server, make_client) -> None:
    server.otherwise = answer(302, location="/again")

    with pytest.raises(PermanentError, match="more than 3 times"):
        make_client().request("GET", "/a")
    assert len(server.received) == 4


@pytest.mark.parametrize(
    "location", ["https://127.0.0.1:{port}/", "http://localhost:{port}/", "//evil.example/", "http://[bad/"]
)
def test_a_redirect_to_another_origin_is_refused(server: Server, make_client, location: str) -> None:
    server.plays(answer(302, location=location.format(port=server.port)))

    with pytest.raises(PermanentError, match=r"GET .*/a answered 302 and .*: not followed"):
        make_client(headers={"Authorization": "Bearer s3cret-token"}).request("GET", "/a")
    assert len(server.received) == 1


@pytest.mark.parametrize(
    ("status", "error"), [(301, OutcomeUnknown), (302, OutcomeUnknown), (303, OutcomeUnknown), (307, PermanentError)]
)
def test_a_redirected_post_is_not_followed(server: Server, make_client, status: int, error: type[MlcError]) -> None:
    server.plays(answer(status, location="/created/1"))

    with pytest.raises(error, match=f"answered {status}"):
        make_client().request("POST", "/a")
    assert len(server.received) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, BadRequest),
        (401, AuthenticationError),
        (403, Forbidden),
        (404, NotFound),
        (405, PermanentError),
        (410, NotFound),
        (422, BadRequest),
        (423, PermanentError),
        (429, RateLimited),
        (408, Unavailable),
        (500, Unavailable),
        (501, PermanentError),
        (503, Unavailable),
        (520, Unavailable),
    ],
)
def test_each_status_has_its_error(server: Server, make_client, status: int, error: type[MlcError]) -> None:
    server.plays(answer(status))

    with pytest.raises(MlcError) as raised:
        make_client(retry=ONCE).request("GET", "/")
    assert type(raised.value) is error


def test_an_accepted_status_is_handed_over(server: Server, make_client) -> None:
    server.plays(answer(404, body="none"), answer(303, location="/x"), answer(503))
    client = make_client(rules=[ErrorRule(404, Reaction.FAIL, BadRequest)])

    statuses = [client.request("POST", "/", accept={303, 404, 503}).status_code for _ in range(3)]

    assert statuses == [404, 303, 503]


def test_vendor_rules_come_first_and_look_at_the_body(server: Server, make_client) -> None:
    rules = [
        ErrorRule(409, Reaction.RETRY, ModelBusy, hint="Wait until the model is free."),
        ErrorRule(400, Reaction.FAIL, NotFound, code=r'"code":\s*-2028'),
        ErrorRule(range(200, 300), Reaction.FAIL, BadRequest, code="^ERROR:"),
    ]
    client = make_client(rules=rules, retry=ONCE)
    server.plays(
        answer(409), answer(400, body='{"code": -2028}'), answer(400, body='{"code": -1}'), answer(body="ERROR: x")
    )

    with pytest.raises(ModelBusy, match="Wait until the model is free"):
        client.request("GET", "/")
    with pytest.raises(NotFound):
        client.request("GET", "/")
    for _ in range(2):
        with pytest.raises(BadRequest):
            client.request("GET", "/")


def test_an_error_says_what_and_where_and_no_secret(server: Server, make_client) -> None:
    page = "<html><head><title>x</title></head><body><h1>Bad</h1>\n<p>gateway" + "!" * 2000 + "</p></body></html>"
    server.plays(
        answer(400, body='{"error": "no such field", "access_token": "abc123"}', x_request_id="req-7"),
        answer(400, body=page, content_type="text/html"),
    )
    client = make_client()

    with pytest.raises(BadRequest) as raised:
        client.request("POST", "/orders", params={"api_key": "s3cr3t", "page": "2"})
    text = str(raised.value)
    assert f"POST {server.url}/orders?api_key=***&page=2 answered 400" in text
    assert "no such field" in text
    assert "abc123" not in text
    assert raised.value.request_id == "req-7"

    with pytest.raises(BadRequest) as raised:
        client.request("GET", "/")
    assert "400: Bad gateway!!!" in str(raised.value)
    assert len(raised.value.message) < 600


def test_the_vendor_describes_its_errors_and_names_its_request_ids(server: Server, make_client) -> None:
    server.plays(answer(404, body='{"status": {"message": "Not Found"}}', x_trace="t-1"))
    client = make_client(
        describe=lambda response: response.json()["status"]["message"], request_id_headers=("X-Trace",)
    )

    with pytest.raises(NotFound, match=r"answered 404: Not Found \[request t-1\]"):
        client.request("GET", "/")


def test_an_answer_of_another_shape_is_described_all_the_same(server: Server, make_client) -> None:
    server.plays(answer(404, body="<h1>Edge says no</h1>"), answer(404, body=""))
    client = make_client(describe=lambda response: response.json()["message"])

    with pytest.raises(NotFound, match=r"answered 404: Edge says no$"):
        client.request("GET", "/")
    with pytest.raises(NotFound, match=r"answered 404: no text$"):
        client.request("GET", "/")


def test_one_debug_line_per_request(server: Server, make_client, caplog: pytest.LogCaptureFixture) -> None:
    server.plays(answer(503))
    caplog.set_level(logging.DEBUG, logger="mlc_pipelines.http.client")

    make_client().request("GET", "/pages", params={"token": "s3cr3t-value"})

    lines = [record.getMessage() for record in caplog.records if record.levelno == logging.DEBUG]
    assert [re.sub(r"in \d+ ms", "in _ ms", line) for line in lines] == [
        "GET /pages: 503 in _ ms, attempt 1",
        "GET /pages: 200 in _ ms, attempt 2",
    ]
    assert "s3cr3t-value" not in caplog.text

"""Sending again needs permission; waiting obeys the server and the deadline."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_pipelines.errors import (
    BadRequest,
    MlcError,
    OutcomeUnknown,
    PermanentError,
    RateLimited,
    Unavailable,
)
from mlc_pipelines.http import ErrorRule, HttpClient, Reaction, Retry, in_a_hurry
from mlc_pipelines_tests.http.clocks import FakeClock
from mlc_pipelines_tests.http.server import (
    Server,
    answer,
    broken_gzip,
    garbage,
    hang_up,
    reset,
    reset_in_body,
    truncated,
)

LOST = {
    "reset": reset,
    "reset in the body": reset_in_body,
    "hang-up": hang_up,
    "truncated": truncated(),
    "truncated chunks": truncated(chunked=True),
    "garbage": garbage,
    "broken gzip": broken_gzip,
    "408": answer(408),
    "500": answer(500),
    "502": answer(502),
    "503 with Retry-After": answer(503, retry_after="1"),
    "504": answer(504),
    "524": answer(524),
}
lost = pytest.mark.parametrize("behaviour", LOST.values(), ids=LOST.keys())


@lost
@pytest.mark.parametrize(
    ("method", "options"), [("GET", {}), ("PUT", {}), ("DELETE", {}), ("POST", {"repeatable": True})]
)
def test_a_repeatable_request_is_sent_again(server: Server, make_client, behaviour, method: str, options) -> None:
    server.plays(behaviour, behaviour, answer(body="whole"))

    assert make_client().request(method, "/", content=b"the body", **options).text == "whole"
    assert [received.body for received in server.received] == [b"the body"] * 3


@lost
@pytest.mark.parametrize(("method", "options"), [("POST", {}), ("PATCH", {}), ("PUT", {"repeatable": False})])
def test_a_request_that_is_not_repeatable_is_sent_once(server: Server, make_client, behaviour, method, options) -> None:
    server.plays(behaviour)

    with pytest.raises(OutcomeUnknown, match=f"{method} {server.url}/tasks .*Look whether it was done"):
        make_client().request(method, "/tasks", **options)
    assert len(server.received) == 1


def test_silence_is_a_lost_answer(server: Server, make_client) -> None:
    from mlc_pipelines_tests.http.server import silence

    done = threading.Event()
    server.plays(silence(done), silence(done))
    client = make_client()

    with pytest.raises(OutcomeUnknown, match="took the connection and then was silent"):
        client.request("POST", "/", read_timeout=0.05)
    assert client.request("GET", "/", read_timeout=0.05).status_code == 200
    done.set()
    assert len(server.received) == 3


def test_what_was_never_sent_may_be_sent_again(clock: FakeClock) -> None:
    with Server() as gone:
        url = gone.url
    client = HttpClient(url, clock=clock, retry=Retry(tries=3, jitter=lambda seconds: seconds))

    with pytest.raises(
        Unavailable, match=r"no connection to port \d+ of 127\.0\.0\.1 \(connection refused\)\. Check the URL"
    ):
        client.request("POST", "/tasks")
    assert clock.sleeps == [1.0, 2.0]


def test_a_full_pool_is_no_lost_answer(clock: FakeClock) -> None:
    answers = iter([httpx.PoolTimeout("no connection"), httpx.Response(200)])

    def serve(_: httpx.Request) -> httpx.Response:
        result = next(answers)
        if isinstance(result, Exception):
            raise result
        return result

    client = HttpClient("https://erp.example", clock=clock, transport=httpx.MockTransport(serve))
    assert client.request("POST", "/").status_code == 200


def test_a_refusal_for_the_rate_and_a_rule_that_knows_let_a_post_be_sent_again(server: Server, make_client) -> None:
    server.plays(answer(429), answer(409, body="conflicting action"), answer(body="started"))
    rule = ErrorRule(409, Reaction.RETRY, Unavailable, code="conflicting", executed=False)

    assert make_client(rules=[rule]).request("POST", "/tasks").text == "started"
    assert len(server.received) == 3


def test_a_malformed_header_is_reported_without_its_value(server: Server, make_client) -> None:
    with pytest.raises(PermanentError, match="header is malformed") as raised:
        make_client().request("POST", "/", headers={"X-Own": "top-secret\nvalue"})
    assert "top-secret" not in str(raised.value)
    assert server.received == []


def test_a_refusal_is_final(server: Server, make_client, clock: FakeClock) -> None:
    server.plays(answer(400))

    with pytest.raises(BadRequest):
        make_client().request("GET", "/")
    assert clock.sleeps == []


def test_back_off_is_exponential_and_capped(server: Server, make_client, clock: FakeClock) -> None:
    server.otherwise = answer(503)
    client = make_client(retry=Retry(tries=6, base=2, cap=10, jitter=lambda seconds: seconds / 2))

    with pytest.raises(Unavailable):
        client.request("GET", "/")
    assert clock.sleeps == [1, 2, 4, 5, 5]
    assert len(server.received) == 6


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_in_seconds_is_the_least(server: Server, make_client, clock: FakeClock, status: int) -> None:
    server.plays(answer(status, retry_after="17"), answer(status, retry_after="0"))

    make_client().request("GET", "/")
    assert clock.sleeps == [17 + 1, 0 + 1]


def test_retry_after_as_a_date(server: Server, make_client, clock: FakeClock) -> None:
    def date(seconds: float) -> str:
        return format_datetime(clock.now() + timedelta(seconds=seconds), usegmt=True)

    server.plays(
        answer(429, retry_after=date(20)),
        # This server's clock is an hour ahead of ours: its own Date tells.
        answer(429, retry_after=date(3630), date=date(3600)),
        answer(429, retry_after=date(-5)),
        answer(429, retry_after="soon"),
    )

    make_client().request("GET", "/")
    assert clock.sleeps == [20 + 1, 30 + 1, 0 + 1, 8]


def test_the_deadline_ends_the_waiting_at_once(server: Server, make_client, clock: FakeClock) -> None:
    server.otherwise = answer(429, retry_after="200")
    client = make_client(retry=Retry(deadline=300, jitter=lambda _: 0))

    with pytest.raises(RateLimited) as raised:
        client.request("GET", "/")
    assert clock.sleeps == [200]
    assert raised.value.retry_after == 200


OUTCOMES = {
    # name: (what the transport does, whether the server executed the request)
    "ok": (httpx.Response(200), True),
    "connect": (httpx.ConnectError("refused"), False),
    "connect time-out": (httpx.ConnectTimeout("slow"), False),
    "pool": (httpx.PoolTimeout("full"), False),
    "429": (httpx.Response(429), False),
    "429 later": (httpx.Response(429, headers={"retry-after": "40"}), False),
    "refused": (httpx.Response(400), False),
    "500": (httpx.Response(500), True),
    "500 undone": (httpx.Response(500), False),
    "503": (httpx.Response(503, headers={"retry-after": "250"}), True),
    "read time-out": (httpx.ReadTimeout("silence"), True),
    "reset": (httpx.ReadError("reset"), True),
    "write": (httpx.WriteError("pipe"), True),
    "truncated": (httpx.RemoteProtocolError("peer closed"), True),
    "redirect": (httpx.Response(303, headers={"location": "/x"}), True),
}


@given(
    script=st.lists(st.sampled_from(sorted(OUTCOMES)), min_size=1, max_size=12),
    method=st.sampled_from(["GET", "POST"]),
    deadline=st.floats(0, 500),
    tries=st.integers(1, 8),
    jitter=st.floats(0, 1),
)
def test_whatever_happens(script: list[str], method: str, deadline: float, tries: int, jitter: float) -> None:
    """Never executed twice, never silent about a doubt, never past the deadline or the number of tries."""
    clock = FakeClock()
    seen: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        name = script[len(seen)] if len(seen) < len(script) else "ok"
        seen.append(name)
        result = OUTCOMES[name][0]
        if isinstance(result, httpx.TransportError):
            raise type(result)(str(result), request=request)
        return httpx.Response(result.status_code, headers=result.headers)

    client = HttpClient(
        "https://erp.example",
        clock=clock,
        retry=Retry(tries=tries, deadline=deadline, jitter=lambda seconds: seconds * jitter),
        transport=httpx.MockTransport(serve),
    )
    error: MlcError | None = None
    try:
        client.request(method, "/journals")
    except MlcError as raised:
        error = raised

    executed = sum(OUTCOMES[name][1] for name in seen)
    if method == "POST":
        assert executed <= 1
        if executed and error:
            assert isinstance(error, OutcomeUnknown)
        assert len(seen) <= tries
    assert clock.elapsed <= deadline
    if error:
        assert error.__cause__ is None
        assert error.__context__ is None


def test_nobody_is_held_back_for_ever(server: Server, make_client, clock: FakeClock) -> None:
    server.otherwise = answer(429, retry_after="9" * 400)
    with pytest.raises(RateLimited) as raised:
        make_client(retry=Retry(tries=2, deadline=1e9)).request("GET", "/")
    assert raised.value.retry_after == 86_400
    assert clock.sleeps[0] <= 86_401


@pytest.mark.parametrize(
    "stamp", ["garbage", "", "Mon, 99 Foo 9999 99:99:99 GMT", "1 Jan 99999999999999999999 00:00 GMT"]
)
def test_a_date_that_is_none(server: Server, make_client, stamp: str) -> None:
    server.plays(answer(503, retry_after=stamp, date=stamp), answer(503, retry_after=stamp), answer(body="done"))
    assert make_client().request("GET", "/").text == "done"


def test_waiting_is_told(server: Server, make_client, caplog: pytest.LogCaptureFixture) -> None:
    server.plays(answer(503, body="down"), answer(503, body="down"))
    with caplog.at_level(logging.WARNING, "mlc_pipelines"):
        make_client(retry=Retry(tries=8, jitter=lambda seconds: seconds)).request("GET", "/page")
    assert caplog.messages == [
        f"GET {server.url}/page answered 503: down: retrying (2 of 8) in 1 s",
        f"GET {server.url}/page answered 503: down: retrying (3 of 8) in 2 s",
    ]


def test_in_a_hurry_a_host_that_is_not_there_is_given_up_soon(clock: FakeClock) -> None:
    with Server() as gone:
        url = gone.url
    with in_a_hurry():
        client = HttpClient(url, clock=clock, retry=Retry(tries=40, deadline=660))
    with client, pytest.raises(Unavailable, match="no connection to port"):
        client.request("GET", "/")
    assert clock.elapsed < 2


def test_in_a_hurry_a_host_that_has_answered_is_given_time(server: Server, clock: FakeClock) -> None:
    patient = Retry(tries=40, base=4.0, deadline=660, jitter=lambda seconds: seconds)
    with in_a_hurry():
        one, other = (HttpClient(server.url, clock=clock, retry=patient) for _ in range(2))
    server.plays(answer(), answer(503), answer(503))
    one.request("GET", "/")
    other.request("GET", "/slow")
    assert clock.sleeps == [4.0, 8.0]
    server.otherwise = answer(503)
    with pytest.raises(Unavailable):
        other.request("GET", "/slow")
    assert clock.elapsed < 30
    one.close()
    other.close()

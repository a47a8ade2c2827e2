"""What the sandboxes' servers share; what each vendor makes of it is tested with the vendor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mlc_pipelines_tests.clock import sandbox_clock
from mlc_sandbox.rest.expiring import Expiring
from mlc_sandbox.rest.limits import SlidingWindow
from mlc_sandbox.rest.oauth import form
from mlc_sandbox.rest.refusals import Refusal, answered, html
from mlc_sandbox.rest.requests import FORM, basic, bearer
from mlc_sandbox.serving import SandboxServer

_OUTCOMES = {"refused": Refusal(409, {"why": "Ærgerlig"}, {"x-why": "1"}), "edge": html(502, "<h1>no</h1>")}


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    async def endpoint(request: Request) -> Response:
        outcome = request.query_params["outcome"]
        if outcome in _OUTCOMES:
            raise _OUTCOMES[outcome]
        if outcome == "fault":
            raise KeyError("the sandbox's own")
        return PlainTextResponse("fine")

    guarded = answered(endpoint, lambda request: PlainTextResponse(f"sorry at {request.url.path}", 500))
    with SandboxServer(Starlette(routes=[Route("/a", guarded)]), clock=sandbox_clock()) as running:
        yield running


@pytest.mark.parametrize(
    ("outcome", "status", "text"),
    [
        ("none", 200, "fine"),
        ("refused", 409, '{"why": "Ærgerlig"}'),
        ("edge", 502, "<h1>no</h1>"),
        ("fault", 500, "sorry at /a"),
    ],
)
def test_the_boundary_answers_refusals_and_faults(server: SandboxServer, outcome: str, status: int, text: str) -> None:
    answer = httpx.get(f"{server.url}/a", params={"outcome": outcome})
    assert (answer.status_code, answer.text) == (status, text)
    assert (answer.headers.get("x-why") == "1") is (outcome == "refused")


class Moment:
    """A present that stands still until it is moved."""

    def __init__(self) -> None:
        self.present = datetime(2026, 6, 15, tzinfo=UTC)

    def now(self) -> datetime:
        return self.present

    def advance(self, seconds: float) -> None:
        self.present += timedelta(seconds=seconds)


def test_what_expires_counts_until_its_time() -> None:
    clock = Moment()
    kept = Expiring[str](clock.now)
    kept.put("a", "one", timedelta(minutes=10))
    kept.put("b", "two", timedelta(minutes=30))
    clock.advance(599)
    assert kept.live() == {"a": "one", "b": "two"}
    kept.put("a", "one", timedelta(minutes=10))
    clock.advance(599)
    assert kept.get("a") == "one", "it was put again"
    clock.advance(1)
    assert (kept.get("a"), kept.pop("a"), kept.live()) == (None, None, {"b": "two"})
    assert (kept.pop("b"), kept.get("b")) == ("two", None)


def test_a_window_slides() -> None:
    clock = Moment()
    window = SlidingWindow(clock.now, timedelta(seconds=60))
    window.count()
    clock.advance(40)
    window.count()
    assert (window.used, window.seconds_left) == (2, 20)
    clock.advance(20)
    assert (window.used, window.seconds_left) == (1, 40)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("application/json", b"a=1"), ("", b"a=1"), (FORM, b"a=1&a=2")],
)
def test_what_is_no_form_of_a_token_request(content_type: str, body: bytes) -> None:
    with pytest.raises(Refusal, match="invalid_request"):
        form(content_type, body)


def test_forms_and_headers() -> None:
    assert form(f"{FORM.upper()}; charset=utf-8", b"a=%C3%A6+b&c=") == {"a": "æ b", "c": ""}
    assert (bearer("bearer  x "), bearer("Basic x"), bearer("")) == ("x", "", "")
    assert (basic("Basic dTrDpjp3"), basic("Bearer x")) == (("u", "æ:w"), None)
    for wrong in ("Basic dTrDpjp", "Basic dTrm"):
        with pytest.raises(ValueError):  # noqa: PT011 - two kinds of it, by what is wrong
            basic(wrong)

"""Tokens: by password, by a refresh token that rotates or does not."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse

from mlc_pipelines.anaplan.auth import oauth_refresh
from mlc_pipelines.anaplan.connect import sign_in_host
from mlc_pipelines.errors import AuthenticationError
from mlc_pipelines.http import Token
from mlc_pipelines_tests.anaplan.authentication_service import MINUTE, Service, service_issuer
from mlc_pipelines_tests.anaplan.vendor import ScriptedVendor, TestClock
from mlc_sandbox.serving import Fault, drop_answer


def test_a_password_log_in(vendor: ScriptedVendor, clock: TestClock):
    service = Service(vendor)
    token = service_issuer(vendor, clock)(None)
    assert token.value == "value1"
    assert token.expires_at == datetime(2030, 3, 17, 17, 46, 40, 123000, UTC)
    scheme, _, pair = service.requests[0].headers["authorization"].partition(" ")
    assert (scheme, base64.b64decode(pair).decode()) == ("Basic", "røbot@acme:p:w")


def test_a_log_in_whose_answer_is_lost_is_tried_again(vendor: ScriptedVendor, clock: TestClock):
    Service(vendor)
    vendor.faults.add(Fault("POST", "/token/authenticate", drop_answer))
    assert service_issuer(vendor, clock)(None).value == "value2"


def test_refused_credentials_say_what_to_check(vendor: ScriptedVendor, clock: TestClock):
    service = Service(vendor)
    service.refusing = True
    with pytest.raises(AuthenticationError, match=r"FAILURE_BAD_CREDENTIAL: No such user.*Do what helps.") as caught:
        service_issuer(vendor, clock)(None)
    assert "p:w" not in str(caught.value)
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("value", "left", "expected", "log_ins"),
    [
        ("still+good=", 4 * MINUTE, "still+good=", 0),
        ("still+good=", 0.5 * MINUTE, "value1", 1),
        ("still+good=", -5 * MINUTE, "value1", 1),
        ("revoked", 4 * MINUTE, "value1", 1),
    ],
)
def test_a_token_is_refreshed_while_it_lives(
    vendor: ScriptedVendor, clock: TestClock, value: str, left: timedelta, expected: str, log_ins: int
):
    service = Service(vendor)
    assert service_issuer(vendor, clock)(Token(value, clock.now() + left)).value == expected
    assert len(service.requests) == log_ins


class OAuth:
    """A rotating client: each refresh kills the refresh token before."""

    def __init__(self, vendor: ScriptedVendor, first: str, *, rotating: bool = True) -> None:
        self.valid = first
        self.rotating = rotating
        self.bodies: list[dict] = []
        vendor.on("POST", "/oauth/token", self._refresh)

    def _refresh(self, request: Request):
        body = json.loads(request._body)
        self.bodies.append(body)
        if body["refresh_token"] != self.valid:
            return JSONResponse({"error": "invalid_grant", "error_description": "Unknown token."}, 403)
        answer = {"access_token": f"access{len(self.bodies)}", "expires_in": 2100, "token_type": "Bearer"}
        if self.rotating:
            answer["refresh_token"] = self.valid = f"refresh{len(self.bodies)}"
        return answer


def oauth_issuer(vendor: ScriptedVendor, clock: TestClock, stored: str, client_secret: str | None = None):
    return oauth_refresh(
        sign_in_host(vendor.url, clock=clock),
        client_id="ab" * 16,
        client_secret=client_secret,
        stored=stored,
        remedy="Do what helps.",
        clock=clock,
    )


def test_a_rotated_refresh_token_takes_the_place_of_the_stored_one(vendor: ScriptedVendor, clock: TestClock):
    service = OAuth(vendor, "granted")
    issuer = oauth_issuer(vendor, clock, "granted")
    token = issuer(issuer(issuer(None)))
    assert token.value == "access3"
    assert [body["refresh_token"] for body in service.bodies] == ["granted", "refresh1", "refresh2"]
    assert timedelta(minutes=34) < token.expires_at - clock.now() <= timedelta(minutes=35)
    assert service.bodies[0] == {"grant_type": "refresh_token", "client_id": "ab" * 16, "refresh_token": "granted"}


def test_a_new_log_in_takes_the_place_of_a_rotated_token(vendor: ScriptedVendor, clock: TestClock):
    OAuth(vendor, "granted")
    old = oauth_issuer(vendor, clock, "granted")(None)
    OAuth(vendor, "granted anew")
    assert oauth_issuer(vendor, clock, "granted anew")(old).value == "access1"


def test_a_refresh_token_that_does_not_rotate_is_kept(vendor: ScriptedVendor, clock: TestClock):
    service = OAuth(vendor, "for ever", rotating=False)
    issuer = oauth_issuer(vendor, clock, "for ever", client_secret="of the client")
    issuer(issuer(None))
    assert [body["refresh_token"] for body in service.bodies] == ["for ever", "for ever"]
    assert service.bodies[0]["client_secret"] == "of the client"


def test_a_dead_refresh_token_asks_for_a_log_in(vendor: ScriptedVendor, clock: TestClock):
    OAuth(vendor, "granted")
    with pytest.raises(AuthenticationError, match=r"invalid_grant: Unknown token.*Do what helps."):
        oauth_issuer(vendor, clock, "another")(None)

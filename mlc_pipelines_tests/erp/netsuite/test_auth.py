"""The signed assertion and what becomes of a refusal, against a token endpoint that only records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.erp.base import SourceContext
from mlc_pipelines.erp.netsuite.auth import TOKEN_PATH, TokenIssuer
from mlc_pipelines.erp.netsuite.connection import NetSuiteConnection
from mlc_pipelines.errors import AuthenticationError, ConfigurationError, DataError
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_sandbox.serving import SandboxServer

UNUSED: Any = None  # neither state nor tokens are asked for


class Endpoint(SandboxServer):
    """Answers with what it was told to, and keeps the forms."""

    def __init__(self) -> None:
        self.forms: list[dict[str, Any]] = []
        self.answer: tuple[int, Any] = (200, {"access_token": "t" * 20, "expires_in": 3600, "token_type": "Bearer"})
        super().__init__(Starlette(routes=[Route(TOKEN_PATH, self._token, methods=["POST"])]), clock=sandbox_clock())

    async def _token(self, request: Request) -> Response:
        self.forms.append(dict(parse_qsl((await request.body()).decode(), strict_parsing=True)))
        return JSONResponse(self.answer[1], self.answer[0])


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as server:
        yield server


class ClockOff:
    """The right time, wrong by so much."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return SYSTEM_CLOCK.now() + self._by

    monotonic = staticmethod(SYSTEM_CLOCK.monotonic)
    sleep = staticmethod(SYSTEM_CLOCK.sleep)


def pem(key: Any, protection: Any = None) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        protection or serialization.NoEncryption(),
    ).decode()


RSA = rsa.generate_private_key(65537, 3072)
UNTIMED: Any = {"verify_exp": False, "verify_iat": False}  # the library goes by the machine's clock
P256 = ec.generate_private_key(ec.SECP256R1())


def mint(url: str, key: str, clock: Any = SYSTEM_CLOCK) -> TokenIssuer:
    connection = NetSuiteConnection.model_validate(
        {
            "account_id": "1234567_SB1",
            "base_url": url,
            "client_id": "c" * 64,
            "certificate_id": "I_k32",
            "private_key": {"secret": "netsuite_private_key"},
        }
    )
    return TokenIssuer(connection, SourceContext("acme", lambda _: key, UNUSED, UNUSED, clock))


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (RSA, "PS256"),
        (P256, "ES256"),
        (ec.generate_private_key(ec.SECP384R1()), "ES384"),
        (ec.generate_private_key(ec.SECP521R1()), "ES512"),
    ],
    ids=["rsa", "p256", "p384", "p521"],
)
def test_the_assertion_is_signed_as_the_key_wants_it(endpoint: Endpoint, key: Any, algorithm: str):
    token = mint(endpoint.url, pem(key))(None)
    assert token.value == "t" * 20
    assert timedelta(minutes=59) < token.expires_at - SYSTEM_CLOCK.now() <= timedelta(hours=1)
    (form,) = endpoint.forms
    assert sorted(form) == ["client_assertion", "client_assertion_type", "grant_type"]
    assert form["grant_type"] == "client_credentials"
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assertion = form["client_assertion"]
    assert jwt.get_unverified_header(assertion) == {"typ": "JWT", "alg": algorithm, "kid": "I_k32"}
    claims = jwt.decode(assertion, key.public_key(), [algorithm], audience=endpoint.url + TOKEN_PATH, options=UNTIMED)
    assert claims["iss"] == "c" * 64
    assert claims["scope"] == ["rest_webservices"]
    assert claims["exp"] - claims["iat"] == 300
    assert isinstance(claims["iat"], int)
    assert 0 <= SYSTEM_CLOCK.now().timestamp() - claims["iat"] < 60


def test_seconds_may_be_text(endpoint: Endpoint):
    endpoint.answer = (200, {"access_token": "t", "expires_in": "1800", "token_type": "bearer"})
    left = mint(endpoint.url, pem(P256))(None).expires_at - SYSTEM_CLOCK.now()
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)


@pytest.mark.parametrize(
    ("status", "code"), [(401, "invalid_client"), (400, "invalid_grant"), (400, "unauthorized_client")]
)
def test_a_refusal_is_final_and_says_where_to_look(endpoint: Endpoint, status: int, code: str):
    endpoint.answer = (status, {"error": code})
    with pytest.raises(AuthenticationError, match=f"1234567_SB1: {code}") as refused:
        mint(endpoint.url, pem(P256))(None)
    assert "Login Audit Trail" in refused.value.hint
    assert "clock" not in str(refused.value)
    assert len(endpoint.forms) == 1
    assert endpoint.forms[0]["client_assertion"] not in str(refused.value)


def test_a_refusal_with_a_wrong_clock_names_the_clock(endpoint: Endpoint):
    endpoint.answer = (400, {"error": "invalid_grant"})
    with pytest.raises(AuthenticationError, match=r"clock is \d+ s behind NetSuite's"):
        mint(endpoint.url, pem(P256), ClockOff(-timedelta(minutes=20)))(None)


def test_an_answer_without_a_token(endpoint: Endpoint):
    endpoint.answer = (200, {"expires_in": 3600})
    with pytest.raises(DataError, match="without a token"):
        mint(endpoint.url, pem(P256))(None)


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("k" * 40, "no PEM private key"),
        (pem(P256, serialization.BestAvailableEncryption(b"word")), "protected by a passphrase"),
        (pem(ec.generate_private_key(ec.SECP256K1())), "of a kind that NetSuite doesn't take"),
        (pem(dsa.generate_private_key(2048)), "of a kind that NetSuite doesn't take"),
    ],
    ids=["text", "protected", "other curve", "dsa"],
)
def test_a_key_that_is_of_no_use_is_a_fault_of_the_configuration(key: str, problem: str):
    with pytest.raises(ConfigurationError, match=problem) as refused:
        mint("http://127.0.0.1:9", key)
    assert "netsuite_private_key" in str(refused.value)
    assert max(key.splitlines(), key=len) not in str(refused.value)

"""Authentication service: docs/vendors/anaplan.md, section 1."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from mlc_pipelines_tests.sandbox_anaplan.certificate import self_signed
from mlc_pipelines_tests.sandbox_anaplan.conftest import PASSWORD, ROBOT, Api
from mlc_sandbox.anaplan import AnaplanSandbox, User


def basic(sandbox: AnaplanSandbox, email: str, password: str) -> httpx.Response:
    credentials = base64.b64encode(f"{email}:{password}".encode()).decode()
    return httpx.post(f"{sandbox.url}/token/authenticate", headers={"Authorization": f"Basic {credentials}"})


def test_basic_gives_a_token_of_35_minutes(sandbox: AnaplanSandbox) -> None:
    answer = basic(sandbox, ROBOT, PASSWORD)

    assert answer.status_code == 201
    body = answer.json()
    assert body["status"] == "SUCCESS"
    assert body["meta"]["validationUrl"].endswith("/token/validate")
    assert set(body["tokenInfo"]) == {"expiresAt", "tokenId", "tokenValue", "refreshTokenId", "refreshToken"}
    left = body["tokenInfo"]["expiresAt"] - sandbox.clock.now().timestamp() * 1000
    assert 2_090_000 < left <= 2_100_000


def test_wrong_passwords_and_headers(sandbox: AnaplanSandbox) -> None:
    for email, password in ((ROBOT, "wrong"), ("nobody@acme.example", PASSWORD), (ROBOT, "")):
        answer = basic(sandbox, email, password)
        assert (answer.status_code, answer.json()["status"]) == (401, "FAILURE_BAD_CREDENTIAL")
    for header in ({}, {"Authorization": "Basic ???"}, {"Authorization": "Digest x"}):
        answer = httpx.post(f"{sandbox.url}/token/authenticate", headers=header)
        assert (answer.status_code, answer.json()["status"]) == (400, "FAILURE_BAD_HEADER")


def test_refresh_keeps_the_token_and_prolongs_it(sandbox: AnaplanSandbox, api: Api) -> None:
    token = api.http.headers["Authorization"].split()[1]
    sandbox.clock.advance(2000)
    refreshed = api.http.post("/token/refresh")
    assert (refreshed.status_code, refreshed.json()["tokenInfo"]["tokenValue"]) == (200, token)
    sandbox.clock.advance(2000)
    assert api("GET", "/imports").status_code == 200
    sandbox.clock.advance(101)
    assert api("GET", "/imports").status_code == 401
    assert api.http.post("/token/refresh").status_code == 401


def test_validate_and_logout(sandbox: AnaplanSandbox, api: Api) -> None:
    answer = api.http.get("/token/validate")
    assert answer.status_code == 200
    assert answer.json()["userInfo"]["userId"] == ROBOT
    assert len(answer.json()["userInfo"]["userGuid"]) == 32

    assert api.http.post("/token/logout").status_code == 204
    assert api.http.get("/token/validate").status_code == 401
    assert api.http.post("/token/logout").status_code == 401
    assert api("GET", "/imports").json()["status"] == "FAILURE_BAD_CREDENTIAL"


def test_bearer_is_for_the_api_only(sandbox: AnaplanSandbox, api: Api) -> None:
    bearer = {"Authorization": api.http.headers["Authorization"].replace("AnaplanAuthToken", "Bearer")}
    assert api("GET", "/imports", headers=bearer).status_code == 200
    assert api.http.get("/token/validate", headers=bearer).status_code == 400
    assert api.http.post("/token/refresh", headers=bearer).status_code == 400
    assert api.http.post("/token/logout", headers=bearer).status_code == 401
    for header in ("", "AnaplanAuthToken nonsense", "Basic nonsense"):
        assert api("GET", "/imports", headers={"Authorization": header}).status_code == 401


def signed(private_key: str, data: bytes, **changes: Any) -> dict[str, Any]:
    key = serialization.load_pem_private_key(private_key.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    body = {
        "encodedData": base64.b64encode(data).decode(),
        "encodedSignedData": base64.b64encode(key.sign(data, PKCS1v15(), hashes.SHA512())).decode(),
    }
    return body | changes


def by_certificate(sandbox: AnaplanSandbox, header: str, body: Any) -> httpx.Response:
    return httpx.post(
        f"{sandbox.url}/token/authenticate",
        headers={"Authorization": f"CACertificate {header}", "Content-Type": "application/json"},
        content=body if isinstance(body, bytes) else json.dumps(body).encode(),
    )


def stamped(sandbox: AnaplanSandbox, seconds: float = 0, length: int = 100, unit: int = 1) -> bytes:
    """The time in seconds and random bytes, `length` in all."""
    moment = int((sandbox.clock.now().timestamp() + seconds) * unit)
    return moment.to_bytes(8, "big") + os.urandom(length - 8)


def pem_header(certificate: str) -> str:
    return base64.b64encode(certificate.encode()).decode()


def der_header(certificate: str) -> str:
    return "".join(certificate.strip().splitlines()[1:-1])


@pytest.mark.parametrize("header", [pem_header, der_header])
def test_certificate_in_both_header_forms_and_both_bodies(
    sandbox: AnaplanSandbox, certificate: tuple[str, str], header: Any
) -> None:
    first = by_certificate(sandbox, header(certificate[0]), signed(certificate[1], os.urandom(100)))
    assert first.status_code == 201, first.text
    body = signed(certificate[1], stamped(sandbox), encodedDataFormat="v2")
    second = by_certificate(sandbox, header(certificate[0]), body)
    assert second.status_code == 201, second.text
    token = second.json()["tokenInfo"]["tokenValue"]
    answer = httpx.get(f"{sandbox.url}/2/0/users/me", headers={"Authorization": f"AnaplanAuthToken {token}"})
    assert answer.json()["user"]["email"] == ROBOT


def test_certificate_is_refused(sandbox: AnaplanSandbox, certificate: tuple[str, str]) -> None:
    header, key = pem_header(certificate[0]), certificate[1]
    stranger = self_signed("stranger")
    refused = [
        (pem_header(stranger[0]), signed(stranger[1], os.urandom(100))),
        (header, signed(stranger[1], os.urandom(100))),
        (header, signed(key, os.urandom(99))),
        (header, signed(key, stamped(sandbox, length=99), encodedDataFormat="v2")),
        (header, signed(key, stamped(sandbox, seconds=400), encodedDataFormat="v2")),
        (header, signed(key, stamped(sandbox, seconds=-302), encodedDataFormat="v2")),
        (header, signed(key, stamped(sandbox, unit=1000), encodedDataFormat="v2")),
        (base64.b64encode(b"-----BEGIN nothing").decode(), signed(key, os.urandom(100))),
    ]
    for value, body in refused:
        assert by_certificate(sandbox, value, body).status_code == 401
    malformed: list[Any] = [
        b"not JSON",
        {"encodedData": "AAAA"},
        signed(key, os.urandom(100), encodedDataFormat="v3"),
        signed(key, os.urandom(100), encodedData="*"),
    ]
    for body in malformed:
        assert by_certificate(sandbox, header, body).status_code == 400
    sandbox.clock.advance(40 * 86_400)
    assert by_certificate(sandbox, header, signed(key, os.urandom(100))).status_code == 401


def test_certificate_of_the_first_format_may_be_switched_off(
    sandbox: AnaplanSandbox, certificate: tuple[str, str]
) -> None:
    header, key = pem_header(certificate[0]), certificate[1]
    sandbox.certificate_v1 = False
    assert by_certificate(sandbox, header, signed(key, os.urandom(100))).status_code == 401
    second = by_certificate(sandbox, header, signed(key, stamped(sandbox), encodedDataFormat="v2"))
    assert "refreshToken" in second.json()["tokenInfo"]


def test_certificate_signature_covers_the_bytes_not_their_base64(
    sandbox: AnaplanSandbox, certificate: tuple[str, str]
) -> None:
    data = os.urandom(100)
    over_text = signed(certificate[1], base64.b64encode(data))["encodedSignedData"]
    body = signed(certificate[1], data, encodedSignedData=over_text)
    assert by_certificate(sandbox, pem_header(certificate[0]), body).status_code == 401


def test_no_secret_in_a_user_repr() -> None:
    assert "hush" not in repr(User("a@b.c", "hush"))

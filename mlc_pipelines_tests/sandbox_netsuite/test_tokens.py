"""The token endpoint (docs/vendors/netsuite.md, section 2)."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from mlc_pipelines_tests.sandbox_netsuite.client import TOKEN_PATH, Client, ask_token, assertion, error_of
from mlc_sandbox.netsuite import Integration, NetSuiteSandbox


@pytest.fixture(scope="module")
def rsa_integration(shared_sandbox: NetSuiteSandbox) -> Integration:
    return shared_sandbox.add_integration("RSA")


def refused(answer: httpx.Response) -> tuple[int, str]:
    assert set(answer.json()) == {"error"}
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"] == 'Basic realm="1234567_SB1"'
    return answer.status_code, answer.json()["error"]


def test_a_signed_assertion_gets_a_token(sandbox: NetSuiteSandbox) -> None:
    answer = ask_token(sandbox, assertion(sandbox))
    assert answer.status_code == 200
    body = answer.json()
    assert body["expires_in"] == 3600
    assert body["token_type"].lower() == "bearer"
    claims = jwt.decode(body["access_token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 3600
    assert set(body) == {"access_token", "expires_in", "token_type"}


@pytest.mark.parametrize("algorithm", ["PS256", "PS384", "PS512"])
def test_rsa_assertions_are_pss(sandbox: NetSuiteSandbox, rsa_integration: Integration, algorithm: str) -> None:
    assert ask_token(sandbox, assertion(sandbox, rsa_integration, algorithm=algorithm)).status_code == 200


def test_rs256_is_refused(sandbox: NetSuiteSandbox, rsa_integration: Integration) -> None:
    answer = ask_token(sandbox, assertion(sandbox, rsa_integration, algorithm="RS256"))
    assert refused(answer) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("curve", "algorithm"), [(ec.SECP256R1(), "ES256"), (ec.SECP384R1(), "ES384"), (ec.SECP521R1(), "ES512")]
)
def test_curves_match_algorithms(sandbox: NetSuiteSandbox, curve: ec.EllipticCurve, algorithm: str) -> None:
    integration = mapped(sandbox, ec.generate_private_key(curve))
    assert ask_token(sandbox, assertion(sandbox, integration, algorithm=algorithm)).status_code == 200
    # PyJWT refuses to sign with another curve, so the header is changed after signing.
    other = "ES384" if algorithm != "ES384" else "ES256"
    header, rest = assertion(sandbox, integration, algorithm=algorithm).split(".", 1)
    changed = base64.urlsafe_b64decode(header + "==").replace(algorithm.encode(), other.encode())
    wrong = f"{base64.urlsafe_b64encode(changed).rstrip(b'=').decode()}.{rest}"
    assert refused(ask_token(sandbox, wrong)) == (401, "invalid_client")


def test_the_signature_is_really_verified(sandbox: NetSuiteSandbox) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    assert refused(ask_token(sandbox, assertion(sandbox, key=stranger))) == (401, "invalid_client")
    assert refused(ask_token(sandbox, assertion(sandbox, key="secret" * 10, algorithm="HS256"))) == (
        401,
        "invalid_client",
    )


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"aud": "https://elsewhere.example/token"}, "invalid_grant"),
        ({"aud": ["https://elsewhere.example/token"]}, "invalid_grant"),
        ({"aud": None}, "invalid_grant"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"scope": ["restlets"]}, "invalid_scope"),
        ({"exp": None}, "invalid_grant"),
        ({"iat": None}, "invalid_grant"),
    ],
)
def test_wrong_claims(sandbox: NetSuiteSandbox, claims: dict[str, Any], code: str) -> None:
    assert refused(ask_token(sandbox, assertion(sandbox, **claims))) == (400, code)


@pytest.mark.parametrize(
    ("iat", "exp", "right"),
    [(0, 3600, True), (0, 3601, False), (-3700, -1, False), (55, 300, True), (120, 300, False), (0.9, 300.9, True)],
)
def test_times(sandbox: NetSuiteSandbox, iat: float, exp: float, right: bool) -> None:
    now = int(sandbox.clock.now().timestamp())
    answer = ask_token(sandbox, assertion(sandbox, iat=now + iat, exp=now + exp))
    if right:
        assert answer.status_code == 200
    else:
        assert refused(answer) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "scope", ["rest_webservices", "restlets,rest_webservices", "restlets, rest_webservices", ["rest_webservices"]]
)
def test_scope_is_a_text_or_an_array(sandbox: NetSuiteSandbox, scope: object) -> None:
    assert ask_token(sandbox, assertion(sandbox, scope=scope)).status_code == 200


@pytest.mark.parametrize("service", ["suitetalk", "restlets"])
def test_the_accounts_own_hosts_are_right_audiences(sandbox: NetSuiteSandbox, service: str) -> None:
    audience = f"https://1234567-sb1.{service}.api.netsuite.com{TOKEN_PATH}"
    assert ask_token(sandbox, assertion(sandbox, aud=audience)).status_code == 200


def test_lenient_aud(sandbox: NetSuiteSandbox) -> None:
    sandbox.switches.lenient_aud = True
    assert ask_token(sandbox, assertion(sandbox, aud="('https://x/token',)")).status_code == 200


def test_unknown_client_and_certificate(sandbox: NetSuiteSandbox) -> None:
    assert refused(ask_token(sandbox, assertion(sandbox, iss="0" * 64))) == (401, "invalid_client")
    assert refused(ask_token(sandbox, assertion(sandbox, headers={"kid": "unknown"}))) == (401, "invalid_client")


def test_revoked_and_expired_certificates(sandbox: NetSuiteSandbox) -> None:
    integration = sandbox.add_integration()
    sandbox.integrations.certificates[integration.certificate_id].revoked = True
    assert refused(ask_token(sandbox, assertion(sandbox, integration))) == (401, "invalid_client")
    expired = sandbox.integrations.create(sandbox.clock.now() - timedelta(days=40), days=30)
    assert refused(ask_token(sandbox, assertion(sandbox, expired))) == (401, "invalid_client")


def test_an_integration_without_the_grant(sandbox: NetSuiteSandbox) -> None:
    integration = sandbox.add_integration()
    sandbox.integrations.without_m2m.add(integration.client_id)
    assert refused(ask_token(sandbox, assertion(sandbox, integration))) == (400, "unauthorized_client")


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"client_assertion_type": "jwt"}, "invalid_request"),
        ({"client_assertion": "no.jwt"}, "invalid_request"),
    ],
)
def test_wrong_forms(sandbox: NetSuiteSandbox, form: dict[str, str], code: str) -> None:
    form = dict(form)
    given = form.pop("client_assertion", None) or assertion(sandbox)
    assert refused(ask_token(sandbox, given, **form)) == (400, code)


def test_json_and_repeated_parameters_are_no_token_request(sandbox: NetSuiteSandbox) -> None:
    url = f"{sandbox.url}{TOKEN_PATH}"
    assert refused(httpx.post(url, json={"grant_type": "client_credentials"})) == (400, "invalid_request")
    body = f"grant_type=client_credentials&grant_type=client_credentials&client_assertion={assertion(sandbox)}"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert refused(httpx.post(url, content=body, headers=headers)) == (400, "invalid_request")


def test_expires_in_as_text(sandbox: NetSuiteSandbox) -> None:
    sandbox.switches.expires_in_as_text = True
    assert ask_token(sandbox, assertion(sandbox)).json()["expires_in"] == "3600"


def test_rsa_keys_of_2048_bits_and_other_curves_are_not_mapped(sandbox: NetSuiteSandbox) -> None:
    with pytest.raises(ValueError, match="3072"):
        mapped(sandbox, rsa.generate_private_key(65537, 2048))
    with pytest.raises(ValueError, match="P-256"):
        mapped(sandbox, ec.generate_private_key(ec.SECP256K1()))


def test_validity_is_cut_to_two_years(sandbox: NetSuiteSandbox, client: Client) -> None:
    integration = sandbox.integrations.create(sandbox.clock.now(), days=3000)
    url = f"/services/rest/auth/oauth2/v1/clients/{integration.client_id}/certificates"
    (listed,) = client.http.get(url).json()
    assert listed["certificate_id"] == integration.certificate_id
    assert listed["algorithm"] == "EC"
    assert listed["revoked"] is False
    assert (listed["created"], listed["valid_until"]) == ("2026-06-15", "2028-06-14")


def test_tokens_end_after_an_hour_of_the_sandboxs_clock(sandbox: NetSuiteSandbox, client: Client) -> None:
    assert client.query("SELECT dummy FROM dual").status_code == 200
    sandbox.clock.advance(3601)
    answer = client.query("SELECT dummy FROM dual")
    assert answer.status_code == 401
    challenge = 'Bearer realm="1234567_SB1", error="invalid_token", error_description="Invalid login attempt."'
    assert answer.headers["www-authenticate"] == challenge
    assert error_of(answer)["o:errorCode"] == "INVALID_LOGIN"
    assert answer.json()["title"] == "Unauthorized"
    sandbox.clock.advance(-3601)


def test_tokens_can_be_ended_early(sandbox: NetSuiteSandbox, client: Client) -> None:
    sandbox.expire_tokens()
    assert client.query("SELECT dummy FROM dual").status_code == 401
    assert Client(sandbox).query("SELECT dummy FROM dual").status_code == 200


def mapped(sandbox: NetSuiteSandbox, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> Integration:
    now = sandbox.clock.now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    client_id = "ab" * 32
    return Integration(client_id, sandbox.integrations.map_certificate(client_id, pem, now), private, pem)

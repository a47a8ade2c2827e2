"""Log-ins (docs/vendors/anaplan.md, sections 1 and 2)."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from starlette.requests import Request
from starlette.responses import JSONResponse

from mlc_pipelines.anaplan import login
from mlc_pipelines.anaplan.auth import authentication_service, basic_credentials, oauth_refresh
from mlc_pipelines.anaplan.certificate import Certificate
from mlc_pipelines.anaplan.connect import sign_in_host
from mlc_pipelines.anaplan.device_login import DeviceCode, device_login
from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines.errors import AuthenticationError, ConfigurationError
from mlc_pipelines.http import Token
from mlc_pipelines.store.db import Database
from mlc_pipelines_tests.anaplan.planning import DEVICE, MODEL, PASSWORD, USER, Planning, SandboxTime
from mlc_pipelines_tests.anaplan.vendor import ScriptedVendor, TestClock
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_sandbox.anaplan import AnaplanSandbox, User
from mlc_sandbox.serving import Fault, drop_answer

MINUTE = timedelta(minutes=1)


def make_pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "robot")])
    now = SYSTEM_CLOCK.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - MINUTE)
        .not_valid_after(now + timedelta(days=90))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


@pytest.fixture(scope="module")
def pair() -> tuple[str, str]:
    return make_pair()


class Service:
    """The authentication service: the token's value counts the log-ins."""

    def __init__(self, vendor: ScriptedVendor) -> None:
        self.requests: list[Request] = []
        self.refusing = False
        vendor.on("POST", "/token/authenticate", self._log_in)
        vendor.on("POST", "/token/refresh", self._refresh)

    def _log_in(self, request: Request):
        self.requests.append(request)
        if self.refusing:
            return JSONResponse({"status": "FAILURE_BAD_CREDENTIAL", "statusMessage": "No such user"}, 401)
        return JSONResponse(self._token(f"value{len(self.requests)}"), 201)

    def _refresh(self, request: Request):
        if request.headers["authorization"] != "AnaplanAuthToken still+good=":
            return JSONResponse({"status": "FAILURE_NOT_FOUND"}, 401)
        return self._token("still+good=")

    def _token(self, value: str) -> dict:
        return {"status": "SUCCESS", "tokenInfo": {"expiresAt": 1_900_000_000_123, "tokenValue": value}}


def service_issuer(vendor: ScriptedVendor, clock: TestClock, credentials=None):
    credentials = credentials or basic_credentials("røbot@acme", "p:w")
    return authentication_service(sign_in_host(vendor.url, clock=clock), credentials, clock, "Do what helps.")


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


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_certificate_signs_afresh_each_time(vendor, clock: TestClock, pair: tuple[str, str], version):
    service = Service(vendor)
    issuer = service_issuer(vendor, clock, Certificate(*pair).credentials(version, clock))
    issuer(None)
    issuer(None)
    messages = set()
    certificate = x509.load_pem_x509_certificate(pair[0].encode())
    public_key = certificate.public_key()
    assert isinstance(public_key, rsa.RSAPublicKey)
    for request in service.requests:
        scheme, _, sent = request.headers["authorization"].partition(" ")
        assert scheme == "CACertificate"
        assert base64.b64decode(sent).decode().startswith("-----BEGIN CERTIFICATE-----")
        assert x509.load_pem_x509_certificate(base64.b64decode(sent)) == certificate
        body = json.loads(request._body)
        assert body.pop("encodedDataFormat", "v1") == version
        message, signature = base64.b64decode(body["encodedData"]), base64.b64decode(body["encodedSignedData"])
        public_key.verify(signature, message, padding.PKCS1v15(), hashes.SHA512())
        assert len(message) == 100
        if version == "v2":
            assert int.from_bytes(message[:8], "big") == pytest.approx(clock.now().timestamp(), abs=5)
        messages.add(message)
    assert len(messages) == 2


def test_a_message_begins_as_in_the_vendor_s_own_sample(pair: tuple[str, str]):
    class Then(TestClock):
        def now(self) -> datetime:
            return datetime(2025, 6, 24, 3, 47, 6, 789000, UTC)

    sent = Certificate(*pair).credentials("v2", Then())()["json"]["encodedData"]
    assert sent.startswith("AAAAAGhaH7")
    assert len(base64.b64decode(sent)) == 100


def test_an_unusable_pair_is_a_fault_of_the_configuration(pair: tuple[str, str]):
    other = make_pair()
    with pytest.raises(ConfigurationError, match="is not the RSA key of"):
        Certificate(pair[0], other[1])
    with pytest.raises(ConfigurationError, match="no certificate in PEM"):
        Certificate("nonsense", pair[1])
    with pytest.raises(ConfigurationError, match="no private key in PEM") as caught:
        Certificate(pair[0], "nonsense")
    assert "nonsense" not in str(caught.value)


def test_the_last_day_of_a_certificate(pair: tuple[str, str]):
    assert timedelta(days=89) < Certificate(*pair).expires_at - SYSTEM_CLOCK.now() < timedelta(days=91)


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


def device(vendor: ScriptedVendor, errors: list[tuple[str, int]]) -> None:
    vendor.on(
        "POST",
        "/oauth/device/code",
        {
            "device_code": "D",
            "user_code": "1GMV-ATBA",
            "verification_uri": "https://iam/activate",
            "expires_in": 900,
            "interval": 5,
        },
    )
    left = iter(errors)

    def poll(_: Request):
        error = next(left, None)
        return (
            JSONResponse({"error": error[0]}, error[1]) if error else {"access_token": "a", "refresh_token": "granted"}
        )

    vendor.on("POST", "/oauth/token", poll)


def log_in(vendor: ScriptedVendor, clock: TestClock, shown: list[DeviceCode] | None = None) -> str:
    show = (shown if shown is not None else []).append
    return device_login(sign_in_host(vendor.url, clock=clock), client_id="ab" * 16, show=show, clock=clock)


def test_the_device_grant_waits_for_the_person(vendor: ScriptedVendor, clock: TestClock):
    device(vendor, [("authorization_pending", 403), ("slow_down", 400), ("authorization_pending", 400)])
    shown: list[DeviceCode] = []
    assert log_in(vendor, clock, shown) == "granted"
    assert shown == [DeviceCode("https://iam/activate", "1GMV-ATBA", 900)]
    assert clock.slept == [5, 5, 10, 10]


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        ([("access_denied", 403)], "access_denied"),
        ([("expired_token", 403)], "not approved in time"),
        ([("authorization_pending", 403)] * 999, "not approved in time"),
    ],
)
def test_a_device_grant_that_is_not_given(vendor: ScriptedVendor, clock: TestClock, errors, words: str):
    device(vendor, errors)
    with pytest.raises(AuthenticationError, match=words):
        log_in(vendor, clock)


def test_a_refused_device_client(vendor: ScriptedVendor, clock: TestClock):
    vendor.on("POST", "/oauth/device/code", lambda _: JSONResponse({"error": "unauthorized_client"}, 401))
    with pytest.raises(AuthenticationError, match=r"unauthorized_client.*single sign-on"):
        log_in(vendor, clock)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_sandbox_takes_a_certificate(database: Database, pair: tuple[str, str], version: str):
    with AnaplanSandbox([MODEL], users=[User(USER, certificates=[pair[0]])], clock=sandbox_clock()) as sandbox:
        planning = Planning(sandbox, database, SandboxTime(sandbox.clock))
        planning.secrets = {"certificate": pair[0], "key": pair[1]}
        auth = {
            "method": "certificate",
            "certificate": {"secret": "certificate"},
            "private_key": {"secret": "key"},
            "format": version,
        }
        with planning.client(auth=auth) as client:
            findings = {finding.subject: finding for finding in client.ping()}
        assert findings["credentials"].ok
        assert findings["certificate"].ok
        sandbox.clock.advance(75 * 86_400)
        with planning.client(auth=auth) as client:
            finding = client.ping()[0]
        assert (finding.subject, finding.ok) == ("certificate", False)


@pytest.mark.parametrize("rotatable", [True, False])
def test_device_log_in_and_refresh_over_clients_and_processes(database: Database, rotatable: bool):
    oauth_client = replace(DEVICE, rotatable=rotatable)
    with AnaplanSandbox(
        [MODEL], users=[User(USER, PASSWORD)], oauth_clients=[oauth_client], clock=sandbox_clock()
    ) as sandbox:
        planning = Planning(sandbox, database, SandboxTime(sandbox.clock))
        auth = {"method": "oauth_device", "client_id": oauth_client.client_id, "refresh_token": {"secret": "refresh"}}
        connection = planning.connection(auth=auth)
        planning.secrets["refresh"] = login(
            connection, show=lambda code: sandbox.oauth.approve(code.code, USER), clock=planning.time
        )
        for _ in range(4):
            with planning.client(auth=auth) as client:  # a fresh cache each, as in another process
                assert client.actions()
            sandbox.clock.advance(36 * 60)


def test_only_a_device_connection_is_logged_in_by_a_person(planning: Planning):
    with pytest.raises(ConfigurationError, match="method is basic"):
        login(planning.connection(), show=lambda _: None, clock=planning.time)

"""Anaplan's authentication service as a scripted vendor, and what signs in there."""

from __future__ import annotations

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from starlette.requests import Request
from starlette.responses import JSONResponse

from mlc_pipelines.anaplan.auth import authentication_service, basic_credentials
from mlc_pipelines.anaplan.connect import sign_in_host
from mlc_pipelines.clock import SYSTEM_CLOCK
from mlc_pipelines_tests.anaplan.vendor import ScriptedVendor, TestClock

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

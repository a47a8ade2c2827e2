"""Integrations, their certificates, the checks of a client assertion.

See docs/vendors/netsuite.md, sections 2.1 to 2.6.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from mlc_sandbox.rest.oauth import refused

_CURVES = {"ES256": "secp256r1", "ES384": "secp384r1", "ES512": "secp521r1"}
_RSA_ALGORITHMS = frozenset({"PS256", "PS384", "PS512"})
_RSA_BITS = frozenset({3072, 4096})
_LONGEST_VALIDITY = timedelta(days=730)
_SCOPES = frozenset({"restlets", "rest_webservices", "suite_analytics"})
_LONGEST_ASSERTION = 3600
_CLOCK_TOLERANCE = 60

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


@dataclass
class Certificate:
    """A mapped certificate: one of (integration, role, entity).

    Attributes:
        certificate_id: what `kid` names.
        client_id: of the integration record, what `iss` names.
        public_key: of the certificate.
        mapped_at: when it was mapped.
        valid_until: end of its validity, at most two years after the mapping.
        revoked: whether an administrator took it back.
    """

    certificate_id: str
    client_id: str
    public_key: PublicKey
    mapped_at: datetime
    valid_until: datetime
    revoked: bool = False

    @property
    def algorithm(self) -> str:
        """`RSA` or `EC`."""
        return "RSA" if isinstance(self.public_key, rsa.RSAPublicKey) else "EC"


@dataclass
class Integration:
    """What a client needs to ask for tokens.

    Attributes:
        client_id: 64 hex digits.
        certificate_id: for `kid`.
        private_key: PEM, PKCS 8, unencrypted.
        certificate: PEM.
    """

    client_id: str
    certificate_id: str
    private_key: str = field(repr=False)
    certificate: str


class Integrations:
    """The integration records of the account and the certificates mapped to them."""

    def __init__(self) -> None:
        self.certificates: dict[str, Certificate] = {}
        self.without_m2m: set[str] = set()

    def create(self, now: datetime, *, algorithm: Literal["EC", "RSA"] = "EC", days: int = 365) -> Integration:
        """Make an integration with a fresh key pair; RSA takes a second, EC no time.

        Args:
            now: the sandbox's present moment, from which the certificate is valid.
            algorithm: `EC` on the curve P-256, or `RSA` with 3072 bits.
            days: validity of the certificate.
        """
        key = ec.generate_private_key(ec.SECP256R1()) if algorithm == "EC" else rsa.generate_private_key(65537, 3072)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sandbox integration")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=days))
            .sign(key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        client_id = secrets.token_hex(32)
        return Integration(client_id, self.map_certificate(client_id, pem, now), private, pem)

    def map_certificate(self, client_id: str, pem: str, now: datetime) -> str:
        """Map a certificate to an integration, as an administrator does; returns the certificate id.

        Raises:
            ValueError: a key that NetSuite does not take (RSA of 2048 bits, another curve).
        """
        certificate = x509.load_pem_x509_certificate(pem.encode())
        key = certificate.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            if key.key_size not in _RSA_BITS:
                raise ValueError(f"RSA keys must have 3072 or 4096 bits, this one has {key.key_size}.")
        elif not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in _CURVES.values():
            raise ValueError("The key must be RSA, or EC on P-256, P-384 or P-521.")
        digest = hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER) + client_id.encode()).digest()
        certificate_id = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        self.certificates[certificate_id] = Certificate(
            certificate_id, client_id, key, now, min(certificate.not_valid_after_utc, now + _LONGEST_VALIDITY)
        )
        return certificate_id

    def check_assertion(self, assertion: str, *, now: datetime, audiences: frozenset[str] | None) -> Certificate:
        """Check a client assertion; returns the certificate that signed it.

        Args:
            assertion: the JWT.
            now: the sandbox's present moment.
            audiences: values of `aud` that are right; None takes any.

        Raises:
            Refusal: whatever is wrong, with the code of docs/vendors/netsuite.md, section 2.4.
        """
        try:
            header = jwt.get_unverified_header(assertion)
        except jwt.InvalidTokenError as error:
            raise refused("invalid_request") from error
        certificate = self.certificates.get(str(header.get("kid")))
        if certificate is None or certificate.revoked or certificate.valid_until <= now:
            raise refused("invalid_client", status=401)
        algorithm = str(header.get("alg"))
        if not _fits(algorithm, certificate.public_key):
            raise refused("invalid_client", status=401)
        try:
            # Times and audience are checked below, by the sandbox's clock.
            claims = jwt.decode(
                assertion,
                certificate.public_key,
                algorithms=[algorithm],
                options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False},
            )
        except jwt.InvalidTokenError as error:
            raise refused("invalid_client", status=401) from error
        if claims.get("iss") != certificate.client_id:
            raise refused("invalid_client", status=401)
        if certificate.client_id in self.without_m2m:
            raise refused("unauthorized_client")
        _check_scope(claims.get("scope"))
        _check_times(claims, now)
        if audiences is not None:
            _check_audience(claims.get("aud"), audiences)
        return certificate

    def listing(self, client_id: str) -> list[dict[str, Any]]:
        """The certificates of an integration as the list endpoint shows them.

        See docs/vendors/netsuite.md, section 2.6.
        """
        return [
            {
                "application": {"id": 1, "name": "sandbox integration", "url": "", "application_id": client_id[:32]},
                "entity": {"id": -5, "name": "System", "url": ""},
                "role": {"id": 1000, "name": "REST services", "url": ""},
                "created": certificate.mapped_at.date().isoformat(),
                "valid_from": certificate.mapped_at.date().isoformat(),
                "valid_until": certificate.valid_until.date().isoformat(),
                "revoked": certificate.revoked,
                "certificate_id": certificate.certificate_id,
                "algorithm": certificate.algorithm,
            }
            for certificate in self.certificates.values()
            if certificate.client_id == client_id
        ]


def _fits(algorithm: str, key: PublicKey) -> bool:
    if isinstance(key, rsa.RSAPublicKey):
        return algorithm in _RSA_ALGORITHMS
    return _CURVES.get(algorithm) == key.curve.name


def _check_scope(scope: Any) -> None:
    # Oracle's prose says a text with commas, its example has an array; both are taken
    # (docs/vendors/netsuite.md, section 2.2).
    names = scope.replace(",", " ").split() if isinstance(scope, str) else scope
    if not isinstance(names, list) or not set(map(str, names)) <= _SCOPES or "rest_webservices" not in names:
        raise refused("invalid_scope")


def _check_audience(given: Any, right: frozenset[str]) -> None:
    named = [str(one) for one in given] if isinstance(given, list) else [str(given)]
    if not named or not set(named) <= right:
        raise refused("invalid_grant")


def _check_times(claims: dict[str, Any], now: datetime) -> None:
    issued, expires = claims.get("iat"), claims.get("exp")
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in (issued, expires)):
        raise refused("invalid_grant")
    issued, expires, present = int(issued), int(expires), now.astimezone(UTC).timestamp()  # pyright: ignore[reportArgumentType]
    if expires <= present or expires - issued > _LONGEST_ASSERTION or issued > present + _CLOCK_TOLERANCE:
        raise refused("invalid_grant")

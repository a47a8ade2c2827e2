"""Log-in by CA certificate, bodies v1 and v2 (docs/vendors/anaplan.md, section 1.2)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from mlc_sandbox.anaplan.auth.users import User

_LEAST_BYTES = 100
_TIMESTAMP_BYTES = 8
_TOLERANCE_SECONDS = 5 * 60


class Malformed(Exception):
    """The request is not of the documented form."""


class Refused(Exception):
    """The request is of the right form but proves nothing."""


def user_of_certificate(users: Iterable[User], header_value: str, body: bytes, now: datetime, *, v1: bool) -> User:
    """The user whose registered certificate signed the request's random bytes.

    Args:
        users: with their certificates.
        header_value: what follows `CACertificate`.
        body: of the request.
        now: the sandbox's time.
        v1: whether a body of the first format is still taken.

    Raises:
        Malformed: not JSON, fields missing or not base64.
        Refused: unknown or expired certificate, too few bytes, a bad signature, a time stamp too far from now.
    """
    fields = _fields(body)
    data = _from_base64(fields["encodedData"])
    signature = _from_base64(fields["encodedSignedData"])
    certificate = _certificate(_from_base64(header_value))
    user = _owner(users, certificate)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise Refused("The certificate is not valid at this time.")
    data_format = fields.get("encodedDataFormat", "v1")
    if data_format == "v2":
        _check_timestamp(data, now)
    elif data_format != "v1":
        raise Malformed(f"Unknown encodedDataFormat {data_format}.")
    elif not v1:
        raise Refused("The data format v1 is no longer supported.")
    if len(data) < _LEAST_BYTES:  # in v2 the time stamp counts
        raise Refused("Too few bytes were signed.")
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise Refused("The certificate has no RSA key.")
    try:
        key.verify(signature, data, PKCS1v15(), hashes.SHA512())
    except InvalidSignature:
        raise Refused("The signature does not fit.") from None
    return user


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except ValueError:
        raise Malformed("The body is not JSON.") from None
    if not isinstance(fields, dict) or not all(
        isinstance(fields.get(name), str) for name in ("encodedData", "encodedSignedData")
    ):
        raise Malformed("The body lacks encodedData or encodedSignedData.")
    return fields


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("Not base64.") from None


def _certificate(content: bytes) -> x509.Certificate:
    try:
        if content.lstrip().startswith(b"-----BEGIN"):
            return x509.load_pem_x509_certificate(content)
        return x509.load_der_x509_certificate(content)
    except ValueError:
        raise Refused("Not a certificate.") from None


def _owner(users: Iterable[User], certificate: x509.Certificate) -> User:
    fingerprint = certificate.fingerprint(hashes.SHA256())
    for user in users:
        for registered in user.certificates:
            if x509.load_pem_x509_certificate(registered.encode()).fingerprint(hashes.SHA256()) == fingerprint:
                return user
    raise Refused("The certificate is not registered.")


def _check_timestamp(data: bytes, now: datetime) -> None:
    sent = int.from_bytes(data[:_TIMESTAMP_BYTES], "big")
    if abs(sent - now.timestamp()) > _TOLERANCE_SECONDS:
        raise Refused("The time stamp is too far from now.")

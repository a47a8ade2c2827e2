"""CA certificates: the signed log-in, and the certificate's own dates (docs/vendors/anaplan.md, section 1.2)."""

from __future__ import annotations

import base64
import os
from datetime import datetime
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mlc_pipelines.anaplan.auth import Credentials
from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import ConfigurationError

_MESSAGE_BYTES = 100
_TIMESTAMP_BYTES = 8


class Certificate:
    """A certificate that is registered with Anaplan, and its private key.

    Args:
        certificate: PEM text.
        private_key: PEM text of the RSA key, without a passphrase.
        remedy: what to do when they can't be used.

    Raises:
        ConfigurationError: one of them can't be read, or they don't belong together.
    """

    def __init__(self, certificate: str, private_key: str, remedy: str = "") -> None:
        self.remedy = remedy
        self._pem = certificate.strip() + "\n"
        try:
            self._certificate = x509.load_pem_x509_certificate(self._pem.encode())
        except ValueError as error:
            raise ConfigurationError(
                "The secret of anaplan.auth.certificate is no certificate in PEM text.",
                hint=f"It is the file with -----BEGIN CERTIFICATE-----. {remedy}",
            ) from error
        try:
            key = serialization.load_pem_private_key(private_key.strip().encode(), password=None)
        except (ValueError, TypeError) as error:
            raise ConfigurationError(
                "The secret of anaplan.auth.private_key is no private key in PEM text without a passphrase.",
                hint=f"Take the passphrase off with `openssl pkey`. {remedy}",
            ) from error
        if not isinstance(key, rsa.RSAPrivateKey) or key.public_key() != self._certificate.public_key():
            raise ConfigurationError(
                "anaplan.auth.private_key is not the RSA key of anaplan.auth.certificate.",
                hint=f"They are a pair that belongs together. {remedy}",
            )
        self._key = key

    @property
    def fingerprint(self) -> str:
        """SHA-256, hexadecimal; no secret."""
        return self._certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def expires_at(self) -> datetime:
        """The last moment of validity."""
        return self._certificate.not_valid_after_utc

    def credentials(self, version: Literal["v1", "v2"], clock: Clock) -> Credentials:
        """Signs a fresh message of 100 bytes for each log-in: random, in v2 after the time in seconds."""
        header = base64.b64encode(self._pem.encode()).decode()

        def sign() -> dict[str, Any]:
            stamp = b""
            body: dict[str, str] = {}
            if version == "v2":
                stamp = int(clock.now().timestamp()).to_bytes(_TIMESTAMP_BYTES, "big")
                body["encodedDataFormat"] = "v2"
            message = stamp + os.urandom(_MESSAGE_BYTES - len(stamp))
            signature = self._key.sign(message, padding.PKCS1v15(), hashes.SHA512())
            body["encodedData"] = base64.b64encode(message).decode()
            body["encodedSignedData"] = base64.b64encode(signature).decode()
            return {"headers": {"Authorization": f"CACertificate {header}"}, "json": body}

        return sign

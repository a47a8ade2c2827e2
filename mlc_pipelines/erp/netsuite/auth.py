"""OAuth 2.0 client credentials: a signed assertion for an access token (docs/vendors/netsuite.md, section 2)."""

from __future__ import annotations

from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mlc_pipelines.erp.base import SourceContext
from mlc_pipelines.erp.netsuite.connection import NetSuiteConnection
from mlc_pipelines.errors import AuthenticationError, ConfigurationError, DataError, Unavailable
from mlc_pipelines.http import HttpClient, Response, Token, http_date, parse_json, read_object

TOKEN_PATH = "/services/rest/auth/oauth2/v1/token"  # noqa: S105 - a path
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LIFE = timedelta(minutes=5)
_TOLERATED_SKEW = timedelta(seconds=30)
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_AUDIT_TRAIL = "Setup > Users/Roles > User Management > View Login Audit Trail in NetSuite says why."


class TokenIssuer:
    """Mints access tokens for one connection. Safe to use from several threads.

    Args:
        connection: account, client id and certificate id.
        context: the certificate's private key, the time of the assertion.

    Raises:
        ConfigurationError: the key can't be read or is of a kind that NetSuite doesn't take.
    """

    def __init__(self, connection: NetSuiteConnection, context: SourceContext) -> None:
        self._connection = connection
        self._clock = context.clock
        self._set_again = context.set_again(connection.private_key)
        name = connection.private_key.secret
        self._key, self._algorithm = _signing_key(context.secret(name), name, self._set_again)
        self._http = HttpClient(connection.url, clock=context.clock)

    def __call__(self, previous: Token | None) -> Token:
        """A new token; NetSuite has no refresh token in this flow.

        Raises:
            AuthenticationError: the credentials were refused; carries NetSuite's code.
        """
        del previous
        response = self._http.request(
            "POST",
            TOKEN_PATH,
            form={
                "grant_type": "client_credentials",
                "client_assertion_type": _ASSERTION_TYPE,
                "client_assertion": self._assertion(),
            },
            repeatable=True,
            accept=(400, 401),
        )
        if response.status_code != 200:
            raise self._refusal(response)
        try:
            answer = read_object(response)
            value, seconds = answer.token("access_token"), answer.whole("expires_in")
        except (DataError, Unavailable) as error:
            said = f"{self._connection.url}{TOKEN_PATH} answered without a token. {error.message}"
            raise type(error)(said, hint=error.hint) from None
        return Token.lasting(value, seconds, self._clock.now())

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _assertion(self) -> str:
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": self._connection.client_id,
            "scope": ["rest_webservices"],
            "aud": self._connection.url + TOKEN_PATH,
            "iat": now,
            "exp": now + int(_ASSERTION_LIFE.total_seconds()),
        }
        headers = {"kid": self._connection.certificate_id}
        return jwt.encode(claims, self._key, algorithm=self._algorithm, headers=headers)

    def _refusal(self, response: Response) -> AuthenticationError:
        code = _error_code(response)
        hint = (
            "Check account_id, client_id, certificate_id and the private key, and that the certificate is still valid."
            f" {self._set_again} {_AUDIT_TRAIL}"
        )
        skew = clock_skew(response.headers.get("date", ""), self._clock.now())
        if skew is not None and abs(skew) > _TOLERATED_SKEW:
            ahead = "ahead of" if skew > timedelta() else "behind"
            hint = f"This machine's clock is {abs(skew).total_seconds():.0f} s {ahead} NetSuite's: set it right. {hint}"
        return AuthenticationError(
            f"NetSuite refused the credentials of account {self._connection.account_id}:"
            f" {code} (HTTP {response.status_code}).",
            hint=hint,
        )


def clock_skew(server: str, now: datetime) -> timedelta | None:
    """How far this machine is ahead of a server's HTTP date; None when there is no readable date."""
    moment = http_date(server)
    return None if moment is None else now - moment


def _signing_key(pem: str, secret_name: str, set_again: str) -> tuple[RSAPrivateKey | EllipticCurvePrivateKey, str]:
    try:
        key = load_pem_private_key(pem.strip().encode(), password=None)
    except (ValueError, TypeError) as error:
        reason = "it is protected by a passphrase" if isinstance(error, TypeError) else "it is no PEM private key"
        raise ConfigurationError(
            f"The secret {secret_name!r} can't be used as the certificate's private key: {reason}.",
            hint=f"It has to be the unprotected key, from its file (--from-file). {set_again}",
        ) from None
    # RSASSA-PSS and ECDSA only: NetSuite takes no RS256 any more (docs/vendors/netsuite.md, section 2.2).
    if isinstance(key, RSAPrivateKey):
        return key, "PS256"
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return key, _CURVES[key.curve.name]
    raise ConfigurationError(
        f"The secret {secret_name!r} holds a key of a kind that NetSuite doesn't take.",
        hint=f"Use RSA of 3072 or 4096 bits, or EC on P-256, P-384 or P-521. {set_again}",
    )


def _error_code(response: Response) -> str:
    try:
        answer = parse_json(response.content)
    except ValueError:
        return "no reason given"
    code = answer.get("error") if isinstance(answer, dict) else None
    return str(code or "no reason given")[:100]

"""The token endpoint, and the access tokens it gave out (docs/vendors/netsuite.md, sections 2.1 to 2.5)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from mlc_sandbox.netsuite.integrations import Integrations
from mlc_sandbox.netsuite.switches import Switches
from mlc_sandbox.rest.expiring import Expiring
from mlc_sandbox.rest.oauth import form, refused
from mlc_sandbox.rest.refusals import Refusal
from mlc_sandbox.rest.requests import bearer

TOKEN_PATH = "/services/rest/auth/oauth2/v1/token"  # noqa: S105 - a path
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_PARAMETERS = {"grant_type", "client_assertion_type", "client_assertion"}


class Tokens:
    """Gives out access tokens and knows which of them count."""

    def __init__(
        self, integrations: Integrations, switches: Switches, *, account: str, now: Callable[[], datetime]
    ) -> None:
        self._integrations = integrations
        self._switches = switches
        self._account = account
        self._now = now
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._live = Expiring[str](now)

    def answer(self, content_type: str, body: bytes, base_url: str) -> dict[str, object]:
        """Answer a token request.

        Args:
            content_type: of the request.
            body: of the request.
            base_url: where the request came to; `<base_url><TOKEN_PATH>` is a right audience.

        Raises:
            Refusal: 400 or 401 in OAuth's words.
        """
        try:
            assertion = _assertion(form(content_type, body))
            certificate = self._integrations.check_assertion(
                assertion, now=self._now(), audiences=None if self._switches.lenient_aud else self._audiences(base_url)
            )
        except Refusal as refusal:
            if refusal.status == 401:
                refusal.headers["WWW-Authenticate"] = f'Basic realm="{self._account}"'
            raise
        seconds = self._switches.token_seconds
        token = self._sign(certificate.client_id, self._now() + timedelta(seconds=seconds))
        self._live.put(token, certificate.client_id, timedelta(seconds=seconds))
        expires_in = str(seconds) if self._switches.expires_in_as_text else seconds
        return {"access_token": token, "expires_in": expires_in, "token_type": "Bearer"}

    def counts(self, authorization: str) -> bool:
        """Whether a request with this `Authorization` header is let in."""
        return self._live.get(bearer(authorization)) is not None

    def revoke_all(self) -> None:
        """Make every token given out so far worthless, before its time."""
        self._live.clear()

    def _audiences(self, base_url: str) -> frozenset[str]:
        slug = self._account.lower().replace("_", "-")
        hosts = (f"https://{slug}.{service}.api.netsuite.com" for service in ("suitetalk", "restlets"))
        return frozenset(f"{host}{TOKEN_PATH}" for host in (base_url, *hosts))

    def _sign(self, client_id: str, expires: datetime) -> str:
        claims = {
            "sub": "1000;-5",
            "aud": [f"{uuid.uuid4()};{self._account}", client_id],
            "scope": ["rest_webservices"],
            "iss": "https://system.netsuite.com",
            "iat": int(self._now().timestamp()),
            "exp": int(expires.timestamp()),
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, self._key, "ES256", headers={"kid": f"c.{self._account}.2026-01-01"})


def _assertion(form: dict[str, str]) -> str:
    if not form.keys() >= _PARAMETERS:
        raise refused("invalid_request")
    if form["grant_type"] != "client_credentials":
        raise refused("unsupported_grant_type")
    if form["client_assertion_type"] != _ASSERTION_TYPE:
        raise refused("invalid_request")
    return form["client_assertion"]

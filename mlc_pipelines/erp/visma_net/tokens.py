"""Tokens of Visma Connect: one company, read only, an hour (contract visma.md, section 2)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from mlc_pipelines.clock import Clock
from mlc_pipelines.erp.visma_net.connection import VismaConnection
from mlc_pipelines.errors import AuthenticationError, Unavailable
from mlc_pipelines.http import HttpClient, Response, Token
from mlc_pipelines.redaction import redact

RENEW_BEFORE = timedelta(seconds=300)
"""How long before its expiry a token is replaced (contract visma.md, section 2.2)."""

_LIFE = 3600
_REMEDIES = {
    "invalid_client": "Check client_id, and store the client secret anew; secrets are shown once in the"
    " Visma Developer Portal.",
    "invalid_scope": "Give the application the scope vismanet_erp_service_api:read in the Visma Developer Portal.",
    "invalid_tenant": "company_tenant_id is not known, or its company has not approved this application or has no"
    " licence.",
    "unauthorized_client": "The application must be of the type Service.",
}
_OTHERWISE = "Check client_id, client_secret, company_tenant_id and scope."


class TokenMint:
    """Gets tokens by client credentials. There are no refresh tokens: each is asked for like the first.

    Args:
        connection: the tenant's `erp:` keys.
        secret: the client secret.
        clock: time.
    """

    def __init__(self, connection: VismaConnection, secret: str, clock: Clock) -> None:
        self._connection = connection
        self._secret = secret
        self._clock = clock
        self._http = HttpClient(connection.token_url, clock=clock, headers={"Accept": "application/json"})

    def __call__(self, _previous: Token | None) -> Token:
        """A new token.

        Raises:
            AuthenticationError: Visma Connect refuses the credentials; the message says which.
            Unavailable: it doesn't answer, or not with a token.
        """
        response = self._http.request(
            "POST",
            self._connection.token_url,
            form={
                "grant_type": "client_credentials",
                "client_id": self._connection.client_id,
                "client_secret": self._secret,
                "scope": self._connection.scope,
                "tenant_id": self._connection.company_tenant_id,
            },
            repeatable=True,
            accept=(400, 401, 403),
        )
        if response.status_code != 200:
            raise self._refusal(response)
        answer = _members(response)
        try:
            value, seconds = str(answer["access_token"]), int(answer.get("expires_in", _LIFE))
        except (ValueError, KeyError, TypeError):
            raise Unavailable(f"{self._connection.token_url} answered without a token.") from None
        return Token(value, self._clock.now() + timedelta(seconds=seconds))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _refusal(self, response: Response) -> AuthenticationError:
        answer = _members(response)
        code = str(answer.get("error") or "no reason given")[:100]
        told = f", {redact(str(answer['error_description']))[:200]}" if answer.get("error_description") else ""
        return AuthenticationError(
            f"Visma Connect refused a token for client {self._connection.client_id} and tenant"
            f" {self._connection.company_tenant_id}: {code}{told} (HTTP {response.status_code}).",
            hint=_REMEDIES.get(code, _OTHERWISE),
        )


def _members(response: Response) -> dict[str, Any]:
    try:
        answer = json.loads(response.content)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}

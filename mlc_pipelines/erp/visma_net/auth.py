"""Tokens of Visma Connect: one company, read only, an hour (docs/vendors/visma_net.md, section 2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mlc_pipelines.erp.base import SourceContext
from mlc_pipelines.erp.visma_net.connection import VismaConnection
from mlc_pipelines.erp.visma_net.json_object import answered, members
from mlc_pipelines.errors import AuthenticationError, DataError, Unavailable
from mlc_pipelines.http import HttpClient, Response, Token
from mlc_pipelines.redaction import redact

RENEW_BEFORE = timedelta(seconds=300)
"""How long before its expiry a token is replaced (docs/vendors/visma_net.md, section 2.2)."""

HEADERS = {"Accept": "application/json", "User-Agent": "mlc-pipelines"}
"""Visma asks integrators to say who they are (docs/vendors/visma_net.md, section 3)."""

_LIFE = timedelta(seconds=3600)
_LONGEST_LIFE = timedelta(days=1)
_REMEDIES = {
    "invalid_client": "Check client_id, and store the client secret anew; secrets are shown once in the Visma Developer"
    " Portal. {set_again}",
    "invalid_scope": "Give the application the scope vismanet_erp_service_api:read in the Visma Developer Portal.",
    "invalid_tenant": "company_tenant_id is not known, or its company has not approved this application or has no"
    " licence.",
    "unauthorized_client": "The application must be of the type Service.",
}
_OTHERWISE = "Check client_id, client_secret, company_tenant_id and scope. {set_again}"


class TokenIssuer:
    """Gets tokens by client credentials. There are no refresh tokens: each is asked for like the first.

    Args:
        connection: the tenant's `erp:` keys.
        context: secrets, clock.
    """

    def __init__(self, connection: VismaConnection, context: SourceContext) -> None:
        self._connection = connection
        self._context = context
        self._secret = context.secret(connection.client_secret.secret)
        self._clock = context.clock
        self._http = HttpClient(connection.token_url, clock=context.clock, headers=HEADERS)

    @property
    def credentials(self) -> str:
        """What tokens are issued with: those of others are not used."""
        return f"{self._connection.token_url} {self._connection.client_id} {self._secret}"

    def __call__(self, _previous: Token | None) -> Token:
        """A new token.

        Raises:
            AuthenticationError: Visma Connect refuses the credentials; the message says which.
            DataError: its answer is another thing than a token.
            Unavailable: it doesn't answer, or not to the end.
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
        if response.is_error:
            raise self._refusal(response)
        try:
            answer = answered(response)
            value = answer.token("access_token")
        except (DataError, Unavailable) as error:
            said = f"{self._connection.token_url} answered without a token. {error.message}"
            raise type(error)(said, hint=f"Check token_url. {error.hint}") from None
        return Token(value, self._clock.now() + _life(answer.get("expires_in")))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _refusal(self, response: Response) -> AuthenticationError:
        answer = members(response.content)
        code = str(answer.get("error") or "no reason given")[:100]
        told = f", {redact(str(answer['error_description']))[:200]}" if answer.get("error_description") else ""
        return AuthenticationError(
            f"Visma Connect refused a token for client {self._connection.client_id} and tenant"
            f" {self._connection.company_tenant_id}: {code}{told} (HTTP {response.status_code}).",
            hint=_REMEDIES.get(code, _OTHERWISE).format(
                set_again=self._context.set_again(self._connection.client_secret)
            ),
        )


def _life(seconds: Any) -> timedelta:
    # It may be absent, or text; a token that ends earlier than thought is replaced when it is refused.
    try:
        return min(timedelta(seconds=float(seconds)), _LONGEST_LIFE)
    except (TypeError, ValueError, OverflowError):
        return _LIFE

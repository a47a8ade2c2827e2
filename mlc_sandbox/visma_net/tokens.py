"""The token endpoint, and the access tokens it gave out (docs/vendors/visma_net.md, section 2)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote_plus

from mlc_sandbox.rest.expiring import Expiring
from mlc_sandbox.rest.oauth import form, refused, same
from mlc_sandbox.rest.requests import basic, bearer
from mlc_sandbox.visma_net.switches import Switches

TOKEN_PATH = "/connect/token"  # noqa: S105 - a path
READ = "vismanet_erp_service_api:read"
SCOPES = frozenset(f"vismanet_erp_service_api:{right}" for right in ("read", "create", "update", "delete"))


@dataclass(frozen=True)
class Grant:
    """What a token stands for."""

    tenant_id: str
    scopes: frozenset[str]


class Tokens:
    """Gives out access tokens and knows which of them count.

    Attributes:
        client_id, client_secret: of the one application.
        tenant_id: of the company.
        customer_tenant_id: of the customer that owns it; a token for it is refused by every API call.
    """

    def __init__(self, switches: Switches, *, now: Callable[[], datetime]) -> None:
        self.client_id = "isv_mlc_sandbox"
        self.client_secret = secrets.token_urlsafe(24)
        self.tenant_id = "af1140c1-52e0-46c7-b684-df894d4b8a5a"
        self.customer_tenant_id = "0c2f7f8e-77f1-4a53-9a4f-5d3f0f5a1e21"
        self._switches = switches
        self._grants = Expiring[Grant](now)

    def answer(self, content_type: str, authorization: str, body: bytes) -> dict[str, object]:
        """Answer a token request; client id and secret may come in the body or as HTTP Basic.

        Raises:
            Refusal: 400, with OAuth's error code.
        """
        fields = form(content_type, body)
        client_id, client_secret = _client(fields, authorization)
        grant_type = fields.get("grant_type")
        if not grant_type or not client_id or not fields.get("tenant_id"):
            raise refused("invalid_request")
        if grant_type != "client_credentials":
            raise refused("unsupported_grant_type")
        if not same(client_secret, self.client_secret) or client_id != self.client_id:
            raise refused("invalid_client")
        scopes = frozenset(fields.get("scope", "").split())
        if not scopes or not scopes <= SCOPES:
            raise refused("invalid_scope")
        tenant_id = fields["tenant_id"].lower()
        if tenant_id not in {self.tenant_id, self.customer_tenant_id}:
            raise refused("invalid_tenant")
        seconds = self._switches.token_seconds
        token = secrets.token_urlsafe(48)
        self._grants.put(token, Grant(tenant_id, scopes), timedelta(seconds=seconds))
        return {"access_token": token, "expires_in": seconds, "token_type": "Bearer", "scope": " ".join(sorted(scopes))}

    def grant(self, authorization: str) -> Grant | None:
        """What an `Authorization` header stands for; None when it doesn't count."""
        grant = self._grants.get(bearer(authorization))
        return grant if grant is not None and grant.tenant_id == self.tenant_id else None

    def revoke_all(self) -> None:
        """Make every token given out so far worthless, before its time."""
        self._grants.clear()


def _client(fields: dict[str, str], authorization: str) -> tuple[str, str]:
    try:
        credentials = basic(authorization)
    except ValueError:
        raise refused("invalid_client") from None
    if credentials is None:
        return fields.get("client_id", ""), fields.get("client_secret", "")
    return unquote_plus(credentials[0]), unquote_plus(credentials[1])

"""The token endpoint, and the access tokens it gave out (docs/vendors/visma_net.md, section 2)."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, unquote_plus

from mlc_sandbox.visma_net.refusals import Refusal
from mlc_sandbox.visma_net.switches import Switches

TOKEN_PATH = "/connect/token"  # noqa: S105 - a path
READ = "vismanet_erp_service_api:read"
SCOPES = frozenset(f"vismanet_erp_service_api:{right}" for right in ("read", "create", "update", "delete"))


@dataclass(frozen=True)
class Grant:
    """What a token stands for."""

    client_id: str
    tenant_id: str
    scopes: frozenset[str]
    expires: datetime


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
        self._now = now
        self._grants: dict[str, Grant] = {}

    def answer(self, content_type: str, authorization: str, body: bytes) -> dict[str, object]:
        """Answer a token request; client id and secret may come in the body or as HTTP Basic.

        Raises:
            Refusal: 400, with OAuth's error code.
        """
        if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
            raise _refused("invalid_request")
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        client_id, client_secret = _client(form, authorization)
        grant_type = form.get("grant_type")
        if grant_type is None or not client_id or "tenant_id" not in form:
            raise _refused("invalid_request")
        if grant_type != "client_credentials":
            raise _refused("unsupported_grant_type")
        right_secret = hmac.compare_digest(client_secret.encode(), self.client_secret.encode())
        if client_id != self.client_id or not right_secret:
            raise _refused("invalid_client")
        scopes = frozenset(form.get("scope", "").split())
        if not scopes or not scopes <= SCOPES:
            raise _refused("invalid_scope")
        tenant_id = form["tenant_id"].lower()
        if tenant_id not in {self.tenant_id, self.customer_tenant_id}:
            raise _refused("invalid_tenant")
        seconds = self._switches.token_seconds
        token = secrets.token_urlsafe(48)
        self._grants[token] = Grant(client_id, tenant_id, scopes, self._now() + timedelta(seconds=seconds))
        return {
            "access_token": token,
            "expires_in": seconds,
            "token_type": "Bearer",
            "scope": " ".join(sorted(scopes)),
        }

    def grant(self, authorization: str) -> Grant | None:
        """What an `Authorization` header stands for; None when it doesn't count."""
        scheme, _, token = authorization.partition(" ")
        grant = self._grants.get(token)
        if scheme.lower() != "bearer" or grant is None or grant.expires <= self._now():
            return None
        return grant if grant.tenant_id == self.tenant_id else None

    def revoke_all(self) -> None:
        """Make every token given out so far worthless, before its time."""
        self._grants.clear()


def _client(form: dict[str, str], authorization: str) -> tuple[str, str]:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise _refused("invalid_client") from None
    return unquote_plus(client_id), unquote_plus(secret)


def _refused(code: str) -> Refusal:
    return Refusal(400, {"error": code})

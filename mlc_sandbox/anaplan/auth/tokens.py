"""Access tokens of the authentication service and of OAuth: 35 minutes by the sandbox's clock."""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mlc_sandbox.anaplan.auth.users import User
from mlc_sandbox.rest.expiring import Expiring

LIFETIME = timedelta(seconds=2100)


@dataclass
class AccessToken:
    """A token that opens the API until it expires."""

    value: str
    id: str
    refresh_id: str
    user: User
    expires_at: datetime = field(init=False)


class TokenStore:
    """The tokens handed out so far.

    Attributes:
        minted: how many were handed out: clients should not ask for one per call.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._tokens = Expiring[AccessToken](now)
        self.minted = 0

    def mint(self, user: User) -> AccessToken:
        """A new token: opaque, with the characters `+ / = .` that break careless clients."""
        head, tail = (base64.b64encode(secrets.token_bytes(size)).decode() for size in (61, 16))
        value = f"{head}.+/{tail}"
        token = AccessToken(value, str(uuid.uuid4()), str(uuid.uuid4()), user)
        self.extend(token)
        self.minted += 1
        return token

    def find(self, value: str) -> AccessToken | None:
        """The token, unless it is unknown, expired or logged out."""
        return self._tokens.get(value)

    def extend(self, token: AccessToken) -> None:
        """Let a token live on: same value, later expiry (docs/vendors/anaplan.md, section 1.3)."""
        token.expires_at = self._tokens.put(token.value, token, LIFETIME)

    def kill(self, token: AccessToken) -> None:
        """Make a token invalid at once."""
        self._tokens.pop(token.value)

    def kill_all(self) -> None:
        """Make all tokens invalid at once."""
        self._tokens.clear()

"""OAuth: tokens, codes, revocation (docs/vendors/acumatica.md, section 2.1)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mlc_sandbox.acumatica.sessions import SEAT_MESSAGE, Session, Sessions, seat_refused_at_login
from mlc_sandbox.acumatica.switches import Switches
from mlc_sandbox.rest.expiring import Expiring
from mlc_sandbox.rest.oauth import refused, same

TOKEN_SECONDS = 3600
_CHAIN = timedelta(days=30)
_CODE = timedelta(minutes=5)
_SCOPES = frozenset({"api", "offline_access", "api:concurrent_access", "openid", "profile", "email"})


@dataclass
class Grant:
    """What a sign-in gave: refreshes go on with it.

    Attributes:
        session: shared by all tokens of the grant.
        scope: as asked for.
        began: of the 30 days after which a new sign-in is due.
    """

    session: Session
    scope: str
    began: datetime

    @property
    def concurrent(self) -> bool:
        """Each call without a cookie opens a session of its own."""
        return "api:concurrent_access" in self.scope.split()


@dataclass
class _Code:
    redirect_uri: str
    user: str
    scope: str
    challenge: str | None


@dataclass
class Application:
    """A connected application.

    Attributes:
        client_id: `<GUID>@<tenant>`.
        client_secret: its shared secret.
        redirect_uris: exact.
    """

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uris: tuple[str, ...]


class OAuth:
    """The identity server of one tenant.

    Args:
        application: the connected application.
        passwords: user -> password.
        branch: that users work in.
        sessions: of all users.
        switches: of the sandbox.
        now: the present moment.
    """

    def __init__(
        self,
        *,
        application: Application,
        passwords: Mapping[str, str],
        branch: str,
        sessions: Sessions,
        switches: Switches,
        now: Callable[[], datetime],
    ) -> None:
        self._application = application
        self._passwords = passwords
        self._branch = branch
        self._sessions = sessions
        self._switches = switches
        self._now = now
        self._access = Expiring[Grant](now)
        self._grants: dict[str, Grant] = {}
        self._codes = Expiring[_Code](now)

    def token(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Answer a token request.

        Raises:
            Refusal: 400 in OAuth's words, or no seat is free.
        """
        self._check_client(form)
        match form.get("grant_type"):
            case "password":
                grant = self._by_password(form)
            case "authorization_code":
                grant = self._by_code(form)
            case "refresh_token":
                grant = self._by_refresh(form)
            case "client_credentials":
                raise refused("unauthorized_client")
            case _:
                raise refused("unsupported_grant_type")
        return self._issue(grant)

    def authorize(self, query: Mapping[str, str], user: str) -> str:
        """The address that the browser of a signed-in user is sent back to, with a code.

        Raises:
            Refusal: 400: unknown client, address or scope.
        """
        redirect_uri = query.get("redirect_uri", "")
        if query.get("client_id") != self._application.client_id:
            raise refused("invalid_client")
        if redirect_uri not in self._application.redirect_uris or query.get("response_type") != "code":
            raise refused("invalid_request")
        if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
            raise refused("invalid_request", "transform algorithm not supported")
        scope = _scope(query)
        code = secrets.token_urlsafe(24)
        self._codes.put(code, _Code(redirect_uri, user, scope, query.get("code_challenge")), _CODE)
        state = f"&state={query['state']}" if query.get("state") else ""
        return f"{redirect_uri}?code={code}&scope={scope.replace(' ', '%20')}{state}"

    def revoke(self, form: Mapping[str, str]) -> None:
        """Make a token worthless; its session keeps its seat."""
        self._check_client(form)
        digest = _digest(form.get("token", ""))
        self._access.pop(digest)
        self._grants.pop(digest, None)

    def grant(self, token: str) -> Grant | None:
        """The grant of an access token, unless it has run out."""
        return self._access.get(_digest(token))

    def expire(self, *, refresh_tokens: bool = False) -> None:
        """Make all access tokens worthless, and the refresh tokens too when asked."""
        self._access.clear()
        if refresh_tokens:
            self._grants.clear()

    def _check_client(self, form: Mapping[str, str]) -> None:
        known = form.get("client_id") == self._application.client_id
        if not same(form.get("client_secret", ""), self._application.client_secret) or not known:
            raise refused("invalid_client")

    def _by_password(self, form: Mapping[str, str]) -> Grant:
        user, expected = form.get("username", ""), self._passwords.get(form.get("username", ""))
        if expected is None or not same(form.get("password", ""), expected):
            raise refused("invalid_grant", "invalid_username_or_password")
        return self._open(user, _scope(form))

    def _by_code(self, form: Mapping[str, str]) -> Grant:
        code = self._codes.pop(form.get("code", ""))
        if code is None or form.get("redirect_uri") != code.redirect_uri:
            raise refused("invalid_grant")
        if code.challenge is not None:
            verifier = form.get("code_verifier", "")
            proof = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
            if not same(proof, code.challenge):
                raise refused("invalid_grant")
        return self._open(code.user, code.scope)

    def _by_refresh(self, form: Mapping[str, str]) -> Grant:
        # A token is used up by its use: what comes with an older one has been signed in for, once.
        grant = self._grants.pop(_digest(form.get("refresh_token", "")), None)
        if grant is None or grant.began < self._now() - _CHAIN:
            raise refused("invalid_grant")
        if self._switches.sliding_refresh:
            grant.began = self._now()
        return grant

    def _open(self, user: str, scope: str) -> Grant:
        # Without offline_access the session closes with its token.
        ends = None if "offline_access" in scope else self._now() + timedelta(seconds=TOKEN_SECONDS)
        session = Session(user, self._branch, ends=ends)
        waits = self._switches.seat_limit_shape == "bearer302" or "api:concurrent_access" in scope
        if not waits and not self._sessions.take_seat(session):
            if self._switches.seat_limit_shape == "text429":
                raise seat_refused_at_login(self._switches)
            raise refused("invalid_grant", SEAT_MESSAGE, 429)
        return Grant(session, scope, self._now())

    def _issue(self, grant: Grant) -> dict[str, Any]:
        access = secrets.token_urlsafe(32)
        self._access.put(_digest(access), grant, timedelta(seconds=TOKEN_SECONDS))
        answer: dict[str, Any] = {
            "access_token": access,
            "expires_in": str(TOKEN_SECONDS) if self._switches.expires_in_as_text else TOKEN_SECONDS,
            "token_type": "Bearer",
            "scope": grant.scope,
        }
        if "offline_access" in grant.scope.split():
            refresh = secrets.token_urlsafe(32)
            self._grants[_digest(refresh)] = grant
            answer["refresh_token"] = refresh
        return answer


def _scope(asked: Mapping[str, str]) -> str:
    scope = asked.get("scope", "")
    if not scope.split() or set(scope.split()) - _SCOPES:
        raise refused("invalid_scope")
    return scope


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

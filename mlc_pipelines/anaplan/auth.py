"""Tokens: password, CA certificate, OAuth refresh tokens (docs/vendors/anaplan.md, sections 1 and 2).

All of Anaplan's tokens live 35 minutes and are shared over processes by the token cache, one per tenant of ours.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mlc_pipelines.clock import Clock
from mlc_pipelines.errors import AuthenticationError, BadRequest
from mlc_pipelines.http import Answer, HttpClient, Response, Token, TokenIssuer, read_object

SCHEME = "AnaplanAuthToken"
RENEW_BEFORE = timedelta(minutes=5)
_TOO_OLD_TO_REFRESH = timedelta(minutes=1)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_OAUTH_ERRORS = (400, 401, 403)

Credentials = Callable[[], Mapping[str, Any]]
"""Gives `headers` and `json` of a log-in request; called for each, because a signature must be fresh."""


def basic_credentials(user: str, password: str) -> Credentials:
    """User name and password. The user needs to be an exception user where the workspace enforces single sign-on."""
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return lambda: {"headers": {"Authorization": f"Basic {pair}"}}


def authentication_service(http: HttpClient, credentials: Credentials, clock: Clock, remedy: str) -> TokenIssuer:
    """Tokens of the authentication service: renewed by a refresh while that is possible, else by logging in.

    Args:
        http: client of the authentication host, without `auth`.
        credentials: of the log-in.
        clock: ours.
        remedy: what to do when they are refused.
    """

    def issuer(previous: Token | None) -> Token:
        if previous and previous.expires_at - clock.now() > _TOO_OLD_TO_REFRESH:
            try:
                headers = {"Authorization": f"{SCHEME} {previous.value}"}
                return _token(http.request("POST", "/token/refresh", headers=headers, repeatable=True))
            except (AuthenticationError, BadRequest):
                pass  # revoked: log in again
        try:
            # Logging in twice does no harm, so a lost answer may be tried again.
            return _token(http.request("POST", "/token/authenticate", repeatable=True, **credentials()))
        except (AuthenticationError, BadRequest) as error:
            raise AuthenticationError(
                f"Anaplan refused the log-in: {error.message}",
                hint=remedy,
                request_id=error.request_id,
            ) from error

    return issuer


def _token(response: Response) -> Token:
    body = read_object(response)
    info = body.inner("tokenInfo")
    status = body.text("status")
    if status.startswith("FAILURE") or "tokenValue" not in info or not info.whole("expiresAt"):
        raise AuthenticationError(f"{status or 'no status'}: {body.text('statusMessage') or 'no token'}")
    seconds = min(info.whole("expiresAt") / 1000, _LATEST.timestamp())
    return Token(info.token("tokenValue"), datetime.fromtimestamp(max(seconds, 0), UTC))


def oauth_refresh(
    http: HttpClient, *, client_id: str, client_secret: str | None, stored: str, remedy: str, clock: Clock
) -> TokenIssuer:
    """Tokens of a refresh token.

    A client may be registered with rotation: each refresh then returns a new refresh token and kills the old one. The
    new one is stored with the token, sealed and before the token is used, under the cache's lock; it goes before the
    one in the vault until that is replaced by a new log-in.

    Args:
        http: client of the app host.
        client_id: of the registered client.
        client_secret: of clients for the authorization code grant only.
        stored: the refresh token in the vault.
        remedy: what to do when it is refused.
        clock: ours.
    """
    origin = hashlib.sha256(stored.encode()).hexdigest()

    def issuer(previous: Token | None) -> Token:
        known: Mapping[str, str] = previous.extra if previous else {}
        refresh_token = known["refresh_token"] if known.get("origin") == origin else stored
        form = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": refresh_token}
        if client_secret:
            form["client_secret"] = client_secret
        asked_at = clock.now()
        answer = http.request("POST", "/oauth/token", json=form, accept=_OAUTH_ERRORS, repeatable=True)
        body = read_object(answer)
        if "error" in body:
            raise AuthenticationError(
                f"Anaplan refused the refresh token: {oauth_error(body)}.",
                hint=remedy,
            )
        renewed = body.text("refresh_token") or refresh_token
        extra = {"refresh_token": renewed, "origin": origin}
        return Token.lasting(body.token("access_token"), body.number("expires_in") or 0.0, asked_at, extra)

    return issuer


def oauth_error(body: Answer) -> str:
    """The error of an OAuth answer, for a message."""
    return ": ".join(filter(None, (body.text("error"), body.text("error_description"))))

"""Signing in: OAuth 2.0 tokens, and sessions by login that are always ended (docs/vendors/acumatica.md, section 2)."""

from __future__ import annotations

import logging
import weakref
from datetime import timedelta

from mlc_pipelines.clock import Clock
from mlc_pipelines.erp.acumatica.client import open_sign_out
from mlc_pipelines.erp.acumatica.connection import AcumaticaConnection, Cookie, OAuth
from mlc_pipelines.erp.acumatica.words import LOCALE
from mlc_pipelines.erp.base import SourceContext
from mlc_pipelines.errors import AuthenticationError, DataError, MlcError, Unavailable
from mlc_pipelines.http import HttpClient, Request, Token, TokenAuth, read_object
from mlc_pipelines.limits import SharedUse

_log = logging.getLogger(__name__)

_TOKEN_PATH = "/identity/connect/token"  # noqa: S105 - a path
_LOGIN_PATH = "/entity/auth/login"
_LOGOUT_PATH = "/entity/auth/logout"
_SCOPE = "api offline_access"
_RENEW_BEFORE = timedelta(seconds=60)
_TOKEN_LIFE = 3600
_SESSION_LIFE = timedelta(days=365)
"""Its real end is told by a 401: a session that is given up too early keeps its seat."""


class TokenIssuer:
    """Mints access tokens for one connection. Safe to use from several threads.

    A refresh keeps the session that the first grant opened, and each refresh token is good for one refresh: so the
    newest one, which is kept with the access token, is tried first.

    Args:
        client: `client_id` and `client_secret` of the connected application.
        first: the grant that no token goes before.
        http: for signing in.
        clock: time.
    """

    def __init__(self, client: dict[str, str], first: dict[str, str], http: HttpClient, clock: Clock) -> None:
        self._client = client
        self._first = first
        self._http = http
        self._clock = clock

    def __call__(self, previous: Token | None) -> Token:
        """A new token, by the newest refresh token or else by the configured credentials.

        Raises:
            AuthenticationError: refused.
            RateLimited: no seat came free.
        """
        newest = previous.extra.get("refresh_token") if previous else None
        if newest:
            try:
                return self._granted(_refreshing(newest))
            except AuthenticationError as error:
                _log.info("The refresh token is used up, signing in anew: %s", error.message)
        return self._granted(self._first)

    def _granted(self, grant: dict[str, str]) -> Token:
        # May be repeated: a refresh whose answer was lost is refused the second time, and a sign-in follows.
        response = self._http.request("POST", _TOKEN_PATH, form={**grant, **self._client}, repeatable=True)
        try:
            answer = read_object(response)
            value, seconds = answer.token("access_token"), answer.whole("expires_in") or _TOKEN_LIFE
            refresh = answer.text("refresh_token") or grant.get("refresh_token", "")
        except (DataError, Unavailable) as error:
            said = f"{_TOKEN_PATH} of Acumatica answered without a token. {error.message}"
            raise type(error)(said, hint=f"Check base_url. {error.hint}") from None
        extra = {"refresh_token": refresh} if refresh else {}
        return Token.lasting(value, seconds, self._clock.now(), extra)


def _refreshing(token: str) -> dict[str, str]:
    return {"grant_type": "refresh_token", "refresh_token": token}


class SessionIssuer:
    """Opens sessions by login; each takes a seat until it is ended. Safe to use from several threads.

    Args:
        connection: tenant and branch.
        user: whose session it is.
        password: of that user.
        http: for signing in.
        clock: time.
    """

    def __init__(
        self, connection: AcumaticaConnection, user: str, password: str, http: HttpClient, clock: Clock
    ) -> None:
        # The tenant is never left out: the default one would be read without a word.
        # Nor is the language: choices are answered by their labels.
        self._login = {"name": user, "password": password, "tenant": connection.tenant, "locale": LOCALE}
        if connection.branch:
            self._login["branch"] = connection.branch
        self._http = http
        self._clock = clock

    def __call__(self, previous: Token | None) -> Token:
        """A new session.

        Raises:
            AuthenticationError: refused.
            DataError: something else answers there.
            RateLimited: no seat came free.
        """
        del previous  # it was refused: it has no seat
        response = self._http.request("POST", _LOGIN_PATH, json=self._login, repeatable=True)
        named = (cookie.partition(";")[0].strip() for cookie in response.headers.get_list("set-cookie"))
        cookies = "; ".join(cookie for cookie in named if cookie.partition("=")[2])
        # A proxy has cookies of its own (docs/vendors/acumatica.md, section 2.2).
        if not cookies or response.status_code != 204:
            raise DataError(
                f"{_LOGIN_PATH} of Acumatica answered without a session (HTTP {response.status_code}, where 204 opens"
                " one).",
                hint="Check base_url, and look what answers there: a page to sign in, or a proxy?",
            )
        return Token(cookies, self._clock.now() + _SESSION_LIFE)


class SessionAuth(TokenAuth):
    """Sends a session's cookies. All processes share the session, and the last one that uses it ends it.

    It is ended by `close`, or at the latest when the interpreter ends.

    Args:
        context: the shared state.
        name: of the session.
        issuer: opens sessions.
        credentials: that they are opened with.
        http: for signing out; closed with this.
    """

    def __init__(
        self, context: SourceContext, name: str, issuer: SessionIssuer, credentials: str, http: HttpClient
    ) -> None:
        super().__init__(context.tokens, name, issuer, credentials=credentials)
        self._latest: list[Token] = []
        self.close = weakref.finalize(self, _leave, SharedUse(context.database, name), self._latest, http)

    def apply(self, request: Request, token: Token) -> None:
        """Put the cookies into the request."""
        self._latest[:] = [token]
        request.headers["Cookie"] = token.value


def _leave(use: SharedUse, latest: list[Token], http: HttpClient) -> None:
    with http:
        if not use.end():
            return
        for session in latest:
            try:
                # An empty body has a length, without which IIS refuses it.
                http.request("POST", _LOGOUT_PATH, content=b"", headers={"Cookie": session.value}, repeatable=True)
            except MlcError as error:
                _log.warning("Acumatica's session could not be ended, it ends when it has been idle: %s", error)


def sign_in(connection: AcumaticaConnection, context: SourceContext, http: HttpClient) -> TokenAuth:
    """The way in that the connection names.

    Args:
        connection: of the tenant.
        context: secrets, the shared state.
        http: of `rest.open_sign_in`.
    """
    auth = connection.auth
    name = f"{context.tenant}:{connection.account}"
    if isinstance(auth, Cookie):
        password = context.secret(auth.password.secret)
        issuer = SessionIssuer(connection, auth.user, password, http, context.clock)
        leaving = open_sign_out(connection, context)
        opened_with = f"{password}\n{connection.branch or ''}"
        return SessionAuth(context, f"{name}:{auth.user}", issuer, opened_with, leaving)
    first = _first_grant(auth, context)
    client = {
        # What follows the @ chooses the tenant.
        "client_id": auth.client_id if "@" in auth.client_id else f"{auth.client_id}@{connection.tenant}",
        "client_secret": context.secret(auth.client_secret.secret),
    }
    return TokenAuth(
        context.tokens,
        f"{name}:{auth.client_id}:{auth.user or 'browser'}",
        TokenIssuer(client, first, http, context.clock),
        renew_before=_RENEW_BEFORE,
        credentials="\n".join([*client.values(), *first.values()]),
    )


def _first_grant(auth: OAuth, context: SourceContext) -> dict[str, str]:
    if auth.user and auth.password:
        password = context.secret(auth.password.secret)
        return {"grant_type": "password", "username": auth.user, "password": password, "scope": _SCOPE}
    assert auth.refresh_token  # noqa: S101 - the connection has one of the two
    return _refreshing(context.secret(auth.refresh_token.secret))

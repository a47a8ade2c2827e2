"""The session of one company: logged in once, shared by all threads and processes.

See docs/vendors/sap_business_one.md, section 2.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from mlc_pipelines.clock import Clock
from mlc_pipelines.erp.base import SourceContext
from mlc_pipelines.erp.sap_business_one.connection import ServiceLayerConnection
from mlc_pipelines.errors import AuthenticationError, DataError, MlcError, NotFound, Unavailable
from mlc_pipelines.http import (
    ErrorRule,
    HttpClient,
    Reaction,
    Request,
    Response,
    Token,
    TokenAuth,
    TokenCache,
    parse_json,
    plain_text,
    read_object,
    reauthentication_wanted,
)

# A session ends when nobody used it for some minutes, and every request renews it: no moment can be told in advance. It
# is used until it is refused; the day only keeps one that is never refused from being kept for ever.
_TRUSTED_FOR = timedelta(days=1)

_PAUSE = 5.0  # seconds before the second login

_REFUSED = "100000027"

_COOKIE = re.compile(r'(?:^|[;,])\s*(B1SESSION|ROUTEID)="?([^;,"\s]*)')


class Login:
    """Logs in to one company. Safe to use from several threads.

    Args:
        connection: company and user.
        context: secrets, clock.
    """

    def __init__(self, connection: ServiceLayerConnection, context: SourceContext) -> None:
        self._connection = connection
        self._password = context.secret(connection.password.secret)
        self._clock = context.clock
        self._refusal: AuthenticationError | None = None
        # Under the version that is called: the cookie has no path and is good for the login's own folder only.
        self._http = HttpClient(
            connection.url, rules=_rules(connection, context), clock=context.clock, describe=describe
        )

    def __call__(self, previous: Token | None) -> Token:
        """A new session.

        Raises:
            AuthenticationError: company, user or password were refused.
            NotFound: there is no Service Layer of that version.
        """
        del previous
        if self._refusal is not None:
            raise AuthenticationError(self._refusal.message, hint=self._refusal.hint)
        try:
            return self.log_in()[0]
        except AuthenticationError as error:
            self._refusal = error  # a user is locked after a few of them
            raise

    def log_in(self) -> tuple[Token, Mapping[str, Any]]:
        """A new session, and the answer: the server's `Version` and its `SessionTimeout` in minutes."""
        response = self._http.request(
            "POST",
            "Login",
            json={
                "CompanyDB": self._connection.company_db,
                "UserName": self._connection.user,
                "Password": self._password,
            },
            repeatable=True,  # a session that nobody knows of ends by itself
        )
        cookies = _cookies(*response.headers.get_list("set-cookie"))
        try:
            answer = read_object(response)
            session = cookies.get("B1SESSION") or answer.token("SessionId")
        except (DataError, Unavailable) as error:
            said = f"{self._connection.url}/Login answered without a session. {error.message}"
            raise type(error)(said, hint=f"Check base_url and version. {error.hint}") from None
        route = {"ROUTEID": cookies["ROUTEID"]} if "ROUTEID" in cookies else {}
        return Token(session, self._clock.now() + _TRUSTED_FOR, route), answer

    def log_out(self, session: Token) -> None:
        """End a session that nobody else uses; should that fail, it ends by itself."""
        with suppress(MlcError):
            self._http.request("POST", "Logout", headers={"Cookie": cookie(session)}, repeatable=True)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


class SessionAuth(TokenAuth):
    """Sends the shared session; when it is refused, logs in and replays the request, and once more after a pause.

    A server that is just starting may lose a new session. One whose node has gone is moved to another, which says so by
    a new route (docs/vendors/sap_business_one.md, section 2).
    """

    def __init__(self, cache: TokenCache, name: str, login: Login, credentials: str, clock: Clock) -> None:
        super().__init__(cache, name, login, credentials=credentials)
        self._routes: dict[str, str] = {}
        self._clock = clock

    def sync_auth_flow(self, request: Request) -> Generator[Request, Response, None]:
        """The flow of one request, with an eye on its route."""
        refused = yield from self._replaced_once(request)
        if refused:
            self._clock.sleep(_PAUSE)
            yield from self._replaced_once(request)

    def _replaced_once(self, request: Request) -> Generator[Request, Response, bool]:
        """Whether the session is refused also after a new login."""
        flow = super().sync_auth_flow(request)
        step = next(flow)
        while True:
            session = _cookies(step.headers["Cookie"]).get("B1SESSION", "")
            response = yield step
            if route := _cookies(*response.headers.get_list("set-cookie")).get("ROUTEID"):
                self._routes[session] = route
            try:
                step = flow.send(response)
            except StopIteration:
                return reauthentication_wanted(response)

    def apply(self, request: Request, token: Token) -> None:
        """Put the session's cookies into the request."""
        route = self._routes.get(token.value)
        request.headers["Cookie"] = cookie(replace(token, extra={"ROUTEID": route}) if route else token)


def cookie(session: Token) -> str:
    """The session as a `Cookie` header; the route keeps its requests on the node that has it."""
    return "; ".join([f"B1SESSION={session.value}", *(f"{name}={value}" for name, value in session.extra.items())])


def describe(response: Response) -> str:
    """Code and message out of both versions' error envelopes (docs/vendors/sap_business_one.md, section 3)."""
    error: dict[str, Any] = parse_json(response.content)["error"]
    message: Any = error["message"]
    text = message["value"] if isinstance(message, dict) else message
    return f"{error['code']}: {text}" if text else plain_text(response)


def _cookies(*headers: str) -> dict[str, str]:
    return {name: value for header in headers for name, value in _COOKIE.findall(header) if value}


def _rules(connection: ServiceLayerConnection, context: SourceContext) -> tuple[ErrorRule, ...]:
    credentials = (
        f"Check company_db {connection.company_db!r}, user {connection.user!r} and the secret"
        f" {connection.password.secret!r}."
        f" {context.set_again(connection.password)} The user needs a licence and must not be locked."
    )
    return (
        ErrorRule(
            range(400, 600),
            Reaction.FAIL,
            AuthenticationError,
            code=r"\bSLD\b",
            hint="The Service Layer can't find the company in the System Landscape Directory: its administrator has to"
            " look; check company_db as well.",
        ),
        ErrorRule(range(400, 600), Reaction.FAIL, AuthenticationError, code=_REFUSED, hint=credentials),
        ErrorRule(range(400, 404), Reaction.FAIL, AuthenticationError, hint=credentials),
        ErrorRule(
            404,
            Reaction.FAIL,
            NotFound,
            hint=f"Check base_url: is there a Service Layer {connection.odata} at this address?",
        ),
    )

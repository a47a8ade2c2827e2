"""The session of one company: logged in once, shared by all threads and processes (contract sap_b1.md, section 2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Any

from mlc_pipelines.clock import Clock
from mlc_pipelines.erp.sap_business_one.connection import ServiceLayerConnection
from mlc_pipelines.errors import AuthenticationError, NotFound, Unavailable
from mlc_pipelines.http import Action, ErrorRule, HttpClient, Request, Response, Token, TokenAuth, plain_text

# A session ends when nobody used it for some minutes, and every request renews it: no moment can be told in advance. It
# is used until it is refused; the day only keeps one that is never refused from being kept for ever.
_TRUSTED_FOR = timedelta(days=1)

_REFUSED = "100000027"


class Login:
    """Logs in to one company. Safe to use from several threads.

    Args:
        connection: company and user.
        password: of the user.
        clock: time.
    """

    def __init__(self, connection: ServiceLayerConnection, password: str, clock: Clock) -> None:
        self._connection = connection
        self._password = password
        self._clock = clock
        # Under the version that is called: the cookie has no path and is good for the login's own folder only.
        self._http = HttpClient(connection.url, rules=_rules(connection), clock=clock, describe=describe)

    def __call__(self, previous: Token | None) -> Token:
        """A new session.

        Raises:
            AuthenticationError: company, user or password were refused.
            NotFound: there is no Service Layer of that version.
        """
        del previous
        return self.log_in()[0]

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
        cookies = _cookies(response)
        try:
            answer: dict[str, Any] = response.json()
            session = cookies.get("B1SESSION") or str(answer["SessionId"])
        except (ValueError, KeyError, TypeError):
            raise Unavailable(
                f"{self._connection.url}/Login answered without a session.", hint="Check base_url and version."
            ) from None
        route = {"ROUTEID": cookies["ROUTEID"]} if "ROUTEID" in cookies else {}
        return Token(session, self._clock.now() + _TRUSTED_FOR, route), answer

    def log_out(self, session: Token) -> None:
        """End a session that nobody else uses."""
        self._http.request("POST", "Logout", headers={"Cookie": cookie(session)}, repeatable=True)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


class SessionAuth(TokenAuth):
    """Sends the shared session; when it is refused, logs in once and replays the request once."""

    def apply(self, request: Request, token: Token) -> None:
        """Put the session's cookies into the request."""
        request.headers["Cookie"] = cookie(token)


def cookie(session: Token) -> str:
    """The session as a `Cookie` header; the route keeps its requests on the node that has it."""
    return "; ".join([f"B1SESSION={session.value}", *(f"{name}={value}" for name, value in session.extra.items())])


def describe(response: Response) -> str:
    """Code and message out of both versions' error envelopes (contract sap_b1.md, section 3)."""
    error: dict[str, Any] = json.loads(response.content)["error"]
    message: Any = error["message"]
    text = message["value"] if isinstance(message, dict) else message
    return f"{error['code']}: {text}" if text else plain_text(response)


def _cookies(response: Response) -> dict[str, str]:
    found: dict[str, str] = {}
    for header in response.headers.get_list("set-cookie"):
        try:
            found.update({name: morsel.value for name, morsel in SimpleCookie(header).items()})
        except CookieError:
            continue
    return found


def _rules(connection: ServiceLayerConnection) -> tuple[ErrorRule, ...]:
    credentials = (
        f"Check company_db {connection.company_db!r}, user {connection.user!r} and the secret"
        f" {connection.password.secret!r}; the user needs a licence and must not be locked."
    )
    return (
        ErrorRule(
            range(400, 600),
            Action.FAIL,
            AuthenticationError,
            code=r"\bSLD\b",
            hint="The Service Layer can't find the company in the System Landscape Directory: its administrator has to"
            " look; check company_db as well.",
        ),
        ErrorRule(range(400, 600), Action.FAIL, AuthenticationError, code=_REFUSED, hint=credentials),
        ErrorRule(401, Action.FAIL, AuthenticationError, hint=credentials),
        ErrorRule(
            404,
            Action.FAIL,
            NotFound,
            hint=f"Check base_url: is there a Service Layer {connection.odata} at this address?",
        ),
    )

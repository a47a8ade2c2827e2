"""Signing in: the identity server and the cookie login (docs/vendors/acumatica.md, section 2)."""

from __future__ import annotations

import json
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from mlc_sandbox.acumatica.books import chart
from mlc_sandbox.acumatica.oauth import OAuth
from mlc_sandbox.acumatica.refusals import bad_request, failed, not_signed_in
from mlc_sandbox.acumatica.sessions import Session, Sessions, seat_refused_at_call, seat_refused_at_login
from mlc_sandbox.acumatica.switches import Switches
from mlc_sandbox.rest.oauth import form, same
from mlc_sandbox.rest.requests import FORM, bearer, media_type, origin

_COOKIE = "ASP.NET_SessionId"


@dataclass(frozen=True)
class SignIn:
    """Lets the API users in.

    Attributes:
        oauth: the identity server.
        passwords: user -> password.
        tenant: its login name.
        root: path of the instance.
        sessions: of all users.
        switches: of the sandbox.
    """

    oauth: OAuth
    passwords: Mapping[str, str]
    tenant: str
    root: str
    sessions: Sessions
    switches: Switches

    def known(self, request: Request) -> Session | None:
        """The session of the caller's token or cookie."""
        grant = self.oauth.grant(_token_of(request))
        return grant.session if grant else self.sessions.find(request.cookies.get(_COOKIE, ""))

    async def token(self, request: Request) -> Response:
        """Answer `connect/token`."""
        return JSONResponse(self.oauth.token(await _form(request)))

    async def authorize(self, request: Request) -> Response:
        """Answer `connect/authorize`: the browser's user is taken to be signed in and to consent."""
        return RedirectResponse(self.oauth.authorize(request.query_params, next(iter(self.passwords))), 302)

    async def revoke(self, request: Request) -> Response:
        """Answer `connect/revocation`."""
        self.oauth.revoke(await _form(request))
        return Response()

    async def discovery(self, request: Request) -> Response:
        """Answer what says where all this is."""
        identity = f"{origin(request)}{self.root}/identity"
        return JSONResponse(
            {
                "issuer": identity,
                "authorization_endpoint": f"{identity}/connect/authorize",
                "token_endpoint": f"{identity}/connect/token",
                "revocation_endpoint": f"{identity}/connect/revocation",
                "userinfo_endpoint": f"{identity}/connect/userinfo",
                "jwks_uri": f"{identity}/.well-known/openid-configuration/jwks",
            }
        )

    async def log_in(self, request: Request) -> Response:
        """Answer `auth/login`."""
        asked = await _login_body(request)
        tenant = asked.get("tenant") or asked.get("company") or self.tenant
        if tenant != self.tenant and not self.switches.single_tenant:
            raise failed(
                "A proper company ID cannot be determined for the request.", "PX.Data.PXUndefinedCompanyException"
            )
        expected = self.passwords.get(str(asked.get("name")))
        if expected is None or not same(str(asked.get("password")), expected):
            raise failed("Error: Invalid credentials. Please try again.", status=self.switches.refused_logins)
        branch = asked.get("branch") or chart.BRANCHES[0].code
        if branch not in {known.code for known in chart.BRANCHES}:
            raise failed("Error: The branch is not available for the user.")
        session = Session(str(asked["name"]), str(branch), str(asked.get("locale") or ""))
        if not self.sessions.take_seat(session):
            raise seat_refused_at_login(self.switches)
        response = Response(status_code=204)
        set_cookies(response, session)
        response.set_cookie("UserBranch", "16", path="/")
        response.set_cookie(
            "Locale", f"Culture={session.locale or self.switches.user_language}&TimeZone=GMTM0500A", path="/"
        )
        response.set_cookie("CompanyID", self.tenant.replace(" ", "%20"), path="/")
        return response

    async def log_out(self, request: Request) -> Response:
        """Answer `auth/logout`."""
        if "content-length" not in request.headers:
            return Response("<h2>HTTP Error 411. The request must be chunked or have a content length.</h2>", 411,
                            media_type="text/html")  # fmt: skip
        session = self.known(request)
        if session is not None:
            self.sessions.end(session)
        return Response(status_code=204)

    def is_basic(self, value: str) -> bool:
        """Whether credentials of HTTP Basic, as they stand in the header, are right."""
        # Clients are not agreed on the character set of a password.
        right = [f"{user}:{password}" for user, password in self.passwords.items()]
        return value in {b64encode(one.encode(charset)).decode() for one in right for charset in ("utf-8", "latin-1")}

    def signed_in(self, request: Request) -> tuple[Session, bool]:
        """The caller's session, and whether it was opened just now.

        Raises:
            Refusal: 401, or no seat is free.
        """
        session = self.sessions.find(request.cookies.get(_COOKIE, ""))
        opened = False
        if token := _token_of(request):
            grant = self.oauth.grant(token)
            if grant is None:
                raise not_signed_in()
            if not grant.concurrent:
                session = grant.session
            elif session is None:
                session, opened = Session(grant.session.user, grant.session.branch), True
        if session is None:
            raise not_signed_in()
        if not self.sessions.take_seat(session):
            raise seat_refused_at_call(self.switches, self.root)
        return session, opened


def set_cookies(response: Response, session: Session) -> None:
    """Tell the caller its session."""
    response.set_cookie(_COOKIE, session.id, path="/", httponly=True)
    response.set_cookie(".ASPXAUTH", secrets.token_hex(32).upper(), path="/", httponly=True)


async def _form(request: Request) -> dict[str, str]:
    return form(request.headers.get("content-type", ""), await request.body())


async def _login_body(request: Request) -> dict[str, Any]:
    if media_type(request.headers.get("content-type", "")) == FORM:
        return dict(await _form(request))
    try:
        found = json.loads(await request.body())
    except ValueError as error:
        raise bad_request("The request is invalid.") from error
    if not isinstance(found, dict):
        raise bad_request("The request is invalid.")
    return found


def _token_of(request: Request) -> str:
    return bearer(request.headers.get("authorization", ""))

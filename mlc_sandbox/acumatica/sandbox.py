"""An Acumatica instance on loopback."""

from __future__ import annotations

import hmac
import json
import logging
import secrets
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mlc_sandbox.acumatica.books import Books, chart
from mlc_sandbox.acumatica.calls import Answer, Call
from mlc_sandbox.acumatica.endpoint import Endpoint
from mlc_sandbox.acumatica.gate import Gate
from mlc_sandbox.acumatica.notifications import send
from mlc_sandbox.acumatica.oauth import Application, OAuth
from mlc_sandbox.acumatica.refusals import Refusal, bad_request, failed, no_resource, not_signed_in
from mlc_sandbox.acumatica.rendering import Renderer
from mlc_sandbox.acumatica.sessions import (
    Session,
    Sessions,
    seat_refused_at_call,
    seat_refused_at_login,
)
from mlc_sandbox.acumatica.switches import Switches
from mlc_sandbox.clock import SandboxClock
from mlc_sandbox.serving import SandboxServer

_log = logging.getLogger(__name__)
_ROOT = "/AcumaticaERP"
_BUILD = "25.093.0036"
_COOKIE = "ASP.NET_SessionId"
_ALL_METHODS = ["GET", "PUT", "POST", "PATCH", "DELETE"]


class AcumaticaSandbox(SandboxServer):
    """Identity server, cookie login and the Default endpoint of one instance, over generated books.

    Written from docs/vendors/acumatica.md. Usable as a context manager.

    Args:
        port: where to listen; 0 takes any free port.
        clock: the sandbox's time.
        seed: of the books.
        gl_lines: general ledger lines, all ledgers together.
        today: last day with transactions; its month is the first open period. Default: the clock's day.
        first_month: calendar month that a financial year begins with.

    Attributes:
        books: the books: book-keeping actions and truth figures.
        switches: what the instance has and how the server behaves.
        gate: requests in flight and held back.
        sessions: who is signed in.
        tenant: login name of the tenant; it has a space.
        username, password: of the API user.
        client_id, client_secret: of the connected application.
        redirect_uri: that it may send browsers back to.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        clock: SandboxClock,
        seed: int = 7,
        gl_lines: int = 20_000,
        today: date | None = None,
        first_month: int = 1,
    ) -> None:
        self.books = Books(now=clock.now, seed=seed, gl_lines=gl_lines, today=today, first_month=first_month)
        self.switches = Switches()
        self.tenant = "Meridian Live"
        self.username, self.password = "planning.api", "sandbox-Passw0rd+&é"
        self.redirect_uri = "http://127.0.0.1:9/callback"
        guid = "8C2F1F1E-5D5B-4F0C-9D4E-6A1F3C7B9A10"
        application = Application(f"{guid}@{self.tenant}", "s3cret/+=application", (self.redirect_uri,))
        self.client_id, self.client_secret = application.client_id, application.client_secret
        self.gate = Gate(self.switches, clock.now)
        self.sessions = Sessions(self.switches, clock.now)
        self._oauth = OAuth(
            application=application,
            password=self._password_of,
            branch=chart.BRANCHES[0].code,
            sessions=self.sessions,
            switches=self.switches,
            now=clock.now,
        )
        self._endpoint = Endpoint(self.books, self.switches, clock.now)
        super().__init__(self._application(), port=port, clock=clock)

    @property
    def url(self) -> str:
        """The instance's address: it lies under a path, without a trailing slash."""
        return super().url + _ROOT

    def expire_tokens(self, *, refresh_tokens: bool = False) -> None:
        """Make all access tokens worthless before their time; refresh tokens too when asked."""
        self._oauth.expire(refresh_tokens=refresh_tokens)

    def end_sessions(self) -> None:
        """Log everyone off, as a restart does."""
        self.sessions.end_all()

    def notify(
        self,
        url: str,
        *,
        query: str,
        inserted: Sequence[Mapping[str, Any]] = (),
        deleted: Sequence[Mapping[str, Any]] = (),
        header: tuple[str, str] | None = None,
    ) -> Sequence[int]:
        """Send a push notification, see `notifications.send`; the status of each attempt."""
        return send(
            url,
            tenant=self.tenant,
            query=query,
            inserted=inserted,
            deleted=deleted,
            now=self.clock.now(),
            header=header,
        )

    def _password_of(self, user: str) -> str | None:
        return self.password if user == self.username else None

    def _application(self) -> Starlette:
        identity = f"{_ROOT}/identity"
        return Starlette(
            routes=[
                Route(f"{identity}/connect/token", _refusing(self._token), methods=["POST"]),
                Route(f"{identity}/connect/authorize", _refusing(self._authorize), methods=["GET"]),
                Route(f"{identity}/connect/revocation", _refusing(self._revoke), methods=["POST"]),
                Route(f"{identity}/.well-known/openid-configuration", self._discovery, methods=["GET"]),
                Route(f"{_ROOT}/entity/auth/login", _refusing(self._login), methods=["POST"]),
                Route(f"{_ROOT}/entity/auth/logout", _refusing(self._logout), methods=["POST"]),
                Route(f"{_ROOT}/entity", _refusing(self._endpoints), methods=["GET"]),
                Route(f"{_ROOT}/entity/{{rest:path}}", _refusing(self._entity), methods=_ALL_METHODS),
                Route(f"{_ROOT}/t/{{rest:path}}", _refusing(self._odata), methods=["GET"]),
            ],
        )

    # Identity server (docs/vendors/acumatica.md, section 2.1)

    async def _token(self, request: Request) -> Response:
        return _json(self._oauth.token(await _form(request)))

    async def _authorize(self, request: Request) -> Response:
        # The browser's user is taken to be signed in and to consent.
        return RedirectResponse(self._oauth.authorize(request.query_params, self.username), 302)

    async def _revoke(self, request: Request) -> Response:
        self._oauth.revoke(await _form(request))
        return Response()

    async def _discovery(self, request: Request) -> Response:
        identity = f"{request.url.scheme}://{request.url.netloc}{_ROOT}/identity"
        return _json(
            {
                "issuer": identity,
                "authorization_endpoint": f"{identity}/connect/authorize",
                "token_endpoint": f"{identity}/connect/token",
                "revocation_endpoint": f"{identity}/connect/revocation",
                "userinfo_endpoint": f"{identity}/connect/userinfo",
                "jwks_uri": f"{identity}/.well-known/openid-configuration/jwks",
            }
        )

    # Cookie login (docs/vendors/acumatica.md, section 2.2)

    async def _login(self, request: Request) -> Response:
        asked = await _login_body(request)
        tenant = asked.get("tenant") or asked.get("company") or self.tenant
        if tenant != self.tenant and not self.switches.single_tenant:
            raise failed(
                "A proper company ID cannot be determined for the request.", "PX.Data.PXUndefinedCompanyException"
            )
        expected = self._password_of(str(asked.get("name")))
        if expected is None or not hmac.compare_digest(str(asked.get("password")).encode(), expected.encode()):
            raise failed("Error: Invalid credentials. Please try again.", status=self.switches.refused_logins)
        branch = asked.get("branch") or chart.BRANCHES[0].code
        if branch not in {known.code for known in chart.BRANCHES}:
            raise failed("Error: The branch is not available for the user.")
        session = self.sessions.open(str(asked["name"]), str(branch), locale=str(asked.get("locale") or ""))
        if not self.sessions.take_seat(session):
            self.sessions.end(session)
            raise seat_refused_at_login(self.switches)
        response = Response(status_code=204)
        _set_cookies(response, session)
        response.set_cookie("UserBranch", "16", path="/")
        response.set_cookie(
            "Locale", f"Culture={session.locale or self.switches.user_language}&TimeZone=GMTM0500A", path="/"
        )
        response.set_cookie("CompanyID", self.tenant.replace(" ", "%20"), path="/")
        return response

    async def _logout(self, request: Request) -> Response:
        if "content-length" not in request.headers:
            return Response("<h2>HTTP Error 411. The request must be chunked or have a content length.</h2>", 411,
                            media_type="text/html")  # fmt: skip
        grant = self._oauth.grant(_bearer(request))
        session = grant.session if grant else self.sessions.find(request.cookies.get(_COOKIE, ""))
        if session is not None:
            self.sessions.end(session)
        return Response(status_code=204)

    # Endpoints (docs/vendors/acumatica.md, section 3)

    async def _endpoints(self, request: Request) -> Response:
        signed_in = self._oauth.grant(_bearer(request)) or self.sessions.find(request.cookies.get(_COOKIE, ""))
        if self.switches.entity_list_needs_login and not signed_in:
            raise not_signed_in()
        listed = [("Default", version) for version in self.switches.versions]
        if signed_in:
            listed.append(("MeridianExt", "1.0.0"))
        rows = [
            {"name": name, "version": version, "href": f"{_ROOT}/entity/{name}/{version}/"} for name, version in listed
        ]
        if self.switches.entity_list == "array":
            return _json(rows)
        build = {"acumaticaBuildVersion": _BUILD, "databaseVersion": _BUILD}
        return _json({"version": build, "endpoints": rows})

    async def _entity(self, request: Request) -> Response:
        # 401 comes before 404, whatever the path.
        session, opened = self._signed_in(request)
        name, _, below = request.path_params["rest"].partition("/")
        version, _, path = below.partition("/")
        if name != "Default" or version not in self.switches.versions or not path:
            raise no_resource(str(request.url))
        async with self.gate.enter():
            content = await request.body()
            root = f"{_ROOT}/entity/{name}/{version}"
            call = Call(
                method=request.method,
                url=str(request.url),
                parts=path.rstrip("/").split("/"),
                query=request.query_params,
                headers=request.headers,
                content=content,
                session=session,
                root=root,
                renderer=Renderer(self.switches, root, session.locale or self.switches.user_language),
            )
            found = await run_in_threadpool(self._endpoint.answer, call)
        response = _sent(found)
        if opened:
            _set_cookies(response, session)
        return response

    async def _odata(self, request: Request) -> Response:
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            self._signed_in(request)
        elif not self._is_basic(value):
            raise not_signed_in()
        # No generic inquiry is exposed.
        raise no_resource(str(request.url))

    def _is_basic(self, value: str) -> bool:
        expected = f"{self.username}:{self.password}"
        # Clients are not agreed on the character set of a password.
        return value in {b64encode(expected.encode(charset)).decode() for charset in ("utf-8", "latin-1")}

    def _signed_in(self, request: Request) -> tuple[Session, bool]:
        """The caller's session, and whether it was opened just now."""
        session = self.sessions.find(request.cookies.get(_COOKIE, ""))
        opened = False
        if token := _bearer(request):
            grant = self._oauth.grant(token)
            if grant is None:
                raise not_signed_in()
            if not grant.concurrent:
                session = grant.session
            elif session is None:
                session, opened = self.sessions.open(grant.session.user, grant.session.branch), True
        if session is None:
            raise not_signed_in()
        if not self.sessions.take_seat(session):
            raise seat_refused_at_call(self.switches, _ROOT)
        return session, opened


def _refusing(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refusal as refusal:
            return _refused(refusal)
        except Exception:  # noqa: BLE001 - a fault of the sandbox itself, answered as the vendor answers its own
            _log.exception("The sandbox failed at %s %s.", request.method, request.url.path)
            return _refused(
                failed("Object reference not set to an instance of an object.", "System.NullReferenceException")
            )

    return answered


def _refused(refusal: Refusal) -> Response:
    if isinstance(refusal.body, str):
        return Response(refusal.body, refusal.status, headers=refusal.headers)
    return Response(
        json.dumps(refusal.body, ensure_ascii=False, default=str),
        refusal.status,
        headers={"content-type": "application/json; charset=utf-8", **refusal.headers},
    )


def _sent(found: Answer) -> Response:
    kind = {"content-type": "application/json; charset=utf-8"} if found.body else {}
    return Response(found.body, found.status, headers={**kind, **found.headers})


def _json(content: Any) -> Response:
    return _sent(Answer(body=json.dumps(content)))


def _bearer(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _set_cookies(response: Response, session: Session) -> None:
    response.set_cookie(_COOKIE, session.id, path="/", httponly=True)
    response.set_cookie(".ASPXAUTH", secrets.token_hex(32).upper(), path="/", httponly=True)


async def _form(request: Request) -> dict[str, str]:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise Refusal(400, {"error": "invalid_request"})
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


async def _login_body(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(await _form(request))
    try:
        found = json.loads(await request.body())
    except ValueError as error:
        raise bad_request("The request is invalid.") from error
    if not isinstance(found, dict):
        raise bad_request("The request is invalid.")
    return found

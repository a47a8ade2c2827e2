"""An Acumatica instance on loopback."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mlc_sandbox.acumatica.books import Books, chart
from mlc_sandbox.acumatica.calls import Answer, Call
from mlc_sandbox.acumatica.endpoint import Endpoint
from mlc_sandbox.acumatica.gate import Gate
from mlc_sandbox.acumatica.notifications import send
from mlc_sandbox.acumatica.oauth import Application, OAuth
from mlc_sandbox.acumatica.refusals import failed, no_resource, not_signed_in
from mlc_sandbox.acumatica.rendering import Renderer
from mlc_sandbox.acumatica.sessions import Sessions
from mlc_sandbox.acumatica.sign_in import SignIn, set_cookies
from mlc_sandbox.acumatica.switches import Switches
from mlc_sandbox.clock import SandboxClock
from mlc_sandbox.rest.refusals import Endpoint as HttpEndpoint
from mlc_sandbox.rest.refusals import answered
from mlc_sandbox.serving import SandboxServer

_ROOT = "/AcumaticaERP"
_BUILD = "25.093.0036"
_COOKIE = "ASP.NET_SessionId"
_ALL_METHODS = ["GET", "PUT", "POST", "PATCH", "DELETE"]


class AcumaticaSandbox(SandboxServer):
    """Identity server, cookie login and the Default endpoint of one instance, over generated books.

    Written from docs/vendors/acumatica.md. Usable as a context manager.

    Args:
        port, clock: as of `SandboxServer`.
        seed, gl_lines, today, first_month: as of `Books`.

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
        passwords = {self.username: self.password}
        self._oauth = OAuth(
            application=application,
            passwords=passwords,
            branch=chart.BRANCHES[0].code,
            sessions=self.sessions,
            switches=self.switches,
            now=clock.now,
        )
        self._sign_in = SignIn(self._oauth, passwords, self.tenant, _ROOT, self.sessions, self.switches)
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

    def _application(self) -> Starlette:
        identity = f"{_ROOT}/identity"
        return Starlette(
            routes=[
                Route(f"{identity}/connect/token", _answered(self._sign_in.token), methods=["POST"]),
                Route(f"{identity}/connect/authorize", _answered(self._sign_in.authorize), methods=["GET"]),
                Route(f"{identity}/connect/revocation", _answered(self._sign_in.revoke), methods=["POST"]),
                Route(f"{identity}/.well-known/openid-configuration", self._sign_in.discovery, methods=["GET"]),
                Route(f"{_ROOT}/entity/auth/login", _answered(self._sign_in.log_in), methods=["POST"]),
                Route(f"{_ROOT}/entity/auth/logout", _answered(self._sign_in.log_out), methods=["POST"]),
                Route(f"{_ROOT}/entity", _answered(self._endpoints), methods=["GET"]),
                Route(f"{_ROOT}/entity/{{rest:path}}", _answered(self._entity), methods=_ALL_METHODS),
                Route(f"{_ROOT}/t/{{rest:path}}", _answered(self._odata), methods=["GET"]),
            ]
        )

    # Endpoints (docs/vendors/acumatica.md, section 3)

    async def _endpoints(self, request: Request) -> Response:
        signed_in = self._sign_in.known(request) is not None
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
        session, opened = self._sign_in.signed_in(request)
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
            set_cookies(response, session)
        return response

    async def _odata(self, request: Request) -> Response:
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            self._sign_in.signed_in(request)
        elif not self._sign_in.is_basic(value):
            raise not_signed_in()
        # No generic inquiry is exposed.
        raise no_resource(str(request.url))


def _answered(endpoint: HttpEndpoint) -> HttpEndpoint:
    return answered(
        endpoint,
        lambda _request: failed(
            "Object reference not set to an instance of an object.", "System.NullReferenceException"
        ).response(),
    )


def _sent(found: Answer) -> Response:
    kind = {"content-type": "application/json; charset=utf-8"} if found.body else {}
    return Response(found.body, found.status, headers={**kind, **found.headers})


def _json(content: Any) -> Response:
    return _sent(Answer(body=json.dumps(content)))

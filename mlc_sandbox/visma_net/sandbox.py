"""A Visma.net company on loopback."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlc_sandbox.clock import SandboxClock
from mlc_sandbox.rest.refusals import Endpoint, Refusal, answered
from mlc_sandbox.rest.requests import origin
from mlc_sandbox.serving import SandboxServer
from mlc_sandbox.visma_net.background import HEADER, Background
from mlc_sandbox.visma_net.books import Books
from mlc_sandbox.visma_net.gate import Gate
from mlc_sandbox.visma_net.lists import LISTINGS
from mlc_sandbox.visma_net.paging import Pages
from mlc_sandbox.visma_net.query import Query
from mlc_sandbox.visma_net.refusals import unexpected, unknown_operation
from mlc_sandbox.visma_net.singles import single
from mlc_sandbox.visma_net.switches import Switches
from mlc_sandbox.visma_net.tokens import SCOPES, TOKEN_PATH, Tokens
from mlc_sandbox.visma_net.views.style import Style
from mlc_sandbox.visma_net.wire import to_json

_JSON = "application/json; charset=utf-8"
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class VismaNetSandbox(SandboxServer):
    """Token endpoint and read API of one company, over generated books. Nothing can be written.

    Written from docs/vendors/visma_net.md. Usable as a context manager. Connect and the API, two hosts in life, are one
    here.

    Args:
        port, clock: as of `SandboxServer`.
        seed, gl_lines, today, time_zone: as of `Books`.

    Attributes:
        books: book-keeping actions and truth figures.
        switches: how the server behaves.
        client_id, client_secret: of the application.
        tenant_id: of the company.
        customer_tenant_id: of the customer: it gets a token that no call accepts
            (docs/vendors/visma_net.md, section 2.1).
    """

    def __init__(
        self,
        *,
        port: int = 0,
        clock: SandboxClock,
        seed: int = 7,
        gl_lines: int = 20_000,
        today: date | None = None,
        time_zone: str = "Europe/Oslo",
    ) -> None:
        self.books = Books(now=clock.now, seed=seed, gl_lines=gl_lines, today=today, time_zone=time_zone)
        self.switches = Switches()
        self._tokens = Tokens(self.switches, now=clock.now)
        self.client_id = self._tokens.client_id
        self.client_secret = self._tokens.client_secret
        self.tenant_id = self._tokens.tenant_id
        self.customer_tenant_id = self._tokens.customer_tenant_id
        self._gate = Gate(self._tokens, self.switches, now=clock.now, seed=seed)
        self._style = Style(self.switches, self.books.zone)
        self._pages = Pages(self.books, self.switches, self._style)
        self._background = Background(self.switches, now=clock.now)
        super().__init__(self._application(), port=port, clock=clock)

    @property
    def token_url(self) -> str:
        """Where tokens are given out."""
        return f"{self.url}{TOKEN_PATH}"

    def expire_tokens(self) -> None:
        """Make all access tokens worthless before their time."""
        self._tokens.revoke_all()

    def _application(self) -> Starlette:
        return Starlette(
            routes=[
                Route(TOKEN_PATH, _answered(self._token), methods=["POST"]),
                Route("/.well-known/openid-configuration", self._discovery, methods=["GET"]),
                Route("/{rest:path}", self._api, methods=_METHODS),
            ]
        )

    async def _token(self, request: Request) -> Response:
        headers = request.headers
        body = await request.body()
        answer = self._tokens.answer(headers.get("content-type", ""), headers.get("authorization", ""), body)
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    async def _discovery(self, request: Request) -> Response:
        host = origin(request)
        return JSONResponse(
            {
                "issuer": host,
                "token_endpoint": f"{host}{TOKEN_PATH}",
                "grant_types_supported": ["client_credentials"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "scopes_supported": sorted(SCOPES),
            }
        )

    async def _api(self, request: Request) -> Response:
        # Answering takes milliseconds, so it is done in the event loop itself.
        parts = request.path_params["rest"].rstrip("/").split("/")
        address, keys = (parts[0].lower(), parts[1].lower() if len(parts) > 1 else ""), parts[2:]

        async def endpoint(request: Request) -> Response:
            self._gate.enter(request.headers.get("authorization", ""), address[1])
            return self._respond(request, address, keys)

        response = await _answered(endpoint)(request)
        response.headers.update(self._gate.headers(address[1]))
        response.headers.update({"ipp-request-id": str(uuid.uuid4()), "Request-Context": "appId=cid-v1:sandbox"})
        return response

    def _respond(self, request: Request, address: tuple[str, str], keys: list[str]) -> Response:
        if request.method != "GET":
            raise unknown_operation()
        host = self.switches.link_host or origin(request)
        if address == ("v1", "background"):
            return self._answer_background(keys, host)
        header = request.headers.get(HEADER)
        if header is None:
            body, etag = self._read(request, address, keys)
            return _json(body, headers={"ETag": f'"{etag}"'} if etag else {})
        try:
            status, body = 200, self._read(request, address, keys)[0]
        except Refusal as refusal:
            status, body = refusal.status, json.dumps(refusal.body, ensure_ascii=False)
        number = self._background.accept(header, str(request.url), status, body)
        location = f"{host}/v1/background/{number}"
        return _json(to_json({"id": number, "stateLocation": location}), 202, {"Location": location})

    def _answer_background(self, keys: list[str], host: str) -> Response:
        if len(keys) == 1:
            return _json(to_json(self._background.state(keys[0], host)))
        if len(keys) == 2 and keys[1].lower() == "content":
            return _json(self._background.content(keys[0]))
        raise unknown_operation()

    def _read(self, request: Request, address: tuple[str, str], keys: list[str]) -> tuple[str, str]:
        """The body of a list or a single record, and the ETag of the latter."""
        pairs = request.query_params.multi_items()
        in_utc = self.switches.filter_zone == "utc" or address[1] == "branch"
        query = Query(pairs, UTC if in_utc else self.books.zone, refuse_zone=self.switches.refuse_zone)
        with self.books.lock:
            if not keys and address in LISTINGS:
                return self._pages.answer(LISTINGS[address], query), ""
            view, etag = single(self.books, self._style, address, keys, query)
            return to_json(view), etag


def _answered(endpoint: Endpoint) -> Endpoint:
    return answered(endpoint, lambda _request: unexpected().response())


def _json(body: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers={"content-type": _JSON, **(headers or {})})

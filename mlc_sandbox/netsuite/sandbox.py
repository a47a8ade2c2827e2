"""The NetSuite account on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Literal

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlc_sandbox.clock import SandboxClock
from mlc_sandbox.netsuite.books import Books
from mlc_sandbox.netsuite.gate import Gate
from mlc_sandbox.netsuite.integrations import Integration, Integrations
from mlc_sandbox.netsuite.journals.view import RECORD_PATH
from mlc_sandbox.netsuite.queries import SUITEQL_PATH, answer_query
from mlc_sandbox.netsuite.records import SINGULAR, RecordEndpoints
from mlc_sandbox.netsuite.refusals import Refusal, invalid_parameter, nonexistent, unexpected
from mlc_sandbox.netsuite.suiteql import QueryEngine
from mlc_sandbox.netsuite.switches import Switches
from mlc_sandbox.netsuite.tokens import TOKEN_PATH, Tokens
from mlc_sandbox.rest.refusals import Endpoint, answered
from mlc_sandbox.rest.requests import origin
from mlc_sandbox.serving import SandboxServer

Handler = Callable[[Request, bytes], Response]


class NetSuiteSandbox(SandboxServer):
    """Token endpoint, SuiteQL, record API and system endpoints of one account, over generated books.

    Written from docs/vendors/netsuite.md. Usable as a context manager.

    Args:
        account_id: for instance `1234567_SB1`; also the realm of refusals.
        port, clock: as of `SandboxServer`.
        seed, gl_lines, today, multi_book, time_zone: as of `Books`.

    Attributes:
        books: the books: book-keeping actions and truth figures.
        switches: what the account has and how the server behaves.
        integrations: integration records and certificates.
        integration: one that is there from the start, with a P-256 key.
        gate: counts of requests in flight.
    """

    def __init__(
        self,
        *,
        account_id: str = "1234567_SB1",
        port: int = 0,
        clock: SandboxClock,
        seed: int = 7,
        gl_lines: int = 20_000,
        today: date | None = None,
        multi_book: bool = True,
        time_zone: str = "America/Los_Angeles",
    ) -> None:
        self.account_id = account_id
        self.books = Books(
            now=clock.now, seed=seed, gl_lines=gl_lines, today=today, multi_book=multi_book, time_zone=time_zone
        )
        self.switches = Switches()
        self.switches.features.multi_book = multi_book
        self.integrations = Integrations()
        self.integration: Integration = self.integrations.create(clock.now())
        self._tokens = Tokens(self.integrations, self.switches, account=account_id, now=clock.now)
        self.gate = Gate(self._tokens, self.switches, account=account_id, now=clock.now, seed=seed)
        self._engine = QueryEngine(self.books, self.switches, seed=seed)
        self._records = RecordEndpoints(self.books, self.switches)
        super().__init__(self._application(), port=port, clock=clock)

    def add_integration(self, algorithm: Literal["EC", "RSA"] = "EC") -> Integration:
        """Another integration with a key pair of its own."""
        return self.integrations.create(self.clock.now(), algorithm=algorithm)

    def expire_tokens(self) -> None:
        """Make all access tokens worthless before their time."""
        self._tokens.revoke_all()

    def _application(self) -> Starlette:
        certificates = "/services/rest/auth/oauth2/v1/clients/{client_id}/certificates"
        return Starlette(
            routes=[
                Route(TOKEN_PATH, _answered(self._token), methods=["POST"]),
                Route("/rest/datacenterurls", _answered(self._data_center), methods=["GET"]),
                Route(SUITEQL_PATH, self._behind_gate(self._suiteql), methods=["POST"]),
                Route(RECORD_PATH + "/{rest:path}", self._behind_gate(self._record), methods=_RECORD_METHODS),
                Route(certificates, self._behind_gate(self._certificates), methods=["GET"]),
                Route("/services/rest/system/v1/serverTime", self._behind_gate(self._server_time), methods=["GET"]),
                Route("/services/rest/system/v1/governanceLimits", self._behind_gate(self._limits), methods=["GET"]),
            ],
            exception_handlers={HTTPException: _answer_unknown_path},
        )

    def _behind_gate(self, handler: Handler) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            with self.gate.enter(request):
                body = await request.body()
                return await run_in_threadpool(handler, request, body)

        return _answered(endpoint)

    async def _token(self, request: Request) -> Response:
        body = await request.body()
        return JSONResponse(self._tokens.answer(request.headers.get("content-type", ""), body, origin(request)))

    async def _data_center(self, request: Request) -> Response:
        # Without authentication, on purpose (docs/vendors/netsuite.md, section 1).
        if request.query_params.get("account", "").upper() != self.account_id.upper():
            raise invalid_parameter("Unknown account.", "account")
        url = origin(request)
        return JSONResponse({"webservicesDomain": url, "restDomain": url, "systemDomain": url})

    def _suiteql(self, request: Request, body: bytes) -> Response:
        return answer_query(
            self._engine,
            self.switches,
            headers=request.headers,
            query=request.query_params,
            body=body,
            base_url=origin(request),
        )

    def _record(self, request: Request, body: bytes) -> Response:
        return self._records.answer(request, body, origin(request))

    def _certificates(self, request: Request, _body: bytes) -> Response:
        return JSONResponse(self.integrations.listing(request.path_params["client_id"]))

    def _server_time(self, _request: Request, _body: bytes) -> Response:
        now = self.clock.now()
        return _singular({"serverTime": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"})

    def _limits(self, _request: Request, _body: bytes) -> Response:
        if not self.switches.administrator:
            raise Refusal(403, "INSUFFICIENT_PERMISSION", "Permission Violation: administrators only.")
        limit = self.switches.concurrency_limit
        return _singular(
            {
                "accountConcurrencyLimit": limit,
                "accountUnallocatedConcurrencyLimit": limit,
                "integrationConcurrencyLimit": limit,
                "integrationLimitType": "accountLimit",
            }
        )


_RECORD_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def _answered(endpoint: Endpoint) -> Endpoint:
    return answered(endpoint, lambda _request: unexpected().response())


def _singular(content: dict[str, object]) -> Response:
    return Response(json.dumps(content), headers={"content-type": SINGULAR})


async def _answer_unknown_path(request: Request, _error: Exception) -> Response:
    return nonexistent("The requested resource does not exist.", request.url.path).response()

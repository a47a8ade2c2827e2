"""The Service Layer of a SAP Business One company on loopback."""

from __future__ import annotations

import json
from datetime import date

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlc_sandbox.clock import SandboxClock
from mlc_sandbox.rest.refusals import answered
from mlc_sandbox.rest.requests import origin
from mlc_sandbox.sap_business_one.answers import Answer, Call, Refusal, refused
from mlc_sandbox.sap_business_one.books import Books, BooksError
from mlc_sandbox.sap_business_one.service import Service
from mlc_sandbox.sap_business_one.sessions import Sessions
from mlc_sandbox.sap_business_one.switches import Switches
from mlc_sandbox.serving import SandboxServer

_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]


class SapBusinessOneSandbox(SandboxServer):
    """Versions 1 and 2 of the Service Layer of one company, over the generated books of a food manufacturer.

    Written from docs/vendors/sap_business_one.md. Usable as a context manager.

    Args:
        company: name of its database.
        port, clock: as of `SandboxServer`.
        seed, gl_lines, today, time_zone: as of `Books`.
        segmented_chart: whether accounts have opaque keys and their numbers in `FormatCode`.

    Attributes:
        company, user, password: the credentials.
        books: the books: book-keeping actions and truth figures.
        switches: how the server is set up and behaves.
        sessions: the open sessions.
    """

    def __init__(
        self,
        *,
        company: str = "NORDHAVN",
        port: int = 0,
        clock: SandboxClock,
        seed: int = 7,
        gl_lines: int = 20_000,
        today: date | None = None,
        segmented_chart: bool = False,
        time_zone: str = "Europe/Copenhagen",
    ) -> None:
        self.books = Books(
            now=clock.now, seed=seed, gl_lines=gl_lines, today=today, segmented=segmented_chart, time_zone=time_zone
        )
        self.switches = Switches()
        self.sessions = Sessions(self.switches, clock.now, company=company)
        self.company, self.user, self.password = company, self.sessions.user, self.sessions.password
        self._service = Service(self.books, self.switches, self.sessions, seed=seed)
        super().__init__(self._application(), port=port, clock=clock)

    def expire_sessions(self) -> None:
        """End every session before its time."""
        self.sessions.expire_all()

    def _application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/b1s/{version}/{path:path}", answered(self._serve, self._failure), methods=_METHODS),
                Route("/ping/", self._ping, methods=["GET"]),
                Route("/__sim/vouchers/{batch:int}/post", self._post_voucher, methods=["POST"]),
            ]
        )

    async def _serve(self, request: Request) -> Response:
        version = request.path_params["version"]
        if version not in ("v1", "v2"):
            return Response("<html><body><h1>404 Not Found</h1></body></html>", 404, media_type="text/html")
        call = Call(
            method=request.method,
            version=version,
            root=f"{origin(request)}/b1s/{version}",
            path=request.path_params["path"],
            query=dict(request.query_params),
            # A client may send each cookie in a header of its own.
            headers={**request.headers, "cookie": "; ".join(request.headers.getlist("cookie"))},
            body=await request.body(),
        )
        return _response(self._service.answer(call))

    def _failure(self, request: Request) -> Response:
        refusal = Refusal(500, -5002, "Internal error (-5002) occurred")
        return _response(refused(request.path_params["version"], refusal, self.switches))

    async def _ping(self, _request: Request) -> Response:
        # Without a session and outside the base, on purpose (docs/vendors/sap_business_one.md, section 1).
        now = f"{self.clock.now().timestamp():.3f}"
        return JSONResponse({"message": "pong", "sender": "load balancer", "timestamp": now})

    async def _post_voucher(self, request: Request) -> Response:
        try:
            numbers = self.books.post_voucher(request.path_params["batch"])
        except BooksError as error:
            return Response(json.dumps({"error": str(error)}), 409, media_type="application/json")
        return JSONResponse({"JdtNum": numbers})


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, headers=dict(answer.headers))
    for cookie in answer.cookies:
        response.headers.append("set-cookie", cookie)
    return response

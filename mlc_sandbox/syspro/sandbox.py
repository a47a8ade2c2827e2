"""A SYSPRO installation on loopback: its OData service and its e.net REST service on one server."""

from __future__ import annotations

from datetime import date

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from mlc_sandbox.clock import SandboxClock
from mlc_sandbox.rest.refusals import answered
from mlc_sandbox.rest.requests import basic, origin
from mlc_sandbox.serving import SandboxServer
from mlc_sandbox.syspro.books import Books
from mlc_sandbox.syspro.enet import REST_PATH, EnetService
from mlc_sandbox.syspro.enet.sessions import Sessions
from mlc_sandbox.syspro.odata_service import ODataService, Refusal
from mlc_sandbox.syspro.switches import Switches

ODATA_PATH = "/SYSPRO8Odata/SYSPROOData"
_LONGEST_REQUEST_LINE = 16_384
"""The limit of http.sys (docs/vendors/syspro.md, section A1)."""
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def iis_page(status: int, title: str) -> str:
    """The HTML that IIS answers errors with; for `faults.answer` too."""
    return (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">\r\n<html><head><title>'
        f"{status} - {title}</title></head>\r\n<body><h1>Server Error</h1><h2>{status} - {title}</h2></body></html>"
    )


class SysproSandbox(SandboxServer):
    """OData and e.net of one company, over generated books.

    Written from docs/vendors/syspro.md. Usable as a context manager.

    Args:
        port, clock: as of `SandboxServer`.
        seed, gl_lines, today: as of `Books`.

    Attributes:
        books: the books: book-keeping actions and truth figures.
        switches: how the two services behave.
        sessions: the operators that are logged on to e.net.
        company, other_company: ids; the other's balances lie in the same tables.
        operator, password: for both services.
        second_operator: another one, with the same password.
        company_password: of the company.
    """

    def __init__(
        self, *, port: int = 0, clock: SandboxClock, seed: int = 7, gl_lines: int = 20_000, today: date | None = None
    ) -> None:
        self.company, self.other_company = "CHEM", "COAT"
        self.operator, self.second_operator = "ANAPLAN", "ANAPLAN2"
        self.password, self.company_password = "Sandb0x-Öperator", "sandbox-c0mpany"
        self.books = Books(
            now=clock.now,
            seed=seed,
            gl_lines=gl_lines,
            today=today,
            company=self.company,
            other_company=self.other_company,
        )
        self.switches = Switches()
        self.sessions = Sessions(
            {self.operator: self.password, self.second_operator: self.password},
            {self.company: self.company_password},
            self.switches,
            clock.now,
        )
        self._enet = EnetService(self.books, self.switches, self.sessions)
        self._odata = ODataService(self.books, self.switches)
        serve = answered(self._serve, lambda _request: HTMLResponse(iis_page(500, "Internal server error."), 500))
        super().__init__(Starlette(routes=[Route("/{path:path}", serve, methods=_METHODS)]), port=port, clock=clock)

    @property
    def rest_url(self) -> str:
        """Base address of e.net."""
        return f"{self.url}/SYSPROWCFService/Rest"

    @property
    def odata_url(self) -> str:
        """Base address of OData with what selects the company."""
        return f"{self.url}{ODATA_PATH}/{self.company}"

    async def _serve(self, request: Request) -> Response:
        # The path alone decides, without regard to case, as in IIS and http.sys.
        path = request.url.path.lower()
        if len(request.url.path) + len(request.url.query) + len("GET ? HTTP/1.1") > _LONGEST_REQUEST_LINE:
            return HTMLResponse(iis_page(414, "Request-URI Too Long"), 414)
        if path.startswith(REST_PATH + "/"):
            return await run_in_threadpool(self._answer_enet, request, path[len(REST_PATH) + 1 :])
        if path.startswith(ODATA_PATH.lower() + "/"):
            return await run_in_threadpool(self._answer_odata, request, request.url.path[len(ODATA_PATH) + 1 :])
        return HTMLResponse(iis_page(404, "File or directory not found."), 404)

    def _answer_enet(self, request: Request, call: str) -> Response:
        if request.method != "GET":
            return HTMLResponse(iis_page(405, "Method not allowed."), 405, headers={"allow": "GET"})
        answer = self._enet.answer(call.rstrip("/"), request.query_params)
        return answer or HTMLResponse(iis_page(404, "Endpoint not found."), 404)

    def _answer_odata(self, request: Request, rest: str) -> Response:
        if not self._may_read(request.headers.get("authorization", "")):
            return HTMLResponse(
                iis_page(401, "Unauthorized: Access is denied due to invalid credentials."),
                401,
                headers={"www-authenticate": 'Basic realm="SYSPRO OData"'},
            )
        if request.method != "GET":
            raise Refusal(405, "The service is read-only.")
        company, _, entity_set = rest.partition("/")
        url = f"{origin(request)}{ODATA_PATH}/{company}"
        if company != self.company:
            raise Refusal(404, f"Company '{company}' is not known to this service.")
        return self._odata.answer(entity_set.rstrip("/"), request.query_params, url)

    def _may_read(self, authorization: str) -> bool:
        try:
            credentials = basic(authorization)
        except ValueError:
            return False
        known = credentials is not None and credentials in self.sessions.operators.items()
        return known and self.switches.odata_enabled

"""A server of lists that a test writes: it may shift, shuffle, refuse and wait as docs/vendors/visma_net.md says
Visma.net may."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlc_pipelines_tests.clock import sandbox_clock
from mlc_sandbox.serving import SandboxServer

Record = dict[str, Any]
SUPPLIERS, ACCOUNTS = "/v1/supplier", "/v1/account"
INVOICES, ORDERS = "/v1/supplierinvoice", "/v1/purchaseorder"
LINES, BALANCES = "/v1/generalledgertransactions", "/v2/generalledgerbalance"
LEDGERS = [
    {"number": "1", "description": "Actuals", "balanceType": "Actual"},
    {"number": "2", "description": "Budget", "balanceType": "Budget"},
]


def month(year: int, number: int, start: str, end: str) -> Record:
    """A period as `/v1/financialPeriod` has it."""
    return {"year": year, "period": f"{number:02d}", "startDate": f"{start}T00:00:00", "endDate": f"{end}T00:00:00"}


PERIODS = [month(2026, 2, "2026-02-01", "2026-02-28"), month(2026, 3, "2026-03-01", "2026-03-31")]


class Script(SandboxServer):
    """Lists by path in lower case, paged where they are asked for in pages.

    Attributes:
        lists: what a path answers: an array is paged when pages are asked for, all else is answered as it is.
        max_page_size: what `pageSize` is cut to without a word.
        before: called with path and page number before an answer; an answer of its own is given instead.
        headers: of each answer.
        asked: path and query of every request but those for tokens.
        asked_headers: headers of these requests.
        tokens: form of every request for a token.
        token_answers: what the next requests for a token are answered with, instead of a token.
    """

    def __init__(self) -> None:
        # Tokens and limits are shared by company: each script is another one.
        self.tenant_id = str(uuid.uuid4())
        self.client_id, self.client_secret = "isv_test", "s3cr3t-of-the-client"
        self.lists: dict[str, Any] = {"/v1/ledger": LEDGERS, "/v1/financialperiod": PERIODS}
        self.max_page_size = 1000
        self.before: Callable[[str, int], Response | None] = lambda _path, _number: None
        self.headers: dict[str, str] = {}
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.asked_headers: list[Mapping[str, str]] = []
        self.tokens: list[Mapping[str, str]] = []
        self.token_answers: list[Response] = []
        self._lock = threading.Lock()
        super().__init__(
            Starlette(
                routes=[
                    Route("/connect/token", self._token, methods=["POST"]),
                    Route("/{path:path}", self._list, methods=["GET"]),
                ]
            ),
            clock=sandbox_clock(),
        )

    @property
    def token_url(self) -> str:
        return f"{self.url}/connect/token"

    def queries(self, path: str) -> list[Mapping[str, str]]:
        """The queries that a list was asked with."""
        return [query for asked, query in self.asked if asked == path]

    async def _token(self, request: Request) -> Response:
        self.tokens.append(dict(parse_qsl((await request.body()).decode())))
        if self.token_answers:
            return self.token_answers.pop(0)
        token = f"token-{len(self.tokens)}-{self.tenant_id}"
        return JSONResponse({"access_token": token, "expires_in": 3600, "token_type": "Bearer"})

    async def _list(self, request: Request) -> Response:
        path, query = request.url.path.lower(), dict(request.query_params)
        with self._lock:
            self.asked.append((path, query))
            self.asked_headers.append(request.headers)
            number = int(query.get("pageNumber", "1"))
            answer = self.before(path, number)
            if answer is None:
                answer = self.answer(path, query, number)
        answer.headers.update(self.headers)
        return answer

    def answer(self, path: str, query: Mapping[str, str], number: int) -> Response:
        """What a list answers when nothing is amiss."""
        if path not in self.lists:
            return JSONResponse({"message": "could not be found"}, 404)
        records = self.lists[path]
        if "pageSize" in query:
            size = min(int(query["pageSize"]), self.max_page_size)
            metadata = {"totalCount": len(records), "maxPageSize": self.max_page_size}
            records = [{**each, "metadata": metadata} for each in records[(number - 1) * size : number * size]]
        return Response(json.dumps(records), media_type="application/json")


def suppliers(count: int, *, first: int = 1) -> list[dict[str, Any]]:
    return [{"internalId": first + number, "number": f"{50000 + number}", "name": "x"} for number in range(count)]


def filters(script, path):
    return [{k: v for k, v in query.items() if not k.startswith("page")} for query in script.queries(path)]


def order(number: int, day: str, *, base: str = "10.0"):
    return {
        "orderType": "RegularOrder",
        "orderNbr": f"PO{number:04d}",
        "status": "Open",
        "date": day,
        "supplier": {"internalId": 77, "number": "50000"},
        "lineTotal": 10.0,
        "lineTotalInBaseCurrency": float(base),
        "exchangeRate": 1.0,
        "lines": [{"lineNbr": 1, "amount": 4.0}, {"lineNbr": 2, "amount": 6.0}],
    }

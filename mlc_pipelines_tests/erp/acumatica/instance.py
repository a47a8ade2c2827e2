"""A small instance under a path, as docs/vendors/acumatica.md has it: it may change, lie and refuse."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any, Literal
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from mlc_pipelines_tests.clock import sandbox_clock
from mlc_sandbox.odata import Dialect, compile_filter
from mlc_sandbox.serving import SandboxServer

Record = dict[str, Any]
"""Plain values by field; a list is a record's lines."""
STAMP = "2026-03-10T09:00:00+00:00"
ROOT = "/AcumaticaERP"
SEATS = "The number of concurrent API logins has been reached."
_DIALECT = Dialect(literals=("datetimeoffset",), functions=())


def batch(number: int, *lines: tuple[str, str | None, str], period: str = "032026", **fields: Any) -> Record:
    """A posted batch; a line is account, debit, credit."""
    return {
        "Module": "GL",
        "BatchNbr": f"GL{number:06}",
        "Status": "Posted",
        "LedgerID": "ACTUAL",
        "PostPeriod": period,
        "BranchID": "HEAD",
        "TransactionDate": "2026-03-09T00:00:00+02:00",
        "CurrencyID": "USD",
        "Description": "Accrual ",
        "LastModifiedDateTime": STAMP,
        "CreatedDateTime": STAMP,
        **fields,
        "Details": [
            {
                "LineNbr": place,
                "BranchID": "HEAD",
                "Account": account,
                "Subaccount": "000000",
                "DebitAmount": debit,
                "CreditAmount": credit,
            }
            for place, (account, debit, credit) in enumerate(
                lines or (("60000 ", "1.10", "0"), ("20000", "0", "1.10")), 1
            )
        ],
    }


def months(year: int, first: int = 1) -> Record:
    """A fiscal year of calendar months, the first of them in that month; period 13 adjusts the last day."""
    starts = [(year + (first + n - 1) // 12, (first + n - 1) % 12 + 1) for n in range(13)]
    name = f"{starts[11][0]}"
    details = [
        {
            "FinancialPeriodID": f"{n + 1:02}{name}",
            "StartDate": f"{y}-{m:02}-01T00:00:00+00:00",
            "EndDate": _day_before(*starts[n + 1]),
            "AdjustmentPeriod": False,
        }
        for n, (y, m) in enumerate(starts[:12])
    ]
    last = details[-1]["EndDate"]
    details.append({"FinancialPeriodID": f"13{name}", "StartDate": last, "EndDate": last, "AdjustmentPeriod": True})
    return {"FinancialYear": name, "Details": details}


def _day_before(year: int, month: int) -> str:
    return f"{date(year, month, 1) - timedelta(days=1)}T00:00:00+00:00"


class Instance(SandboxServer):
    """Records by entity, answered in the order in which they stand.

    Attributes:
        records: by entity of the endpoint; tests change it.
        results: rows of an inquiry, by entity and period.
        filtering: whether `$filter` is heeded.
        paging: how pages are answered wrongly: `$skip` ignored, beyond the end the first page, `$top` ignored.
        listed_for: who is shown the list of endpoints; others are refused, or shown the system's when it is for all.
        lifetime: of tokens, as the answer has it.
        before: called with the number of a list request, from 1, before it is answered.
        sessions: cookies of sessions that are open; `logins` how many were opened, `ended` how many were ended.
        grants: forms of the token requests.
        queries: entity and parameters of each list request.
        inquired: bodies of the inquiries.
    """

    def __init__(self, records: dict[str, list[Record]] | None = None) -> None:
        self.records = {"FinancialPeriod": [months(2025), months(2026)], **(records or {})}
        self.results: dict[tuple[str, str], list[Record]] = {}
        self.before: Callable[[int], None] = lambda _: None
        self.paging: Literal["", "no skip", "wraps", "no top"] = ""
        self.filtering = True
        self.listed_for: Literal["signed in", "all", "none"] = "signed in"
        self.lifetime: dict[str, object] = {"expires_in": 3600}
        self.versions = ["22.200.001", "24.200.001"]
        self.bare_versions = False
        self.tokens: set[str] = set()
        self.refresh = "first-refresh"
        self.sessions: set[str] = set()
        self.logins = self.ended = 0
        self.grants: list[dict[str, str]] = []
        self.queries: list[tuple[str, dict[str, str]]] = []
        self.inquired: list[Record] = []
        self._lock = threading.Lock()
        routes = [
            Route("/identity/connect/token", self._token, methods=["POST"]),
            Route("/entity/auth/login", self._login, methods=["POST"]),
            Route("/entity/auth/logout", self._logout, methods=["POST"]),
            Route("/entity", self._endpoints),
            Route("/entity/Default/{version}/{entity}", self._list, methods=["GET"]),
            Route("/entity/Default/{version}/{entity}", self._inquiry, methods=["PUT"]),
            Route("/entity/{path:path}", self._anything),
        ]
        super().__init__(Starlette(routes=[Mount(ROOT, routes=routes)]), clock=sandbox_clock())

    @property
    def base_url(self) -> str:
        return self.url + ROOT

    def lists(self, entity: str) -> list[dict[str, str]]:
        return [parameters for name, parameters in self.queries if name == entity]

    def expire(self) -> None:
        self.tokens.clear()
        self.sessions.clear()

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        self.grants.append(form)
        if form["client_id"] != "GUID@U100 Ltd" or form["client_secret"] != "the-secret":
            return JSONResponse({"error": "invalid_client"}, 400)
        if form["grant_type"] == "password" and form["password"] != "the-password":
            return JSONResponse({"error": "invalid_grant", "error_description": "invalid_username_or_password"}, 400)
        if form["grant_type"] == "refresh_token" and form["refresh_token"] != self.refresh:
            return JSONResponse({"error": "invalid_grant"}, 400)
        number = len(self.grants)
        self.refresh = f"refresh-{number}"
        self.tokens.add(f"token-{number}")
        return JSONResponse(
            {
                "access_token": f"token-{number}",
                **self.lifetime,
                "token_type": "Bearer",
                "refresh_token": self.refresh,
            }
        )

    async def _login(self, request: Request) -> Response:
        asked = json.loads(await request.body())
        if (asked["name"], asked["password"], asked["tenant"]) != ("robot", "the-password", "U100 Ltd"):
            return _error(500, "Error: Invalid credentials. Please try again.", "PX.Data.PXException")
        self.logins += 1
        session = f"session-{self.logins}"
        self.sessions.add(session)
        answer = Response(status_code=204)
        answer.headers.append("set-cookie", f"ASP.NET_SessionId={session}; path=/; HttpOnly")
        answer.headers.append("set-cookie", f".ASPXAUTH=A{session}; path=/; HttpOnly")
        return answer

    async def _logout(self, request: Request) -> Response:
        if request.headers.get("content-length") != "0":
            return Response("<h1>Length Required</h1>", 411, media_type="text/html")
        self.ended += 1
        self.sessions.discard(request.cookies.get("ASP.NET_SessionId", ""))
        return Response(status_code=204)

    async def _endpoints(self, request: Request) -> Response:
        known = self._known(request)
        if self.listed_for == "none" or (self.listed_for == "signed in" and not known):
            return Response(status_code=401)
        rows = [{"name": "Default", "version": version, "href": f"{ROOT}/"} for version in self.versions if known]
        return JSONResponse(
            rows if self.bare_versions else {"version": {"acumaticaBuildVersion": "25.093.0036"}, "endpoints": rows}
        )

    def _known(self, request: Request) -> bool:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        session = request.cookies.get("ASP.NET_SessionId", "")
        return token in self.tokens or (session in self.sessions and request.cookies[".ASPXAUTH"] == f"A{session}")

    async def _anything(self, request: Request) -> Response:
        return Response(status_code=404 if self._known(request) else 401)

    async def _list(self, request: Request) -> Response:
        return await run_in_threadpool(self._listed, request)

    def _listed(self, request: Request) -> Response:
        if not self._known(request):
            return Response(status_code=401)
        if request.path_params["version"] not in self.versions:
            return Response(status_code=404)
        entity, asked = request.path_params["entity"], dict(request.query_params)
        if asked.keys() - {"$filter", "$select", "$expand", "$top", "$skip", "$custom"}:
            return _error(500, f"not a parameter: {asked}", "PX.Data.PXException")
        with self._lock:
            self.queries.append((entity, asked))
            self.before(len(self.queries))
            records = list(self.records.get(entity, ()))
        if "$filter" in asked and self.filtering:
            chosen = compile_filter(asked["$filter"], _DIALECT, lambda record, path: _read(record[path]))
            records = [record for record in records if chosen(record)]
        skip, top = int(asked.get("$skip", 0)), int(asked.get("$top", len(records)))
        if self.paging in {"no skip", "no top"} or (self.paging == "wraps" and skip >= len(records)):
            skip = 0
        page = records[skip:] if self.paging == "no top" else records[skip : skip + top]
        return _json([_wrapped(record, asked.get("$expand", "").split(",")) for record in page])

    async def _inquiry(self, request: Request) -> Response:
        if not self._known(request):
            return Response(status_code=401)
        asked = json.loads(await request.body())
        self.inquired.append(asked)
        period = (asked.get("Period") or asked["FromPeriod"])["value"]
        rows = self.results.get((request.path_params["entity"], period), [])
        answer = {"id": "0", "rowNumber": 1, "note": {}, **asked, "custom": {}}
        if request.query_params.get("$expand") == "Results":
            answer["Results"] = [_wrapped(row, []) for row in rows]
        return _json(answer)


def _read(value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(value, str) and value[4:5] == "-" and "T" in value else value


def _wrapped(record: Record, expanded: Iterable[str]) -> Record:
    wrapped: Record = {"id": "x", "rowNumber": 1, "note": {"value": ""}, "custom": record.get("custom", {})}
    for name, value in record.items():
        if isinstance(value, list):
            wrapped[name] = [_wrapped(line, []) for line in value] if name in expanded else []
        elif name != "custom":
            wrapped[name] = {} if value is None else {"value": value}
    return wrapped


_FIGURE = re.compile(r'("\w*(?:Amount|Total|Balance|Cost|Qty|BaseCurrency)": {"value": )"(-?[\d.]+)"')


def _json(answer: Any) -> Response:
    """Amounts are numbers on the wire, with the digits that the test wrote."""
    return Response(_FIGURE.sub(r"\1\2", json.dumps(answer)), media_type="application/json")


def _error(status: int, text: str, kind: str) -> Response:
    return JSONResponse({"message": "An error has occurred.", "exceptionMessage": text, "exceptionType": kind}, status)


def bill(number: int, kind: str = "Bill", *amounts: str, **fields: Any) -> Record:
    return {
        "Type": kind,
        "ReferenceNbr": f"{number:06}",
        "Vendor": "V1 ",
        "PostPeriod": "032026",
        "Amount": "11.5",
        "LastModifiedDateTime": STAMP,
        **fields,
        "Details": [{"Account": "60000", "Amount": amount} for amount in amounts],
    }


def detail(number: str, account: str, debit: str, credit: str, **fields: object) -> dict[str, object]:
    return {
        "Module": "GL",
        "BatchNumber": number,
        "Account": account,
        "DebitAmount": "1",
        "DebitAmountInBaseCurrency": debit,
        "CreditAmountInBaseCurrency": credit,
        "PeriodID": "032026",
        "Branch": "HEAD",
        **fields,
    }


def balance(account: str, kind: str, *figures: str) -> dict[str, object]:
    names = ("BeginningBalance", "DebitTotal", "CreditTotal", "EndingBalance")
    return {"Account": account, "Type": kind, **dict(zip(names, figures, strict=True))}


LEDGER = {"LedgerID": "ACTUAL", "Type": "Actual", "LastModifiedDateTime": STAMP}

"""A small Service Layer over tables of records, written from docs/vendors/sap_business_one.md: for what a client must
notice.

It sorts, filters, pages and counts as docs/vendors/sap_business_one.md, section 4 says; everything else is scripted by
the test.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mlc_pipelines_tests.clock import sandbox_clock
from mlc_sandbox.odata import Dialect, compile_filter, order_by, sort_records
from mlc_sandbox.serving import SandboxServer

Record = dict[str, Any]
PASSWORD = "correct horse"

_DIALECT = Dialect((), ())


class Refusal(Exception):
    """Answered as the Service Layer does."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class ServiceServer(SandboxServer):
    """Serves `tables` under `/b1s/<version>`.

    Attributes:
        tables: records by entity set; dates as `YYYY-MM-DD`, amounts as `Number` or int.
        keys: key property by entity set.
        absent: properties that this server doesn't know.
        asked: path and query of every request but logins, in order.
        logins, sessions: how many logins there were, and which sessions live.
        before: called with path and query before a request is answered; may raise `Refusal` or change the tables.
        scripted: path -> answer to it, in place of an entity set.
        link: makes of the path and query of the next page what stands in the envelope.
        page_cap: the most records on a page, whatever is asked for.
    """

    def __init__(self, version: str = "v2") -> None:
        self.version = version
        self.tables: dict[str, list[Record]] = {}
        self.keys: dict[str, str] = {}
        self.absent: set[str] = set()
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.logins: list[Record] = []
        self.sessions: set[str] = set()
        self.before: Callable[[str, dict[str, str]], None] = lambda _path, _query: None
        self.scripted: dict[str, Callable[[dict[str, str]], Any]] = {}
        self.link: Callable[[str], str] = lambda target: f"/b1s/{self.version}/{target}"
        self.page_cap = 1_000
        self.cookies: list[str] = []
        self._lock = threading.Lock()
        super().__init__(
            Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST"])]), clock=sandbox_clock()
        )

    async def _answer(self, request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(self._answered, request, body)

    def _answered(self, request: Request, body: bytes) -> Response:
        base = f"/b1s/{self.version}/"
        if not request.url.path.startswith(base):
            return Response("<html><title>404</title><body>Not Found</body></html>", 404, media_type="text/html")
        path = request.url.path.removeprefix(base)
        with self._lock:
            try:
                return self._respond(path, request, body)
            except Refusal as refusal:
                return self.refused(refusal)

    def refused(self, refusal: Refusal) -> Response:
        v1 = self.version == "v1"
        error = {
            "code": refusal.code if v1 else str(refusal.code),
            "message": {"lang": "en-us", "value": refusal.message} if v1 else refusal.message,
        }
        return Response(json.dumps({"error": error}), refusal.status, media_type="application/json")

    def _respond(self, path: str, request: Request, body: bytes) -> Response:
        if path == "Login":
            return self._log_in(json.loads(body))
        sent = request.headers.get("cookie", "")
        self.cookies.append(sent)
        session = next((part[10:] for part in sent.split("; ") if part.startswith("B1SESSION=")), "")
        query = dict(request.query_params)
        self.asked.append((path, query))
        if session not in self.sessions:
            raise Refusal(401, 301, "Invalid session or session already timeout.")
        if path == "Logout":
            self.sessions.discard(session)
            return Response(status_code=204)
        self.before(path, query)
        if path in self.scripted:
            return self._envelope({"value": self.scripted[path](query)})
        if request.method == "POST":
            record = json.loads(body)
            self.tables.setdefault(path, []).append(record)
            return self._envelope(record, 201)
        entity_set, _, count = path.partition("/")
        if entity_set not in self.tables:
            raise Refusal(400, -1000, "Unrecognized resource path.")
        records = self._matching(entity_set, query)
        if count == "$count":
            return Response(str(len(records)), media_type="text/plain")
        return self._page(entity_set, records, query, request.headers.get("prefer", ""))

    def _log_in(self, credentials: Record) -> Response:
        self.logins.append(credentials)
        if credentials.get("Password") != PASSWORD:
            raise Refusal(401, 100000027, "Login failed")
        session = f"session-number-{len(self.logins)}"
        self.sessions.add(session)
        response = self._envelope({"SessionId": session, "Version": "1000110", "SessionTimeout": 30})
        response.headers.append("set-cookie", f"B1SESSION={session};HttpOnly;")
        response.headers.append("set-cookie", "ROUTEID=.node1; path=/b1s")
        return response

    def _matching(self, entity_set: str, query: dict[str, str]) -> list[Record]:
        records = self.tables[entity_set]
        if condition := query.get("$filter"):
            test = compile_filter(condition, _DIALECT, self._read)
            records = [record for record in records if test(record)]
        return sort_records(records, order_by(query.get("$orderby", self.keys[entity_set])), self._read)

    def _page(self, entity_set: str, records: list[Record], query: dict[str, str], prefer: str) -> Response:
        names = query["$select"].split(",")
        for name in names:
            self._known(name)
        size = min(int(prefer.removeprefix("odata.maxpagesize=") or 20), self.page_cap)
        skip, top = int(query.get("$skip", 0)), int(query.get("$top", 10**9))
        shown = records[skip : skip + min(size, top)]
        page: Record = {"value": [{name: self._wire(record.get(name)) for name in names} for record in shown]}
        if len(records) > skip + len(shown) and top > len(shown):
            rest = {**query, "$skip": str(skip + len(shown))}
            target = f"{entity_set}?" + "&".join(f"{name}={quote(value)}" for name, value in rest.items())
            page["odata.nextLink" if self.version == "v1" else "@odata.nextLink"] = self.link(target)
        return self._envelope(page)

    def _envelope(self, content: Record, status: int = 200) -> Response:
        text = json.dumps({"odata.metadata" if self.version == "v1" else "@odata.context": "$metadata", **content})
        return Response(text.replace('"#', "").replace('#"', ""), status, media_type="application/json")

    def _wire(self, value: Any) -> Any:
        if isinstance(value, list):
            return [{name: self._wire(inner) for name, inner in line.items()} for line in value]
        is_date = isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-"
        return f"{value}T00:00:00Z" if is_date and self.version == "v2" else value

    def _read(self, record: Record, name: str) -> Any:
        self._known(name)
        return record.get(name)

    def _known(self, name: str) -> None:
        if name in self.absent:
            raise Refusal(400, -1000, f"Property '{name}' of 'Document' is invalid")


def number(text: str) -> str:
    """A JSON number with exactly these digits."""
    return f"#{text}#"


def document(key: int, total: str, **members: Any) -> Record:
    """A document of March."""
    return {
        "DocEntry": key,
        "DocNum": 1000 + key,
        "DocDate": "2026-03-05",
        "CardCode": "V100",
        "DocTotal": number(total),
        "VatSum": number("0.25"),
        "DocTotalFc": number("0.0"),
        "PaidToDate": number("1.5"),
        "Cancelled": "tNO",
        "CancelStatus": "csNo",
        "UpdateDate": "2026-03-06",
        "UpdateTime": "10:30:00",
        **members,
    }


def entry(key: int, *amounts: str, **members: Any) -> Record:
    """A journal entry of March: a line for each amount, debits positive."""
    return {
        "JdtNum": key,
        "ReferenceDate": "2026-03-31",
        "OriginalJournal": "ttJournalEntry",
        **members,
        "JournalEntryLines": [
            {
                "Line_ID": line,
                "AccountCode": f"{4000 + line}",
                "CostingCode": "CC1",
                "CostingCode5": "",
                "Debit": number("0.0" if amount.startswith("-") else amount),
                "Credit": number(amount[1:] if amount.startswith("-") else "0.0"),
            }
            for line, amount in enumerate(amounts)
        ],
    }

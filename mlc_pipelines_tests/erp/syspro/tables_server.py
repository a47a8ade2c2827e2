"""A server of OData tables by docs/vendors/syspro.md, for what a reader must notice: it may change, cut off, lie and
wait."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from datetime import date
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mlc_pipelines_tests.clock import sandbox_clock
from mlc_sandbox.odata import Dialect, compile_filter, order_by, sort_records
from mlc_sandbox.serving import SandboxServer

_DIALECT = Dialect(literals={"iso"}, functions=set())
Row = dict[str, Any]


class TablesServer(SandboxServer):
    """Tables of dicts, answered as docs/vendors/syspro.md, section B1 says.

    Attributes:
        tables: rows by name of the table; dates as `date`.
        asked: table and options of every request.
        before: called with the number of the request, from 1, before it is answered.
        most: rows that one request gives, whatever it asks for; the rest is cut off silently.
        deaf: filters are not obeyed.
        uncounted: counts are not given.
        lacking: columns, or tables, that this installation doesn't have.
        refused: query options that are refused.
        next_link: what is cut off has a next link.
        answer: may change the answer before it is sent.
    """

    def __init__(self, **tables: list[Row]) -> None:
        self.tables = tables
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.before: Callable[[int], None] = lambda _: None
        self.most = 5000
        self.deaf = self.uncounted = self.next_link = False
        self.lacking: set[str] = set()
        self.refused: set[str] = set()
        self.answer: Callable[[Row], None] = lambda _: None
        self._lock = threading.Lock()
        super().__init__(Starlette(routes=[Route("/odata/{table}", self._rows)]), clock=sandbox_clock())

    @property
    def odata_url(self) -> str:
        return f"{self.url}/odata"

    async def _rows(self, request: Request) -> Response:
        return await run_in_threadpool(self._page, request.path_params["table"], dict(request.query_params))

    def _page(self, table: str, options: dict[str, str]) -> Response:
        with self._lock:
            self.asked.append((table, options))
            self.before(len(self.asked))
            rows = list(self.tables.get(table, []))
        if table in self.lacking:
            return _refusal(404, f"Resource not found for the segment '{table}'.")
        for option in sorted(self.refused & set(options)):
            return _refusal(400, f"The query option {option} is not supported.")
        named = set(re.findall(r"\w+", f"{options['$select']} {options.get('$filter', '')}"))
        for column in sorted(self.lacking & named):
            return _refusal(400, f"Could not find a property named '{column}' on type 'SYSPRO.{table}'.")
        if options.get("$filter") and not self.deaf:
            passes = compile_filter(options["$filter"], _DIALECT, lambda row, name: row[name])
            rows = [row for row in rows if passes(row)]
        if "$orderby" in options:
            rows = sort_records(rows, order_by(options["$orderby"]), lambda row, name: row[name])
        columns = options["$select"].split(",")
        answer: Row = {"@odata.context": f"{self.odata_url}/$metadata#{table}"}
        if not self.uncounted:
            answer["@odata.count"] = len(rows)
        rows = rows[int(options.get("$skip", 0)) :]
        answer["value"] = [
            {name: _json(row[name]) for name in columns} for row in rows[: min(self.most, int(options["$top"]))]
        ]
        if self.next_link and len(rows) > self.most:
            answer["@odata.nextLink"] = f"{table}?$skip={self.most}"
        self.answer(answer)
        return Response(json.dumps(answer), media_type="application/json")


def _refusal(status: int, message: str) -> Response:
    body = {"error": {"code": "", "message": message}}
    return Response(json.dumps(body), status, media_type="application/json")


def _json(value: Any) -> Any:
    return f"{value.isoformat()}T00:00:00Z" if isinstance(value, date) else value

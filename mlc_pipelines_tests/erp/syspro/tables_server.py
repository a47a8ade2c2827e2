"""A server of OData tables by the contract, for what a reader must notice: it may change, cut off, lie and wait."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import date
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mlc_pipelines.sandbox.odata import Dialect, compile_filter, order_by, sort_records
from mlc_pipelines.sandbox.serving import SandboxServer

_DIALECT = Dialect(literals={"iso"}, functions=set())
Row = dict[str, Any]


class TablesServer(SandboxServer):
    """Tables of dicts, answered as the contract says (contract syspro.md, section B1).

    Attributes:
        tables: rows by name of the table; dates as `date`.
        asked: table and options of every request.
        before: called with the number of the request, from 1, before it is answered.
        most: rows that one request gives, whatever it asks for; the rest is cut off silently.
        deaf: filters are not obeyed.
        uncounted: counts are not given.
        answer: may change the answer before it is sent.
    """

    def __init__(self, **tables: list[Row]) -> None:
        self.tables = tables
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.before: Callable[[int], None] = lambda _: None
        self.most = 5000
        self.deaf = self.uncounted = False
        self.answer: Callable[[Row], None] = lambda _: None
        self._lock = threading.Lock()
        super().__init__(Starlette(routes=[Route("/odata/{table}", self._rows)]))

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
        if options.get("$filter") and not self.deaf:
            passes = compile_filter(options["$filter"], _DIALECT, lambda row, name: row[name])
            rows = [row for row in rows if passes(row)]
        rows = sort_records(rows, order_by(options["$orderby"]), lambda row, name: row[name])
        columns = options["$select"].split(",")
        answer: Row = {"@odata.context": f"{self.odata_url}/$metadata#{table}"}
        if not self.uncounted:
            answer["@odata.count"] = len(rows)
        answer["value"] = [
            {name: _json(row[name]) for name in columns} for row in rows[: min(self.most, int(options["$top"]))]
        ]
        self.answer(answer)
        return Response(json.dumps(answer), media_type="application/json")


def _json(value: Any) -> Any:
    return f"{value.isoformat()}T00:00:00Z" if isinstance(value, date) else value

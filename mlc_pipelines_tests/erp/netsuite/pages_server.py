"""A server of SuiteQL pages over one table, for what a reader must notice: it may change, lie, shuffle and wait."""

from __future__ import annotations

import json
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlc_pipelines.erp.netsuite.suiteql import PATH
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_sandbox.serving import SandboxServer

Row = tuple[int, int, str]


class PagesServer(SandboxServer):
    """Table `x` with `id`, `line`, `amount`, answered as docs/vendors/netsuite.md, section 3.2 says.

    Attributes:
        asked: the SQL of every request.
        before: called with the number of the request, from 1, before it is answered.
        answer: may change the page before it is sent.
        wait: seconds that every answer takes.
        most: how many requests were in flight at once.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self.asked: list[str] = []
        self.before: Callable[[int], None] = lambda _: None
        self.answer: Callable[[dict[str, Any]], None] = lambda _: None
        self.wait = 0.0
        self.most = 0
        self._in_flight = 0
        self._lock = threading.Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.execute("CREATE TABLE x (id INTEGER, line INTEGER, amount TEXT)")
        self._database.execute("CREATE INDEX k ON x (id, line)")
        self.insert(rows)
        super().__init__(Starlette(routes=[Route(PATH, self._query, methods=["POST"])]), clock=sandbox_clock())

    def insert(self, rows: Iterable[Row]) -> None:
        self._database.executemany("INSERT INTO x VALUES (?, ?, ?)", rows)

    def delete(self, condition: str) -> None:
        self._database.execute(f"DELETE FROM x WHERE {condition}")

    @property
    def rows(self) -> list[Row]:
        return self._database.execute("SELECT id, line, amount FROM x ORDER BY id, line").fetchall()

    async def _query(self, request: Request) -> Response:
        body = json.loads(await request.body())
        assert request.headers["prefer"] == "transient"
        assert request.query_params["offset"] == "0"
        return await run_in_threadpool(self._page, body, int(request.query_params["limit"]))

    def _page(self, body: dict[str, Any], limit: int) -> Response:
        with self._lock:
            self._in_flight += 1
            self.most = max(self.most, self._in_flight)
        time.sleep(self.wait)
        with self._lock:
            self._in_flight -= 1
            self.asked.append(body["q"])
            self.before(len(self.asked))
            cursor = self._database.execute(body["q"], body.get("params", []))
            names = [column[0] for column in cursor.description]
            rows = cursor.fetchall()
        if " ORDER BY " not in body["q"]:
            random.Random(len(self.asked)).shuffle(rows)
        page = {
            "links": [],
            "count": min(limit, len(rows)),
            "hasMore": len(rows) > limit,
            "items": [
                {"links": [], **{name: str(value) for name, value in zip(names, row, strict=True) if value is not None}}
                for row in rows[:limit]
            ],
            "offset": 0,
            "totalResults": len(rows),
        }
        self.answer(page)
        return JSONResponse(page)

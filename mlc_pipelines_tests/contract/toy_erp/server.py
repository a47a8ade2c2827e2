"""Toy Books as a server on loopback, with books: what `mlc_sandbox/<kind>/` is for the ERPs of the house."""

from __future__ import annotations

import secrets
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlc_sandbox.clock import SandboxClock
from mlc_sandbox.rest.expiring import Expiring
from mlc_sandbox.rest.oauth import form, refused, same
from mlc_sandbox.rest.refusals import Refusal
from mlc_sandbox.rest.requests import bearer
from mlc_sandbox.serving import SandboxServer

ACCOUNTS = {"1000": "Bank", "2000": "Creditors", "4000": "Sales", "6000": "Wages", "6100": "Rent"}
PAGE = 30


class ToySandbox(SandboxServer):
    """One company, with entries in May and June 2026.

    Attributes:
        client_id, client_secret: of the application that may read it.
        tokens: those that count.
        lines: of the ledger, by id.
        readable: whether the application has the right to read the ledger.
    """

    def __init__(self, *, clock: SandboxClock, port: int = 0, entries: int = 120) -> None:
        self.client_id, self.client_secret = "toy-app", secrets.token_urlsafe(24)
        self.tokens = Expiring[str](clock.now)
        self.lines: dict[str, dict[str, Any]] = {}
        self.readable = True
        self._chance = Random(7)
        for number in range(entries):
            debit, credit = self._chance.sample(list(ACCOUNTS), 2)
            amount = Decimal(self._chance.randrange(100, 1_000_000)) / 100
            self.post(date(2026, 5 + number % 2, 1 + number % 28), f"Entry {number}", {debit: amount, credit: -amount})
        routes = [Route("/token", self._token, methods=["POST"]), Route("/{what:str}", self._read)]
        handlers = {Refusal: lambda _request, refusal: refusal.response()}
        super().__init__(Starlette(routes=routes, exception_handlers=handlers), clock=clock, port=port)

    def post(self, day: date, memo: str, postings: Mapping[str, Decimal]) -> None:
        """Enter what each account gets, debits positive. The ids of entries are in no order of time."""
        entry = f"{self._chance.randrange(16**8):08x}"
        for number, (account, net) in enumerate(postings.items(), 1):
            line = {"id": f"{entry}-{number}", "period": f"{day:%Y-%m}", "day": f"{day}", "account": account}
            sides = {"debit": f"{net}" if net > 0 else None, "credit": f"{-net}" if net < 0 else None, "net": f"{net}"}
            self.lines[line["id"]] = {**line, "memo": memo, **sides}

    async def _token(self, request: Request) -> Response:
        given = form(request.headers.get("content-type", ""), await request.body())
        if given.get("client_id") != self.client_id or not same(given.get("client_secret", ""), self.client_secret):
            raise refused("invalid_client")
        token = secrets.token_urlsafe(24)
        self.tokens.put(token, self.client_id, timedelta(hours=1))
        return JSONResponse({"access_token": token, "expires_in": 3600})

    async def _read(self, request: Request) -> Response:
        what, asked = request.path_params["what"], request.query_params
        if not self.tokens.get(bearer(request.headers.get("authorization", ""))):
            raise Refusal(401, {"error": "The token is missing or has run out."})
        if what == "periods":
            return JSONResponse({"items": [_month(2025 + month // 12, 1 + month % 12) for month in range(36)]})
        if what == "accounts":
            return _page([{"code": code, "name": name} for code, name in ACCOUNTS.items()], "code", asked)
        if what not in {"ledger", "totals"} or "period" not in asked:
            raise Refusal(404, {"error": f"There is no {what}, or no period was named."})
        if not self.readable:
            raise Refusal(403, {"error": "The application may not read the ledger."})
        lines = [line for _, line in sorted(self.lines.items()) if line["period"] == asked["period"]]
        if what == "ledger":
            return _page(lines, "id", asked)
        by_account = {code: [line for line in lines if line["account"] == code] for code in ACCOUNTS}
        return JSONResponse({"items": [_total(code, its) for code, its in by_account.items() if its]})


def _page(records: list[dict[str, Any]], key: str, asked: Mapping[str, str]) -> Response:
    behind = [record for record in records if record[key] > asked.get("after", "")]
    return JSONResponse({"total": len(records), "items": behind[: min(PAGE, int(asked.get("limit", PAGE)))]})


def _total(account: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    sums = {side: sum(Decimal(line[side] or 0) for line in lines) for side in ("debit", "credit", "net")}
    return {"account": account, "lines": len(lines), **{side: f"{value}" for side, value in sums.items()}}


def _month(year: int, month: int) -> dict[str, str]:
    name, days = f"{year}-{month:02}", monthrange(year, month)[1]
    return {"id": name, "first": f"{name}-01", "last": f"{name}-{days}"}

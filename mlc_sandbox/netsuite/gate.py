"""What every resource request passes first: token, permission, limits.

See docs/vendors/netsuite.md, sections 1, 2.5, 6.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta

from starlette.requests import Request

from mlc_sandbox.netsuite.refusals import Refusal, invalid_login, unexpected
from mlc_sandbox.netsuite.switches import Switches
from mlc_sandbox.netsuite.tokens import Tokens
from mlc_sandbox.rest.limits import SlidingWindow
from mlc_sandbox.rest.refusals import html

HTML_502 = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"


class Gate:
    """Counts requests in flight and over time. Used from the server's event loop alone."""

    def __init__(
        self, tokens: Tokens, switches: Switches, *, account: str, now: Callable[[], datetime], seed: int
    ) -> None:
        self._tokens = tokens
        self._switches = switches
        self._account = account
        self._chance = random.Random(seed)
        self._in_flight = 0
        self._most_in_flight = 0
        self._windows = (SlidingWindow(now, timedelta(minutes=1)), SlidingWindow(now, timedelta(days=1)))

    @property
    def most_in_flight(self) -> int:
        """The greatest number of requests that were in flight together so far, refused ones left out."""
        return self._most_in_flight

    @contextmanager
    def enter(self, request: Request) -> Generator[None]:
        """Let a request in for the time of its execution.

        Raises:
            Refusal: 401, 403 or 429, and by chance others when `Switches.trouble_rate` is set.
        """
        # A cookie makes NetSuite look for a session of its user interface and not at the token.
        if "cookie" in request.headers or not self._tokens.counts(request.headers.get("authorization", "")):
            raise invalid_login(self._account)
        if not self._switches.permitted:
            raise Refusal(
                403,
                "INSUFFICIENT_PERMISSION",
                "Permission Violation: You need the 'REST Web Services' permission to access this page. "
                "Please contact your account administrator.",
            )
        self._count_arrival()
        if self._in_flight >= self._switches.concurrency_limit:
            raise self.too_many("CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded. Request blocked.")
        self._trouble()
        self._in_flight += 1
        self._most_in_flight = max(self._most_in_flight, self._in_flight)
        try:
            yield
        finally:
            self._in_flight -= 1

    def too_many(self, code: str, detail: str) -> Refusal:
        """A 429, with a `Retry-After` when the switch says so."""
        after = self._switches.retry_after
        return Refusal(429, code, detail, headers={} if after is None else {"Retry-After": after})

    def _count_arrival(self) -> None:
        limits = (self._switches.requests_per_minute, self._switches.requests_per_day)
        if limits == (None, None):
            return
        if any(limit is not None and window.used >= limit for window, limit in zip(self._windows, limits, strict=True)):
            raise self.too_many("REQUEST_LIMIT_EXCEEDED", "Request limit exceeded. Request blocked.")
        for window in self._windows:
            window.count()

    def _trouble(self) -> None:
        if self._chance.random() >= self._switches.trouble_rate:
            return
        kind = self._chance.choice(("busy", "error", "unavailable", "edge"))
        if kind == "busy":
            raise self.too_many("CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded. Request blocked.")
        if kind == "error":
            raise unexpected()
        raise html(503 if kind == "unavailable" else 502, HTML_502)

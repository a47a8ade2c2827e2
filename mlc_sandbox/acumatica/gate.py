"""The licence's limits: requests at once and a minute (docs/vendors/acumatica.md, section 12)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from mlc_sandbox.acumatica.refusals import http_error
from mlc_sandbox.acumatica.sessions import PLAIN_429
from mlc_sandbox.acumatica.switches import Switches
from mlc_sandbox.rest.limits import SlidingWindow
from mlc_sandbox.rest.refusals import Refusal


class Gate:
    """Counts requests in flight and over time. Used from the server's event loop alone.

    Attributes:
        delays: seconds that requests were to be held back for, above half of the limit of a minute.
        most_at_once: the greatest number of requests that were executed together so far.
    """

    def __init__(self, switches: Switches, now: Callable[[], datetime]) -> None:
        self._switches = switches
        self._minute = SlidingWindow(now, timedelta(minutes=1))
        self._count = 0
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self.delays: list[float] = []
        self.most_at_once = 0

    @asynccontextmanager
    async def enter(self) -> AsyncGenerator[None]:
        """Let a request in for the time of its execution; the caller waits without any sign.

        Raises:
            Refusal: 429.
        """
        self._count += 1
        every = self._switches.decline_every_n
        if every is not None and self._count % every == 0:
            raise self.declined()
        await self._hold_back()
        await self._queue()
        self.most_at_once = max(self.most_at_once, self._running)
        try:
            yield
        finally:
            self._leave()

    def declined(self) -> Refusal:
        """A 429; there is never a `Retry-After`."""
        if self._switches.declined_as == "text":
            return Refusal(429, PLAIN_429, {"content-type": "text/plain"})
        if self._switches.declined_as == "empty":
            return Refusal(429, "")
        return http_error(429, "The request has been declined: the licence's limit of requests has been reached.")

    async def _hold_back(self) -> None:
        limit = self._switches.rpm
        if limit is None:
            return
        if self._minute.used >= limit:
            raise self.declined()
        self._minute.count()
        used = self._minute.used
        if used * 2 > limit:
            self.delays.append(self._minute.seconds_left / (limit - used + 1))
            await asyncio.sleep(self.delays[-1] * self._switches.delay_factor)

    async def _queue(self) -> None:
        if self._running < self._switches.max_concurrent and not self._waiting:
            self._running += 1
            return
        if len(self._waiting) >= self._switches.queue_len:
            raise self.declined()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        # Whoever leaves hands over its place.
        await turn

    def _leave(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._running -= 1

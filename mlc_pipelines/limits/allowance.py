"""What a vendor's answers say is left of its limit: all who share it slow down before it is used up."""

from __future__ import annotations

from collections.abc import Mapping

from mlc_pipelines.clock import Clock
from mlc_pipelines.limits.pause import SharedPause
from mlc_pipelines.store.db import Database

_HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
_SLOW_BELOW, _STOP_BELOW = 0.10, 0.02
_LONGEST_STEP = 60.0
_LONGEST_RESET = 86_400.0  # more than that is no number of seconds, but perhaps a moment


class Allowance:
    """Obeys `X-RateLimit-*` headers before the vendor has to answer 429.

    With less than a tenth of the limit left, requests are spread over the time until the limit is renewed; with less
    than a fiftieth they stop until then.

    Args:
        database: the shared state.
        name: of the limit; the same for all who share it.
        at_a_time: how many requests all who share it have in flight.
        clock: time; waits go through it.
    """

    def __init__(self, database: Database, name: str, at_a_time: int, clock: Clock) -> None:
        self._pause = SharedPause(database, name, clock)
        self._at_a_time = at_a_time

    def acquire(self) -> None:
        """Return when the next request may be sent.

        Raises:
            RateLimited: not within ten minutes.
        """
        while (left := self._pause.left()) > 0:
            self._pause.wait(left)

    def pause(self, seconds: float) -> None:
        """Nobody's `acquire` returns before that time is over."""
        self._pause.declare(seconds)

    def observe(self, headers: Mapping[str, str]) -> None:
        """Look at an answer's headers: limit, what remains of it, and seconds until it is renewed."""
        try:
            limit, remaining, reset = (float(headers[name]) for name in _HEADERS)
        except (KeyError, ValueError):
            return
        if not 0 <= reset <= _LONGEST_RESET:
            return
        if remaining < limit * _STOP_BELOW:
            self.pause(reset)
        elif remaining < limit * _SLOW_BELOW:
            self.pause(min(_LONGEST_STEP, reset * self._at_a_time / remaining))

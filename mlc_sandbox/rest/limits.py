"""Requests counted over time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta


class SlidingWindow:
    """The requests of the last while, a minute for instance. Used from the server's event loop alone.

    Args:
        now: the present moment.
        length: of the window.
    """

    def __init__(self, now: Callable[[], datetime], length: timedelta) -> None:
        self._now = now
        self._length = length
        self._arrivals: deque[datetime] = deque()

    def count(self) -> None:
        """Count a request that is let in."""
        self._arrivals.append(self._now())

    @property
    def used(self) -> int:
        """Requests counted within the window."""
        eldest = self._now() - self._length
        while self._arrivals and self._arrivals[0] <= eldest:
            self._arrivals.popleft()
        return len(self._arrivals)

    @property
    def seconds_left(self) -> float:
        """Until the eldest request leaves the window."""
        return (self._arrivals[0] + self._length - self._now()).total_seconds()

"""The sandbox's time: the machine's as a program, any other in tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def machine_now() -> datetime:
    """The machine's current moment, aware, in UTC. Only `__main__` asks it; a server is given its clock."""
    return datetime.now(UTC)


class SandboxClock:
    """Another clock's time plus an offset that tests move forward.

    Args:
        now: that clock's current moment, aware, in UTC.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._offset = timedelta()

    def now(self) -> datetime:
        """The sandbox's current moment, aware, in UTC."""
        return self._now() + self._offset

    def advance(self, seconds: float) -> None:
        """Move the sandbox's time forward."""
        self._offset += timedelta(seconds=seconds)

"""What counts for a time only: tokens, codes, sessions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Expiring(Generic[_T]):
    """Values by key, each until its time has come.

        tokens = Expiring[str](clock.now)
        tokens.put("b71c", "robot", timedelta(hours=1))
        assert tokens.get("b71c") == "robot"

    A session that is put again at each use ends when it was idle for so long.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._entries: dict[str, tuple[_T, datetime]] = {}

    def put(self, key: str, value: _T, lifetime: timedelta) -> datetime:
        """Let a value count from now on, or go on counting; returns when it stops."""
        ends = self._now() + lifetime
        self._entries[key] = value, ends
        return ends

    def get(self, key: str) -> _T | None:
        """The value, unless it is unknown, taken away or has run out."""
        value, ends = self._entries.get(key, (None, self._now()))
        return value if ends > self._now() else None

    def pop(self, key: str) -> _T | None:
        """As `get`; it counts no more."""
        value = self.get(key)
        self._entries.pop(key, None)
        return value

    def live(self) -> dict[str, _T]:
        """All that count now, in the order in which they came."""
        now = self._now()
        return {key: value for key, (value, ends) in list(self._entries.items()) if ends > now}

    def clear(self) -> None:
        """Let none count any more."""
        self._entries.clear()

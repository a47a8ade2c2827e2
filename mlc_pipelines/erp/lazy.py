"""Something that is found out when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

_Found = TypeVar("_Found")


class Lazy(Generic[_Found]):
    """Something found out when it is first asked for, by one thread; a failure is not kept.

    Args:
        find: finds it.
    """

    def __init__(self, find: Callable[[], _Found]) -> None:
        self._find = find
        self._found: _Found | None = None
        self._lock = threading.Lock()

    def __call__(self) -> _Found:
        """What was found."""
        with self._lock:
            if self._found is None:
                self._found = self._find()
            return self._found

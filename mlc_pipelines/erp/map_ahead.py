"""Calls side by side, answers in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import TypeVar

_Answer = TypeVar("_Answer")


def map_ahead(pool: Executor, calls: Iterable[Callable[[], _Answer]], ahead: int) -> Iterator[_Answer]:
    """The answers of the calls in their order.

    Calls are taken from the iterable only as they are started, so it may be endless: whoever stops listening has those
    cancelled that have not begun.

    Args:
        pool: runs the calls.
        calls: each is made once.
        ahead: at most so many calls are begun and not yet listened to.
    """
    waiting: deque[Future[_Answer]] = deque()
    coming = iter(calls)
    try:
        while True:
            while len(waiting) < ahead and (call := next(coming, None)) is not None:
                waiting.append(pool.submit(call))
            if not waiting:
                return
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()

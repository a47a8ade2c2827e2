"""Entities read side by side."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

READERS = 4
"""Entities of one run that are read side by side; requests are limited by the ERP account's own budget."""

_K = TypeVar("_K")
_T = TypeVar("_T")


@contextmanager
def side_by_side(reads: Mapping[_K, Callable[[], _T]]) -> Generator[dict[_K, Future[_T]]]:
    """Run these while it is entered, a few at a time; who is interrupted does not wait for what has not begun."""
    pool = ThreadPoolExecutor(READERS, thread_name_prefix="land")
    try:
        yield {name: pool.submit(read) for name, read in reads.items()}
    finally:
        pool.shutdown(cancel_futures=True)

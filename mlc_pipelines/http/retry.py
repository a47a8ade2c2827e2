"""How often and how long a request is tried again."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

_LONGEST_ASKED = 86_400.0  # all who share the limit are held back: no server may do that for ever


def full_jitter(seconds: float) -> float:
    """Any time between nothing and `seconds`, so that clients that failed together don't come back together."""
    return random.uniform(0, seconds)  # noqa: S311 - no secret depends on it


@dataclass(frozen=True)
class Retry:
    """The policy of retries.

    Attributes:
        tries: attempts in all, the first included.
        base: seconds; the back-off before the second attempt, doubled for each further one.
        cap: seconds; the longest back-off.
        deadline: seconds from the start of the request; a wait that would end later is not begun, the error is raised.
        jitter: makes of a back-off the time really waited.
    """

    tries: int = 6
    base: float = 1.0
    cap: float = 60.0
    deadline: float = 300.0
    jitter: Callable[[float], float] = full_jitter

    def wait(self, attempt: int, retry_after: float | None) -> float:
        """Seconds to wait after that attempt (1 is the first).

        What the server asked for is the least; jitter comes on top of it.
        """
        if retry_after is not None:
            return retry_after + self.jitter(self.base)
        return self.jitter(min(self.cap, self.base * 2 ** (attempt - 1)))

    @property
    def hurried(self) -> Retry:
        """The same for somebody who waits for the answer."""
        return replace(self, tries=min(self.tries, 3), deadline=min(self.deadline, 30.0))


UNHEARD = Retry(tries=2, base=0.5, deadline=8.0)
"""In a hurry, for a host that has answered nothing yet: with its time-outs at most about ten seconds."""

_heard: ContextVar[set[str] | None] = ContextVar("heard", default=None)


@contextmanager
def in_a_hurry() -> Generator[None]:
    """Clients that are made within say soon that a host isn't there or doesn't work: a person waits."""
    token = _heard.set(set())
    try:
        yield
    finally:
        _heard.reset(token)


def heard_in_a_hurry() -> set[str] | None:
    """The hosts that have answered since the hurry began, shared by all clients made in it; None without one."""
    return _heard.get()


def retry_after_seconds(response: httpx.Response, now: datetime) -> float | None:
    """Seconds that the server asks to wait (`Retry-After`, as seconds or as an HTTP date), None when it does not.

    A date is compared with the server's own `Date` where there is one, so that a wrong clock here does no harm.
    """
    asked = response.headers.get("retry-after", "").strip()
    if not asked:
        return None
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", asked):
        return min(float(asked), _LONGEST_ASKED)
    moment = http_date(asked)
    if moment is None:
        return None
    seconds = (moment - (http_date(response.headers.get("date", "")) or now)).total_seconds()
    return min(max(0.0, seconds), _LONGEST_ASKED)


def http_date(text: str) -> datetime | None:
    """The moment that a header names, aware; None when it names none."""
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None

"""How often and how long a request is tried again."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx


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


def retry_after_seconds(response: httpx.Response, now: datetime) -> float | None:
    """Seconds that the server asks to wait (`Retry-After`, as seconds or as an HTTP date), None when it does not.

    A date is compared with the server's own `Date` where there is one, so that a wrong clock here does no harm.
    """
    asked = response.headers.get("retry-after", "").strip()
    if not asked:
        return None
    if re.fullmatch(r"\d+(\.\d+)?", asked):
        return float(asked)
    moment = _http_date(asked)
    if moment is None:
        return None
    return max(0.0, (moment - (_http_date(response.headers.get("date", "")) or now)).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

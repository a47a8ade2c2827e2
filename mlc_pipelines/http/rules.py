"""What an answer means: a table of status and error code, to which a vendor puts its own rows first."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import unquote_plus

import httpx

from mlc_pipelines.errors import (
    AuthenticationError,
    BadRequest,
    Forbidden,
    MlcError,
    NotFound,
    PermanentError,
    RateLimited,
    Unavailable,
)

_READABLE = 65_536  # bytes of an error body that rules look at


class Reaction(Enum):
    """What the client does about an answer."""

    RETRY = "retry"
    FAIL = "fail"
    REAUTHENTICATE = "reauthenticate"
    RATE_LIMITED = "rate limited"


@dataclass(frozen=True)
class ErrorRule:
    """One row: answers that match it are errors of that class.

    Attributes:
        status: the status, or a range of them.
        reaction: RETRY, with back-off; FAIL at once; REAUTHENTICATE: have the `auth` replace its token and replay once;
            RATE_LIMITED: RETRY, and the server surely did not execute the request.
        error: raised when the action comes to nothing.
        code: pattern searched in the body's text and in the target of a redirect, when the status alone does not tell.
        hint: what the user can do about it.
        wait: seconds to wait before the next try where the server doesn't say (`Retry-After`); back-off when None.
        executed: whether the server may have executed the request. Of a request that is not repeatable, RETRY with
            `executed` ends as `OutcomeUnknown`.
    """

    status: int | range
    reaction: Reaction
    error: type[MlcError]
    code: re.Pattern[str] | str | None = None
    hint: str = ""
    wait: float | None = None
    executed: bool = True
    _statuses: range = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        statuses = self.status if isinstance(self.status, range) else range(self.status, self.status + 1)
        object.__setattr__(self, "_statuses", statuses)

    @property
    def surely_not_executed(self) -> bool:
        """Whether a request that got this answer may be sent again although it is not repeatable."""
        return not self.executed or self.reaction is Reaction.RATE_LIMITED

    def matches(self, response: httpx.Response) -> bool:
        """Whether this row is about that answer."""
        if response.status_code not in self._statuses:
            return False
        return self.code is None or any(re.search(self.code, text) for text in _telling(response))


DEFAULT_RULES: tuple[ErrorRule, ...] = (
    ErrorRule(429, Reaction.RATE_LIMITED, RateLimited),
    ErrorRule(401, Reaction.REAUTHENTICATE, AuthenticationError, hint="Check the credentials."),
    ErrorRule(403, Reaction.FAIL, Forbidden, hint="The account lacks a right."),
    ErrorRule(404, Reaction.FAIL, NotFound),
    ErrorRule(410, Reaction.FAIL, NotFound),
    ErrorRule(400, Reaction.FAIL, BadRequest),
    ErrorRule(422, Reaction.FAIL, BadRequest),
    ErrorRule(408, Reaction.RETRY, Unavailable),
    ErrorRule(501, Reaction.FAIL, PermanentError),
    ErrorRule(505, Reaction.FAIL, PermanentError),
    ErrorRule(range(500, 600), Reaction.RETRY, Unavailable),
    ErrorRule(range(400, 500), Reaction.FAIL, PermanentError),
)


_JUDGED = "mlc_rule"


def judge(response: httpx.Response, rules: Sequence[ErrorRule], accept: Collection[int]) -> None:
    """Find the row about that answer, vendor's rows before the defaults, and note it on the answer.

    Args:
        response: read to its end.
        rules: the vendor's.
        accept: statuses that are no errors.
    """
    response.extensions[_JUDGED] = None if response.status_code in accept else _first(response, rules)


def verdict(response: httpx.Response) -> ErrorRule | None:
    """The row that `judge` found; None when the answer is no error."""
    return response.extensions.get(_JUDGED)


def reauthentication_wanted(response: httpx.Response) -> bool:
    """Whether this answer refuses the credentials: by the client's rules, or for want of them by its 401.

    For `httpx.Auth` classes: on True replace the credentials and yield the request once more.
    """
    if _JUDGED not in response.extensions:
        return response.status_code == 401
    rule = verdict(response)
    return rule is not None and rule.reaction is Reaction.REAUTHENTICATE


def _first(response: httpx.Response, rules: Sequence[ErrorRule]) -> ErrorRule | None:
    for rule in rules:
        if rule.matches(response):
            return rule
    if response.status_code < 400:
        return None
    return next((rule for rule in DEFAULT_RULES if rule.matches(response)), None)


def _telling(response: httpx.Response) -> tuple[str, str]:
    return error_text(response), unquote_plus(response.headers.get("location", ""))


def error_text(response: httpx.Response) -> str:
    """The beginning of the body as text, for patterns and messages."""
    beginning = response.content[:_READABLE]
    shown = json.detect_encoding(beginning)  # UTF-16 and UTF-32 show in the first bytes
    return beginning.decode(response.encoding or shown if shown.startswith("utf-8") else shown, "replace")


def plain_text(response: httpx.Response) -> str:
    """The body on one line without markup: how a body is described when the vendor has no better way."""
    text = error_text(response)
    if "html" in response.headers.get("content-type", "").lower() or text.lstrip()[:1] == "<":
        text = re.sub(r"(?is)<(script|style|head)\b.*?</\1>|<[^>]*>", " ", text)
    return " ".join(text.split())

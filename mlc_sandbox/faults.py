"""Faults on demand: which requests go wrong, and how."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Action:
    """How a request goes wrong. Made by one of the functions below, or one of the constants."""

    kind: Literal["answer", "reset_before", "drop_answer", "truncate", "delay", "first", "rewrite"]
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    seconds: float = 0.0
    call: Callable[[], object] = lambda: None
    change: Callable[[bytes], bytes] = bytes


def answer(status: int, headers: Mapping[str, str] | None = None, body: bytes | str | dict[str, Any] = b"") -> Action:
    """Answer with this instead of executing the request; a dict is sent as JSON."""
    headers = dict(headers or {})
    if isinstance(body, dict):
        body = json.dumps(body)
        headers.setdefault("content-type", "application/json")
    return Action("answer", status=status, headers=headers, body=body.encode() if isinstance(body, str) else body)


def delay(seconds: float) -> Action:
    """Wait (real time) before executing the request."""
    return Action("delay", seconds=seconds)


def first(call: Callable[[], object]) -> Action:
    """Do something, such as a posting, just before the request is executed as it should be."""
    return Action("first", call=call)


def rewrite(change: Callable[[bytes], bytes]) -> Action:
    """Execute the request, and change the body of its answer."""
    return Action("rewrite", change=change)


def worded(key: str, wire: bytes) -> Action:
    r"""Execute the request, and have the first value under a key of its JSON answer stand there as given, byte by byte.

    What real servers send and strict parsers refuse: `worded("Memo", b'"Team dinner \\ud83d"')`.
    """
    value = re.compile(rb'("%s"\s*:\s*(?:\{"value"\s*:\s*)?)("(?:[^"\\]|\\.)*"|[^\s,\[{}\]]+)' % key.encode())
    return rewrite(lambda body: value.sub(lambda found: found[1] + wire, body, count=1))


reset_before = Action("reset_before")
"""The request is read but not executed, and the connection is reset."""

drop_answer = Action("drop_answer")
"""The request is executed, and the connection closed without an answer."""

truncate = Action("truncate")
"""The answer is sent with its full Content-Length but half of its bytes, then the connection is closed."""


@dataclass
class Fault:
    """Requests that match go wrong.

    Attributes:
        method: HTTP method, upper case; None for any.
        path: regular expression, searched in the path and in `path?query`.
        action: how it goes wrong.
        times: how many matching requests go wrong.
        after: how many matching requests are let through first.
    """

    method: str | None
    path: str
    action: Action
    times: int = 1
    after: int = 0

    def matches(self, method: str, path: str, query: str) -> bool:
        """Whether a request is one of those meant."""
        if self.method is not None and self.method != method:
            return False
        return bool(re.search(self.path, path) or (query and re.search(self.path, f"{path}?{query}")))


class Faults:
    """The faults that are set at present. Thread safe."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Set a fault; it counts on its own, starting now."""
        with self._lock:
            # A copy, because the counters are used up here and the caller may add the same fault again.
            self._faults.append(Fault(fault.method, fault.path, fault.action, fault.times, fault.after))

    def __len__(self) -> int:
        """How many of the faults have not come to their end."""
        with self._lock:
            return len(self._faults)

    def clear(self) -> None:
        """Let everything work again."""
        with self._lock:
            self._faults.clear()

    def take(self, method: str, path: str, query: str) -> Action | None:
        """The action for this request, counting it; the first matching fault wins."""
        with self._lock:
            for fault in self._faults:
                if not fault.matches(method, path, query):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault.action
        return None

"""Answers of the sandboxes in another shape: what a vendor's new version, a proxy or a fault of theirs may send."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any

from mlc_sandbox.faults import Fault, Faults, rewrite

_OTHERS: tuple[Any, ...] = (
    None, True, False, "false", "", "\x00", "garbage", "9" * 5000, 0, -1, 3.7, 1e999, float("nan"), 10**30, [], {},
    [None], [[]], ["x"], [1], {"x": 1}, [{"x": []}],
)  # fmt: skip
_BODIES = (
    b"", b"null", b"true", b"7", b'"text"', b"[]", b"{}", b"[[]]", b"[null]", b"<html>Sign in</html>", b"\xff\xfe",
    b"[" * 100_000, b'{"a":' * 100_000, b"{", b'{"items": 1}', b'{"value": {}}', b"<a>" * 20_000, b"\x00",
)  # fmt: skip


def mangled(body: bytes, random: Random) -> bytes:
    """The body with one thing changed in it: a key gone, another type, null, nested wrongly, or all of it replaced."""
    if random.random() < 0.15:
        return random.choice(_BODIES)
    try:
        document = json.loads(body)
    except ValueError:
        return _text_mangled(body, random)
    places = list(_places([document]))
    holder, key = random.choice(places)
    how = random.randrange(4)
    if how == 0 and holder is not places[0][0]:
        del holder[key]
    elif how == 1:
        holder[key] = [copy.deepcopy(holder[key])]
    elif how == 2:
        holder[key] = {"value": copy.deepcopy(holder[key])}
    else:
        holder[key] = copy.deepcopy(random.choice(_OTHERS))
    return json.dumps(places[0][0][0]).encode()


def _places(holder: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(holder) if isinstance(holder, dict) else range(len(holder))
    for key in keys:
        yield holder, key
        if isinstance(holder[key], dict | list):
            yield from _places(holder[key])


def _text_mangled(body: bytes, random: Random) -> bytes:
    at = random.randrange(len(body) + 1)
    return random.choice([body[:at], body[:at] + b"\x00\xff" + body[at:], body[:at] + b"<x>" + body[at:], body[at:]])


def mangle(faults: Faults, seed: int, after: int) -> None:
    """Have one answer of a sandbox mangled.

    Args:
        faults: of the sandbox.
        seed: of what is changed in it.
        after: how many answers are left alone first.
    """
    change = rewrite(lambda body: mangled(body, Random(seed)))
    faults.add(Fault(None, "", change, after=after))

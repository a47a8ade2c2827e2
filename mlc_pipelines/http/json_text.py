"""JSON as servers send it: what strict readers refuse is read, as long as it can be read in one way only."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, cast

from mlc_pipelines.visible import LOST

_LONGEST_SAID = 80
_BEGINNINGS = frozenset('{["-0123456789tfn')
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")
_MAY_HOLD_UNWRITABLE = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)|" + _UNWRITABLE.pattern)


class BrokenJson(ValueError):
    """What came whole and can't be read, or is another thing than JSON: the next one will be the same."""


Pairs = Sequence[tuple[str, Any]]
"""The keys and values of an object, in the order of the text."""


TWICE = object()
"""Stands for the values of a key that an object has more than once, each time another."""


def with_twice(pairs: Pairs) -> dict[str, Any]:
    """An object in which `TWICE` is the value of a key with several; equal ones are one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        for key, value in pairs:
            if value != found[key]:
                found[key] = TWICE
    return found


def _only_once(pairs: Pairs) -> dict[str, Any]:
    found = with_twice(pairs)
    if len(found) < len(pairs):
        twice = next((key for key, value in found.items() if value is TWICE), None)
        if twice is not None:
            raise BrokenJson(f"{twice[:_LONGEST_SAID]} stands twice in one object, with different values")
    return found


def parse_json(
    body: bytes | str,
    *,
    pairs: Callable[[Pairs], dict[str, Any]] = _only_once,
    mend: bool = True,
    **options: Any,
) -> Any:
    """A JSON text as Python has it, its texts such that they can be written everywhere.

    Control characters may stand bare in texts. What is no character at all (half of a surrogate pair, a byte that is no
    UTF-8) and NUL become `LOST`.

    Args:
        body: the text.
        pairs: makes the objects; a caller that gives one sees to repeated keys itself.
        mend: put `LOST` in; else lone surrogates stand for what is no character, and NUL stays.
        options: of `json.loads`.

    Raises:
        BrokenJson: it is another thing than JSON, breaks its rules though it is whole, has a key of an object twice
            with different values, or is nested deeper than anything that is meant.
        ValueError: it is only the beginning of JSON.
    """
    text = body if isinstance(body, str) else _decoded(body)
    text = text.lstrip("\ufeff")
    try:
        found = json.loads(text, strict=False, object_pairs_hook=pairs, **options)
    except BrokenJson:
        raise
    except RecursionError:
        raise BrokenJson("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        if _is_beginning(text, error):
            raise ValueError("it is cut off") from None
        raise BrokenJson(_other_than_json(text) or str(error)) from None
    except ValueError as error:  # a number too long to be one
        raise BrokenJson(str(error)) from None
    return _mended(found) if mend and _MAY_HOLD_UNWRITABLE.search(text) else found


def mended(text: str) -> str:
    """The text with `LOST` for each character that is none, or a NUL."""
    return _UNWRITABLE.sub(LOST, text)


def _decoded(body: bytes) -> str:
    encoding = json.detect_encoding(body)
    # Bytes that are no UTF-8 become lone surrogates, which are told from what else is in a text.
    return body.decode(encoding, "surrogateescape" if encoding.startswith("utf-8") else "surrogatepass")


def _is_beginning(text: str, error: json.JSONDecodeError) -> bool:
    """Whether the rest may only have been lost: it opens what it doesn't close, or is at fault at its very end."""
    bare = text.strip()
    opened = bare[:1] in {"{", "[", '"'} and error.msg != "Extra data"
    closed = (bare[:1], bare[-1:]) in {("{", "}"), ("[", "]")}
    return opened and not (closed and error.pos < len(text.rstrip()))


def _other_than_json(text: str) -> str:
    """What it is instead; empty when that can't be told. The text itself may be anything, and is not shown."""
    bare = text.strip().lower()
    if not bare:
        return "it is empty"
    if bare.startswith(("<!doctype html", "<html")):
        return "it is a page of HTML"
    if bare.startswith("<"):
        return "it is XML"
    return "" if bare[0] in _BEGINNINGS else "it is a text of another kind"


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return mended(value)
    if isinstance(value, dict):
        return {mended(key): _mended(each) for key, each in cast("dict[str, Any]", value).items()}
    return [_mended(each) for each in cast("list[Any]", value)] if isinstance(value, list) else value

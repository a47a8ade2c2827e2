"""Text of strangers, made safe to look at: what would move a cursor, turn a line around or hide is written out.

ERP texts, model names and servers' answers go into messages, logs, tables and chats. A control character in them
rewrites what stands on a terminal; a bidirectional one makes an account read as another; a zero-width one makes two
codes look the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

LOST = "\ufffd"
"""Stands in a text for a character that could not be read, or that can't be written anywhere."""

_CANDIDATES = re.compile(r"[^ -~\n\t]")
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Letters and marks of no width of their own, which Unicode has renderers ignore.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def visible(text: str) -> str:
    r"""The text with its control, bidirectional and invisible characters written out; line ends and tabs stay.

    >>> visible("\x1b[2J") + visible("a\u202eb") + visible("40\x00")
    '<U+001B>[2Ja<U+202E>b40<U+0000>'
    """
    return each_invisible(text.replace("\r\n", "\n"), lambda char: f"<U+{ord(char):04X}>")


def each_invisible(text: str, shown: Callable[[str], str]) -> str:
    """The text with every such character shown in a way of the caller's."""
    return _CANDIDATES.sub(lambda match: shown(match[0]) if _is_invisible(match[0]) else match[0], text)


def _is_invisible(char: str) -> bool:
    return unicodedata.category(char) in _INVISIBLE_CATEGORIES or bool(_INVISIBLE.match(char))


def visible_in(value: Any) -> Any:
    """The same for all text in lists and mappings."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible_in(key): visible_in(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [visible_in(each) for each in value]
    return value

"""Keeps credentials out of everything that people read: logs, error messages, metadata.

Two nets: values that were registered are found in every disguise they usually travel in, and fields and headers that
are known to carry credentials are masked whatever they hold.
"""

from __future__ import annotations

import base64
import html
import json
import logging
import re
import threading
import traceback
from collections import OrderedDict
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from mlc_pipelines.visible import visible

MASK = "***"

_SHORTEST = 4  # a shorter value would blot out harmless text, and is no credential anyway
_MOST = 10_000  # tokens are replaced every half hour in processes that live for months
_BASE64_CORE = 8
_PEM_LINE = 20

_lock = threading.Lock()
_values: OrderedDict[str, tuple[str, ...]] = OrderedDict()
_by_prefix: dict[str, set[str]] = {}


def register_secret(value: str) -> None:
    """Have this value masked from now on, also percent-encoded, in base64, and escaped for JSON or XML.

    Values shorter than four characters are ignored. The newest ten thousand values are kept.
    """
    if len(value) < _SHORTEST:
        return
    with _lock:
        if value in _values:
            _values.move_to_end(value)
            return
        forms = tuple({form for form in _forms(value) if len(form) >= _SHORTEST})
        _values[value] = forms
        for form in forms:
            _by_prefix[form[:_SHORTEST]] = _by_prefix.get(form[:_SHORTEST], set()) | {form}
        if len(_values) > _MOST:
            _, old = _values.popitem(last=False)
            for form in old:
                _by_prefix[form[:_SHORTEST]] = _by_prefix[form[:_SHORTEST]] - {form}


def redact(text: str) -> str:
    """The text with every credential in it replaced by `***`."""
    if _by_prefix:
        text = _without_registered(text)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _without_registered(text: str) -> str:
    # One pass over the text whatever the number of secrets: only forms whose first characters occur are looked for.
    starts = {text[i : i + _SHORTEST] for i in range(len(text) - _SHORTEST + 1)}
    found = {form for start in starts & _by_prefix.keys() for form in _by_prefix[start]}
    for form in sorted(found, key=len, reverse=True):
        text = text.replace(form, MASK)
    return text


def _forms(value: str) -> Iterator[str]:
    yield value
    for encoded in (quote(value, safe=""), quote(value), quote_plus(value)):
        yield encoded
        yield re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), encoded)
    for quoted in (json.dumps(value), json.dumps(value, ensure_ascii=False), repr(value)):
        yield quoted[1:-1]
        yield quoted[1:-1].replace("/", r"\/")
    yield html.escape(value)
    yield html.escape(value, quote=False)
    yield from _base64_forms(value.encode())
    for line in value.splitlines():
        if len(line) >= _PEM_LINE and not line.startswith("-----"):
            yield line


def _base64_forms(value: bytes) -> Iterator[str]:
    # In base64 of a longer text (`user:password`) the value may begin at any of three offsets; the whole groups
    # between its ends look the same whatever stands around it.
    for skip in range(3):
        whole = value[skip : skip + (len(value) - skip) // 3 * 3]
        core = base64.b64encode(whole).decode()
        if len(core) >= _BASE64_CORE:
            yield core
            yield core.replace("+", "-").replace("/", "_")
            yield quote(core, safe="")
    yield base64.b64encode(value).decode()


# Bounded, so that no text, however odd, takes more than linear time.
_FIELD = (
    r"[\w.:-]{0,40}(?:pass(?:word|wd|phrase)|pwd|secret|assertion|api[_-]?key|private[_-]?key|credential|signature"
    r"|session[_-]?id|b1session|aspxauth|encoded(?:signed)?data|token(?!_(?:type|url|endpoint)|type|url))[\w.:-]{0,40}"
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?(?:-----END \1-----|\Z)", re.DOTALL), MASK),
    # Headers: as written on the wire, in a mapping, or as httpcore shows them (pairs of bytes).
    (
        re.compile(
            r"""(?ix)(\b (?:proxy-)?authorization | \b (?:set-)?cookie | \b x-api-key)
            (['"]?\s*[:=]\s*(?:b?['"])? | ['"]\s*,\s*b?['"])  ((?:basic|bearer|cacertificate|anaplanauthtoken)\s+)?
            [^'"\r\n]+"""
        ),
        rf"\1\2\3{MASK}",
    ),
    (
        re.compile(r"(?i)\b(basic|bearer|cacertificate|anaplanauthtoken)\s+(?=[^\s'\"]*[\d+/=._-])[\w+/=.~-]{8,}"),
        rf"\1 {MASK}",
    ),
    (re.compile(rf"""(?i)(["']{_FIELD}["']\s*:\s*)(["'])(?:\\.|(?!\2).)*\2"""), rf"\1\2{MASK}\2"),
    (re.compile(rf"""(?i)((?<![\w.:-]){_FIELD}=)["']?[^&\s"'<>;,)]+"""), rf"\1{MASK}"),
    (re.compile(rf"(?i)(<({_FIELD})(?:\s[^>]{0, 200})?>)[^<]+(?=</\2)"), rf"\1{MASK}"),
    (re.compile(r"(?i)([?&](?:code|device_code|user_code|sig|key|user_?id)=)[^&\s\"'<>]+"), rf"\1{MASK}"),
    (re.compile(r"(?i)(\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@'\"]*:)[^\s/@'\"]+(?=@)"), rf"\1{MASK}"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"), MASK),
)


class RedactingFilter(logging.Filter):
    """Masks credentials in log records and makes the rest visible; installed on handlers, no logger is missed."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the record in place; it is always let through."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            # A line whose arguments don't fit must not stop the work that it tells about.
            message = f"{record.msg} {record.args}"
        record.msg = visible(redact(message))
        record.args = None
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = "".join(traceback.format_exception(record.exc_info[1])).rstrip()
            record.exc_info = None
        if record.exc_text:
            record.exc_text = visible(redact(record.exc_text))
        if record.stack_info:
            record.stack_info = visible(redact(record.stack_info))
        return True

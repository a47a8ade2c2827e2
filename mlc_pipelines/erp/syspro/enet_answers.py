"""What e.net answers: wrapped bodies, errors in bodies of success (docs/vendors/syspro.md, sections A1 and A2)."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import Any
from xml.parsers.expat import errors as expat
from xml.sax.saxutils import escape

import defusedxml.ElementTree as DefusedTree
from defusedxml import DefusedXmlException

from mlc_pipelines.errors import BadRequest, DataError, Unavailable
from mlc_pipelines.http import BrokenJson, Response, parse_json
from mlc_pipelines.redaction import redact
from mlc_pipelines.visible import LOST

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_STRING = re.compile(r"^<string(\s[^>]*)?/?>")
_ERROR = re.compile(r"^\s*error\b[\s:]*", re.IGNORECASE)
_NO_SESSION = re.compile(r"UserID is invalid|expired", re.IGNORECASE)
_REFERENCE = re.compile("&(?:#(?P<code>x[0-9a-fA-F]+|[0-9]+);|(?P<named>amp|lt|gt|quot|apos);)?")
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CUT = frozenset(
    expat.codes[why]
    for why in (expat.XML_ERROR_NO_ELEMENTS, expat.XML_ERROR_UNCLOSED_TOKEN, expat.XML_ERROR_UNCLOSED_CDATA_SECTION)
)
_PAGE = re.compile(r"<(!doctype\s+)?html\b", re.IGNORECASE)
_MOST_SHOWN, _LONGEST_SHOWN = 5, 500
_HINT = "Check that the operator may use this business object and read what it needs."
_OTHER = "Look what answers at rest_url: a page to sign in, a proxy, or another version of e.net?"


class NoSession(Exception):
    """e.net doesn't know the session, or no longer; with what it says."""


def text_of(response: Response) -> str:
    """The body without its wrappings: JSON text, or an XML element `string`; versions differ.

    Raises:
        Unavailable: it is cut off within a wrapping.
        DataError: it is XML that can't be read, or wrapped in an unknown way.
    """
    text = _decoded(response).lstrip("\ufeff").strip()
    while True:
        try:
            if text.startswith('"'):
                text = str(parse_json(text)).strip()
            elif _STRING.match(_DECLARATION.sub("", text).lstrip()):
                text = "".join(_parsed(text).itertext()).strip()
            else:
                return text
        except BrokenJson:
            raise DataError("An answer of e.net is wrapped in an unknown way.", hint=_OTHER) from None
        except ValueError:
            raise Unavailable("An answer of e.net is cut off.") from None


def refuse_errors(text: str, subject: str) -> str:
    """The text, if it is not an error.

    Raises:
        NoSession: the session is unknown or has ended.
        BadRequest: any other error.
    """
    if not _ERROR.match(text):
        return text
    said = redact(_ERROR.sub("", text)[:_LONGEST_SHOWN]).rstrip(". ") or "it gave no reason"
    if _NO_SESSION.search(text):
        raise NoSession(said)
    raise BadRequest(f"e.net refused {subject}: {said}.", hint=_HINT)


def document(text: str, subject: str) -> Any:
    """The answer as an XML element with names of elements in lower case: their case varies.

    Raises:
        Unavailable: it is only the beginning of XML.
        DataError: it is another thing, or came whole and can't be read.
        BadRequest: an error is described somewhere in it.
    """
    other = "empty" if not text else "a page of HTML" if _PAGE.match(text) else "" if text[0] == "<" else "no XML"
    if other:
        raise DataError(f"The answer of e.net to {subject} is {other}.", hint=_OTHER)
    try:
        root = _parsed(text)
    except ValueError:
        raise Unavailable(f"The answer of e.net to {subject} is only the beginning of one.") from None
    for element in root.iter():
        element.tag = str(element.tag).rpartition("}")[2].lower()
    errors = [said for element in root.iter("errordescription") if (said := _text(element))]
    errors = errors or [f"error {number}" for each in root.iter("errornumber") if (number := _text(each)).strip("0")]
    if errors:
        said = redact("; ".join(errors[:_MOST_SHOWN])).rstrip(". ")
        raise BadRequest(f"e.net refused {subject}: {said}.", hint=_HINT)
    return root


def texts(element: Any) -> Iterator[tuple[str, str]]:
    """Names and texts of the elements inside that hold no others, without their padding."""
    for inner in element.iter():
        if not len(inner):
            yield inner.tag, _text(inner)


def tag(name: str, *inside: str, text: str = "") -> str:
    """An element with a text, or with other elements, inside."""
    return f"<{name}>{escape(text)}{''.join(inside)}</{name}>"


def _text(element: Any) -> str:
    return (element.text or "").strip()


def _parsed(text: str) -> Any:
    # The declaration names Windows-1252, and the text is decoded already.
    bare = _NO_XML.sub(LOST, _DECLARATION.sub("", text).strip())
    try:
        return DefusedTree.fromstring(bare)
    except DefusedTree.ParseError as error:
        if error.code in _CUT or not (bare.startswith("<") and bare.endswith(">")):
            raise ValueError(str(error)) from None
    except DefusedXmlException:
        raise DataError("An answer of e.net declares entities of its own, which are not expanded.") from None
    try:
        return DefusedTree.fromstring(_REFERENCE.sub(_referred, bare))
    except DefusedTree.ParseError as error:
        raise DataError(f"An answer of e.net is XML that can't be read: {error}.") from None


def _referred(reference: re.Match[str]) -> str:
    """The reference as it is; `LOST` where XML has no such character, and an ampersand where it is none."""
    if reference["named"]:
        return reference[0]
    if not reference["code"]:
        return "&amp;"
    code = int(reference["code"].replace("x", "0x"), 0 if "x" in reference["code"] else 10)
    return LOST if code > sys.maxunicode or _NO_XML.match(chr(code)) else reference[0]


def _decoded(response: Response) -> str:
    """The body as text: what is UTF-8 is hardly ever anything else, whatever the header says."""
    # UTF-16 and UTF-32 show in the first bytes.
    for encoding in (json.detect_encoding(response.content), response.charset_encoding or "windows-1252"):
        try:
            return response.content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return response.content.decode("windows-1252", "replace")

"""What e.net answers: wrapped bodies, errors in bodies of success (contract syspro.md, sections A1 and A2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

import defusedxml.ElementTree as DefusedTree
from defusedxml import DefusedXmlException

from mlc_pipelines.errors import BadRequest, Unavailable
from mlc_pipelines.http import Response, parse_json
from mlc_pipelines.redaction import redact

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_STRING = re.compile(r"^<string(\s[^>]*)?/?>")
_ERROR = re.compile(r"^\s*error\b[\s:]*", re.IGNORECASE)
_NO_SESSION = re.compile(r"UserID is invalid|expired", re.IGNORECASE)
_MOST_SHOWN, _LONGEST_SHOWN = 5, 500
_HINT = "Check that the operator may use this business object and read what it needs."


class NoSession(Exception):
    """e.net doesn't know the session, or no longer; with what it says."""


def text_of(response: Response) -> str:
    """The body without its wrappings: JSON text, or an XML element `string`; versions differ.

    Raises:
        Unavailable: a wrapping is broken.
    """
    text = _decoded(response).lstrip("\ufeff").strip()
    while True:
        try:
            if text.startswith('"'):
                text = str(parse_json(text, strict=False)).strip()
            elif _STRING.match(_DECLARATION.sub("", text).lstrip()):
                text = "".join(_parsed(text).itertext()).strip()
            else:
                return text
        except ValueError:
            raise Unavailable("An answer of e.net is cut off or wrapped in an unknown way.") from None


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
        Unavailable: it is no XML.
        BadRequest: an error is described somewhere in it.
    """
    try:
        root = _parsed(text)
    except ValueError:
        raise Unavailable(f"The answer of e.net to {subject} is no XML.") from None
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
    try:
        return DefusedTree.fromstring(_DECLARATION.sub("", text).strip())
    except (DefusedTree.ParseError, DefusedXmlException) as error:
        raise ValueError(str(error)) from None


def _decoded(response: Response) -> str:
    if response.charset_encoding:
        return response.text
    try:
        return response.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return response.content.decode("windows-1252", "replace")

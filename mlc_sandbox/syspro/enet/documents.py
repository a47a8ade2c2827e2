"""XML in and out: declared as Windows-1252, both ways (docs/vendors/syspro.md, section A1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from mlc_sandbox.syspro.enet.refusals import EnetError

DECLARATION = '<?xml version="1.0" encoding="Windows-1252"?>'


def parse(text: str, name: str) -> ET.Element:
    """The document in a query parameter.

    Args:
        text: already decoded, so that its declared encoding says nothing any more.
        name: of the parameter, for the message.

    Raises:
        EnetError: it is no XML, or it declares entities.
    """
    body = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    if "<!DOCTYPE" in body:
        raise EnetError(f"{name}: a document type declaration is not allowed")
    try:
        return ET.fromstring(body)  # noqa: S314 - entities can't be declared without a DOCTYPE
    except ET.ParseError as error:
        raise EnetError(f"{name} is not valid XML: {error}") from error


def value(element: ET.Element, name: str) -> str:
    """The text of a child element; empty when it isn't there."""
    return (element.findtext(name) or "").strip()


def tag(name: str, content: str | int = "") -> str:
    """An element with a text."""
    return f"<{name}>{escape(str(content))}</{name}>"


def wrap(name: str, parts: Iterable[str]) -> str:
    """An element around others."""
    return f"<{name}>{''.join(parts)}</{name}>"


def representable(text: str) -> str:
    """A text as a column of the database's code page can hold it: other letters become question marks."""
    return text.encode("cp1252", "replace").decode("cp1252")

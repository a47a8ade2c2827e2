"""Calls, answers and refusals, free of any web framework, so that a batch can carry them too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from mlc_sandbox.sap_business_one.switches import Switches

HTML_502 = (
    '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>502 Proxy Error</title>\n</head><body>\n'
    "<h1>Proxy Error</h1>\n<p>The proxy server received an invalid response from an upstream server.</p>\n"
    "</body></html>\n"
)
"""What the load balancer says when a node dies (docs/vendors/sap_business_one.md, section 3)."""

_JSON_TYPES = {
    "v1": "application/json;odata=minimalmetadata;charset=utf-8",
    "v2": "application/json;odata.metadata=minimal;charset=utf-8",
}


@dataclass(frozen=True)
class Call:
    """A request below the base.

    Attributes:
        method: HTTP method.
        version: `v1` or `v2`.
        root: scheme, host and base, such as `http://127.0.0.1:50000/b1s/v1`.
        path: below the base, decoded, without the leading slash.
        query: query options, decoded.
        headers: names in lower case.
        body: as it came.
    """

    method: str
    version: str
    root: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    def content(self) -> dict[str, Any]:
        """The body, a JSON object; numbers with a fraction are exact.

        Raises:
            Refusal: it is none.
        """
        try:
            content = json.loads(self.body, parse_float=Decimal)
        except ValueError as error:
            raise Refusal(400, -1000, "Invalid JSON format.") from error
        if not isinstance(content, dict):
            raise Refusal(400, -1000, "Invalid JSON format: an object is expected.")
        return content


@dataclass(frozen=True)
class Answer:
    """What goes back; cookies apart from the other headers, because each needs a line of its own."""

    status: int
    body: str | bytes = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    cookies: tuple[str, ...] = ()


class Refusal(Exception):
    """Answered with the vendor's error body (docs/vendors/sap_business_one.md, section 3).

    Attributes:
        status: HTTP status.
        code: the vendor's error code.
        message: its text.
    """

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def json_answer(version: str, body: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer with a JSON text in the version's content type."""
    return Answer(status, body, {"content-type": _JSON_TYPES[version], **(headers or {})})


def refused(version: str, refusal: Refusal, switches: Switches) -> Answer:
    """The error body of a version: code and message differ in type between the two."""
    if version == "v1":
        error: dict[str, Any] = {"code": refusal.code, "message": {"lang": "en-us", "value": refusal.message}}
    else:
        error = {"code": str(refusal.code), "message": refusal.message}
        if switches.v2_error_details:
            error["details"] = [{"code": "", "message": ""}]
    return json_answer(version, json.dumps({"error": error}, ensure_ascii=False), status=refusal.status)


def business_error(message: str) -> Refusal:
    """The generic refusal of the business logic below the Service Layer.

    See docs/vendors/sap_business_one.md, section 3.
    """
    return Refusal(400, -5002, message)


def bad_query(message: str) -> Refusal:
    """A query option, path or body that can't be understood (docs/vendors/sap_business_one.md, section 3)."""
    return Refusal(400, -1000, message)


def not_found() -> Refusal:
    """There is no record with that key (docs/vendors/sap_business_one.md, section 3)."""
    return Refusal(404, -2028, "No matching records found (ODBC -2028)")


def unsupported() -> Refusal:
    """The object has no such action (docs/vendors/sap_business_one.md, section 3)."""
    return Refusal(400, -5006, "The requested action is not supported for this object.")

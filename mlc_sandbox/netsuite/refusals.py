"""Refusals in NetSuite's error envelope (docs/vendors/netsuite.md, sections 2.5, 3.5 and 5.6)."""

from __future__ import annotations

import secrets
from typing import Any

from mlc_sandbox.rest import refusals

_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    429: "Bad Request",
    500: "Internal Server Error",
}
_SECTIONS = {400: "15.5.1", 401: "15.5.2", 403: "15.5.4", 404: "15.5.5", 429: "15.5.1", 500: "15.6.1"}

INVALID_LOGIN = (
    "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at Setup > Users/Roles > "
    "User Management > View Login Audit Trail."
)


class Refusal(refusals.Refusal):
    """A request that is answered with an error.

    Args:
        status: HTTP status.
        code: `o:errorCode`.
        detail: the text.
        headers: extra response headers.
        where: further members of the error detail, for instance `{"o:errorPath": "line.items[0].account"}`.
    """

    content_type = "application/vnd.oracle.resource+json; type=error; charset=UTF-8"

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: dict[str, str] | None = None,
        where: dict[str, str] | None = None,
    ) -> None:
        envelope: dict[str, Any] = {
            "type": f"https://www.rfc-editor.org/rfc/rfc9110.html#section-{_SECTIONS[status]}",
            "title": _TITLES[status],
            "status": status,
            "o:errorDetails": [{"detail": detail, **(where or {}), "o:errorCode": code}],
        }
        if status == 401:
            envelope["type"] = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html"
        if status == 429:
            # This status alone has the code at the top as well (docs/vendors/netsuite.md, section 5.6).
            envelope["o:errorCode"] = "USER_ERROR"
        super().__init__(status, envelope, headers)


def invalid_login(account: str) -> Refusal:
    """The one answer to every token that does not count, whatever is wrong with it.

    See docs/vendors/netsuite.md, section 2.5.
    """
    challenge = f'Bearer realm="{account}", error="invalid_token", error_description="Invalid login attempt."'
    return Refusal(401, "INVALID_LOGIN", INVALID_LOGIN, headers={"WWW-Authenticate": challenge})


def invalid_parameter(detail: str, parameter: str) -> Refusal:
    """A query parameter, or the query text `q`, that is not right."""
    return Refusal(400, "INVALID_PARAMETER", detail, where={"o:errorQueryParam": parameter})


def invalid_query(detail: str) -> Refusal:
    """A SuiteQL query that is not right (docs/vendors/netsuite.md, section 3.5)."""
    return invalid_parameter(f"Invalid search query. Detailed unprocessed description follows. {detail}", "q")


def unsupported_query() -> Refusal:
    """NetSuite's catch-all for queries."""
    return invalid_query("Search error occurred: Invalid or unsupported search.")


def nonexistent(detail: str, url: str = "") -> Refusal:
    """A record or record type that is not there."""
    return Refusal(404, "NONEXISTENT_ID", detail, where={"o:errorUrl": url} if url else {})


def user_error(detail: str, path: str = "") -> Refusal:
    """A business rule is broken."""
    return Refusal(400, "USER_ERROR", detail, where={"o:errorPath": path} if path else {})


def unexpected() -> Refusal:
    """What the server says of a fault of its own."""
    return Refusal(500, "UNEXPECTED_ERROR", f"An unexpected error occurred. Error ID: {secrets.token_hex(10)}")

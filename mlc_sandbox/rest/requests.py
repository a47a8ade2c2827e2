"""What requests say about themselves: where they came to, what their body is, who sent them."""

from __future__ import annotations

import base64

from starlette.requests import Request

FORM = "application/x-www-form-urlencoded"


def origin(request: Request) -> str:
    """Scheme, host and port that a request came to."""
    return f"{request.url.scheme}://{request.url.netloc}"


def media_type(content_type: str) -> str:
    """A `Content-Type` without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def bearer(authorization: str) -> str:
    """The token of an `Authorization` header; empty when it has none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def basic(authorization: str) -> tuple[str, str] | None:
    """User and password of an `Authorization` header; None when its scheme is another one.

    Raises:
        ValueError: they are not UTF-8 in base 64.
    """
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    return user, password

"""What token endpoints have in common (RFC 6749)."""

from __future__ import annotations

import hmac
from urllib.parse import parse_qsl

from mlc_sandbox.rest.refusals import Refusal
from mlc_sandbox.rest.requests import FORM, media_type


def refused(error: str, description: str = "", status: int = 400) -> Refusal:
    """A refusal in OAuth's words."""
    return Refusal(status, {"error": error} | ({"error_description": description} if description else {}))


def form(content_type: str, body: bytes) -> dict[str, str]:
    """The fields of a token request.

    Raises:
        Refusal: 400: the body is no form, or names a field twice.
    """
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    fields = dict(pairs)
    if media_type(content_type) != FORM or len(fields) != len(pairs):
        raise refused("invalid_request")
    return fields


def same(given: str, expected: str) -> bool:
    """Whether a secret is the right one."""
    return hmac.compare_digest(given.encode(), expected.encode())

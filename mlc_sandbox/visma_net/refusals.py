"""Refusals in the three shapes of error bodies (docs/vendors/visma_net.md, section 7)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from mlc_sandbox.rest.refusals import Refusal


def bad_request(message: str) -> Refusal:
    """Shape A: a filter or parameter is wrong or missing."""
    return Refusal(400, {"message": message})


def not_found(what: str, key: str) -> Refusal:
    """Shape A: no such record."""
    return Refusal(404, {"message": f"{what} '{key}' could not be found."})


def forbidden(message: str, fault_code: str) -> Refusal:
    """Shape B: the gateway refuses the company or the application."""
    body = {
        "ExceptionType": "IPPException",
        "ExceptionMessage": message,
        "ExceptionFaultCode": fault_code,
        "ExceptionMessageID": f"{fault_code}_{uuid.uuid4()}",
        "ExceptionDetails": "",
    }
    return Refusal(403, body)


def unexpected() -> Refusal:
    """Shape A: what the API says of a fault of its own."""
    return Refusal(500, {"message": "An unexpected error has occurred."})


def unauthorized() -> Refusal:
    """Shape C: the token is missing, expired, unknown, or for a tenant that is no company."""
    return _gateway(401, "Unauthorized. Access token is missing or invalid.", {"WWW-Authenticate": "Bearer"})


def too_many(seconds: int) -> Refusal:
    """Shape C: the window's calls are used up."""
    return _gateway(429, f"Rate limit is exceeded. Try again in {seconds} seconds.", {"Retry-After": str(seconds)})


def unknown_operation() -> Refusal:
    """Shape C: no such path, or a method that it doesn't have; nothing can be written."""
    return _gateway(404, "Resource not found", {})


def _gateway(status: int, message: str, headers: Mapping[str, str]) -> Refusal:
    return Refusal(status, {"statusCode": status, "message": message}, headers)

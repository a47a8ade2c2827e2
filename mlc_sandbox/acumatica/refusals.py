"""Answers that are no success (docs/vendors/acumatica.md, section 11)."""

from __future__ import annotations

from typing import Any

from mlc_sandbox.rest.refusals import Refusal

_STACK = "   at PX.Api.ContractBased.EntityService.Execute()"


def http_error(status: int, message: str, kind: str = "", exception: str = "") -> Refusal:
    """An `HttpError`; with `kind`, the type of an exception that the product did not catch."""
    body: dict[str, Any] = {"message": message}
    if kind:
        body |= {"exceptionMessage": exception, "exceptionType": kind, "stackTrace": _STACK}
    return Refusal(status, body)


def failed(exception: str, kind: str = "PX.Data.PXException", status: int = 500) -> Refusal:
    """500 as for nearly everything that goes wrong."""
    return http_error(status, "An error has occurred.", kind, exception)


def not_signed_in() -> Refusal:
    """401, for whichever path (docs/vendors/acumatica.md, section 3)."""
    return http_error(401, "You are not logged in.")


def no_resource(uri: str) -> Refusal:
    """404 of an unknown endpoint, version, entity or action."""
    return http_error(404, f"No HTTP resource was found that matches the request URI '{uri}'.")


def no_record() -> Refusal:
    """A single record that isn't there: 500, not 404 (docs/vendors/acumatica.md, section 5)."""
    return failed("No entity satisfies the condition.", "PX.Api.ContractBased.NoEntitySatisfiesTheConditionException")


def unknown_name() -> Refusal:
    """A field that the entity doesn't have."""
    return failed("The given key was not present in the dictionary.", "System.Collections.Generic.KeyNotFoundException")


def not_optimised(field: str, view: str) -> Refusal:
    """A list with a field that the optimiser can't take (docs/vendors/acumatica.md, section 5)."""
    return failed(
        "Optimization cannot be performed.The following fields cause the error:\r\n"
        f"{field}: View {view} has BQL delegate",
        "PX.Api.ContractBased.OptimizedExport.CannotOptimizeException",
    )


def insufficient_rights(title: str, screen: str) -> Refusal:
    """403: the form is closed to this user, or its feature is off."""
    return failed(
        f"You have insufficient rights to access the {title} ({screen}) form.",
        "PX.Data.PXNotEnoughRightsException",
        status=403,
    )


def bad_request(message: str, **model_state: list[str]) -> Refusal:
    """400: malformed JSON or a value of the wrong type."""
    return Refusal(400, {"message": message} | ({"modelState": model_state} if model_state else {}))


def precondition(message: str) -> Refusal:
    """412 of If-Match and If-None-Match."""
    return http_error(412, message)

"""The HTTP clients of one Acumatica instance: errors, patience, the share of what it answers at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from mlc_pipelines.erp.acumatica.connection import AcumaticaConnection, OAuth
from mlc_pipelines.erp.base import SourceContext
from mlc_pipelines.errors import (
    AuthenticationError,
    BadRequest,
    ConfigurationError,
    Forbidden,
    NotFound,
    PermanentError,
    RateLimited,
    Unavailable,
)
from mlc_pipelines.http import (
    MEGABYTE,
    Auth,
    ErrorRule,
    HttpClient,
    Reaction,
    Response,
    Retry,
    Timeouts,
    parse_json,
    plain_text,
)
from mlc_pipelines.limits import ConcurrencyBudget, Gate

# Requests beyond what the licence lets run at a time wait in the server without a sign
# (docs/vendors/acumatica.md, section 12).
_TIMEOUTS = Timeouts(read=300.0, whole=900.0)

# Records come with all their lines, five thousand at most (`page_size`): they are not paged
# (docs/vendors/acumatica.md, section 5).
_LARGEST = 256 * MEGABYTE

# Seats of others come free when their sessions were idle for ten minutes (docs/vendors/acumatica.md, section 2.3).
_SIGN_IN_PATIENCE = Retry(tries=25, base=2.0, deadline=900.0)
_PATIENCE = Retry(tries=10, base=2.0, deadline=900.0)

_SEATS = "(?i)API Login Limit|concurrent API logins"
_SEATS_HINT = (
    "All seats for API users are taken: end other integrations' sessions, let the user have more logins at a time"
    " (Users, SM201010), or license more. Idle sessions end by themselves after ten minutes."
)
_ACCESS = "Check client_id, client_secret and tenant against Connected Applications (SM303010)."
_NO_SUCH_VALUE = "Check ledger, branch and company: Acumatica offers no such value to this user."
_GRANT = (
    "Sign in in a browser once more for a new refresh token: a chain of refreshes ends after 30 days, unless sliding"
    " expiration is set for the connected application (SM303010)."
)
_USER = (
    "The password is wrong or has to be changed first, or the user is unknown in this tenant or may not use the API:"
    " try user, password and tenant in the browser."
)

# A seat limit has three shapes (docs/vendors/acumatica.md, sections 2.1 and 11).
_LIMITS = (
    ErrorRule(range(300, 600), Reaction.RATE_LIMITED, RateLimited, code=_SEATS, hint=_SEATS_HINT),
    ErrorRule(
        429,
        Reaction.RATE_LIMITED,
        RateLimited,
        hint="The licence's limit of users or requests is used up: lower max_concurrent_requests, or stop other"
        " integrations; License Monitoring Console (SM604000) shows who uses it.",
    ),
)


def _sign_in_rules(connection: AcumaticaConnection, context: SourceContext) -> tuple[ErrorRule, ...]:
    """Refusals, each with the secret that is to be set again."""
    auth = connection.auth
    application = f"{_ACCESS} {context.set_again(auth.client_secret)}" if isinstance(auth, OAuth) else _ACCESS
    refreshing = auth.refresh_token if isinstance(auth, OAuth) else None
    user = f"{_GRANT} {context.set_again(refreshing)}" if refreshing else f"{_USER} {context.set_again(auth.password)}"
    return (
        *_LIMITS,
        ErrorRule(
            range(300, 400), Reaction.FAIL, PermanentError, hint="Check base_url: it is the instance's, with its path."
        ),
        ErrorRule(
            400,
            Reaction.FAIL,
            AuthenticationError,
            code="unauthorized_client|unsupported_grant_type",
            hint="Choose the flow of the connected application (SM303010) that fits auth.",
        ),
        ErrorRule(
            400,
            Reaction.FAIL,
            AuthenticationError,
            code="invalid_scope",
            hint="Allow the scopes api and offline_access.",
        ),
        ErrorRule(range(400, 402), Reaction.FAIL, AuthenticationError, code="invalid_client", hint=application),
        ErrorRule(
            500, Reaction.FAIL, AuthenticationError, code="PXUndefinedCompany|proper company ID", hint="Check tenant."
        ),
        ErrorRule(range(400, 501), Reaction.FAIL, AuthenticationError, code="Invalid credentials", hint=user),
        # Anything but 204 is a refused login (docs/vendors/acumatica.md, section 2.2).
        ErrorRule(range(400, 404), Reaction.FAIL, AuthenticationError, hint=user),
        ErrorRule(404, Reaction.FAIL, NotFound, hint="Check base_url: it is the instance's, with its path."),
        ErrorRule(500, Reaction.FAIL, AuthenticationError, hint=user),
    )


_RULES = (
    *_LIMITS,
    # A redirect is an error page, or that for people who are not signed in (docs/vendors/acumatica.md, section 11).
    ErrorRule(range(300, 400), Reaction.REAUTHENTICATE, AuthenticationError, code=r"(?i)/login\.aspx", hint=_USER),
    ErrorRule(
        range(300, 400),
        Reaction.FAIL,
        PermanentError,
        hint="Check base_url; if it is right, have the endpoint validated on Web Service Endpoints (SM207060).",
    ),
    ErrorRule(
        401, Reaction.REAUTHENTICATE, AuthenticationError, hint="The user may have lost the right to use the API."
    ),
    ErrorRule(
        403, Reaction.FAIL, Forbidden, hint="Give the user's role the right to view the form, or enable its feature."
    ),
    ErrorRule(404, Reaction.FAIL, NotFound, hint="Check endpoint and version: `mlc ping` lists what is there."),
    ErrorRule(422, Reaction.FAIL, BadRequest, hint=_NO_SUCH_VALUE),
    # What repeating does not change comes as 500 too (docs/vendors/acumatica.md, sections 5 and 11).
    ErrorRule(500, Reaction.FAIL, NotFound, code="NoEntitySatisfiesTheCondition"),
    ErrorRule(
        500,
        Reaction.FAIL,
        BadRequest,
        code="KeyNotFoundException|Optimization cannot be performed|incompatible types",
        hint="The endpoint lacks a field that is read, or can't list it: check version, custom_fields, and that nobody"
        " changed the endpoint.",
    ),
    ErrorRule(500, Reaction.FAIL, BadRequest, code="OutcomeEntityHasErrors", hint=_NO_SUCH_VALUE),
    ErrorRule(
        500,
        Reaction.FAIL,
        ConfigurationError,
        code="PXSetupNotEntered|required configuration data is not entered",
        hint="Fill in that form, or leave out what needs it.",
    ),
    ErrorRule(500, Reaction.RETRY, Unavailable, hint="System Events (SM201530) may show the cause."),
)


def open_client(connection: AcumaticaConnection, context: SourceContext, auth: Auth) -> HttpClient:
    """A client for the tenant's endpoint.

    The concurrency budget is named by instance and tenant: all tenants and processes share it.
    """
    slots = ConcurrencyBudget(context.database, connection.account, connection.max_concurrent_requests, context.clock)
    return HttpClient(
        connection.base_url,
        auth=auth,
        rules=_RULES,
        retry=_PATIENCE,
        clock=context.clock,
        gate=Gate(concurrency=slots),
        timeout=_TIMEOUTS,
        largest=_LARGEST,
        # Archived documents are documents of their period all the same (docs/vendors/acumatica.md, section 5).
        headers={"Accept": "application/json", "PX-ApiArchive": "SHOW"},
        describe=describe,
    )


def open_sign_in(connection: AcumaticaConnection, context: SourceContext) -> HttpClient:
    """A client for signing in, which waits for a seat."""
    return _open_sign_in(connection, context, _SIGN_IN_PATIENCE)


def open_sign_out(connection: AcumaticaConnection, context: SourceContext) -> HttpClient:
    """A client for signing out, which nobody waits for long."""
    return _open_sign_in(connection, context, Retry(tries=3, deadline=20.0))


def _open_sign_in(connection: AcumaticaConnection, context: SourceContext, patience: Retry) -> HttpClient:
    return HttpClient(
        connection.base_url,
        rules=_sign_in_rules(connection, context),
        retry=patience,
        clock=context.clock,
        describe=describe,
    )


def describe(response: Response) -> str:
    """What Acumatica says of an error: the page it leads to, the errors on a record's fields, or its exception.

    (docs/vendors/acumatica.md, section 11)
    """
    if response.has_redirect_location:
        target = urlsplit(response.headers["location"])
        return " ".join(parse_qs(target.query).get("message", [])) or f"leads to {target.path}"
    try:
        answer: Any = parse_json(response.content)
    except ValueError:
        return plain_text(response)
    said = "; ".join([*_errors(answer, ""), _exception(answer)]).strip("; ")
    return " ".join(said.split()) or plain_text(response)


def _errors(answer: Any, path: str) -> Iterator[str]:
    if isinstance(answer, list):
        for place, value in enumerate(cast("list[Any]", answer), 1):
            yield from _errors(value, f"{path} {place}")
    elif isinstance(answer, dict):
        for name, value in cast("dict[str, Any]", answer).items():
            if name == "error" and isinstance(value, str) and value:
                yield f"{path.strip()}: {value}" if path else value
            else:
                yield from _errors(value, f"{path} {name}")


def _exception(answer: Any) -> str:
    texts: list[str] = []
    while isinstance(answer, dict):
        found = cast("dict[str, Any]", answer)
        texts.append(str(found.get("exceptionMessage") or found.get("message") or found.get("error_description") or ""))
        answer = found.get("innerException")
    return " ".join(text for text in texts if text)

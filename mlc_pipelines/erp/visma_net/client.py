"""The HTTP client of one Visma.net company: its errors, its patience, its limits."""

from __future__ import annotations

from mlc_pipelines.erp.base import SourceContext
from mlc_pipelines.erp.visma_net.auth import HEADERS, RENEW_BEFORE, TokenIssuer
from mlc_pipelines.erp.visma_net.connection import VismaConnection
from mlc_pipelines.erp.visma_net.json_object import members
from mlc_pipelines.errors import AuthenticationError, ConfigurationError, Forbidden, RateLimited, Unavailable
from mlc_pipelines.http import (
    MEGABYTE,
    ErrorRule,
    HttpClient,
    Reaction,
    Response,
    Retry,
    Timeouts,
    TokenAuth,
    plain_text,
)
from mlc_pipelines.limits import Allowance, ConcurrencyBudget, Gate

REQUEST_IDS = ("ipp-request-id", "request-context")

# Five tries, and waits that may be long: 411 s have been seen on a 429 (docs/vendors/visma_net.md, sections 7 and 8).
RETRY = Retry(tries=5, base=2.0, cap=60.0, deadline=1800.0)

# Visma.net cuts calls after 4 minutes (docs/vendors/visma_net.md, section 3).
TIMEOUTS = Timeouts(read=250.0, whole=300.0)

# Ten thousand records, the most that a page is asked for, have some kilobytes each.
LARGEST = 128 * MEGABYTE

WRONG_TENANT = (
    "A token was given and is refused: most likely company_tenant_id holds the customer tenant id. Visma gives both;"
    " take the tenant id of the company, not that of the customer. Else the application was disconnected from it."
)

_POLICY = "4-fixed-window"

_FAULT = r'(?i)"exception(faultcode|messageid)"\s*:\s*"?{}(?!\d)'

RULES = (
    ErrorRule(
        range(400, 600),  # which status it has is not known
        Reaction.FAIL,
        Forbidden,
        code=_FAULT.format(12027),
        hint="The company has no licence for the API, or company_tenant_id holds the customer tenant id.",
    ),
    ErrorRule(
        400,
        Reaction.FAIL,
        ConfigurationError,
        code=_FAULT.format(12002),
        hint="The application may not use this company: check company_tenant_id, and that the company approved it.",
    ),
    ErrorRule(401, Reaction.REAUTHENTICATE, AuthenticationError, hint=WRONG_TENANT),
    ErrorRule(
        403,
        Reaction.FAIL,
        Forbidden,
        hint="The application lacks the scope vismanet_erp_service_api:read, or its user in Visma.net a role.",
    ),
    ErrorRule(
        429,
        Reaction.RATE_LIMITED,
        RateLimited,
        hint="The requests of this application and company are used up, or the call is at its end: see what else uses"
        " the application, and Visma's end-of-life notices.",
    ),
    ErrorRule(
        500, Reaction.RETRY, Unavailable, hint="Give the request id to Visma's developer support when it goes on."
    ),
)


def open_client(connection: VismaConnection, context: SourceContext, issuer: TokenIssuer) -> HttpClient:
    """A client for the API of one company.

    Visma.net counts by company and application: so tokens, slots and what is left of the limit are shared by all
    tenants and processes that read the same.
    """
    name = connection.company
    in_flight = connection.max_concurrent_requests
    return HttpClient(
        connection.base_url,
        auth=TokenAuth(
            context.tokens,
            f"{name}:{connection.scope}",
            issuer,
            renew_before=RENEW_BEFORE,
            credentials=issuer.credentials,
        ),
        rules=RULES,
        retry=RETRY,
        clock=context.clock,
        gate=Gate(
            budget=Allowance(context.database, name, in_flight, context.clock),
            concurrency=ConcurrencyBudget(context.database, name, in_flight, context.clock),
        ),
        timeout=TIMEOUTS,
        largest=LARGEST,
        headers=HEADERS,
        describe=describe,
        request_id_headers=REQUEST_IDS,
    )


def describe(response: Response) -> str:
    """The text of any of the three shapes of errors, whose keys come in any casing.

    See docs/vendors/visma_net.md, section 7.
    """
    told = members(response.content)
    if "exceptionmessage" in told:
        fault = f" (fault {told['exceptionfaultcode']})" if told.get("exceptionfaultcode") else ""
        details = f": {told['exceptiondetails']}" if told.get("exceptiondetails") else ""
        return f"{told['exceptionmessage']}{fault}{details}"
    text = str(told.get("message") or plain_text(response))
    return f"{text} {retiring(response)}".rstrip() if response.status_code == 429 else text


def retiring(response: Response) -> str:
    """Says so when the call is one that Visma.net ends, which it does by a limit that shrinks; else empty.

    Such a limit has another policy than the common one (docs/vendors/visma_net.md, sections 1 and 8).
    """
    policy = response.headers.get("x-ratelimit-policy", _POLICY)
    return "" if policy == _POLICY else f"Its limit (policy {policy}) says that Visma.net retires this call."

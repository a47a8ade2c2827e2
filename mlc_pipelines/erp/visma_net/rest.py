"""The HTTP client of one Visma.net company: its errors, its patience, its limits."""

from __future__ import annotations

import json
from typing import Any, cast

from mlc_pipelines.erp.base import SourceContext
from mlc_pipelines.erp.visma_net.connection import VismaConnection
from mlc_pipelines.erp.visma_net.tokens import RENEW_BEFORE, TokenMint
from mlc_pipelines.errors import AuthenticationError, ConfigurationError, Forbidden, RateLimited, Unavailable
from mlc_pipelines.http import (
    Action,
    Allowance,
    ConcurrencyBudget,
    ErrorRule,
    Gate,
    HttpClient,
    Response,
    Retry,
    Timeouts,
    TokenAuth,
    plain_text,
)

REQUEST_IDS = ("ipp-request-id", "request-context")

# Five tries, and waits that may be long: 411 s have been seen on a 429 (contract visma.md, sections 7 and 8).
RETRY = Retry(tries=5, base=2.0, cap=60.0, deadline=1800.0)

# Visma.net cuts calls after 4 minutes (contract visma.md, section 3).
TIMEOUTS = Timeouts(read=250.0)

WRONG_TENANT = (
    "A token was given and is refused: most likely company_tenant_id holds the customer tenant id. Visma gives both;"
    " take the tenant id of the company, not that of the customer. Else the application was disconnected from it."
)

RULES = (
    ErrorRule(
        range(400, 404),
        Action.FAIL,
        Forbidden,
        code=r"\b12027(_|\b)",
        hint="The company has no licence for the API, or company_tenant_id holds the customer tenant id.",
    ),
    ErrorRule(
        400,
        Action.FAIL,
        ConfigurationError,
        code=r"\b12002(_|\b)",
        hint="The application may not use this company: check company_tenant_id, and that the company approved it.",
    ),
    ErrorRule(401, Action.REAUTHENTICATE, AuthenticationError, hint=WRONG_TENANT),
    ErrorRule(
        403,
        Action.FAIL,
        Forbidden,
        hint="The application lacks the scope vismanet_erp_service_api:read, or its user in Visma.net a role.",
    ),
    ErrorRule(
        429,
        Action.RATE_LIMITED,
        RateLimited,
        hint="The requests of this application and company are used up: see what else uses the application.",
    ),
    ErrorRule(500, Action.RETRY, Unavailable, hint="Give the request id to Visma's developer support when it goes on."),
)


def open_client(connection: VismaConnection, context: SourceContext, mint: TokenMint) -> HttpClient:
    """A client for the API of one company.

    Visma.net counts by company and application: so tokens, slots and what is left of the limit are shared by all
    tenants and processes that read the same.
    """
    name = connection.company
    return HttpClient(
        connection.base_url,
        auth=TokenAuth(context.tokens, f"{context.tenant}:{name}:{connection.scope}", mint, renew_before=RENEW_BEFORE),
        rules=RULES,
        retry=RETRY,
        clock=context.clock,
        gate=Gate(
            budget=Allowance(context.database, name, connection.max_concurrent_requests, context.clock),
            concurrency=ConcurrencyBudget(context.database, name, connection.max_concurrent_requests, context.clock),
        ),
        timeout=TIMEOUTS,
        headers={"Accept": "application/json", "User-Agent": "mlc-pipelines"},
        describe=describe,
        request_id_headers=REQUEST_IDS,
    )


def describe(response: Response) -> str:
    """The text of any of the three shapes of errors, whose keys come in any casing (contract visma.md, section 7)."""
    try:
        answer: Any = json.loads(response.content)
        members = {key.lower(): value for key, value in cast("dict[str, Any]", answer).items()}
    except (ValueError, AttributeError):
        return plain_text(response)
    if "exceptionmessage" in members:
        fault = f" (fault {members['exceptionfaultcode']})" if members.get("exceptionfaultcode") else ""
        details = f": {members['exceptiondetails']}" if members.get("exceptiondetails") else ""
        return f"{members['exceptionmessage']}{fault}{details}"
    return str(members.get("message") or plain_text(response))

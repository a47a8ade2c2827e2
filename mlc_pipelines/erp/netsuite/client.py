"""The HTTP client of one NetSuite account: its errors, its patience, its share of the account's concurrency."""

from __future__ import annotations

from typing import Any

from mlc_pipelines.erp.base import SourceContext
from mlc_pipelines.erp.netsuite.auth import TokenIssuer
from mlc_pipelines.erp.netsuite.connection import NetSuiteConnection
from mlc_pipelines.errors import AuthenticationError, BadRequest, Forbidden, RateLimited, Unavailable
from mlc_pipelines.http import (
    MEGABYTE,
    ErrorRule,
    HttpClient,
    Reaction,
    Response,
    Retry,
    Timeouts,
    TokenAuth,
    parse_json,
    plain_text,
)
from mlc_pipelines.limits import ConcurrencyBudget, Gate

REQUEST_IDS = ("x-n-operationid", "x-netsuite-jobid")

# NetSuite gives no Retry-After, and its concurrency is shared with other integrations: patience is the only remedy
# (docs/vendors/netsuite.md, section 6).
RETRY = Retry(tries=8, base=1.5, cap=60.0, deadline=900.0)

# A query over a large period takes a minute or more (docs/vendors/netsuite.md, section 4.2).
# Its server ends them after 15 minutes (docs/vendors/netsuite.md, section 6).
TIMEOUTS = Timeouts(read=300.0, whole=900.0)

# The most that NetSuite takes or gives in one message (docs/vendors/netsuite.md, section 6); a page has a thousand
# rows.
LARGEST = 104 * MEGABYTE

RULES = (
    ErrorRule(
        401,
        Reaction.REAUTHENTICATE,
        AuthenticationError,
        hint="See the Login Audit Trail in NetSuite; the role needs the permissions REST Web Services and"
        " Log in using OAuth 2.0 Access Tokens.",
    ),
    ErrorRule(403, Reaction.FAIL, Forbidden, hint="The role of the certificate's mapping lacks a permission."),
    ErrorRule(
        429,
        Reaction.RATE_LIMITED,
        RateLimited,
        hint="The account's concurrency limit is used up: lower max_concurrent_requests, or stop other integrations.",
    ),
    ErrorRule(
        400,
        Reaction.FAIL,
        BadRequest,
        code=r"Unknown identifier|Invalid search type|was not found",
        hint="The account lacks a feature, or the role a permission, that this query needs: `mlc ping` names it.",
    ),
    ErrorRule(500, Reaction.RETRY, Unavailable, hint="Give the request id to NetSuite support when it goes on."),
)


def open_client(url: str, connection: NetSuiteConnection, context: SourceContext, issuer: TokenIssuer) -> HttpClient:
    """A client for the REST services of one of the account's hosts.

    The concurrency budget is named by the account: its limit is one for all tenants and processes of it.
    """
    token = f"netsuite:{connection.slug}:{connection.client_id}:{connection.certificate_id}"
    slots = ConcurrencyBudget(
        context.database, f"netsuite:{connection.slug}", connection.max_concurrent_requests, context.clock
    )
    return HttpClient(
        url,
        auth=TokenAuth(
            context.tokens,
            f"{context.tenant}:{token}",
            issuer,
            credentials=context.secret(connection.private_key.secret),
        ),
        rules=RULES,
        retry=RETRY,
        clock=context.clock,
        gate=Gate(concurrency=slots),
        timeout=TIMEOUTS,
        largest=LARGEST,
        headers={"Accept": "application/vnd.oracle.resource+json, application/json"},
        describe=describe,
        request_id_headers=REQUEST_IDS,
    )


def describe(response: Response) -> str:
    """NetSuite's error codes and details out of its error envelope (docs/vendors/netsuite.md, section 5.6)."""
    try:
        answer: Any = parse_json(response.content)
        details = [
            f"{detail.get('o:errorCode', '')} {detail.get('detail', '')}".strip() for detail in answer["o:errorDetails"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return plain_text(response)
    return "; ".join(details) or plain_text(response)

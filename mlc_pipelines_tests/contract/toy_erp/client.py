"""The HTTP client of one company: its tokens, its errors, its share of the company's limit."""

from __future__ import annotations

from functools import partial

from mlc_pipelines.erp.base import SourceContext
from mlc_pipelines.errors import AuthenticationError, Forbidden
from mlc_pipelines.http import ErrorRule, HttpClient, Reaction, Token, TokenAuth, read_object
from mlc_pipelines.limits import ConcurrencyBudget, Gate
from mlc_pipelines_tests.contract.toy_erp.connection import ToyConnection

_AT_A_TIME = 2
"""Requests that Toy Books bears from an application."""


def open_client(connection: ToyConnection, context: SourceContext) -> HttpClient:
    """A client whose token and limit are shared by all processes that read the company as this application."""
    name = f"toy:{connection.base_url}:{connection.client_id}"
    secret = context.secret(connection.client_secret.secret)
    lacking = ErrorRule(403, Reaction.FAIL, Forbidden, hint="Give the application the right to read it, in Toy Books.")
    return HttpClient(
        connection.base_url,
        auth=TokenAuth(context.tokens, name, partial(_granted, connection, context, secret), credentials=secret),
        rules=[lacking],
        clock=context.clock,
        gate=Gate(concurrency=ConcurrencyBudget(context.database, name, _AT_A_TIME, context.clock)),
    )


def _granted(connection: ToyConnection, context: SourceContext, secret: str, _previous: Token | None) -> Token:
    """A token by client credentials; there are none to refresh it with."""
    hint = f"Check client_id. {context.set_again(connection.client_secret)}"
    form = {"grant_type": "client_credentials", "client_id": connection.client_id, "client_secret": secret}
    refused = ErrorRule(400, Reaction.FAIL, AuthenticationError, hint=hint)
    with HttpClient(connection.base_url, rules=[refused], clock=context.clock) as http:
        answer = read_object(http.request("POST", "/token", form=form, repeatable=True))
    return Token.lasting(answer.token("access_token"), answer.whole("expires_in"), context.clock.now())

"""SYSPRO OData: pages of a table's rows, and counts (contract syspro.md, section B1)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from mlc_pipelines.erp.arrow_json import Page, PageParser
from mlc_pipelines.erp.base import SourceContext
from mlc_pipelines.erp.syspro.connection import SysproConnection
from mlc_pipelines.erp.syspro.query import Query
from mlc_pipelines.errors import AuthenticationError, BadRequest, Forbidden, IncompleteRead, NotFound, Unavailable
from mlc_pipelines.http import (
    Action,
    BasicAuth,
    ConcurrencyBudget,
    ErrorRule,
    Gate,
    HttpClient,
    Response,
    Timeouts,
    plain_text,
)

MOST_ROWS = 5000
"""Rows that one request gives; what is more is cut off, maybe without a word."""

_COUNT = "@odata.count"
_OPERATORS = "The service knows operators from its start: restart it after an operator was enabled or changed."
RULES = (
    ErrorRule(
        401,
        Action.REAUTHENTICATE,
        AuthenticationError,
        hint=f"Check odata_user and its password, and that the operator is enabled for OData. {_OPERATORS}",
    ),
    ErrorRule(
        403,
        Action.FAIL,
        Forbidden,
        hint="The SQL login that is stored at the operator lacks the right to read this table.",
    ),
    ErrorRule(404, Action.FAIL, NotFound, hint="Check odata_url: it ends with what selects the company."),
    ErrorRule(
        400,
        Action.FAIL,
        BadRequest,
        hint="This version of SYSPRO may lack a column; `mlc ping` shows which tables can be read.",
    ),
)


def open_http(connection: SysproConnection, context: SourceContext) -> HttpClient:
    """A client of the OData service; its budget is that of the server and company."""
    parts = urlsplit(connection.odata_url)
    budget = ConcurrencyBudget(
        context.database,
        f"syspro:{parts.netloc}{parts.path}",
        connection.max_concurrent_requests,
        context.clock,
    )
    return HttpClient(
        connection.odata_url,
        auth=BasicAuth(connection.odata_user, context.secret(connection.odata_password.secret)),
        rules=RULES,
        clock=context.clock,
        gate=Gate(concurrency=budget),
        timeout=Timeouts(read=300.0),
        headers={"Accept": "application/json", "OData-MaxVersion": "4.0"},
        describe=_described,
    )


class OData:
    """Asks for rows. Safe to use from several threads.

    Args:
        http: client of the company's service.
        page_rows: rows asked for per request.
    """

    def __init__(self, http: HttpClient, *, page_rows: int = MOST_ROWS) -> None:
        self._http = http
        self._page_rows = page_rows

    def page(
        self, query: Query, filters: Sequence[str], parser: PageParser, most: int | None = None
    ) -> tuple[Page, int]:
        """The first rows that the filters let through, and how many there are in all.

        Args:
            query: columns and order.
            filters: all must hold.
            parser: makes a batch of the rows.
            most: rows; a full page when absent.

        Raises:
            Unavailable: the answer is no page of rows.
            IncompleteRead: SYSPRO doesn't say how many there are.
            DataError: a value doesn't fit its column.
        """
        response = self._get(query, filters, most or self._page_rows, query.selected)
        try:
            page = parser.parse(response.content)
        except ValueError as error:
            raise Unavailable(f"SYSPRO's rows of {query.table.name} can't be read: {error}.") from None
        return page, _counted(query, page.members.get(_COUNT))

    def count(self, query: Query, *within: str) -> int:
        """How many rows of the query SYSPRO counts, as far as those filters let them through.

        Raises:
            Unavailable: the answer is no page of rows.
            IncompleteRead: SYSPRO doesn't say.
        """
        response = self._get(query, [*query.conditions, *within], 1, query.selected[:1])
        try:
            answer: Any = json.loads(response.content)
            counted = answer.get(_COUNT)
        except (ValueError, AttributeError):
            raise Unavailable(f"SYSPRO's count of {query.table.name} can't be read.") from None
        return _counted(query, counted)

    def _get(self, query: Query, filters: Sequence[str], top: int, select: Sequence[str]) -> Response:
        params = {
            "$select": ",".join(select),
            "$orderby": ",".join(query.order),
            "$top": str(top),
            "$count": "true",
        }
        if filters:
            params["$filter"] = " and ".join(filters)
        return self._http.request("GET", query.table.name, params=params)


def _counted(query: Query, count: Any) -> int:
    try:
        return int(count)
    except (TypeError, ValueError):
        raise IncompleteRead(
            f"SYSPRO doesn't say how many rows of {query.table.name} there are ({_COUNT} is missing)."
        ) from None


def _described(response: Response) -> str:
    try:
        return str(json.loads(response.content)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return plain_text(response)

"""SYSPRO OData: pages of a table's rows, and counts (docs/vendors/syspro.md, section B1)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from mlc_pipelines.erp.arrow_json import PageParser
from mlc_pipelines.erp.base import SourceContext
from mlc_pipelines.erp.syspro.connection import SysproConnection
from mlc_pipelines.erp.syspro.fields import Table
from mlc_pipelines.erp.syspro.queries import Query
from mlc_pipelines.errors import AuthenticationError, BadRequest, DataError, Forbidden, NotFound
from mlc_pipelines.http import (
    MEGABYTE,
    BasicAuth,
    ErrorRule,
    HttpClient,
    Reaction,
    Response,
    Timeouts,
    parse_json,
    plain_text,
    read_object,
)
from mlc_pipelines.limits import ConcurrencyBudget, Gate

MOST_ROWS = 5000
"""Rows that one request gives; what is more is cut off, maybe without a word."""

_LARGEST = 128 * MEGABYTE
"""Bytes of those rows, with all the columns of the widest table."""

_COUNT, _NEXT_LINK = "@odata.count", "@odata.nextlink"
_log = logging.getLogger(__name__)
_OPERATORS = "The service knows operators from its start: restart it after an operator was enabled or changed."
_RULES = (
    ErrorRule(
        403,
        Reaction.FAIL,
        Forbidden,
        hint="The SQL login that is stored at the operator lacks the right to read this table.",
    ),
    ErrorRule(
        404,
        Reaction.FAIL,
        NotFound,
        hint="Check odata_url: it ends with what selects the company. If it does, this SYSPRO has no such table.",
    ),
    ErrorRule(400, Reaction.FAIL, BadRequest, hint="`mlc ping` shows which tables can be read."),
)


def _refused(connection: SysproConnection, context: SourceContext) -> ErrorRule:
    hint = f"Check odata_user and its password. {context.set_again(connection.odata_password)}"
    hint += f" The operator has to be enabled for OData. {_OPERATORS}"
    return ErrorRule(401, Reaction.REAUTHENTICATE, AuthenticationError, hint=hint)


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
        rules=(_refused(connection, context), *_RULES),
        clock=context.clock,
        gate=Gate(concurrency=budget),
        timeout=Timeouts(read=300.0, whole=900.0),
        largest=_LARGEST,
        headers={"Accept": "application/json", "OData-MaxVersion": "4.0"},
        describe=_described,
    )


@dataclass(frozen=True)
class Answer:
    """A page of rows.

    Attributes:
        rows: in order.
        left: how many rows the filters let through, as SYSPRO counts them, these included; None if it doesn't count.
        ends: there are surely no more.
    """

    rows: pa.RecordBatch
    left: int | None
    ends: bool


class OData:
    """Asks for rows. Safe to use from several threads.

    Installations differ: what a refused request finds out about this one is remembered.

    Args:
        http: client of the company's service.
        page_rows: rows asked for per request.
    """

    def __init__(self, http: HttpClient, *, page_rows: int = MOST_ROWS) -> None:
        self._http = http
        self._page_rows = page_rows
        self._counts = True
        self._lacking: frozenset[tuple[str, str]] = frozenset()
        self._lock = threading.Lock()

    def page(
        self, query: Query, filters: Sequence[str], parser: PageParser, most: int | None = None, *, skip: int = 0
    ) -> Answer:
        """The first rows that the filters let through.

        Args:
            query: columns and order.
            filters: all must hold.
            parser: makes a batch of the rows.
            most: rows; a full page when absent.
            skip: rows to leave out at the beginning.

        Raises:
            Unavailable: the answer is only the beginning of JSON.
            BadRequest: the table lacks a column that is needed.
            DataError: it is no page of rows, or a value doesn't fit its column.
        """
        asked = most or self._page_rows
        response = self._get(query, filters, asked, query.selected, skip)
        page = parser.parse(response.content)
        given, left = page.rows.num_rows, _counted(query, page.members.get(_COUNT))
        # Rows are cut off at a limit that may be lower than what was asked for, and maybe without a next link.
        more = bool(page.members.get(_NEXT_LINK))
        if given:
            ends = not more and left is not None and left <= given < asked
        else:
            ends = left == 0 or (left is None and not more)
        return Answer(page.rows, left, ends)

    def count(self, query: Query, *within: str) -> int | None:
        """How many rows of the query SYSPRO counts, as far as those filters let them through; None if it doesn't.

        Raises:
            Unavailable: the answer is only the beginning of JSON.
            DataError: it is another thing, or the count no number.
        """
        response = self._get(query, [*query.conditions, *within], 1, query.selected[:1])
        return _counted(query, read_object(response).get(_COUNT))

    def lacking(self, table: Table) -> tuple[str, ...]:
        """The table's columns that were found missing."""
        return tuple(name for name in _own_names(table, table.columns) if (table.name, name) in self._lacking)

    def _get(self, query: Query, filters: Sequence[str], top: int, select: Sequence[str], skip: int = 0) -> Response:
        def ask() -> Response:
            params = {
                "$select": ",".join(column for column in select if (query.table.name, column) not in self._lacking),
                "$orderby": ",".join(query.order),
                "$top": str(top),
            }
            if skip:
                params["$skip"] = str(skip)
            if self._counts:
                params["$count"] = "true"
            if filters:
                params["$filter"] = " and ".join(filters)
            return self._http.request("GET", query.table.name, params=params)

        while True:
            before = self._known(query.table)
            try:
                return ask()
            except BadRequest as error:
                with self._lock:
                    # Another thread may have found it out meanwhile.
                    if self._known(query.table) == before:
                        self._find_out(query.table, error)

    def _known(self, table: Table) -> tuple[bool, tuple[str, ...]]:
        return self._counts, self.lacking(table)

    def _find_out(self, table: Table, refusal: BadRequest) -> None:
        """Why a request was refused: columns are missing, or rows are not counted.

        Raises:
            BadRequest: the refusal, when it is neither, or a column is missing that is needed.
        """
        known = self.lacking(table)
        own = _own_names(table, table.columns)
        lacking = [column for column in own if not self._allowed(table, {"$select": column})]
        if len(lacking) == len(own):
            raise refusal
        if needed := [column for column in _own_names(table, table.needed) if column in lacking]:
            raise BadRequest(
                f"SYSPRO's table {table.name} has no column {', '.join(needed)}, and its rows mean nothing without.",
                hint="This version of SYSPRO is not supported: tell us which it is.",
            )
        if new := [column for column in lacking if column not in known]:
            _log.warning("SYSPRO's table %s has no column %s: left empty.", table.name, ", ".join(new))
            self._lacking |= {(table.name, column) for column in new}
        elif self._counts and not self._allowed(table, {"$select": own[0], "$count": "true"}):
            self._counts = False
        else:
            raise refusal

    def _allowed(self, table: Table, params: dict[str, str]) -> bool:
        try:
            self._http.request("GET", table.name, params={**params, "$top": "1"})
        except BadRequest:
            return False
        return True


def _own_names(table: Table, columns: Iterable[str]) -> list[str]:
    return [table.renamed.get(column, column) for column in columns]


def _counted(query: Query, count: Any) -> int | None:
    try:
        return None if count is None else int(count)
    except (TypeError, ValueError):
        raise DataError(f"SYSPRO counts {count!r} rows of {query.table.name}.") from None


def _described(response: Response) -> str:
    try:
        return str(parse_json(response.content)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return plain_text(response)

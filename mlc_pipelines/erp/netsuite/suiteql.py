"""SuiteQL over REST: one query, one page (docs/vendors/netsuite.md, section 3)."""

from __future__ import annotations

import pyarrow as pa

from mlc_pipelines.erp.arrow_json import Page, PageParser
from mlc_pipelines.erp.exact_json import CutOff
from mlc_pipelines.erp.netsuite.statement import Query
from mlc_pipelines.errors import DataError, IncompleteRead
from mlc_pipelines.http import TWICE, Answer, HttpClient, Response, read_object

PATH = "/services/rest/query/v1/suiteql"
MOST_ROWS = 1000
"""Rows that one page may have."""


class SuiteQl:
    """Runs queries. Safe to use from several threads.

    Args:
        http: client of the account.
        page_rows: rows asked for per page.
    """

    def __init__(self, http: HttpClient, *, page_rows: int = MOST_ROWS) -> None:
        self._http = http
        self.page_rows = page_rows

    def page(self, query: Query, parser: PageParser) -> tuple[pa.RecordBatch, int]:
        """The first page of a query's rows, and how many rows NetSuite says there are.

        Raises:
            Unavailable: the answer is only the beginning of JSON.
            IncompleteRead: the page holds another number of rows than it says, or doesn't say how many there are.
            DataError: it is no page of rows, or a value doesn't fit its field.
        """
        response = self._post(query, self.page_rows)
        try:
            page: Page = parser.parse(response.content)
        except CutOff as error:
            raise CutOff(error.message, hint=error.hint, request_id=_request_id(response)) from None
        total, count = page.members.get("totalresults"), page.members.get("count")
        if total is None:
            raise IncompleteRead("NetSuite doesn't say how many rows there are (totalResults is missing).")
        told = Answer(page.members, "NetSuite, to a query,")
        if count is not None and told.whole("count") != page.rows.num_rows:
            raise IncompleteRead(
                f"A page of NetSuite says that it has {count} rows and has {page.rows.num_rows}.",
                request_id=_request_id(response),
            )
        return page.rows, told.whole("totalresults")

    def texts(self, query: Query) -> list[dict[str, str]]:
        """The rows of a small query as texts, keys in lower case, nulls absent.

        Raises:
            Unavailable: the answer is only the beginning of JSON.
            DataError: it is no page of rows.
            IncompleteRead: there are more rows than fit a page.
        """
        response = self._post(query, MOST_ROWS)
        answer = read_object(response, parse_float=str, parse_int=str)
        try:
            rows = [
                {
                    key.lower(): value if value is TWICE else str(value)
                    for key, value in row.items()
                    if key != "links" and value is not None
                }
                for row in answer["items"]
            ]
        except (TypeError, AttributeError):
            raise DataError(
                "NetSuite's answer to a query is no page of rows: it has no list `items` of objects.",
                hint=f"Look what answers at {PATH}: a proxy, or another version of it.",
                request_id=_request_id(response),
            ) from None
        if answer.get("totalResults") is not None and len(rows) != answer.whole("totalResults"):
            raise IncompleteRead(
                f"NetSuite gave {len(rows)} of {answer.whole('totalResults')} rows of a query on one page."
            )
        return [Answer(row, "NetSuite, to a query,") for row in rows]

    def _post(self, query: Query, limit: int) -> Response:
        return self._http.request(
            "POST",
            PATH,
            params={"limit": limit, "offset": 0},
            json={"q": query.text},
            headers={"Prefer": "transient"},
            repeatable=True,  # it only reads
        )


def _request_id(response: Response) -> str:
    return response.headers.get("x-n-operationid") or response.headers.get("x-netsuite-jobid") or ""

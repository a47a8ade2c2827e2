"""The SuiteQL endpoint: rules of the request, the page around the rows.

See docs/vendors/netsuite.md, sections 3.1 to 3.3.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response

from mlc_sandbox.netsuite.refusals import Refusal, invalid_parameter
from mlc_sandbox.netsuite.suiteql import QueryEngine
from mlc_sandbox.netsuite.switches import Switches

SUITEQL_PATH = "/services/rest/query/v1/suiteql"
COLLECTION = "application/vnd.oracle.resource+json; type=collection; charset=UTF-8"
_MOST_ROWS_OF_PAGE = 1000


def answer_query(
    engine: QueryEngine, switches: Switches, *, headers: Headers, query: QueryParams, body: bytes, base_url: str
) -> Response:
    """Answer POST suiteql.

    Raises:
        Refusal: 400 as of docs/vendors/netsuite.md, sections 3.1, 3.3 and 3.5.
    """
    preferences = {part.strip().lower() for part in headers.get("prefer", "").split(",")}
    if "transient" not in preferences:
        raise Refusal(
            400,
            "INVALID_REQUEST",
            "The request must have the header Prefer: transient.",
            where={"o:errorHeader": "Prefer"},
        )
    limit, offset = page_bounds(query, ("limit", "offset"))
    if offset + limit > switches.max_rows:
        if not switches.truncate_at_max_rows:
            raise invalid_parameter(
                f"Invalid value for offset and limit: a query returns at most {switches.max_rows} rows.", "offset"
            )
        limit = max(0, switches.max_rows - offset)
    text, parameters = _query(body)
    if parameters and not switches.suiteql_params:
        raise invalid_parameter("Invalid body parameter name: params. Allowed body parameters are: q.", "params")
    page = engine.page(text, parameters, limit=limit, offset=offset)
    reachable = min(page.total, switches.max_rows) if switches.truncate_at_max_rows else page.total
    more = offset + page.count < reachable
    links = page_links(f"{base_url}{SUITEQL_PATH}", limit, offset, page.total, more=more)
    content = (
        f'{{"links":{json.dumps(links)},"count":{page.count},"hasMore":{json.dumps(more)},'
        f'"items":[{page.rows_json}],"offset":{offset},"totalResults":{page.total}}}'
    )
    return Response(
        content,
        headers={
            "content-type": COLLECTION,
            "preference-applied": "transient",
            "x-netsuite-jobid": str(uuid.uuid4()),
            "x-n-operationid": str(uuid.uuid4()),
            "cache-control": "No-Cache",
        },
    )


def page_bounds(query: QueryParams, allowed: tuple[str, ...]) -> tuple[int, int]:
    """Limit and offset of a request.

    Raises:
        Refusal: an unknown query parameter, a limit outside 1 to 1000, an offset that the limit doesn't divide.
    """
    check_parameters(query, allowed)
    limit = _whole(query, "limit", _MOST_ROWS_OF_PAGE)
    if not 1 <= limit <= _MOST_ROWS_OF_PAGE:
        raise invalid_parameter(
            f"Invalid query parameter value {limit} for limit: it must be between 1 and 1000.", "limit"
        )
    offset = _whole(query, "offset", 0)
    if offset < 0 or offset % limit:
        raise invalid_parameter(
            f"Invalid query parameter value {offset} for offset: it must not be negative, and divisible by limit.",
            "offset",
        )
    return limit, offset


def check_parameters(query: QueryParams, allowed: tuple[str, ...]) -> None:
    """Refuse query parameters that an endpoint does not have.

    Raises:
        Refusal: 400 INVALID_PARAMETER.
    """
    for name in query:
        if name not in allowed:
            raise invalid_parameter(
                f"Invalid query parameter name: {name}. Allowed query parameters are: {', '.join(allowed)}.", name
            )


def page_links(url: str, limit: int, offset: int, total: int, *, more: bool) -> list[dict[str, str]]:
    """The links of a page to itself and its neighbours."""
    last = max(0, (total - 1) // limit * limit) if limit else 0
    offsets = {"self": offset}
    if more:
        offsets |= {"next": offset + limit, "last": last}
    if offset:
        offsets |= {"first": 0, "prev": max(0, offset - limit)}
    return [{"rel": rel, "href": f"{url}?limit={limit}&offset={start}"} for rel, start in offsets.items()]


def _whole(query: QueryParams, name: str, default: int) -> int:
    given = query.get(name)
    if given is None:
        return default
    try:
        return int(given)
    except ValueError as error:
        raise invalid_parameter(
            f"Invalid query parameter value {given} for {name}: it must be a number.", name
        ) from error


def _query(body: bytes) -> tuple[str, list[Any]]:
    try:
        content = json.loads(body)
    except ValueError as error:
        raise Refusal(400, "INVALID_CONTENT", "Invalid JSON content in the request body.") from error
    if not isinstance(content, Mapping) or not isinstance(content.get("q"), str):
        raise Refusal(400, "INVALID_CONTENT", "The request body must have the query text.", where={"o:errorPath": "q"})
    unknown = sorted(set(content) - {"q", "params"})
    parameters = content.get("params") or []
    if unknown or not isinstance(parameters, list):
        raise Refusal(
            400,
            "INVALID_CONTENT",
            "Invalid content in the request body.",
            where={"o:errorPath": (unknown or ["params"])[0]},
        )
    return content["q"], parameters

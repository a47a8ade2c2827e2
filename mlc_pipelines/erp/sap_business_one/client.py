"""The HTTP client of one company, and the answers that are small.

See docs/vendors/sap_business_one.md, sections 1 to 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from mlc_pipelines.erp.base import SourceContext
from mlc_pipelines.erp.sap_business_one.auth import Login, SessionAuth, describe
from mlc_pipelines.erp.sap_business_one.connection import ServiceLayerConnection
from mlc_pipelines.errors import AuthenticationError, BadRequest, DataError, Forbidden, IncompleteRead, Unavailable
from mlc_pipelines.http import MEGABYTE, ErrorRule, HttpClient, Reaction, Response, Timeouts, read_json, read_object
from mlc_pipelines.limits import ConcurrencyBudget, Gate

_NO_SESSION = (
    "The session was refused also after two new logins: see whether the user is locked or out of licences, and whether"
    " the server is well."
)

_OTHER = "Look what answers at base_url: a proxy, or another version of the Service Layer?"
_LONGEST_COUNT = 20  # digits

_NO_RIGHT = "Administration > System Initialization > Authorizations > General Authorizations gives the right."

_RULES = (
    # Which status it has is not known (docs/vendors/sap_business_one.md, section 11).
    ErrorRule(range(400, 600), Reaction.FAIL, Forbidden, code=r'"code"\s*:\s*"?-6006\b', hint=_NO_RIGHT),
    # -5002 is every fault of the business layer; it is about the session only when it says so.
    ErrorRule(
        range(400, 600),
        Reaction.REAUTHENTICATE,
        AuthenticationError,
        code=r'(?is)^(?=.*"code"\s*:\s*"?-5002\b)(?=.*"message".*session)',
        hint=_NO_SESSION,
    ),
    ErrorRule(
        range(400, 600), Reaction.REAUTHENTICATE, AuthenticationError, code=r'"code"\s*:\s*"?301\b', hint=_NO_SESSION
    ),
    ErrorRule(401, Reaction.REAUTHENTICATE, AuthenticationError, hint=_NO_SESSION),
    ErrorRule(range(400, 404), Reaction.FAIL, Forbidden, code=r"(?i)not permitted", hint=_NO_RIGHT),
    ErrorRule(
        400,
        Reaction.FAIL,
        BadRequest,
        code=r"(?i)unrecognized resource|propert(y|ies)\b.*\binvalid",
        hint="This Service Layer doesn't know it: `mlc ping` shows its version.",
    ),
)

# A page of entries with hundreds of lines each takes the server long.
_TIMEOUTS = Timeouts(read=300.0, whole=900.0)

# A thousand entries, the most that a page is asked for, come with all their lines.
_LARGEST = 256 * MEGABYTE


class ServiceLayer:
    """Requests to one company. Safe to use from several threads.

    The session and the concurrency budget are named by company and user: all sources and processes share them.

    Args:
        connection: the tenant's `erp:` keys.
        context: shared tokens and budgets, clock.
        login: gets a session.
    """

    def __init__(self, connection: ServiceLayerConnection, context: SourceContext, login: Login) -> None:
        company = f"sap_business_one:{connection.url}:{connection.company_db}"
        slots = ConcurrencyBudget(context.database, company, connection.max_concurrent_requests, context.clock)
        self._root = f"/b1s/{connection.odata}/"
        self._http = HttpClient(
            connection.url,
            auth=SessionAuth(
                context.tokens,
                f"{context.tenant}:{company}:{connection.user}",
                login,
                context.secret(connection.password.secret),
                context.clock,
            ),
            rules=_RULES,
            clock=context.clock,
            gate=Gate(concurrency=slots),
            timeout=_TIMEOUTS,
            largest=_LARGEST,
            headers={"Accept": "application/json"},
            describe=describe,
        )

    def page(self, path: str, params: Mapping[str, str], size: int) -> bytes:
        """One page as it is; `size` records are asked for, 0 for all (docs/vendors/sap_business_one.md, section 4)."""
        return self._page(path, params, size).content

    def count(self, entity_set: str, condition: str) -> int:
        """How many records there are.

        Raises:
            DataError: the answer is no number.
        """
        response = self._http.request("GET", f"{entity_set}/$count", params={"$filter": condition} if condition else {})
        told = str(read_json(response, parse_float=str)).strip()
        if not (told.isascii() and told.isdecimal() and len(told) < _LONGEST_COUNT):
            raise DataError(f"The Service Layer's count of {entity_set} is no number of records.", hint=_OTHER)
        return int(told)

    def first(self, entity_set: str, params: Mapping[str, str]) -> dict[str, Any] | None:
        """The first record that there is, as JSON with exact numbers."""
        return next(iter(self._values(entity_set, {**params, "$top": "1"}, 1)[0]), None)

    def all(self, path: str, params: Mapping[str, str], size: int) -> Iterator[dict[str, Any]]:
        """The records of a small answer, over all its pages, as JSON with exact numbers.

        Raises:
            IncompleteRead: the pages lead in a circle.
        """
        links: set[str] = set()
        while True:
            values, link = self._values(path, params, size)
            yield from values
            if not link:
                return
            if link in links:
                raise IncompleteRead(f"The Service Layer's pages of {path} lead in a circle.")
            links.add(link)
            path, params = self.linked(link, params)

    def linked(self, link: str, params: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """Where a link to the next page leads: the path, and those of the options that it doesn't carry along."""
        # Relative to the service, or from the host on: a proxy may have given the host another name and folder.
        path = link.rpartition(self._root)[2]
        carried = {name for name, _ in parse_qsl(urlsplit(path).query, keep_blank_values=True)}
        return path, {name: value for name, value in params.items() if name not in carried}

    def create(self, entity_set: str, record: Mapping[str, str]) -> None:
        """Create a record whose key we choose, so that doing it twice is an error and no second record."""
        self._http.request("POST", entity_set, json=record, repeatable=True)

    def close(self) -> None:
        """Close the connections. The session stays: others use it, and it ends by itself."""
        self._http.close()

    def _page(self, path: str, params: Mapping[str, str], size: int) -> Response:
        return self._http.request("GET", path, params=params, headers={"Prefer": f"odata.maxpagesize={size}"})

    def _values(self, path: str, params: Mapping[str, str], size: int) -> tuple[list[dict[str, Any]], str]:
        response = self._page(path, params, size)
        try:
            answer = read_object(response, parse_float=Decimal)
            return list(answer.listed("value")), next_link(answer) if answer["value"] is not None else ""
        except (DataError, Unavailable) as error:
            said = f"The Service Layer's answer to {path} is no list of records. {error.message}"
            raise type(error)(said, hint=error.hint) from None


def next_link(members: Mapping[str, Any]) -> str:
    """The address of the next page, empty on the last one; both versions' names of it."""
    for name in members:
        if name.lower() in {"odata.nextlink", "@odata.nextlink"}:
            return str(members[name] or "")
    return ""

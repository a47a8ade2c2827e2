"""Finding out what an account has: few requests, and no silence about records that the role may not read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlc_pipelines.erp.netsuite.books import Book, chosen_books
from mlc_pipelines.erp.netsuite.features import find_features
from mlc_pipelines.erp.netsuite.fields import Feature
from mlc_pipelines.erp.netsuite.suiteql import PATH, SuiteQl
from mlc_pipelines.errors import BadRequest, ConfigurationError, Forbidden
from mlc_pipelines.http import HttpClient
from mlc_pipelines_tests.clock import sandbox_clock
from mlc_sandbox.serving import SandboxServer

COLUMNS = {
    Feature.SUBSIDIARIES: "tl.subsidiary",
    Feature.DEPARTMENTS: "tl.department",
    Feature.CLASSES: "tl.class",
    Feature.LOCATIONS: "tl.location",
    Feature.CURRENCIES: "t.currency",
    Feature.BOOKS: "tal.accountingbook",
    Feature.ACCOUNT_NUMBERS: "a.acctnumber",
}


class Identifiers(SandboxServer):
    """Knows some identifiers; answers any query that names none of the others, and with no rows."""

    def __init__(self) -> None:
        self.unknown: set[str] = set()
        super().__init__(Starlette(routes=[Route(PATH, self._query, methods=["POST"])]), clock=sandbox_clock())

    async def _query(self, request: Request) -> Response:
        sql = json.loads(await request.body())["q"]
        for name in self.unknown:
            if re.search(rf"(?<![\w.]){re.escape(name)}\b", sql):
                detail = f"Search error occurred: Unknown identifier '{name}'."
                return JSONResponse({"o:errorDetails": [{"o:errorCode": "INVALID_PARAMETER", "detail": detail}]}, 400)
        return JSONResponse({"items": [{"links": [], "n0": "0"}], "count": 1, "totalResults": 1})


@pytest.fixture
def server() -> Iterator[Identifiers]:
    with Identifiers() as server:
        yield server


def found(server: Identifiers) -> frozenset[Feature]:
    with HttpClient(server.url) as http, ThreadPoolExecutor(4) as pool:
        return find_features(SuiteQl(http), pool)


def test_an_account_with_everything_takes_one_request(server: Identifiers):
    assert found(server) == frozenset(Feature)
    assert len(server.log) == 1


@pytest.mark.parametrize("feature", Feature)
def test_a_feature_that_is_missing(server: Identifiers, feature: Feature):
    server.unknown = {COLUMNS[feature]}
    assert found(server) == frozenset(Feature) - {feature}
    assert len(server.log) <= 1 + len(Feature) + 1


def test_an_account_with_nothing(server: Identifiers):
    server.unknown = {*COLUMNS.values(), "subsidiary", "department", "classification", "location", "currency"}
    assert found(server) == frozenset()


def test_a_ledger_that_the_role_may_not_read(server: Identifiers):
    server.unknown = {"transactionaccountingline"}
    with pytest.raises(BadRequest, match="transactionaccountingline"):
        found(server)


def test_records_that_the_role_may_not_read_are_not_taken_for_a_missing_feature(server: Identifiers):
    server.unknown = {"department", "tl.class"}
    with pytest.raises(Forbidden, match=r"Lists > Departments\."):
        found(server)


BOOKS = [
    Book("1", "Primary", primary=True),
    Book("4", "IFRS", primary=False),
    Book("5", "Adjust", primary=False, base="4"),
]


def test_books():
    assert chosen_books(BOOKS, None) == ("1",)
    assert chosen_books(BOOKS, "IFRS") == chosen_books(BOOKS, "4") == ("4",)
    # Its own rows are only the difference to its base.
    assert chosen_books(BOOKS, "Adjust") == ("4", "5")
    assert chosen_books(None, None) == ("1",)
    with pytest.raises(ConfigurationError, match="Did you mean IFRS"):
        chosen_books(BOOKS, "IFRSS")
    with pytest.raises(ConfigurationError, match="names several: ids 4, 6"):
        chosen_books([*BOOKS, Book("6", "IFRS", primary=False)], "IFRS")
    with pytest.raises(ConfigurationError, match="sees no accounting books"):
        chosen_books(None, "IFRS")

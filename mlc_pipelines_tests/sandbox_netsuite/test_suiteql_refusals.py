"""SuiteQL: what is refused (docs/vendors/netsuite.md, section 3)."""

from __future__ import annotations

from typing import Any

import pytest

from mlc_pipelines_tests.sandbox_netsuite.client import SUITEQL_PATH, Client, error_of

JOIN = (
    "FROM transactionaccountingline tal INNER JOIN transaction t ON t.id = tal.transaction "
    "INNER JOIN transactionline tl ON tl.transaction = tal.transaction AND tl.id = tal.transactionline "
)


@pytest.mark.parametrize(
    "query",
    [
        "WITH x AS (SELECT id FROM account) SELECT id FROM x",
        "SELECT id FROM account LIMIT 5",
        "SELECT id FROM account ORDER BY id OFFSET 5 ROWS FETCH NEXT 5 ROWS ONLY",
        "SELECT id FROM account WHERE lastmodifieddate > DATE '2026-01-01'",
        f"SELECT id FROM account WHERE id IN ({','.join(map(str, range(1001)))})",
        "SELECT [id] FROM account",
        "SELECT acctnumber + 'x' AS v FROM account",
        "SELECT a.id FROM account a, accounttype y WHERE a.accttype = y.id(+)",
        "SELECT a.id FROM account a, accounttype y JOIN currency c ON 1 = 1",
        'SELECT id FROM account WHERE id IN (SELECT "id" FROM account)',
        "DELETE FROM account",
        "SELECT id FROM account; SELECT id FROM account",
        "SELECT id FROM",
        "SELECT id FROM account WHERE id = 'x'",
        "SELECT md5(acctnumber) AS v FROM account",
        "SELECT id FROM vendor v JOIN currency c ON c.id = v.currency",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT id FROM account WHERE id = :p1",
    ],
)
def test_what_the_dialect_does_not_have(client: Client, query: str) -> None:
    assert client.refused(query).startswith("Invalid search query. Detailed unprocessed description follows. ")


def test_error_texts(client: Client) -> None:
    prefix = "Invalid search query. Detailed unprocessed description follows. "
    assert client.refused("SELECT t.id, t.nosuch FROM transaction t") == (
        f"{prefix}Search error occurred: Unknown identifier 'nosuch'. Available identifiers are: {{t=transaction}}."
    )
    assert client.refused("SELECT id FROM nosuch") == f"{prefix}Invalid search type: nosuch."
    assert client.refused("SELECT x.id FROM account a").endswith(
        "Unknown identifier 'x'. Available identifiers are: {a=account}."
    )
    assert client.refused("SELECT id FROM account WHERE lastmodifieddate > '2022-12-31'") == (
        f'{prefix}Search error occurred: Parse of date/time "2022-12-31" failed with date format "M/D/YYYY" '
        "in time zone America/Los_Angeles"
    )
    assert "2022-99-31" in client.refused("SELECT TO_DATE('2022-99-31', 'YYYY-MM-DD') AS d FROM dual")


@pytest.mark.parametrize(
    ("bounds", "parameter"),
    [
        ({"limit": 1001}, "limit"),
        ({"limit": 0}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"offset": -10, "limit": 10}, "offset"),
        ({"offset": 15, "limit": 10}, "offset"),
        ({"offset": 100_000, "limit": 1000}, "offset"),
        ({"page": 1}, "page"),
    ],
)
def test_bounds(client: Client, bounds: dict[str, Any], parameter: str) -> None:
    error = error_of(client.query("SELECT id FROM account ORDER BY id ASC", **bounds))
    assert (error["o:errorCode"], error["o:errorQueryParam"]) == ("INVALID_PARAMETER", parameter)


def test_the_prefer_header_is_required(client: Client) -> None:
    error = error_of(client.query("SELECT id FROM account", headers={}))
    assert (error["o:errorCode"], error["o:errorHeader"]) == ("INVALID_REQUEST", "Prefer")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"query": "SELECT 1 FROM dual"}', b'{"q": 1}'])
def test_bodies_that_are_no_query(client: Client, content: bytes) -> None:
    answer = client.http.post(SUITEQL_PATH, content=content, headers={"Prefer": "transient"})
    assert error_of(answer)["o:errorCode"] == "INVALID_CONTENT"


def test_get_is_not_suiteql(client: Client) -> None:
    assert client.http.get(SUITEQL_PATH).status_code in {404, 405}


def test_a_thousand_values_in_a_list_are_allowed(client: Client) -> None:
    assert client.rows(f"SELECT id FROM account WHERE id IN ({','.join(map(str, range(101, 1101)))})")

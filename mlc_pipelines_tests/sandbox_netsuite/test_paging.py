"""Paging: order, limits, and pages that together are the whole table (docs/vendors/netsuite.md, section 3.3)."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlc_pipelines_tests.sandbox_netsuite.client import Client, error_of
from mlc_sandbox.netsuite import Books, Features, NetSuiteSandbox
from mlc_sandbox.netsuite.suiteql.kinds import Comparisons
from mlc_sandbox.netsuite.suiteql.plan import make_plan

LINES = (
    "SELECT t.id, tal.transactionline AS line, tal.account, tal.amount, tl.department, tl.memo, t.type "
    "FROM transactionaccountingline tal INNER JOIN transaction t ON t.id = tal.transaction "
    "INNER JOIN transactionline tl ON tl.transaction = tal.transaction AND tl.id = tal.transactionline "
    "WHERE tal.posting = 'T' AND tal.accountingbook = 1"
)


def pages_by_offset(client: Client, query: str, limit: int) -> list[list[dict[str, str]]]:
    pages: list[list[dict[str, str]]] = []
    more = True
    while more:
        answer = client.query(query, limit=limit, offset=len(pages) * limit).json()
        pages.append(answer["items"])
        more = answer["hasMore"]
    return pages


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(60, 1000))
def test_pages_by_key_are_the_whole_table(client: Client, sandbox: NetSuiteSandbox, limit: int) -> None:
    found: list[tuple[int, int]] = []
    last = ("0", "0", "0")
    while True:
        page = client.query(
            f"{LINES} AND (t.id > ? OR (t.id = ? AND tal.transactionline > ?)) "
            "ORDER BY t.id ASC, tal.transactionline ASC",
            *last,
            limit=limit,
        ).json()
        assert page["totalResults"] == 1_500 - len(found)
        found += [(int(row["id"]), int(row["line"])) for row in page["items"]]
        if not page["hasMore"]:
            break
        last = (str(found[-1][0]), str(found[-1][0]), str(found[-1][1]))
    truth = sandbox.books.cursor().execute(
        "SELECT transaction, transactionline FROM transactionaccountingline "
        "WHERE accountingbook = 1 AND posting = 'T' ORDER BY 1, 2"
    )
    assert found == truth.fetchall()


def test_pages_by_offset_are_the_whole_table_when_the_order_is_total(client: Client) -> None:
    pages = pages_by_offset(client, f"{LINES} ORDER BY t.id ASC, tal.transactionline ASC", 200)
    keys = [(int(row["id"]), int(row["line"])) for page in pages for row in page]
    assert len(keys) == 1_500
    assert keys == sorted(set(keys))


@pytest.mark.parametrize("order", ["", " ORDER BY t.type ASC"])
def test_pages_without_a_total_order_repeat_and_miss_rows(client: Client, order: str) -> None:
    pages = pages_by_offset(client, f"{LINES}{order}", 300)
    times = Counter((row["id"], row["line"]) for page in pages for row in page)
    assert sum(times.values()) == 1_500
    assert len(times) < 1_500
    if order:
        types = [row["type"] for page in pages for row in page]
        assert types == sorted(types)


def test_the_same_query_twice_has_another_order(client: Client) -> None:
    first, second = (client.rows("SELECT id FROM account") for _ in range(2))
    assert first != second
    assert sorted(row["id"] for row in first) == sorted(row["id"] for row in second)


def test_grouped_rows_page_by_offset(client: Client) -> None:
    query = "SELECT account, COUNT(*) AS n FROM transactionaccountingline GROUP BY account ORDER BY account ASC"
    whole = client.rows(query)
    assert [row for page in pages_by_offset(client, query, 7) for row in page] == [
        {"links": [], **row} for row in whole
    ]


def test_nulls_are_ordered_as_oracle_does(client: Client) -> None:
    ascending = client.rows("SELECT id, parent FROM account ORDER BY parent ASC, id ASC")
    assert "parent" not in ascending[-1]
    descending = client.rows("SELECT id, parent FROM account ORDER BY parent DESC, id ASC")
    assert "parent" not in descending[0]


def test_rows_past_the_most_are_refused(client: Client, sandbox: NetSuiteSandbox) -> None:
    sandbox.switches.max_rows = 1_000
    query = f"{LINES} ORDER BY t.id ASC, tal.transactionline ASC"
    first = client.query(query, limit=500).json()
    assert (first["totalResults"], first["hasMore"]) == (1_500, True)
    assert client.query(query, limit=500, offset=500).json()["hasMore"] is True
    assert error_of(client.query(query, limit=500, offset=1_000))["o:errorCode"] == "INVALID_PARAMETER"


def test_rows_past_the_most_can_silently_vanish(client: Client, sandbox: NetSuiteSandbox) -> None:
    sandbox.switches.max_rows = 1_000
    sandbox.switches.truncate_at_max_rows = True
    pages = pages_by_offset(client, f"{LINES} ORDER BY t.id ASC, tal.transactionline ASC", 500)
    assert [len(page) for page in pages] == [500, 500]
    beyond = client.query(f"{LINES} ORDER BY t.id ASC, tal.transactionline ASC", limit=500, offset=1_000).json()
    assert (beyond["count"], beyond["hasMore"], beyond["totalResults"]) == (0, False, 1_500)


JOINS = {
    "three tables": LINES,
    "two tables": LINES.replace(
        "INNER JOIN transactionline tl ON tl.transaction = tal.transaction AND tl.id = tal.transactionline", ""
    ).replace("tl.department, tl.memo,", ""),
    "commas": (
        "SELECT SUM(l.debit) AS d, BUILTIN.DF(t.postingperiod) AS p FROM transaction t, transactionaccountingline l, "
        "transactionline s WHERE l.transaction = t.id AND s.transaction = t.id AND s.id = l.transactionline "
        "AND t.type = 'VendBill' GROUP BY BUILTIN.DF(t.postingperiod)"
    ),
    "further tables": (
        "SELECT a.acctnumber, COUNT(*) AS n FROM account a JOIN transactionaccountingline l ON l.account = a.id "
        "JOIN transaction t ON t.id = l.transaction LEFT JOIN vendor v ON v.id = t.entity "
        "WHERE v.id IS NULL GROUP BY a.acctnumber"
    ),
}


@pytest.mark.parametrize("query", JOINS.values(), ids=JOINS.keys())
def test_joined_posting_lines_give_what_the_join_gives(sandbox: NetSuiteSandbox, query: str) -> None:
    fast, used = run(sandbox.books, query)
    assert used
    # True of every row; and as `t` means another table in there, the join is left as it is written.
    plain, used = run(sandbox.books, query.replace(" WHERE ", " WHERE EXISTS (SELECT t.id FROM account t) AND "))
    assert not used
    assert len(fast) > 5
    assert fast == plain


def run(books: Books, query: str) -> tuple[list[tuple[object, ...]], bool]:
    statement = make_plan(query, Features().enabled(), Comparisons("M/D/YYYY", "UTC")).ranked
    values = {"most_rows": 10**6} if "most_rows" in statement.placeholders else {}
    return sorted(books.cursor().execute(statement.sql, values).fetchall(), key=repr), "_postingline" in statement.sql

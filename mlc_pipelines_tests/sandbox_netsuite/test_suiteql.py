"""SuiteQL: requests, answers and dialect (docs/vendors/netsuite.md, sections 3 and 4)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import httpx
import pytest

from mlc_pipelines_tests.sandbox_netsuite.client import Client
from mlc_sandbox.netsuite import NetSuiteSandbox

JOIN = (
    "FROM transactionaccountingline tal INNER JOIN transaction t ON t.id = tal.transaction "
    "INNER JOIN transactionline tl ON tl.transaction = tal.transaction AND tl.id = tal.transactionline "
)
POSTED = "WHERE tal.posting = 'T' AND t.posting = 'T' AND tal.accountingbook = 1 "


def test_an_answer_has_the_documented_shape(client: Client) -> None:
    answer = client.query("SELECT id, parent AS Above FROM account ORDER BY id ASC", limit=50, offset=50)
    assert answer.headers["content-type"] == "application/vnd.oracle.resource+json; type=collection; charset=UTF-8"
    assert answer.headers["preference-applied"] == "transient"
    assert answer.headers["x-netsuite-jobid"] != answer.headers["x-n-operationid"]
    page = answer.json()
    assert (page["count"], page["offset"], page["totalResults"], page["hasMore"]) == (50, 50, 125, True)
    assert {link["rel"] for link in page["links"]} == {"self", "next", "last", "first", "prev"}
    following = next(link["href"] for link in page["links"] if link["rel"] == "next")
    last = client.http.post(
        following, json={"q": "SELECT id FROM account ORDER BY id ASC"}, headers={"Prefer": "transient"}
    )
    assert (last.json()["count"], last.json()["hasMore"]) == (25, False)
    assert all(row["links"] == [] for row in page["items"])


def test_values_are_texts_nulls_are_left_out_keys_are_lower_case(client: Client) -> None:
    rows = client.rows("SELECT ID, acctNumber, Parent AS Above, isInactive FROM Account ORDER BY id ASC", limit=2)
    assert rows == [
        {"id": "101", "acctnumber": "0100", "isinactive": "F"},
        {"id": "102", "acctnumber": "0110", "above": "101", "isinactive": "F"},
    ]
    assert client.rows("SELECT COUNT(*) AS Count, SUM(1.50) AS total, NULL AS nothing FROM dual") == [
        {"count": "1", "total": "1.5"}
    ]


def test_raw_dates_come_in_the_accounts_format(client: Client, sandbox: NetSuiteSandbox) -> None:
    query = "SELECT startdate, lastmodifieddate FROM accountingperiod WHERE periodname = 'Mar 2025'"
    assert client.rows(query) == [{"startdate": "3/1/2025", "lastmodifieddate": "4/9/2025 5:00 pm"}]
    sandbox.switches.date_format = "DD.MM.YYYY"
    assert client.rows(query) == [{"startdate": "01.03.2025", "lastmodifieddate": "09.04.2025 5:00 pm"}]
    wrapped = "SELECT TO_CHAR(startdate, 'YYYY-MM-DD') AS startdate FROM accountingperiod WHERE id = 345"
    assert client.rows(wrapped) == [{"startdate": "2026-01-01"}]


def test_awkward_texts_survive(client: Client) -> None:
    names = {row["entityid"] for row in client.rows("SELECT entityid FROM vendor")}
    assert {"Müller & Söhne GmbH", 'The "Cloud" Company', " Leading Blank Ltd", "Back\\slash Consulting"} <= names
    assert client.rows("SELECT id FROM vendor WHERE entityid = ?", "O'Brien, Hale & Partners LLP") == [{"id": "2002"}]
    assert client.rows("SELECT id FROM vendor WHERE entityid = 'O''Brien, Hale & Partners LLP'") == [{"id": "2002"}]


def test_terse_numbers(client: Client, sandbox: NetSuiteSandbox) -> None:
    query = "SELECT 0.5 AS half, -0.25 AS less, 10 AS ten FROM dual"
    assert client.rows(query) == [{"half": "0.5", "less": "-0.25", "ten": "10"}]
    sandbox.switches.terse_numbers = True
    assert client.rows(query) == [{"half": ".5", "less": "-.25", "ten": "10"}]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("NVL(NULL, 'x')", "x"),
        ("COALESCE(NULL, NULL, 3)", "3"),
        ("NULLIF(1, 1)", None),
        ("DECODE('b', 'a', 1, 'b', 2, 3)", "2"),
        ("CASE WHEN 1 = 2 THEN 'x' ELSE 'y' END", "y"),
        ("ROUND(2.675, 2)", "2.68"),
        ("ABS(-3)", "3"),
        ("UPPER('aé') || LOWER('B')", "AÉb"),
        ("TRIM('  x ')", "x"),
        ("SUBSTR('abcdef', 2, 3)", "bcd"),
        ("CONCAT('a', 'b')", "ab"),
        ("'a' || NULL || 'b'", "ab"),
        ("''", None),
        ("TRUNC(3.79)", "3"),
        ("TRUNC(3.79, 1)", "3.7"),
        ("TO_NUMBER(' 12.50 ')", "12.5"),
        ("TO_CHAR(12.5, 'FM9990.00')", "12.50"),
        ("TO_CHAR(TO_DATE('2026-01-31', 'YYYY-MM-DD'), 'DD Mon YYYY')", "31 Jan 2026"),
        ("TO_CHAR(TO_DATE('2026-01-31 13:05:06', 'YYYY-MM-DD HH24:MI:SS'), 'HH24:MI:SS')", "13:05:06"),
        ("TO_CHAR(ADD_MONTHS(TO_DATE('2026-01-31', 'YYYY-MM-DD'), 1), 'YYYY-MM-DD')", "2026-02-28"),
        ("TO_CHAR(LAST_DAY(TO_DATE('2024-02-03', 'YYYY-MM-DD')), 'YYYY-MM-DD')", "2024-02-29"),
        ("TO_CHAR(TRUNC(TO_DATE('2026-05-17', 'YYYY-MM-DD'), 'MM'), 'YYYY-MM-DD')", "2026-05-01"),
        ("TO_CHAR(TO_DATE('2026-03-01', 'YYYY-MM-DD') - 1, 'YYYY-MM-DD')", "2026-02-28"),
        ("EXTRACT(YEAR FROM TO_DATE('2026-03-01', 'YYYY-MM-DD'))", "2026"),
        ("TO_CHAR(SYSDATE, 'YYYY-MM-DD')", "2026-06-15"),
        ("TO_CHAR(CURRENT_DATE, 'YYYY-MM-DD')", "2026-06-15"),
        ("9007199254740993.93 + 0.01", "9007199254740993.94"),
    ],
)
def test_functions(client: Client, expression: str, value: str | None) -> None:
    assert client.rows(f"SELECT {expression} AS v FROM dual") == [{} if value is None else {"v": value}]


def test_sysdate_is_pacific_time_and_server_time_is_utc(client: Client, sandbox: NetSuiteSandbox) -> None:
    assert client.rows("SELECT TO_CHAR(SYSDATE, 'HH24') AS h FROM dual") == [{"h": "11"}]
    answer = client.http.get("/services/rest/system/v1/serverTime")
    assert answer.json()["serverTime"].startswith("2026-06-15T18:")
    assert answer.json()["serverTime"].endswith("Z")


def test_the_canonical_queries_run(client: Client, sandbox: NetSuiteSandbox) -> None:
    january = sandbox.books.period("Jan 2026").id
    truth = sandbox.books.control(january)
    actuals = client.rows(
        "SELECT t.postingperiod AS period_id, tal.account AS account_id, tl.subsidiary AS subsidiary_id, "
        "tl.department AS department_id, tl.class AS class_id, tl.location AS location_id, "
        "SUM(NVL(tal.debit,0)) AS debit, SUM(NVL(tal.credit,0)) AS credit, SUM(NVL(tal.amount,0)) AS amount, "
        f"COUNT(*) AS line_count {JOIN}{POSTED}AND t.postingperiod = {january} "
        "GROUP BY t.postingperiod, tal.account, tl.subsidiary, tl.department, tl.class, tl.location "
        "ORDER BY tal.account ASC, tl.subsidiary ASC, tl.department ASC, tl.class ASC, tl.location ASC"
    )
    assert sum(int(row["line_count"]) for row in actuals) == truth.lines
    assert sum(Decimal(row["debit"]) for row in actuals) == truth.debit
    assert sum(Decimal(row["credit"]) for row in actuals) == truth.credit == truth.debit
    by_account: dict[int, Decimal] = {}
    for row in actuals:
        account = int(row["account_id"])
        by_account[account] = by_account.get(account, Decimal()) + Decimal(row["amount"])
    assert by_account == truth.by_account
    assert any("department_id" not in row for row in actuals)
    control = client.rows(
        "SELECT t.postingperiod, COUNT(*) AS n, SUM(NVL(tal.debit,0)) AS debit, SUM(NVL(tal.credit,0)) AS credit "
        f"{JOIN}{POSTED}GROUP BY t.postingperiod ORDER BY t.postingperiod ASC"
    )
    assert {int(row["postingperiod"]): int(row["n"]) for row in control}[january] == truth.lines
    bills = client.rows(
        "SELECT id, tranid, type, entity, TO_CHAR(trandate,'YYYY-MM-DD') AS trandate, postingperiod, status, "
        "foreigntotal, currency, exchangerate, memo, externalid, "
        "TO_CHAR(lastmodifieddate,'YYYY-MM-DD HH24:MI:SS') AS m "
        "FROM transaction WHERE type IN ('VendBill','PurchOrd') AND id > ? ORDER BY id ASC",
        "0",
    )
    assert {row["type"] for row in bills} == {"VendBill", "PurchOrd"}
    changed = client.rows(
        "SELECT DISTINCT postingperiod FROM transaction WHERE posting = 'T' AND lastmodifieddate >= "
        "TO_DATE(?, 'YYYY-MM-DD HH24:MI:SS') ORDER BY postingperiod ASC",
        "2026-06-10 00:00:00",
    )
    assert {"postingperiod": str(sandbox.books.period("Jun 2026").id)} in changed


@pytest.mark.parametrize("parameter", ["102", 102, 102.0])
def test_parameters_take_the_columns_type(client: Client, parameter: object) -> None:
    assert client.rows("SELECT acctnumber FROM account WHERE id = ?", parameter) == [{"acctnumber": "0110"}]


def test_parameters_of_every_kind(client: Client) -> None:
    assert len(client.rows("SELECT id FROM account WHERE isinactive = ?", True)) == 1
    assert client.rows("SELECT id FROM account WHERE acctnumber IN (?, ?) ORDER BY id", "0110", "0120")
    periods = "SELECT id FROM accountingperiod WHERE startdate BETWEEN ? AND ? AND isposting = ? ORDER BY id"
    assert len(client.rows(periods, "1/1/2026", "3/1/2026", "T")) == 3
    assert client.rows("SELECT '?' AS mark FROM account WHERE id = ?", "101") == [{"mark": "?"}]
    assert "2 placeholders" in client.refused("SELECT id FROM account WHERE id IN (?, ?)", "1")


def test_display_and_composite_values(client: Client) -> None:
    bill = client.rows(
        "SELECT BUILTIN.DF(t.status) AS status, BUILTIN.CF(t.status) AS code, BUILTIN.DF(t.entity) AS entity, "
        "v.entityid, "
        "BUILTIN.DF(t.postingperiod) AS period, BUILTIN.DF(t.type) AS kind FROM transaction t "
        "JOIN vendor v ON v.id = t.entity WHERE t.type = 'VendBill' AND t.status = 'A' ORDER BY t.id ASC"
    )[0]
    assert bill["status"] == "Bill : Open"
    assert bill["code"] == "VendBill:A"
    assert bill["kind"] == "Bill"
    assert bill["entity"] == bill["entityid"]
    grouped = client.rows(
        f"SELECT BUILTIN.DF(tal.account) AS account, COUNT(*) AS n {JOIN}{POSTED}GROUP BY BUILTIN.DF(tal.account)"
    )
    assert "2010 Trade payables" in {row["account"] for row in grouped}


def test_consolidation(client: Client, sandbox: NetSuiteSandbox) -> None:
    january = sandbox.books.period("Jan 2026").id
    call = "TO_NUMBER(BUILTIN.CONSOLIDATE(tal.amount,'LEDGER','DEFAULT','DEFAULT',1,{period},'DEFAULT'))"
    where = f"{JOIN}{POSTED}AND t.postingperiod = {january} AND tl.subsidiary = 2 AND tal.account = 173"
    consolidated = client.rows(f"SELECT SUM({call.format(period=january)}) AS v {where}")
    by_column = client.rows(f"SELECT SUM({call.format(period='t.postingperiod')}) AS v {where}")
    rate = client.rows(
        "SELECT averagerate FROM consolidatedexchangerate WHERE postingperiod = ? AND fromsubsidiary = 2 AND "
        "tosubsidiary = 1 AND accountingbook = 1",
        str(january),
    )[0]["averagerate"]
    amounts = client.rows(f"SELECT tal.amount {where}")
    expected = sum(round(Decimal(row["amount"]) * Decimal(rate), 2) for row in amounts)
    assert abs(Decimal(consolidated[0].get("v", "0")) - expected) <= Decimal("0.01") * len(amounts)
    assert by_column == consolidated
    joined = (
        f"SELECT {call.format(period='ap.id')} AS v {JOIN}JOIN accountingperiod ap ON ap.id = t.postingperiod {POSTED}"
    )
    assert client.refused(joined).endswith("Search error occurred: Invalid or unsupported search.")


def test_rownum_is_counted_before_the_order(client: Client) -> None:
    assert len(client.rows("SELECT id FROM vendor WHERE ROWNUM <= 3 ORDER BY id DESC")) == 3
    assert client.rows("SELECT COUNT(*) AS n FROM vendor WHERE ROWNUM < 3 AND id > 2010") == [{"n": "2"}]
    assert client.rows("SELECT id FROM vendor ORDER BY id DESC FETCH FIRST 1 ROWS ONLY") == [{"id": "2060"}]


def test_subselects(client: Client) -> None:
    inner = "SELECT parent AS above, COUNT(*) AS n FROM account WHERE parent IS NOT NULL GROUP BY parent"
    rows = client.rows(
        f"SELECT a.name, s.n FROM ({inner}) s JOIN department a ON a.id = s.above OR 1 = 1 WHERE s.n > 8"
    )
    assert rows
    assert client.rows(f"SELECT MAX(n) AS most FROM ({inner})") == [{"most": "13"}]
    assert client.rows("SELECT id FROM vendor WHERE id IN (SELECT MIN(id) FROM vendor)") == [{"id": "2001"}]
    assert len(client.rows("SELECT id FROM vendor WHERE ROWNUM <= ?", "2")) == 2


@pytest.mark.parametrize(
    ("feature", "table", "column"),
    [
        ("oneworld", "subsidiary", "transactionline.subsidiary"),
        ("departments", "department", "transactionline.department"),
        ("classes", "classification", "transactionline.class"),
        ("locations", "location", "transactionline.location"),
        ("multi_book", "accountingbook", "transactionaccountingline.accountingbook"),
    ],
)
def test_features_take_their_columns_and_tables_away(
    client: Client, sandbox: NetSuiteSandbox, feature: str, table: str, column: str
) -> None:
    source, name = column.split(".")
    setattr(sandbox.switches.features, feature, False)
    try:
        assert f"Unknown identifier '{name}'" in client.refused(f"SELECT {name} FROM {source}")
        assert f"Record '{table}' was not found." in client.refused(f"SELECT id FROM {table}")
        (row,) = client.rows(f"SELECT * FROM {source} WHERE ROWNUM <= 1")
        assert name not in row
    finally:
        setattr(sandbox.switches.features, feature, True)


def test_one_book_is_seen_without_multi_book(client: Client, sandbox: NetSuiteSandbox) -> None:
    count = f"SELECT COUNT(*) AS n {JOIN}WHERE tal.posting = 'T'"
    assert client.rows(count) == [{"n": "3000"}]
    sandbox.switches.features.multi_book = False
    try:
        assert client.rows(count) == [{"n": "1500"}]
        assert client.rows("SELECT COUNT(*) AS n FROM transactionaccountingline WHERE posting = 'T'") == [{"n": "1500"}]
    finally:
        sandbox.switches.features.multi_book = True


def test_many_threads_at_once(sandbox: NetSuiteSandbox, client: Client) -> None:
    sandbox.switches.concurrency_limit = 20

    def ask(number: int) -> httpx.Response:
        return client.query(f"SELECT COUNT(*) AS n FROM transactionaccountingline WHERE account > {number}")

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(ask, range(60)))
    assert {answer.status_code for answer in answers} == {200}

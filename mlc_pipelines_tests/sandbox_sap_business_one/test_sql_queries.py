"""SQL queries (docs/vendors/sap_business_one.md, section 8)."""

from __future__ import annotations

import json
from decimal import Decimal
from urllib.parse import urljoin

import httpx
import pytest

from mlc_pipelines_tests.sandbox_sap_business_one.conftest import TODAY, message
from mlc_sandbox.sap_business_one import DEFAULT_SQL_TABLES, SapBusinessOneSandbox


@pytest.fixture
def v1(sandbox: SapBusinessOneSandbox, v1: httpx.Client) -> httpx.Client:
    """Without queries left over from the test before."""
    for query in list(sandbox.books.tables["SQLQueries"].in_order()):
        sandbox.books.tables["SQLQueries"].remove(query["SqlCode"])
    return v1


def create(client: httpx.Client, text: str, code: str = "q") -> httpx.Response:
    return client.post("SQLQueries", json={"SqlCode": code, "SqlName": "A query", "SqlText": text})


def test_a_query_is_kept_and_run_by_pages(sandbox: SapBusinessOneSandbox, v1: httpx.Client) -> None:
    text = "SELECT T0.DocEntry, T0.DocTotal, T0.CardName FROM OINV T0 WHERE T0.CardCode >= :low ORDER BY T0.DocEntry"
    created = create(v1, text)
    assert created.status_code == 201
    assert created.json()["ParamList"] == "low"
    found: list[dict[str, object]] = []
    link = "SQLQueries('q')/List?low='K00010'"
    while link:
        body = json.loads(v1.get(link).text, parse_float=Decimal)
        assert body["SqlText"] == text
        found += body["value"]
        link = body.get("odata.nextLink", "")
        assert not link or link == f"SQLQueries('q')/List?low='K00010'&$skip={len(found)}"
        link = urljoin(str(v1.base_url), link) if link else ""
    expected = [row for row in sandbox.books.tables["Invoices"].in_order() if row["CardCode"] >= "K00010"]
    assert len(found) > 20
    assert found == [{name: row[name] for name in ("DocEntry", "DocTotal", "CardName")} for row in expected]
    assert v1.post("SQLQueries('q')/List?low='X'").json()["value"] == []


def test_paging_cannot_be_turned_off(v1: httpx.Client) -> None:
    create(v1, "SELECT DocEntry FROM OINV")
    answer = v1.get("SQLQueries('q')/List", headers={"Prefer": "odata.maxpagesize=0"})
    assert len(answer.json()["value"]) == 20
    assert answer.json()["odata.nextLink"] == "SQLQueries('q')/List?&$skip=20"


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("SELECT * FROM OJDT", 702, "Table 'OJDT' not accessible"),
        ("SELECT T0.DocEntry FROM OINV T0, JDT1 T1", 702, "Table 'JDT1' not accessible"),
        ("SELECT * FROM OINV WHERE DocEntry IN (SELECT TransId FROM OBTF)", 702, "Table 'OBTF' not accessible"),
        ("SELECT Nope FROM OINV", 703, "Nope"),
        ("SELECT DocEntry FROM", 701, "Invalid SQL"),
        ("DELETE FROM OINV", 701, "only SELECT"),
    ],
)
def test_refused_queries(v1: httpx.Client, text: str, code: int, said: str) -> None:
    status, found, words = message(create(v1, text))
    assert (status, found) == (400, str(code))
    assert said in words


def test_keys_parameters_and_deletion(v1: httpx.Client) -> None:
    create(v1, "SELECT DocEntry FROM OINV WHERE DocEntry = :n")
    assert message(create(v1, "SELECT DocEntry FROM OINV"))[:2] == (400, "-10")
    assert v1.get("SQLQueries('q')/List").status_code == 400
    assert v1.get("SQLQueries('q')/List?n=3").json()["value"] == [{"DocEntry": 3}]
    assert v1.delete("SQLQueries('q')").status_code == 204
    assert message(v1.get("SQLQueries('q')/List?n=3"))[:2] == (404, "-2028")


def test_the_ledger_once_it_is_allowed(sandbox: SapBusinessOneSandbox, v1: httpx.Client) -> None:
    sandbox.switches.sql_tables = DEFAULT_SQL_TABLES | {"OJDT", "JDT1"}
    text = (
        "SELECT T1.Account, SUM(T1.Debit) - SUM(T1.Credit) AS Net FROM OJDT T0 INNER JOIN JDT1 T1 "
        "ON T0.TransId = T1.TransId WHERE T0.RefDate BETWEEN :first AND :last GROUP BY T1.Account"
    )
    create(v1, text)
    days = "first='20260501'&last='2026-05-31'"
    answer = v1.get(f"SQLQueries('q')/List?{days}", headers={"Prefer": "odata.maxpagesize=500"})
    found = {row["Account"]: row["Net"] for row in json.loads(answer.text, parse_float=Decimal)["value"]}
    assert found == sandbox.books.control(TODAY.replace(month=5, day=1), TODAY.replace(month=5, day=31)).by_account


def test_periods_and_vouchers(sandbox: SapBusinessOneSandbox, v1: httpx.Client) -> None:
    create(v1, "SELECT Code, F_RefDate, T_RefDate FROM OFPR WHERE PeriodStat = 'N'")
    assert v1.get("SQLQueries('q')/List").json()["value"] == [
        {"Code": "2026-06", "F_RefDate": "2026-06-01", "T_RefDate": "2026-06-30"}
    ]
    sandbox.switches.sql_tables = DEFAULT_SQL_TABLES | {"OBTF", "BTF1"}
    create(v1, "SELECT BatchNum, Ref3 FROM OBTF", "parked")
    assert v1.get("SQLQueries('parked')/List").json()["value"] == []
    lines = [{"AccountCode": "5210", "Debit": 1}, {"AccountCode": "2260", "Credit": 1}]
    body = {"ReferenceDate": TODAY.isoformat(), "Reference3": "K", "JournalEntryLines": lines}
    assert v1.post("JournalVouchersService_Add", json={"JournalVoucher": {"JournalEntry": body}}).status_code == 204
    assert v1.get("SQLQueries('parked')/List").json()["value"] == [{"BatchNum": 1, "Ref3": "K"}]
    assert httpx.post(f"{sandbox.url}/__sim/vouchers/1/post").status_code == 200
    assert v1.get("SQLQueries('parked')/List").json()["value"] == []


def test_a_server_without_sql_queries(sandbox: SapBusinessOneSandbox, v1: httpx.Client) -> None:
    sandbox.switches.sql_tables = None
    assert message(create(v1, "SELECT 1"))[2] == "Unrecognized resource path."

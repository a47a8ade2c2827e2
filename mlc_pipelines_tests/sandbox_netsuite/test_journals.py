"""Journals, entered and read (docs/vendors/netsuite.md, section 5)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from mlc_pipelines_tests.sandbox_netsuite.client import JOURNAL_PATH, Client, error_of
from mlc_pipelines_tests.sandbox_netsuite.journals import STRICT, eid, lines_of, number_in, put, read, upserted
from mlc_sandbox.netsuite import NetSuiteSandbox


def test_a_created_journal_is_read_and_in_the_ledger(
    client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]
) -> None:
    june = sandbox.books.period("Jun 2026").id
    before = sandbox.books.control(june)
    key = eid()
    number = number_in(client.http.post(JOURNAL_PATH, json=body(externalId=key), headers=STRICT))
    journal = read(client, number)
    assert journal["id"] == number
    assert (journal["externalId"], journal["tranDate"], journal["memo"]) == (key, "2026-06-10", "Anaplan budget v3")
    assert journal["postingPeriod"]["refName"] == "Jun 2026"
    assert journal["subsidiary"]["id"] == "1"
    assert journal["approvalStatus"]["id"] == "2"
    assert (journal["approved"], journal["void"]) == (True, False)
    assert journal["createdDate"] == journal["lastModifiedDate"]
    assert journal["createdDate"].startswith("2026-06-15T18:")
    assert journal["line"]["totalResults"] == 2
    first, second = journal["line"]["items"]
    assert (first["line"], first["debit"], first["department"]["id"]) == (1, 187.0, "10")
    assert first["account"]["refName"] == "6420 Rent"
    assert "credit" not in first
    assert (second["credit"], second["memo"]) == (187.0, "offset")
    after = sandbox.books.control(june)
    assert (after.lines, after.debit) == (before.lines + 2, before.debit + 187)
    found = client.rows(
        "SELECT t.tranid, tal.transactionline AS line, tal.debit, tal.credit, tal.amount, t.posting FROM transaction t "
        "JOIN transactionaccountingline tal ON tal.transaction = t.id "
        "WHERE t.id = ? AND tal.accountingbook = 1 ORDER BY 2",
        number,
    )
    assert found == [
        {"tranid": f"JE{number}", "line": "1", "debit": "187", "amount": "187", "posting": "T"},
        {"tranid": f"JE{number}", "line": "2", "credit": "187", "amount": "-187", "posting": "T"},
    ]


def test_sublists_are_links_unless_expanded(client: Client, body: Callable[..., dict[str, Any]]) -> None:
    key = eid()
    number = upserted(client, key, body())
    journal = client.http.get(f"{JOURNAL_PATH}/eid:{key}").json()
    assert set(journal["line"]) == {"links"}
    assert journal["line"]["links"][0]["href"].endswith(f"/journalentry/{number}/line")
    assert len(client.http.get(journal["line"]["links"][0]["href"]).json()["items"]) == 2
    plain = client.http.get(f"{JOURNAL_PATH}/{number}", params={"simpleEnumFormat": "true", "fields": "approvalStatus"})
    assert plain.json()["approvalStatus"] == "2"
    assert set(plain.json()) == {"links", "id", "approvalStatus"}
    assert plain.headers["content-type"].startswith("application/vnd.oracle.resource+json; type=singular")
    assert client.http.get(f"{JOURNAL_PATH.lower()}/{number}").status_code == 200


def test_deleting(client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]) -> None:
    key = eid()
    number = upserted(client, key, body())
    assert client.http.delete(f"{JOURNAL_PATH}/eid:{key}").status_code == 204
    assert error_of(client.http.get(f"{JOURNAL_PATH}/eid:{key}"))["o:errorCode"] == "NONEXISTENT_ID"
    rows = client.rows(
        "SELECT type, TO_CHAR(deleteddate,'YYYY-MM-DD HH24:MI:SS') AS deleteddate FROM deletedrecord "
        "WHERE recordid = ? "
        "AND deleteddate >= TO_DATE(?, 'YYYY-MM-DD HH24:MI:SS')",
        number,
        "2026-06-15 00:00:00",
    )
    assert [row["type"] for row in rows] == ["journalentry"]
    assert rows[0]["deleteddate"].startswith("2026-06-15 11:")


def test_reading_what_is_not_there(client: Client, sandbox: NetSuiteSandbox) -> None:
    answer = client.http.get(f"{JOURNAL_PATH}/eid:nobody")
    assert answer.status_code == 404
    assert error_of(answer)["detail"] == "The record instance does not exist. Provide a valid record instance ID."
    (bill,) = sandbox.books.cursor().execute("SELECT min(id) FROM transaction WHERE type = 'VendBill'").fetchall()
    for number in (999999, bill[0]):
        answer = client.http.get(f"{JOURNAL_PATH}/{number}")
        assert answer.status_code == 400
        error = error_of(answer)
        assert error["o:errorCode"] == "USER_ERROR"
        assert error["detail"] == "Error while accessing a resource. Transaction type specified is incorrect."
    unknown = client.http.get("/services/rest/record/v1/file/1")
    assert unknown.status_code == 404
    assert error_of(unknown)["detail"] == "Record type 'file' does not exist."
    assert error_of(unknown)["o:errorUrl"] == "/services/rest/record/v1/file/1"


def test_generated_journals_can_be_read(client: Client, sandbox: NetSuiteSandbox) -> None:
    rows = sandbox.books.cursor().execute("SELECT id FROM transaction WHERE type = 'Journal' LIMIT 5").fetchall()
    for (number,) in rows:
        lines = read(client, str(number))["line"]["items"]
        assert sum(round(100 * line.get("debit", 0)) for line in lines) == sum(
            round(100 * line.get("credit", 0)) for line in lines
        )


def test_defaults(client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]) -> None:
    content = body(tranDate=None, postingPeriod=None, department={"id": "11"}, subsidiary={"id": "3"})
    journal = read(client, upserted(client, eid(), content))
    assert (journal["tranDate"], journal["postingPeriod"]["refName"]) == ("2026-06-15", "Jun 2026")
    assert (journal["currency"]["id"], journal["exchangeRate"]) == ("3", 1.0)
    assert [line["department"]["id"] for line in journal["line"]["items"]] == ["10", "11"]


def test_a_foreign_journal_posts_in_the_subsidiarys_currency(
    client: Client, body: Callable[..., dict[str, Any]]
) -> None:
    number = upserted(client, eid(), body(currency={"id": "3"}, exchangeRate=1.1))
    rows = client.rows(
        "SELECT tal.amount, tl.foreignamount FROM transactionaccountingline tal JOIN transactionline tl ON "
        "tl.transaction = tal.transaction AND tl.id = tal.transactionline WHERE tal.transaction = ? "
        "AND tal.accountingbook = 1 ORDER BY tl.id",
        number,
    )
    assert rows == [{"amount": "205.7", "foreignamount": "187"}, {"amount": "-205.7", "foreignamount": "-187"}]


def test_approval_routing(client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]) -> None:
    june = sandbox.books.period("Jun 2026").id
    before = sandbox.books.control(june)
    sandbox.switches.approval_routing = True
    key = eid()
    number = upserted(client, key, body(approvalStatus={"id": "2"}))
    journal = read(client, number)
    assert (journal["approvalStatus"]["id"], journal["approved"]) == ("1", False)
    posting = (
        "SELECT DISTINCT t.posting, tal.posting AS lines FROM transaction t "
        "JOIN transactionaccountingline tal ON tal.transaction = t.id WHERE t.id = ?"
    )
    assert client.rows(posting, number) == [{"posting": "F", "lines": "F"}]
    assert sandbox.books.control(june) == before
    assert client.http.patch(f"{JOURNAL_PATH}/{number}", json={"approved": True}).status_code == 204
    assert client.rows(posting, number) == [{"posting": "T", "lines": "T"}]
    assert sandbox.books.control(june).lines == before.lines + 2
    assert client.http.patch(f"{JOURNAL_PATH}/{number}", json={"approved": False}).status_code == 204
    assert sandbox.books.control(june) == before


def test_reversals(client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]) -> None:
    july = sandbox.books.period("Jul 2026").id
    key = eid()
    number = upserted(client, key, body(reversalDate="2026-07-01"))
    reversal = read(client, read(client, number)["reversalEntry"])
    assert (reversal["tranDate"], reversal["postingPeriod"]["id"], reversal["isReversal"]) == (
        "2026-07-01",
        str(july),
        True,
    )
    assert [(line.get("debit"), line.get("credit")) for line in reversal["line"]["items"]] == [
        (None, 187.0),
        (187.0, None),
    ]
    content = body(reversalDate="2026-07-01")
    content["line"]["items"][0]["debit"] = content["line"]["items"][1]["credit"] = 20
    assert upserted(client, key, content, replace="line") == number
    assert sandbox.books.control(july).debit == 20
    client.http.delete(f"{JOURNAL_PATH}/{number}")
    assert sandbox.books.control(july).lines == 0
    put(client, key, body(reversalDate="2026-07-01", reversalDefer=True))
    assert sandbox.books.control(july).lines == 0


def test_finding_by_filter(client: Client, body: Callable[..., dict[str, Any]]) -> None:
    key = eid()
    number = upserted(client, key, body(memo='say "hi", it works'))

    def found(q: str, **params: int) -> list[str]:
        answer = client.http.get(JOURNAL_PATH, params={"q": q} | params)
        assert answer.status_code == 200, answer.text
        assert all(set(item) == {"links", "id"} for item in answer.json()["items"])
        return [item["id"] for item in answer.json()["items"]]

    assert found(f'externalId IS "{key}"', limit=1) == [number]
    assert found(f'tranId IS "JE{number}" AND memo START_WITH "say \\"hi\\""') == [number]
    assert found(f"id ANY_OF [{number}, 1]") == [number]
    assert found('externalId IS "nobody"') == []
    assert number in found('lastModifiedDate ON_OR_AFTER "6/15/2026"')
    assert number not in found("externalId EMPTY")
    for wrong in ("externalId", "nosuch IS 1", 'lastModifiedDate AFTER "2026-06-15"', 'externalId IS "x" AND'):
        assert error_of(client.http.get(JOURNAL_PATH, params={"q": wrong}))["o:errorQueryParam"] == "q"


def test_the_collection_pages(client: Client, sandbox: NetSuiteSandbox) -> None:
    page = client.http.get(JOURNAL_PATH, params={"limit": 10}).json()
    assert (page["count"], page["hasMore"]) == (10, True)
    (total,) = sandbox.books.cursor().execute("SELECT count(*) FROM transaction WHERE type = 'Journal'").fetchall()[0]
    assert page["totalResults"] == total
    assert client.http.get(JOURNAL_PATH, params={"limit": 10, "offset": 5}).status_code == 400


def test_readers_never_see_half_a_journal(
    client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]
) -> None:
    sandbox.switches.concurrency_limit = 20
    control = (
        "SELECT SUM(NVL(tal.debit,0)) AS d, SUM(NVL(tal.credit,0)) AS c FROM transactionaccountingline tal "
        "INNER JOIN transaction t ON t.id = tal.transaction WHERE t.posting = 'T' AND tal.accountingbook = 1"
    )

    def write(number: int) -> int:
        return put(client, f"side-by-side-{number % 5}", body(), replace="line").status_code

    def check(number: int) -> int:
        (row,) = client.rows(control)
        assert row["d"] == row["c"]
        return 204

    with ThreadPoolExecutor(8) as pool:
        outcomes = [pool.submit(write if number % 3 == 0 else check, number) for number in range(60)]
        assert {outcome.result() for outcome in outcomes} == {204}
    for number in range(5):
        assert len(lines_of(client, f"eid:side-by-side-{number}")) == 2

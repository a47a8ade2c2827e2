"""The record API's journalEntry (docs/vendors/netsuite.md, section 5)."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from mlc_pipelines_tests.sandbox_netsuite.client import JOURNAL_PATH, Client, error_of
from mlc_sandbox.netsuite import NetSuiteSandbox

STRICT = {"X-NetSuite-PropertyNameValidation": "error"}
numbers = itertools.count(1)


def eid() -> str:
    return f"anaplan-bud-{next(numbers)}"


@pytest.fixture
def body(sandbox: NetSuiteSandbox) -> Callable[..., dict[str, Any]]:
    """A right body; keyword arguments replace parts, None removes one."""
    books = sandbox.books

    def make(*, lines: list[dict[str, Any]] | None = None, **changes: Any) -> dict[str, Any]:
        whole: dict[str, Any] = {
            "subsidiary": {"id": "1"},
            "tranDate": "2026-06-10",
            "postingPeriod": {"id": str(books.period("Jun 2026").id)},
            "memo": "Anaplan budget v3",
            "line": {
                "items": lines
                if lines is not None
                else [
                    {
                        "line": 1,
                        "account": {"id": str(books.account("6420").id)},
                        "debit": 187.0,
                        "department": {"id": "10"},
                    },
                    {"line": 2, "account": {"id": books.account("2250").id}, "credit": 187, "memo": "offset"},
                ]
            },
        } | changes
        return {name: value for name, value in whole.items() if value is not None}

    return make


def put(client: Client, external_id: str, content: dict[str, Any], **params: str) -> httpx.Response:
    return client.http.put(f"{JOURNAL_PATH}/eid:{external_id}", json=content, params=params, headers=STRICT)


def read(client: Client, key: str) -> dict[str, Any]:
    answer = client.http.get(f"{JOURNAL_PATH}/{key}", params={"expandSubResources": "true"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def lines_of(client: Client, key: str) -> list[tuple[int, float, float]]:
    return [(line["line"], line.get("debit", 0), line.get("credit", 0)) for line in read(client, key)["line"]["items"]]


def number_in(answer: httpx.Response) -> str:
    assert answer.status_code == 204, answer.text
    assert answer.content == b""
    path, _, number = answer.headers["location"].rpartition("/")
    assert path.endswith("/services/rest/record/v1/journalentry")
    return number


def upserted(client: Client, external_id: str, content: dict[str, Any], **params: str) -> str:
    """The id of a journal that was put: the answer doesn't tell it, the external id does."""
    answer = put(client, external_id, content, **params)
    assert answer.status_code == 204, answer.text
    assert "location" not in answer.headers
    return read(client, f"eid:{external_id}")["id"]


# -- creating, reading, deleting --------------------------------------------------------------------------------------


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


# -- the three line modes (docs/vendors/netsuite.md, section 5.3) ------------------------------------------------------


def test_putting_twice_without_line_numbers_doubles_the_lines(
    client: Client, body: Callable[..., dict[str, Any]]
) -> None:
    content = body()
    for line in content["line"]["items"]:
        line.pop("line", None)
    key = eid()
    first = upserted(client, key, content)
    assert lines_of(client, first) == [(1, 187.0, 0), (2, 0, 187.0)]
    assert upserted(client, key, content) == first
    assert lines_of(client, first) == [(1, 187.0, 0), (2, 0, 187.0), (3, 187.0, 0), (4, 0, 187.0)]


def test_putting_twice_with_line_numbers_or_replace_keeps_the_lines(
    client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]
) -> None:
    content = body()
    key = eid()
    number = upserted(client, key, content, replace="line")
    june = sandbox.books.control(sandbox.books.period("Jun 2026").id)
    for params in ({}, {"replace": "line"}):
        assert upserted(client, key, content, **params) == number
        assert lines_of(client, number) == [(1, 187.0, 0), (2, 0, 187.0)]
    for line in content["line"]["items"]:
        del line["line"]
    put(client, key, content, replace="line")
    assert [amounts[1:] for amounts in lines_of(client, number)] == [(187.0, 0), (0, 187.0)]
    assert sandbox.books.control(sandbox.books.period("Jun 2026").id) == june


def test_keyed_lines_are_updated_and_others_added(
    client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]
) -> None:
    key = eid()
    number = upserted(client, key, body())
    account = {"id": sandbox.books.account("6420").id}
    change = [{"line": 1, "debit": 100}, {"account": account, "debit": 87, "memo": "new"}]
    assert client.http.patch(f"{JOURNAL_PATH}/{number}", json={"line": {"items": change}}).status_code == 204
    assert lines_of(client, number) == [(1, 100.0, 0), (2, 0, 187.0), (3, 87.0, 0)]
    first = read(client, number)["line"]["items"][0]
    assert first["department"]["id"] == "10"
    assert first["account"]["id"] == str(account["id"])


def test_replace_removes_lines_that_the_request_leaves_out(
    client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]
) -> None:
    books = sandbox.books
    key = eid()
    number = upserted(client, key, body())
    change = [{"line": 2, "credit": 50}, {"line": 7, "account": {"id": books.account("6430").id}, "debit": 50}]
    upserted(client, key, {"line": {"items": change}}, replace="line")
    assert lines_of(client, number) == [(2, 0, 50.0), (7, 50.0, 0)]
    assert read(client, number)["memo"] == "Anaplan budget v3"


@pytest.mark.parametrize("line", [None, {"items": None}, {"items": []}])
def test_the_sublist_can_not_be_emptied(client: Client, body: Callable[..., dict[str, Any]], line: object) -> None:
    key = eid()
    number = upserted(client, key, body())
    answer = client.http.patch(f"{JOURNAL_PATH}/{number}", json={"line": line})
    assert error_of(answer)["o:errorCode"] == "USER_ERROR"
    assert len(lines_of(client, number)) == 2


# -- external ids -----------------------------------------------------------------------------------------------------


def test_external_ids_are_unique_over_all_types(
    client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]
) -> None:
    key = eid()
    number = upserted(client, key, body())
    again = client.http.post(JOURNAL_PATH, json=body(externalId=key))
    assert again.status_code == 400
    assert "already exists" in error_of(again)["detail"]
    other = upserted(client, eid(), body())
    renamed = client.http.patch(f"{JOURNAL_PATH}/{other}", json={"externalId": key})
    assert "already exists" in error_of(renamed)["detail"]
    row = sandbox.books.cursor().execute(
        "SELECT externalid FROM transaction WHERE type = 'VendBill' AND externalid <> ''"
    )
    of_bill = row.fetchall()[0][0]
    answer = put(client, of_bill, body())
    assert answer.status_code == 400
    assert error_of(answer)["o:errorCode"] == "USER_ERROR"
    assert client.http.get(f"{JOURNAL_PATH}/eid:{of_bill}").status_code == 400
    assert number


def test_external_ids_have_a_narrow_alphabet(client: Client, body: Callable[..., dict[str, Any]]) -> None:
    assert put(client, "a|b", body()).status_code == 400
    assert error_of(client.http.post(JOURNAL_PATH, json=body(externalId="a b")))["o:errorPath"] == "externalId"


def test_the_path_names_the_external_id(client: Client, body: Callable[..., dict[str, Any]]) -> None:
    assert error_of(put(client, eid(), body(externalId=eid())))["o:errorPath"] == "externalId"


def test_put_needs_an_external_id(client: Client, body: Callable[..., dict[str, Any]]) -> None:
    number = upserted(client, eid(), body())
    answer = client.http.put(f"{JOURNAL_PATH}/{number}", json=body())
    assert answer.status_code == 400


# -- rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"subsidiary": None}, "USER_ERROR", "subsidiary"),
        ({"subsidiary": {"id": "99"}}, "INVALID_CONTENT", "subsidiary"),
        ({"tranDate": "2026-05-31"}, "USER_ERROR", "tranDate"),
        ({"tranDate": "10/06/2026"}, "INVALID_CONTENT", "tranDate"),
        ({"postingPeriod": {"id": "1"}}, "INVALID_CONTENT", "postingPeriod"),
        ({"postingPeriod": {"id": "344"}}, "INVALID_CONTENT", "postingPeriod"),
        ({"postingPeriod": {"refName": "Jun 2026"}}, "INVALID_CONTENT", "postingPeriod"),
        ({"currency": {"id": "77"}}, "INVALID_CONTENT", "currency"),
        ({"exchangeRate": 0}, "INVALID_CONTENT", "exchangeRate"),
        ({"approvalStatus": {"id": "4"}}, "INVALID_CONTENT", "approvalStatus"),
        ({"memo": 5}, "INVALID_CONTENT", "memo"),
        ({"void": True}, "USER_ERROR", "void"),
        ({"toSubsidiary": {"id": "2"}}, "USER_ERROR", "toSubsidiary"),
        ({"nosuch": 1}, "INVALID_CONTENT", "nosuch"),
        ({"line": {"items": [{"account": {"id": "1"}, "debitt": 1}]}}, "INVALID_CONTENT", "line.items[0].debitt"),
    ],
)
def test_wrong_headers(
    client: Client, body: Callable[..., dict[str, Any]], changes: dict[str, Any], code: str, path: str
) -> None:
    content = body() | changes
    answer = put(client, eid(), {name: value for name, value in content.items() if value is not None})
    assert answer.status_code == 400
    error = error_of(answer)
    assert (error["o:errorCode"], error["o:errorPath"]) == (code, path)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"account": {"id": "9999"}}, "account"),
        ({"account": {"externalId": "nobody"}}, "account"),
        ({"account": "0100"}, "account"),
        ({"department": {"id": "9999"}}, "department"),
        ({"class": {"id": "9999"}}, "class"),
        ({"location": {"id": "9999"}}, "location"),
        ({"entity": {"id": "9999"}}, "entity"),
        ({"debit": "187.00"}, "debit"),
        ({"debit": 187.001}, "debit"),
        ({"debit": -187.0}, "debit"),
        ({"line": "one"}, "line"),
    ],
)
def test_wrong_lines(client: Client, body: Callable[..., dict[str, Any]], change: dict[str, Any], path: str) -> None:
    content = body()
    content["line"]["items"][0] |= change
    error = error_of(put(client, eid(), content))
    assert (error["o:errorCode"], error["o:errorPath"]) == ("INVALID_CONTENT", f"line.items[0].{path}")
    assert error["detail"].startswith("Error while accessing a resource. You have entered an Invalid Field Value ")
    assert error["detail"].endswith(f" for the following field: {path}")


@pytest.mark.parametrize("number", ["6070", "6000", "9000", "9100"])
def test_accounts_that_take_no_postings(
    client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]], number: str
) -> None:
    content = body()
    content["line"]["items"][1]["account"] = {"id": str(sandbox.books.account(number).id)}
    assert error_of(put(client, eid(), content))["o:errorPath"] == "line.items[1].account"


def test_an_account_of_another_subsidiary(
    client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]
) -> None:
    content = body()
    content["line"]["items"][0]["account"] = {"id": str(sandbox.books.account("0620").id)}
    assert put(client, eid(), content).status_code == 204
    error = error_of(put(client, eid(), content | {"subsidiary": {"id": "2"}}))
    assert error["o:errorPath"] == "line.items[0].account"


def test_what_does_not_balance(client: Client, body: Callable[..., dict[str, Any]]) -> None:
    content = body()
    content["line"]["items"][0]["debit"] = 186.99
    error = error_of(put(client, eid(), content))
    assert error["o:errorCode"] == "USER_ERROR"
    assert error["detail"].startswith("Transaction was not in balance")
    content["line"]["items"] = content["line"]["items"][:1]
    assert error_of(put(client, eid(), content))["o:errorCode"] == "USER_ERROR"


def test_a_journal_of_many_lines(client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]) -> None:
    debit, credit = sandbox.books.account("6420").id, sandbox.books.account("2250").id
    lines = [{"line": n, "account": {"id": debit}, "debit": 0.1, "department": {"id": "10"}} for n in range(1, 3_001)]
    number = upserted(client, eid(), body(lines=[*lines, {"line": 9_999, "account": {"id": credit}, "credit": 300}]))
    assert len(read(client, number)["line"]["items"]) == 3_001
    total = (
        "SELECT SUM(debit) AS d, SUM(credit) AS c FROM transactionaccountingline "
        "WHERE transaction = ? AND accountingbook = 1"
    )
    assert client.rows(total, number) == [{"d": "300", "c": "300"}]


def test_both_amounts_or_none(client: Client, body: Callable[..., dict[str, Any]]) -> None:
    content = body()
    content["line"]["items"][0]["credit"] = 1
    assert error_of(put(client, eid(), content))["o:errorPath"] == "line.items[0]"
    content = body()
    del content["line"]["items"][0]["debit"]
    assert error_of(put(client, eid(), content))["o:errorCode"] == "USER_ERROR"


def test_closed_periods(client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]) -> None:
    march = sandbox.books.period("Mar 2026").id
    content = body(tranDate="2026-03-05", postingPeriod={"id": str(march)})
    key = eid()
    assert "closed" in error_of(put(client, key, content))["detail"]
    sandbox.books.reopen_period(march)
    number = upserted(client, key, content)
    sandbox.books.close_period(march)
    assert "closed" in error_of(put(client, key, content))["detail"]
    assert "closed" in error_of(client.http.patch(f"{JOURNAL_PATH}/{number}", json={"memo": "x"}))["detail"]
    assert "closed" in error_of(client.http.delete(f"{JOURNAL_PATH}/{number}"))["detail"]


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


def test_the_subsidiary_stays(client: Client, body: Callable[..., dict[str, Any]]) -> None:
    key = eid()
    put(client, key, body())
    assert error_of(put(client, key, body(subsidiary={"id": "2"})))["o:errorPath"] == "subsidiary"


def test_a_refused_journal_leaves_nothing(
    client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]
) -> None:
    before = sandbox.books.version
    content = body()
    content["line"]["items"][1]["credit"] = 1
    key = eid()
    assert put(client, key, content).status_code == 400
    assert client.http.get(f"{JOURNAL_PATH}/eid:{key}").status_code == 404
    assert sandbox.books.version == before


def test_mandatory_dimensions(client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]) -> None:
    sandbox.switches.mandatory_dimensions = frozenset({"department"})
    error = error_of(put(client, eid(), body()))
    assert error["detail"] == "Please enter value(s) for: Department"
    assert error["o:errorPath"] == "line.items[1].department"
    assert put(client, eid(), body(department={"id": "10"})).status_code == 204


# -- property names, approval, features, reversals --------------------------------------------------------------------


def test_unknown_properties_pass_silently_by_default(client: Client, body: Callable[..., dict[str, Any]]) -> None:
    content = body(nosuch=1)
    answer = client.http.put(f"{JOURNAL_PATH}/eid:{eid()}", json=content)
    assert answer.status_code == 204
    assert "nosuch" in answer.headers["warning"]
    quiet = client.http.put(
        f"{JOURNAL_PATH}/eid:{eid()}", json=content, headers={"X-NetSuite-PropertyNameValidation": "Ignore"}
    )
    assert quiet.status_code == 204
    assert "warning" not in quiet.headers
    odd = client.http.put(
        f"{JOURNAL_PATH}/eid:{eid()}", json=content, headers={"X-NetSuite-PropertyNameValidation": "maybe"}
    )
    assert error_of(odd)["o:errorHeader"] == "X-NetSuite-PropertyNameValidation"


def test_features_make_properties_unknown(
    client: Client, sandbox: NetSuiteSandbox, body: Callable[..., dict[str, Any]]
) -> None:
    sandbox.switches.features.oneworld = False
    assert error_of(put(client, eid(), body()))["o:errorPath"] == "subsidiary"
    journal = read(client, upserted(client, eid(), body(subsidiary=None)))
    assert "subsidiary" not in journal


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


def test_asynchronous_requests_are_refused(client: Client, body: Callable[..., dict[str, Any]]) -> None:
    answer = client.http.post(JOURNAL_PATH, json=body(), headers={"Prefer": "respond-async"})
    assert error_of(answer)["o:errorHeader"] == "Prefer"


@pytest.mark.parametrize("params", [{"replace": "item"}, {"expand": "true"}])
def test_unknown_query_parameters(client: Client, body: Callable[..., dict[str, Any]], params: dict[str, str]) -> None:
    assert error_of(put(client, eid(), body(), **params))["o:errorCode"] == "INVALID_PARAMETER"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"line": 3}'])
def test_bodies_that_are_no_journal(client: Client, content: bytes) -> None:
    answer = client.http.post(JOURNAL_PATH, content=content)
    assert error_of(answer)["o:errorCode"] == "INVALID_CONTENT"


# -- the collection ---------------------------------------------------------------------------------------------------


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


# -- side by side -----------------------------------------------------------------------------------------------------


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

    def check(_number: int) -> int:
        (row,) = client.rows(control)
        assert row["d"] == row["c"]
        return 204

    with ThreadPoolExecutor(8) as pool:
        outcomes = [pool.submit(write if number % 3 == 0 else check, number) for number in range(60)]
        assert {outcome.result() for outcome in outcomes} == {204}
    for number in range(5):
        assert len(lines_of(client, f"eid:side-by-side-{number}")) == 2

"""Journal entries and vouchers (docs/vendors/sap_business_one.md, sections 5 and 6)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from mlc_pipelines_tests.sandbox_sap_business_one.conftest import TODAY, client_of, message
from mlc_sandbox.sap_business_one import SapBusinessOneSandbox

LINES = [
    {"AccountCode": "5210", "Debit": 123.4567, "CostingCode": "0110", "CostingCode2": "PG-MEJ", "LineMemo": "løn"},
    {"AccountCode": "2260", "Credit": 123.4567},
]


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "ReferenceDate": TODAY.isoformat(),
        "Memo": "Plan",
        "Reference3": "KEY-1",
        "JournalEntryLines": LINES,
    } | changes


def voucher(body: Any) -> dict[str, Any]:
    return {"JournalVoucher": {"JournalEntry": body}}


def test_an_entry_posts_at_once(own: SapBusinessOneSandbox) -> None:
    before = own.books.control(TODAY, TODAY)
    with client_of(own) as client:
        answer = client.post("JournalEntries", json=entry(Reference=None, DueDate=None, JdtNum=1))
        body = json.loads(answer.text, parse_float=Decimal)
        assert answer.status_code == 201
        assert answer.headers["location"] == f"{own.url}/b1s/v1/JournalEntries({body['JdtNum']})"
        assert body["JournalEntryLines"][0]["Debit"] == Decimal("123.4567")
        assert body["JournalEntryLines"][0]["CostingCode2"] == "PG-MEJ"
        assert body["OriginalJournal"] == "ttJournalEntry"
        found = client.get("JournalEntries?$select=JdtNum&$filter=Reference3 eq 'KEY-1'").json()["value"]
        assert found == [{"JdtNum": body["JdtNum"]}]
        quiet = client.post("JournalEntries", json=entry(), headers={"Prefer": "return-no-content"})
        assert (quiet.status_code, quiet.content) == (204, b"")
        assert quiet.headers["location"].endswith(f"({body['JdtNum'] + 1})")
    after = own.books.control(TODAY, TODAY)
    assert after.lines == before.lines + 4
    assert after.debit - before.debit == 2 * Decimal("123.4567")


def test_a_posted_entry_takes_texts_only(own: SapBusinessOneSandbox) -> None:
    with client_of(own) as client:
        assert client.patch("JournalEntries(5)", json={"Memo": "Rettet", "Reference3": "æ"}).status_code == 204
        assert client.get("JournalEntries(5)?$select=Memo,Reference3").json()["Memo"] == "Rettet"
        for change in ({"ReferenceDate": "2026-06-01"}, {"JdtNum": 6}):
            assert message(client.patch("JournalEntries(5)", json=change))[:2] == (400, "-5002")
        assert client.patch("JournalEntries(5)", json={"JournalEntryLines": LINES}).status_code == 400
        assert message(client.delete("JournalEntries(5)"))[:2] == (400, "-5006")
        assert message(client.patch("Invoices(1)", json={"NumAtCard": "1"}))[:2] == (400, "-5006")


def test_cancel_makes_a_reversal(own: SapBusinessOneSandbox) -> None:
    with client_of(own) as client:
        number = client.post("JournalEntries", json=entry()).json()["JdtNum"]
        answer = client.post(f"JournalEntries({number})/Cancel")
        assert (answer.status_code, answer.content) == (204, b"")
        reversal = client.get(f"JournalEntries({number + 1})").json()
    assert [line["Credit"] for line in reversal["JournalEntryLines"]] == [123.4567, 0]
    assert reversal["JournalEntryLines"][0]["CostingCode"] == "0110"
    assert own.books.entry(number)["Memo"] == "Plan"


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"JournalEntryLines": LINES[:1]}, "-5002", "Unbalanced Transaction"),
        ({"JournalEntryLines": [LINES[0], {"AccountCode": "2260", "Credit": 123.45}]}, "-5002", "Unbalanced"),
        ({"JournalEntryLines": []}, "-5002", "Unbalanced"),
        ({"ReferenceDate": "2026-05-31"}, "-5002", "10000156 - Posting Date deviates"),
        ({"ReferenceDate": "31.05.2026"}, "-1000", "Invalid date"),
        ({"Reference3": "x" * 101}, "-5002", "Value too long"),
        ({"Memo": "x" * 51}, "-5002", "Value too long"),
        ({"Nonsense": 1}, "-1000", "Property 'Nonsense' of 'JournalEntry' is invalid"),
        ({"Memo": 5}, "-1000", "Memo"),
    ],
)
def test_refused_entries(sandbox: SapBusinessOneSandbox, v1: httpx.Client, changes: Any, code: str, text: str) -> None:
    before = len(sandbox.books.tables["JournalEntries"])
    for answer in (
        v1.post("JournalEntries", json=entry(**changes)),
        v1.post("JournalVouchersService_Add", json=voucher(entry(**changes))),
    ):
        status, found, said = message(answer)
        assert (status, found) == (400, code)
        assert text in said
    assert len(sandbox.books.tables["JournalEntries"]) == before
    assert sandbox.books.vouchers == []


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ({"AccountCode": "9999"}, "missing"),
        ({"AccountCode": "", "ShortName": ""}, "missing"),
        ({"AccountCode": "52"}, "title account"),
        ({"AccountCode": "6290"}, "inactive"),
        ({"AccountCode": "2210"}, "locked for manual"),
        ({"ShortName": "L00017"}, "inactive"),
        ({"CostingCode": "PG-MEJ"}, "Invalid distribution rule 'PG-MEJ' in dimension 1"),
        ({"CostingCode": "0790"}, "Invalid distribution rule"),
        ({"CostingCode4": "NOPE"}, "in dimension 4"),
        ({"AdditionalReference": "x" * 28}, "Value too long"),
    ],
)
def test_refused_lines(v1: httpx.Client, line: dict[str, str], text: str) -> None:
    whole = {"AccountCode": "5210", "Debit": 5, "Credit": 0} | line
    if "ShortName" in line:
        whole["AccountCode"] = ""
    lines = [whole, {"AccountCode": "2260", "Credit": 5}]
    status, code, said = message(v1.post("JournalEntries", json=entry(JournalEntryLines=lines)))
    assert (status, code) == (400, "-5002")
    assert text in said


def test_a_partner_is_posted_through_its_control_account(own: SapBusinessOneSandbox) -> None:
    lines = [{"ShortName": "K00001", "Debit": 10}, {"AccountCode": "4110", "Credit": 10}]
    balance = own.books.existing("BusinessPartners", "K00001").get("CurrentAccountBalance", 0)
    with client_of(own) as client:
        number = client.post("JournalEntries", json=entry(JournalEntryLines=lines)).json()["JdtNum"]
        partner = json.loads(client.get("BusinessPartners('K00001')").text, parse_float=Decimal)
    assert own.books.entry(number)["JournalEntryLines"][0]["AccountCode"] == "1310"
    assert partner["CurrentAccountBalance"] == balance + 10


def test_a_voucher_says_nothing_and_waits(own: SapBusinessOneSandbox) -> None:
    with client_of(own) as client:
        answer = client.post("JournalVouchersService_Add", json=voucher(entry()))
        assert (answer.status_code, answer.content, answer.headers.get("location")) == (204, b"", None)
        assert client.get("JournalEntries/$count?$filter=Reference3 eq 'KEY-1'").text == "0"
        assert client.post("JournalVouchersService_Add", json=voucher([entry(), entry()])).status_code == 204
        many = {"JournalVoucher": [{"JournalEntry": entry()}, {"JournalEntry": entry()}]}
        assert client.post("JournalVouchersService_Add", json=many).status_code == 204
        assert [parked.batch for parked in own.books.vouchers] == [1, 2, 2, 3, 3]
        posted = httpx.post(f"{own.url}/__sim/vouchers/2/post").json()["JdtNum"]
        assert len(posted) == 2
        assert client.get("JournalEntries/$count?$filter=Reference3 eq 'KEY-1'").text == "2"
        assert httpx.post(f"{own.url}/__sim/vouchers/2/post").status_code == 409
        assert client.post("JournalVouchersService_Add", json={"JournalVoucher": {}}).status_code == 400
        assert client.post("JournalVouchersService_Add", json={}).status_code == 400


def test_without_the_right_to_post(sandbox: SapBusinessOneSandbox, v1: httpx.Client) -> None:
    sandbox.switches.may_post = False
    assert v1.post("JournalEntries", json=entry()).status_code == 403
    assert v1.post("JournalVouchersService_Add", json=voucher(entry())).status_code == 403


def test_a_body_that_is_no_object(v1: httpx.Client) -> None:
    for body in (b"", b"[]", b"{"):
        assert message(v1.post("JournalEntries", content=body))[:2] == (400, "-1000")
    assert v1.post("JournalEntries", json=entry(JournalEntryLines=[1, 2])).status_code == 400

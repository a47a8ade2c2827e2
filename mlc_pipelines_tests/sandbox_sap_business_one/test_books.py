"""The books of the food manufacturer, and what a book-keeper does to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import httpx
import pytest

from mlc_pipelines_tests.clock import sandbox_clock
from mlc_pipelines_tests.effort import calls_of
from mlc_pipelines_tests.sandbox_sap_business_one.conftest import TODAY, client_of, small_sandbox
from mlc_sandbox.sap_business_one import Books, BooksError, SapBusinessOneSandbox, ledger_line
from mlc_sandbox.sap_business_one.books.table import Table

FIRST = date(2025, 1, 1)


@pytest.fixture(scope="module")
def books() -> Books:
    return Books(now=sandbox_clock().now, gl_lines=6_000, today=TODAY)


def test_every_entry_balances_and_the_lines_are_as_many_as_asked_for(books: Books) -> None:
    entries = books.tables["JournalEntries"].in_order()
    assert sum(len(entry["JournalEntryLines"]) for entry in entries) == 6_000
    for entry in entries:
        lines = entry["JournalEntryLines"]
        assert len(lines) >= 2
        assert sum(line.get("Debit", 0) - line.get("Credit", 0) for line in lines) == 0
        assert [line["Line_ID"] for line in lines] == list(range(len(lines)))
    assert [entry["JdtNum"] for entry in entries] == list(range(1, len(entries) + 1))


def test_the_same_seed_gives_the_same_books(books: Books) -> None:
    again = Books(now=sandbox_clock().now, gl_lines=6_000, today=TODAY)
    for name, table in books.tables.items():
        assert again.tables[name].in_order() == table.in_order(), name
    other = Books(now=sandbox_clock().now, gl_lines=6_000, today=TODAY, seed=8)
    assert other.control(FIRST, TODAY).by_account != books.control(FIRST, TODAY).by_account


def test_documents_belong_to_their_entries(books: Books) -> None:
    for name, side in (("Invoices", 1), ("CreditNotes", -1), ("PurchaseInvoices", -1), ("PurchaseCreditNotes", 1)):
        documents = books.tables[name].in_order()
        assert documents, name
        for document in documents:
            control = books.entry(document["TransNum"])["JournalEntryLines"][0]
            assert control["ShortName"] == document["CardCode"]
            assert control.get("Debit", 0) - control.get("Credit", 0) == side * document["DocTotal"]
            lines = sum(line["LineTotal"] for line in document["DocumentLines"])
            assert lines + document["VatSum"] == document["DocTotal"]
    assert all("TransNum" not in order for order in books.tables["PurchaseOrders"].in_order())


def test_balances_are_those_of_the_lines(books: Books) -> None:
    by_account = books.control(FIRST, TODAY).by_account
    for account in books.tables["ChartOfAccounts"].in_order():
        if len(account["Code"]) == 4:
            assert account.get("Balance", 0) == by_account.get(account["Code"], 0), account["Code"]
    costs = books.tables["ChartOfAccounts"].get("5")
    assert costs is not None
    assert costs["Balance"] == sum(amount for code, amount in by_account.items() if code[0] == "5")


def test_the_awkward_things_are_there(books: Books) -> None:
    entries = books.tables["JournalEntries"].in_order()
    lines = [line for entry in entries for line in entry["JournalEntryLines"]]
    assert any(entry["_created"].month != entry["ReferenceDate"].month for entry in entries), "late postings"
    assert any(before["ReferenceDate"] > after["ReferenceDate"] for before, after in pairwise(entries))
    assert any(entry["StornoDate"] for entry in entries)
    assert any("Cancellation" in entry["Memo"] for entry in entries)
    assert any(line.get("FCCurrency") == "EUR" for line in lines)
    assert any(amount.as_tuple().exponent == -4 for line in lines if (amount := line.get("Debit", Decimal(0))))
    used = [{line.get(name) for line in lines} - {None} for name in ("CostingCode", "CostingCode2", "CostingCode3")]
    rules = {row["FactorCode"]: row for row in books.tables["DistributionRules"].in_order()}
    for dimension, codes in enumerate(used, start=1):
        assert {rules[code]["InWhichDimension"] for code in codes} == {dimension}
        assert any(rules[code].get("Direct") != "tYES" for code in codes), "rules that split"
    assert {line.get("CostingCode4") for line in lines} > {None, "DTL", "WEB"}
    assert {line.get("CostingCode5") for line in lines} == {None, "K26PAA", "KNY"}
    assert "0790" in used[0]
    assert {row["Cancelled"] for row in books.tables["PurchaseOrders"].in_order()} == {"tYES", "tNO"}
    frozen = {row["CardCode"] for row in books.tables["BusinessPartners"].in_order() if row["Frozen"] == "tYES"}
    assert frozen & {line["ShortName"] for line in lines}
    inactive = {row["Code"] for row in books.tables["ChartOfAccounts"].in_order() if row["FrozenFor"] == "tYES"}
    assert inactive & {line["AccountCode"] for line in lines}


def test_every_code_on_a_line_is_known(books: Books) -> None:
    accounts, partners = books.tables["ChartOfAccounts"], books.tables["BusinessPartners"]
    for entry in books.tables["JournalEntries"].in_order():
        for line in entry["JournalEntryLines"]:
            account = accounts.get(line["AccountCode"])
            assert account is not None
            assert account["ActiveAccount"] == "tYES"
            assert partners.get(line["ShortName"]) or line["ShortName"] == line["AccountCode"]


def test_a_segmented_chart_hides_its_numbers() -> None:
    with small_sandbox(gl_lines=700, segmented_chart=True) as sandbox, client_of(sandbox) as client:
        (account,) = client.get("ChartOfAccounts?$filter=FormatCode eq '5110'").json()["value"]
        assert account["Code"].startswith("_SYS0000")
        used = client.get("JournalEntries(2)").json()["JournalEntryLines"][0]["AccountCode"]
        assert client.get(f"ChartOfAccounts('{used}')").status_code == 200


def test_the_work_grows_with_the_lines_and_no_faster() -> None:
    def work(gl_lines: int) -> int:
        return calls_of(lambda: Books(now=sandbox_clock().now, gl_lines=gl_lines, today=TODAY))

    many = work(20_000)
    assert many < 1.1 * 20_000 / 5_000 * work(5_000)
    assert many < 40 * 20_000


def test_too_few_lines_are_refused() -> None:
    with pytest.raises(ValueError, match="18 months need 560"):
        Books(now=sandbox_clock().now, gl_lines=100, today=TODAY)


def test_postings_and_periods(own: SapBusinessOneSandbox) -> None:
    books = own.books
    lines = [ledger_line("5240", Decimal("9.99"), costing=("0200",)), ledger_line("2260", Decimal("-9.99"))]
    may = date(2026, 5, 20)
    with pytest.raises(BooksError, match="10000156"):
        books.post({"ReferenceDate": may}, lines)
    before = books.control(may, may)
    books.reopen_period(may)
    number = books.post({"ReferenceDate": may, "Memo": "Sent"}, lines)
    books.close_period(may)
    assert books.control(may, may).lines == before.lines + 2
    with pytest.raises(BooksError, match="10000156"):
        books.cancel(number)
    with pytest.raises(BooksError, match="Unbalanced"):
        books.post({"ReferenceDate": TODAY}, lines[:1])
    books.change("ChartOfAccounts", "5240", Name="Kvalitet")
    books.edit(number, Memo="Rettet")
    assert books.entry(number)["Memo"] == "Rettet"
    account = books.existing("ChartOfAccounts", "5240")["Balance"]
    books.remove(number)
    assert books.control(may, may) == before
    assert books.existing("ChartOfAccounts", "5240")["Balance"] == account - Decimal("9.99")


def test_documents_carry_change_stamps(own: SapBusinessOneSandbox) -> None:
    books = own.books
    with client_of(own) as client:
        old = client.get("Invoices(2)")
        books.change("Invoices", 2, NumAtCard="æ-1")
        changed = client.get("Invoices(2)")
        assert changed.json()["NumAtCard"] == "æ-1"
        assert (changed.json()["UpdateDate"], changed.json()["UpdateTime"][:5]) == ("2026-06-15", "16:30")
        assert changed.headers["etag"] != old.headers["etag"]
        since = "(UpdateDate gt '2026-06-15' or (UpdateDate eq '2026-06-15' and UpdateTime ge '16:30'))"
        feed = client.get("Invoices", params={"$filter": since, "$select": "DocEntry"}).json()["value"]
        assert 2 in [row["DocEntry"] for row in feed]
        number = next(row["DocEntry"] for row in books.tables["Invoices"].in_order() if row["Cancelled"] == "tNO")
        entries = len(books.tables["JournalEntries"])
        books.cancel_document("Invoices", number)
        assert client.get(f"Invoices({number})").json()["Cancelled"] == "tYES"
        assert len(books.tables["JournalEntries"]) == entries + 1
        with pytest.raises(BooksError, match="already"):
            books.cancel_document("Invoices", number)
        fresh = books.copy_document("PurchaseOrders", 1, DocDate=TODAY)
        assert client.get(f"PurchaseOrders({fresh})").json()["DocDate"] == "2026-06-15"
        books.change("BusinessPartners", "K00001", CardName="Ny")
        assert client.get("BusinessPartners('K00001')").json()["UpdateDate"] == "2026-06-15"


class Watched(Table):
    """The same records; it counts how many a query looks at."""

    def __init__(self, same: Table) -> None:
        super().__init__(same.type)
        self.looked_at: list[int] = []
        for row in same.in_order():
            self.put(row)

    def candidates(self, required: Iterable[tuple[str, str, Any]]) -> Sequence[dict[str, Any]]:
        found = super().candidates(required)
        self.looked_at.append(len(found))
        return found


def test_a_page_of_a_month_looks_at_the_records_of_that_month_alone(own: SapBusinessOneSandbox) -> None:
    entries = own.books.tables["JournalEntries"] = Watched(own.books.tables["JournalEntries"])
    april = date(2026, 4, 1), date(2026, 4, 30)
    query = {"$filter": f"ReferenceDate ge '{april[0]}' and ReferenceDate le '{april[1]}'", "$orderby": "JdtNum"}
    with client_of(own) as client:
        assert client.get("JournalEntries", params=query).json()["value"]
    assert entries.looked_at == [len(entries.between(*april))]
    assert entries.looked_at[0] < len(entries) / 4


def test_a_fault_of_the_sandbox_is_answered(own: SapBusinessOneSandbox) -> None:
    with client_of(own) as client:
        own.books.tables["Dimensions"].get(1)["DimensionName"] = object()  # type: ignore[index]
        answer = client.get("Dimensions")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == -5002


def test_other_versions_are_not_there(own: SapBusinessOneSandbox) -> None:
    assert httpx.get(f"{own.url}/b1s/v3/Dimensions").status_code == 404

"""The generated books: they balance, hang together, and have what is awkward."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from mlc_sandbox.syspro import Bill, Books, BooksError, Entry, Journal

TODAY = date(2026, 6, 15)
NOW = datetime(2026, 6, 15, 16, tzinfo=UTC)
PERIODS = [(2025, period) for period in range(1, 14)] + [(2026, period) for period in range(1, 7)]


def build(gl_lines: int = 3_000, **options: Any) -> Books:
    return Books(now=lambda: NOW, today=TODAY, gl_lines=gl_lines, **options)


@pytest.fixture(scope="module")
def books() -> Books:
    return build()


@pytest.fixture
def own_books() -> Books:
    return build(gl_lines=600)


def test_the_ledger_has_the_lines_asked_for_and_every_journal_balances(books: Books):
    assert sum(books.control(*slot).lines for slot in PERIODS) == 3_000
    for row in books.tables["GenJournalCtl"].rows():
        entries = books.ledger.entries(row["GlYear"], row["GlPeriod"], row["GlJournal"])
        sides = [
            sum((entry["EntryValue"] for entry in entries if entry["EntryType"] == side), Decimal(0)) for side in "DC"
        ]
        assert sides == [row["DebitAmount"], row["CreditAmount"]]
        assert sides[0] == sides[1]
        assert len(entries) == row["NumOfEntries"]
        assert all(entry["EntryValue"] >= 0 for entry in entries)


def test_the_same_seed_gives_the_same_books():
    one, same, other = build(seed=3), build(seed=3), build(seed=4)
    for name, table in one.tables.items():
        assert table.rows() == same.tables[name].rows()
    assert one.control(2026, 5) != other.control(2026, 5)


@pytest.mark.parametrize("slot", PERIODS)
def test_history_moves_by_what_is_posted(books: Books, slot: tuple[int, int]):
    year, period = slot
    opening = "BeginYearBalance" if period == 1 else f"ClosingBalPer{period - 1}"
    moved = {
        row["GlCode"]: row[f"ClosingBalPer{period}"] - row[opening]
        for row in books.tables["GenHistory"].where(Company="CHEM", GlYear=year)
    }
    control = books.control(year, period)
    assert {code: value for code, value in moved.items() if value} == {
        code: value for code, value in control.by_code.items() if value
    }
    assert control.debit == control.credit > 0


def test_a_year_begins_with_the_profit_of_the_last_in_retained(books: Books):
    rows = books.tables["GenHistory"].where(Company="CHEM", GlYear=2026)
    assert sum(row["BeginYearBalance"] for row in rows) == 0
    assert next(row for row in rows if row["GlCode"] == "RETAINED")["BeginYearBalance"] != 0
    assert all(row["BeginYearBalance"] == 0 for row in rows if row["GlCode"].startswith("20-"))


def test_invoices_are_distributed_whole_and_their_balance_is_what_is_unpaid(books: Books):
    pays = books.tables["ApInvoicePay"]
    for invoice in books.tables["ApInvoice"].rows():
        assert sum(row["DistrValue"] for row in books.payables.distribution(invoice)) == invoice["OrigInvValue"]
        paid = pays.where(Supplier=invoice["Supplier"], Invoice=invoice["Invoice"])
        moved = sum((row["TrnValue"] if row["TrnType"] == "P" else -row["TrnValue"] for row in paid), Decimal(0))
        assert invoice["MthInvBal1"] == invoice["OrigInvValue"] - moved
        assert (invoice["MonthInvBalZero"] > 0) is (invoice["MthInvBal1"] == 0)


def test_the_control_account_is_what_suppliers_are_owed(books: Books):
    owed = sum(row["CurrentBalance"] for row in books.tables["ApSupplier"].rows())
    master = books.tables["GenMaster"].get("CHEM", "10-2000-00")
    assert master is not None
    assert master["CurrentBalance"] == -owed


def test_the_awkward_things_are_there(books: Books):
    tables = books.tables
    assert any(row["OrigInvValue"] < 0 for row in tables["ApInvoice"].rows())
    assert {"P", "A"} == {row["TrnType"] for row in tables["ApInvoicePay"].rows()}
    assert {"I", "C", "D"} == {row["DocumentType"] for row in tables["ArInvoice"].rows()}
    assert {"1", "4", "9", "*"} == {row["OrderStatus"] for row in tables["PorMasterHdr"].rows()}
    assert {"ZAR", "USD", "EUR"} <= {row["Currency"] for row in tables["ApInvoice"].rows()}
    assert {"0", "1", "2", "9"} == {row["JnlStatus"] for row in tables["GenJournalCtl"].rows()}
    late = [row for row in tables["GenJournalCtl"].rows() if row["GlPeriod"] < 13]
    assert any(row["JournalDate"].month != row["GlPeriod"] for row in late)
    assert any(row["Notation"].startswith("Reversal") for row in late)
    assert books.posted(2025, 13)
    ended = [row for row in tables["GenJournalDetail"].rows() if row["GlCode"].endswith("6000-01")]
    assert {row["GlYear"] for row in ended} == {2025}
    assert any(row["QtyOnHand"] < 0 for row in tables["InvWarehouse"].rows())


def test_no_text_needs_more_than_its_column_or_the_code_page(books: Books):
    for table in books.tables.values():
        texts = [column for column in table.schema.columns.values() if column.textual]
        for row in table.rows():
            for column in texts:
                assert len(row[column.name].encode("cp1252")) <= column.width


def test_a_closed_period_takes_no_postings_until_it_is_reopened(own_books: Books):
    value = Decimal("10.00")
    late = Journal(2026, 5, TODAY, [Entry("20-6100-00", value), Entry("10-2300-00", -value)])
    with pytest.raises(BooksError, match="not open"):
        own_books.post(late)
    before = own_books.control(2026, 5)
    own_books.reopen_period(2026, 5)
    key = own_books.post(late)
    after = own_books.control(2026, 5)
    assert after.lines == before.lines + 2
    assert after.by_code["20-6100-00"] == before.by_code.get("20-6100-00", 0) + value
    own_books.reverse(key, TODAY + timedelta(days=1))
    reversed_ = own_books.control(2026, 5)
    assert reversed_.lines == before.lines + 4
    assert {code: value for code, value in reversed_.by_code.items() if value} == {
        code: value for code, value in before.by_code.items() if value
    }


def test_a_journal_that_is_deleted_or_moved_takes_its_figures_along(own_books: Books):
    own_books.reopen_period(2026, 5)
    first, second = own_books.posted(2026, 5)[:2]
    may, june = own_books.control(2026, 5), own_books.control(2026, 6)
    moved = own_books.journal(first)
    assert own_books.move(first, 2026, 6)[:2] == (2026, 6)
    gone = own_books.journal(second)
    own_books.delete(second)
    assert own_books.control(2026, 5).lines == may.lines - len(moved.entries) - len(gone.entries)
    assert own_books.control(2026, 6).lines == june.lines + len(moved.entries)
    history = own_books.tables["GenHistory"].where(Company="CHEM", GlYear=2026)
    assert {
        row["GlCode"]: row["ClosingBalPer5"] - row["ClosingBalPer4"]
        for row in history
        if row["ClosingBalPer5"] != row["ClosingBalPer4"]
    } == {code: value for code, value in own_books.control(2026, 5).by_code.items() if value}


def test_a_journal_is_posted_on_the_day_whatever_its_own_date(own_books: Books):
    value = Decimal("10.00")
    late = Journal(2026, 6, date(2026, 6, 2), [Entry("20-6100-00", value), Entry("10-2300-00", -value)])
    key = own_books.post(late)
    row = own_books.tables["GenJournalCtl"].get(*key)
    assert row is not None
    assert (row["JournalDate"], row["PostDate"]) == (date(2026, 6, 2), TODAY)


def test_a_supplier_s_invoice_moves_his_balance_and_the_control_account(own_books: Books):
    supplier = own_books.tables["ApSupplier"].get("GULFSOL")
    assert supplier is not None
    lines = [("20-5000-00", Decimal("900.10")), ("20-6500-00", Decimal("99.90"))]
    row = own_books.enter_bill(Bill(supplier, "GS-1", TODAY, lines), 2026, 6)
    assert (row["OrigInvValue"], row["CurrencyValue"]) == (Decimal("1000.00"), Decimal("54.31"))
    after = own_books.tables["ApSupplier"].get("GULFSOL")
    assert after is not None
    assert after["CurrentBalance"] == supplier["CurrentBalance"] + 1000
    assert after["LastPurchDate"] == TODAY
    assert own_books.control(2026, 6).by_code["20-5000-00"] >= Decimal("900.10")


def test_a_cancelled_invoice_keeps_its_row_and_loses_its_balance(own_books: Books):
    invoice = next(row for row in own_books.tables["ApInvoice"].rows() if row["MthInvBal1"] == row["OrigInvValue"] != 0)
    own_books.cancel_bill(invoice["Supplier"], invoice["Invoice"], TODAY)
    row = own_books.tables["ApInvoice"].get(invoice["Supplier"], invoice["Invoice"])
    assert row is not None
    assert (row["OrigInvValue"], row["MthInvBal1"]) == (invoice["OrigInvValue"], 0)
    assert row["TotalAdjustments"] == -invoice["OrigInvValue"]
    assert row["TimeStamp"] > invoice["TimeStamp"]

"""Reading tables: everything once, in order, counted; what moves is read again; what can't be whole is an error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from mlc_pipelines.erp.syspro import ERP
from mlc_pipelines.errors import AuthenticationError, BadRequest, ConfigurationError, DataError, IncompleteRead
from mlc_pipelines_tests.erp.syspro.conftest import ADJUSTMENT, MARCH, Opened
from mlc_pipelines_tests.erp.syspro.tables_server import Row, TablesServer
from mlc_pipelines_tests.periods import fiscal_period

Open = Callable[..., Opened]
PAGE = 4


def master(code: str, kind: str = "E", company: str = "EDU1") -> Row:
    texts = dict.fromkeys(("GlGroup", "ReportIndex1", "ReportIndex2", "ControlAccFlag"), "")
    numbers = dict.fromkeys(("CurrentBalance", "PtdDrValue", "PtdCrValue"), 0)
    named = {"Description": f"Name of {code}", "AccountType": kind}
    return {"Company": company, "GlCode": code, **named, **texts, **numbers}


def invoice(supplier: str, number: str, value: float, journal: int, entry: int = 1) -> Row:
    day = date(2026, 3, 5)
    return {
        **dict.fromkeys(("Branch", "Reference", "InvoiceStatus", "Currency", "Bank", "MulDiv"), " "),
        "Supplier": supplier,
        "Invoice": number,
        "Journal": journal,
        "EntryNumber": entry,
        "InvoiceYear": 2026,
        "InvoiceMonth": 3,
        "OrigInvValue": value,
        "MthInvBal1": value,
        "CurrencyValue": value,
        "ConvRate": 1,
        "JournalDate": day,
        "InvoiceDate": day,
        "DueDate": None,
    }


def share(journal: int, code: str, value: float, entry: int = 1) -> Row:
    keys = {"TrnYear": 2026, "TrnMonth": 3, "Journal": journal, "EntryNumber": entry}
    return {**keys, "ExpenseGlCode": code, "DistrValue": value}


def journal(number: int, **columns: Any) -> Row:
    row = dict.fromkeys(("Source", "Operator", "JnlStatus", "Reference", "Notation"), "")
    days = {"JournalDate": date(2026, 3, 9), "PostDate": date(2026, 3, 10)}
    sums = {"NumOfEntries": 2, "DebitAmount": 10.5, "CreditAmount": 10.5}
    return {**row, **days, **sums, "JnlPostingType": "N", "GlYear": 2026, "GlPeriod": 3, "GlJournal": number, **columns}


def entries(number: int, *, value: float = 10.5, **columns: Any) -> list[Row]:
    row = {"GlYear": 2026, "GlPeriod": 3, "Journal": number, "EntryValue": value, "EntryPosted": "Y", "Reference": ""}
    row |= {"Comment": "", "EntryDate": date(2026, 3, 9)}
    return [
        {**row, "EntryNumber": 1, "EntryType": "D", "GlCode": "10-6000 ", **columns},
        {**row, "EntryNumber": 2, "EntryType": "C", "GlCode": "10-2000 ", **columns},
    ]


def payment(supplier: str, entry: int, value: float = 1) -> Row:
    texts = dict.fromkeys(("PaymentReference", "PostCurrency", "PaymentNumber"), "")
    row = {"Supplier": supplier, "Invoice": "A", "EntryNumber": entry, "TrnType": "P", "Journal": 1, "TrnYear": 2026}
    return {**row, **texts, "TrnMonth": 3, "TrnValue": value, "PostValue": 1, "PostConvRate": 1, "JournalDate": ""}


def order(number: str, day: date, status: str = "1") -> Row:
    texts = {"Supplier": "S1", "OrderStatus": status, "Currency": "ZAR", "Buyer": "", "Warehouse": ""}
    return {"PurchaseOrder": number, "OrderEntryDate": day, "OrderDueDate": None, **texts}


def order_line(number: str, line: int, ordered: float, received: float, price: float) -> Row:
    figures = {"MOrderQty": ordered, "MReceivedQty": received, "MPrice": price}
    return {"PurchaseOrder": number, "Line": line, "MStockCode": "", **figures}


def test_everything_once_and_in_order_whatever_the_size(server: TablesServer, open_source: Open):
    source = open_source(server, page_rows=PAGE)
    for count in (1, 3, 4, 5, 8, 17):
        server.tables = {"GenMaster": [master(f"10-{number:04d}  ") for number in range(count)]}
        assert [row["number"] for row in source.rows("gl_accounts")] == [f"10-{number:04d}" for number in range(count)]


def test_requests_are_as_documented(server: TablesServer, open_source: Open):
    server.tables = {"GenMaster": [master(f"O'{number}") for number in range(6)] + [master("1", company="EDU2")]}
    assert len(open_source(server).rows("gl_accounts")) == 6
    open_source(server, page_rows=PAGE).rows("gl_accounts")
    asked = [options for table, options in server.asked if table == "GenMaster" and options["$top"] != "1"]
    assert {options["$top"] for options in asked[:2]} == {"5000", "4"}
    assert all(options["$orderby"] == "Company,GlCode" and "$skip" not in options for options in asked)
    assert all(options["$filter"].startswith("Company eq 'EDU1' and ") for options in asked)
    assert asked[2]["$filter"].endswith("and GlCode gt 'O''3'")


def test_pseudo_codes_are_no_accounts(server: TablesServer, open_source: Open):
    server.tables = {"GenMaster": [master("10-1"), master("FORCED"), master("RETAINED")]}
    source = open_source(server)
    assert [row["number"] for row in source.rows("gl_accounts")] == ["10-1"]
    assert source.source.control(ERP.entities["gl_accounts"], MARCH)[0].rows == 1


def test_case_counts(server: TablesServer, open_source: Open):
    server.tables = {"GenMaster": [master(code) for code in ("a", "A", "b", "B", "aa")]}
    assert [row["number"] for row in open_source(server, page_rows=2).rows("gl_accounts")] == ["A", "B", "a", "aa", "b"]


def test_a_server_that_gives_less_than_is_asked_for(server: TablesServer, open_source: Open):
    server.tables = {"GenMaster": [master(f"{number:03d}") for number in range(30)]}
    server.most = 7
    assert len(open_source(server).rows("gl_accounts")) == 30


@pytest.mark.parametrize("uncounted", [True, False])
def test_a_next_link_changes_nothing(server: TablesServer, open_source: Open, uncounted: bool):
    server.tables = {"GenMaster": [master(f"{number:03d}") for number in range(30)]}
    server.most, server.next_link, server.uncounted = 7, True, uncounted
    assert len(open_source(server).rows("gl_accounts")) == 30


def test_a_full_page_is_never_the_last(server: TablesServer, open_source: Open):
    server.tables = {"ApSupplier": [], "ApInvoicePay": [payment("S", number) for number in range(30)]}
    server.answer = lambda answer: answer.update({"@odata.count": len(answer["value"])})
    with pytest.raises(IncompleteRead, match="30 rows of ApInvoicePay were read and there are 7"):
        open_source(server, page_rows=7).rows("ap_payments")


def test_a_server_that_does_not_obey_filters(server: TablesServer, open_source: Open):
    server.tables = {"GenMaster": [master(f"{number}") for number in range(9)]}
    server.deaf = True
    with pytest.raises(IncompleteRead, match="3 times in a row"):
        open_source(server, page_rows=PAGE).rows("gl_accounts")


@pytest.mark.parametrize("how", ["silent", "refused"])
def test_a_server_that_does_not_count(server: TablesServer, open_source: Open, how: str):
    """And cuts off below what is asked for: a short page proves nothing then."""
    server.tables = {
        "ApInvoice": [invoice("S1", f"I{number:02d}", 30, number) for number in range(20)],
        "ApJnlDistrib": [share(number, "10-1", 10) for number in range(20) for _ in range(3)],
        "GenMaster": [master(f"{number:03d}") for number in range(30)],
    }
    server.most, server.uncounted = 7, True
    server.refused = {"$count"} if how == "refused" else set()
    source = open_source(server)
    assert len(source.rows("gl_accounts")) == 30
    assert [row["line_number"] for row in source.rows("ap_invoices")] == [1, 2, 3] * 20
    assert source.source.control(ERP.entities["gl_accounts"], MARCH)[0].rows == 30


def test_a_server_that_counts_rows_and_gives_none(server: TablesServer, open_source: Open):
    server.tables = {"ApSupplier": [], "ApInvoicePay": [payment("S1", 1)]}
    server.most = 0
    with pytest.raises(IncompleteRead, match="empty page"):
        open_source(server).rows("ap_payments")


@pytest.mark.parametrize("uncounted", [True, False])
@pytest.mark.parametrize("change", ["insert", "delete", "both"])
def test_what_changes_behind_the_reader_is_read_again(
    server: TablesServer, open_source: Open, change: str, uncounted: bool
):
    rows = server.tables["GenMaster"] = [master(f"5{number}") for number in range(9)]

    def disturb(number: int) -> None:
        if number == 5:
            if change != "delete":
                rows.append(master("00"))
            if change != "insert":
                rows.pop(0)

    server.before = disturb
    server.uncounted = uncounted
    found = [row["number"] for row in open_source(server, page_rows=PAGE).rows("gl_accounts")]
    assert found == sorted(row["GlCode"] for row in rows)
    assert len(server.asked) > 5


def test_rows_that_never_hold_still(server: TablesServer, open_source: Open):
    rows = server.tables["GenMaster"] = [master(f"5{number}") for number in range(9)]
    server.before = lambda number: rows.append(master(f"0{number:03d}"))
    with pytest.raises(IncompleteRead, match="3 times in a row"):
        open_source(server, page_rows=PAGE).rows("gl_accounts")


def test_only_posted_journals_with_the_ledgers_money_are_actuals(server: TablesServer, open_source: Open):
    server.tables = {
        "GenMaster": [master("10-6000")],
        "GenJournalCtl": [
            journal(1),
            journal(2, PostDate=None),
            journal(3, JnlPostingType="S"),
            journal(4, JnlPostingType="P"),
            journal(5, JnlPostingType="L"),
            journal(6, JnlPostingType="A"),
            journal(7, NumOfEntries=0, DebitAmount=0, CreditAmount=0),
            journal(8, GlPeriod=4),
        ],
        "GenJournalDetail": [row for number in range(1, 7) for row in entries(number)] + entries(8, GlPeriod=4),
    }
    source = open_source(server)
    rows = source.rows("gl_journals")
    assert [(row["journal"], row["line_number"], row["amount"]) for row in rows] == [
        (1, 1, Decimal("10.5")),
        (1, 2, Decimal("-10.5")),
        (6, 1, Decimal("10.5")),
        (6, 2, Decimal("-10.5")),
    ]
    assert [(row["debit"], row["credit"]) for row in rows[:2]] == [(Decimal("10.5"), 0), (0, Decimal("10.5"))]
    assert rows[0]["account_name"] == "Name of 10-6000"
    assert rows[1]["account_name"] is None
    assert (rows[0]["cost_centre"], rows[0]["account"]) == ("10", "6000")
    (total,) = source.source.control(ERP.entities["gl_journals"], MARCH)
    assert (total.rows, total.debit, total.credit, total.amount, total.records) == (4, 21, 21, 0, 2)


def test_entries_that_say_that_they_are_not_posted(server: TablesServer, open_source: Open):
    server.tables = {"GenJournalCtl": [journal(1)], "GenJournalDetail": entries(1, EntryPosted="N")}
    assert open_source(server).rows("gl_journals") == []


def test_a_journal_of_several_pages(server: TablesServer, open_source: Open):
    lines = [{**entries(1)[0], "EntryNumber": number} for number in range(1, 24)]
    server.tables = {"GenJournalCtl": [journal(1)], "GenJournalDetail": lines}
    rows = open_source(server, page_rows=PAGE).rows("gl_journals")
    assert [row["line_number"] for row in rows] == list(range(1, 24))


def test_many_journals_are_read_side_by_side_and_stay_in_order(server: TablesServer, open_source: Open):
    numbers = range(1, 1300)
    server.tables = {
        "GenJournalCtl": [journal(number) for number in numbers],
        "GenJournalDetail": [row for number in numbers for row in entries(number)],
    }
    source = open_source(server, page_rows=500)
    assert [row["journal"] for row in source.rows("gl_journals")] == [number for number in numbers for _ in range(2)]
    ranges = [o["$filter"] for table, o in server.asked if table == "GenJournalDetail" and o["$top"] != "1"]
    assert all("Journal ge" in each and "Journal le" in each for each in ranges)
    assert [told.rows for told in source.progress] == sorted(told.rows for told in source.progress)


def test_movement_is_the_difference_of_closing_balances(server: TablesServer, open_source: Open):
    row = {"Company": "EDU1", "GlCode": "10-6000", "GlYear": 2026, "BeginYearBalance": 1.25}
    row |= {f"ClosingBalPer{period}": period * 100.5 for period in range(1, 16)}
    server.tables = {"GenHistory": [row, {**row, "GlYear": 2025}], "GenMaster": [master("10-6000")]}
    source = open_source(server)
    (march,) = source.rows("gl_history")
    assert (march["fiscal_year"], march["fiscal_period"], march["amount"]) == (2026, 3, Decimal("100.5"))
    (january,) = source.rows("gl_history", fiscal_period("FY2026-P01", date(2026, 1, 1), date(2026, 1, 31)))
    assert (january["opening_balance"], january["amount"]) == (Decimal("1.25"), Decimal("99.25"))
    (adjusted,) = source.rows("gl_history", ADJUSTMENT)
    assert (adjusted["fiscal_period"], adjusted["closing_balance"]) == (13, Decimal("1306.5"))
    assert adjusted["opening_balance"] == 1206


def test_an_invoice_is_its_distribution_and_what_is_not_distributed(server: TablesServer, open_source: Open):
    server.tables = {
        "ApInvoice": [
            invoice("S1", "A", 100.5, 7),
            invoice("S2", "B", 50, 8),
            invoice("S2", "C", -20, 9),
            invoice("S3", "D", 0, 10),
            invoice("S4", "other", 9, 11) | {"InvoiceMonth": 4},
        ],
        "ApJnlDistrib": [
            share(7, "10-1", 60.25),
            share(7, "10-1", 60.25),
            share(7, "10-2", -20),
            share(8, "10-1", 45),
            share(99, "10-1", 1000),
        ],
        "ApSupplier": [{"Supplier": "S1", "SupplierName": "Één BV"}],
    }
    source = open_source(server)
    rows = source.rows("ap_invoices")
    assert [
        (row["vendor_id"], row["document_number"], row["line_number"], row["account_number"], float(row["amount"]))
        for row in rows
    ] == [
        ("S1", "A", 1, "10-1", 60.25),
        ("S1", "A", 2, "10-1", 60.25),
        ("S1", "A", 3, "10-2", -20),
        ("S2", "B", 0, None, 5),
        ("S2", "B", 1, "10-1", 45),
        ("S2", "C", 0, None, -20),
        ("S3", "D", 0, None, 0),
    ]
    assert rows[0]["vendor_name"] == "Één BV"
    assert rows[3]["vendor_name"] is None
    totals = source.source.control(ERP.entities["ap_invoices"], MARCH)
    assert {total.group: float(total.amount or 0) for total in totals} == {"S1": 100.5, "S2": 30, "S3": 0}


def test_equal_distribution_lines_across_pages(server: TablesServer, open_source: Open):
    numbers = range(1, 8)
    server.tables = {
        "ApInvoice": [invoice("S1", f"I{number}", 30, number) for number in numbers],
        "ApJnlDistrib": [share(number, "10-1", 10) for number in numbers for _ in range(3)],
    }
    rows = open_source(server, page_rows=PAGE).rows("ap_invoices")
    assert [row["line_number"] for row in rows] == [1, 2, 3] * 7
    server.tables["ApJnlDistrib"] = [share(1, "10-1", 10) for _ in range(PAGE + 1)]
    with pytest.raises(IncompleteRead, match="more rows than a page"):
        open_source(server, page_rows=PAGE).rows("ap_invoices")


def test_orders_are_found_by_their_date_and_their_lines_by_the_orders(server: TablesServer, open_source: Open):
    march = date(2026, 3, 31)
    server.tables = {
        "PorMasterHdr": [
            order("1", march),
            order("2", date(2026, 4, 1)),
            order("3", march, status="9"),
            order("4", march),
        ],
        "PorMasterDetail": [
            order_line("1", 1, 3, 1, 2.125),
            order_line("1", 2, 2, 5, 1),
            order_line("2", 1, 99, 0, 1),
            order_line("3", 1, 4, 1, 2),
        ],
    }
    source = open_source(server)
    found = [
        (row["document_number"], row["line_number"], float(row["amount"]), float(row["open_amount"]))
        for row in source.rows("purchase_orders")
    ]
    assert found == [("1", 1, 6.38, 4.25), ("1", 2, 2, 0), ("3", 1, 8, 0), ("4", 0, 0, 0)]
    assert source.source.control(ERP.entities["purchase_orders"], MARCH)[0].records == 3
    assert source.rows("purchase_orders", ADJUSTMENT) == []


def test_customer_invoices_in_base_currency(server: TablesServer, open_source: Open):
    row = {"Customer": "C1   ", "Salesperson": "", "TermsCode": "", "SalesOrder": "", "InvoiceDate": date(2026, 3, 1)}
    row |= {"InvoiceBal1": 0, "Currency": "USD"}
    server.tables = {
        "ArInvoice": [
            {**row, "Invoice": "1", "DocumentType": "I", "CurrencyValue": 10.01, "ExchangeRate": 18.4125},
            {**row, "Invoice": "2", "DocumentType": "C", "CurrencyValue": 10, "ExchangeRate": None},
            {**row, "Invoice": "3", "DocumentType": "C", "CurrencyValue": -10, "ExchangeRate": 2},
        ],
        "ArCustomer": [{"Customer": "C1 ", "Name": "Ünü", "CustomerClass": "X"}],
    }
    rows = open_source(server).rows("ar_invoices")
    assert [row["amount"] for row in rows] == [Decimal("184.31"), Decimal(-10), Decimal(-20)]
    assert {row["customer_name"] for row in rows} == {"Ünü"}


def test_a_value_that_does_not_fit_is_named(server: TablesServer, open_source: Open):
    server.tables = {"GenMaster": [master("10-1") | {"CurrentBalance": "lots"}]}
    with pytest.raises(DataError, match="CurrentBalance"):
        open_source(server).rows("gl_accounts")


def test_wrong_credentials_say_what_to_do(sandbox: Any, open_source: Open):
    with pytest.raises(AuthenticationError, match="enabled for OData") as refusal:
        open_source(sandbox, odata_user="NOBODY").rows("suppliers")
    assert sandbox.password not in str(refusal.value)


def test_the_order_is_that_of_the_key(server: TablesServer, open_source: Open):
    server.tables = {"ApSupplier": []}
    open_source(server).rows("ap_payments")
    orders = {table: options["$orderby"] for table, options in server.asked}
    assert orders["ApInvoicePay"] == "TrnYear,TrnMonth,Supplier,Invoice,EntryNumber,TrnType"


def test_a_company_that_the_ledger_does_not_know(server: TablesServer, open_source: Open):
    server.tables = {"GenMaster": [master("1", company="EDU2"), master("1", company="edu1")]}
    for name in ("gl_accounts", "gl_history"):
        with pytest.raises(ConfigurationError, match=r"company EDU1.*EDU2, edu1"):
            open_source(server).rows(name)


def test_padding_that_counts_in_comparisons(server: TablesServer, open_source: Open):
    server.tables = {"GenMaster": [master(f"{n}  ", company="EDU1  ") for n in range(9)] + [master("1", company="EDU")]}
    assert len(open_source(server, page_rows=PAGE).rows("gl_accounts")) == 9


def test_a_column_that_is_missing_is_left_empty(
    server: TablesServer, open_source: Open, caplog: pytest.LogCaptureFixture
):
    server.tables = {"GenMaster": [master("1")]}
    server.lacking = {"ReportIndex2", "GenGroups"}
    source = open_source(server)
    (row,) = source.rows("gl_accounts")
    assert (row["report_index_2"], row["group_name"], row["name"]) == (None, None, "Name of 1")
    assert "GenMaster has no column ReportIndex2" in caplog.text
    found = {finding.subject: finding for finding in source.source.ping()}
    assert found["gl_accounts"].ok
    assert "the table GenGroups" in found["gl_accounts"].message
    assert "GenMaster.ReportIndex2" in found["gl_accounts"].message


def test_a_column_that_is_needed_is_named(server: TablesServer, open_source: Open):
    server.tables = {"ArCustomer": [], "ArInvoice": []}
    server.lacking = {"ExchangeRate", "Salesperson"}
    source = open_source(server)
    for _ in range(2):
        with pytest.raises(BadRequest, match="ArInvoice has no column ExchangeRate,"):
            source.rows("ar_invoices")


def test_invoices_without_the_table_of_their_distribution(server: TablesServer, open_source: Open):
    server.tables = {"ApInvoice": [invoice("S1", "A", 100.5, 7)]}
    server.lacking = {"ApJnlDistrib"}
    (row,) = open_source(server).rows("ap_invoices")
    assert (row["line_number"], row["amount"], row["account_number"]) == (0, Decimal("100.5"), None)


def test_an_entry_without_its_journal_is_a_fault(server: TablesServer, open_source: Open):
    server.tables = {"GenJournalCtl": [journal(1)], "GenJournalDetail": entries(1) + entries(2)}
    with pytest.raises(IncompleteRead, match=r"2 rows of GenJournalDetail belong to .* and there are 4"):
        open_source(server).rows("gl_journals")


def test_a_journal_on_hold_with_a_date_is_in_no_total(server: TablesServer, open_source: Open):
    server.tables = {
        "GenJournalCtl": [journal(1), journal(2)],
        "GenJournalDetail": entries(1) + entries(2, EntryPosted="N"),
    }
    source = open_source(server)
    assert {row["journal"] for row in source.rows("gl_journals")} == {1}
    assert source.source.control(ERP.entities["gl_journals"], MARCH)[0].rows == 2
    server.lacking = {"EntryPosted"}
    source = open_source(server)
    assert {row["journal"] for row in source.rows("gl_journals")} == {1, 2}
    assert source.source.control(ERP.entities["gl_journals"], MARCH)[0].rows == 4


def test_an_ended_period_of_which_nothing_seems_posted_is_not_an_empty_one(server: TablesServer, open_source: Open):
    server.tables = {"GenJournalCtl": [journal(1, PostDate=None), journal(2, PostDate=None)]}
    source = open_source(server).source
    with pytest.raises(IncompleteRead, match="2 journals, and not one has a PostDate") as refused:
        source.control(ERP.entities["gl_journals"], MARCH)
    assert "gl_history" in refused.value.hint
    server.tables = {"GenJournalCtl": []}
    assert source.control(ERP.entities["gl_journals"], MARCH)[0].rows == 0


def test_entries_of_negative_value_keep_their_side(server: TablesServer, open_source: Open):
    server.tables = {"GenJournalCtl": [journal(1)], "GenJournalDetail": entries(1, value=-3.25)}
    rows = open_source(server).rows("gl_journals")
    assert [(row["debit"], row["credit"], row["amount"]) for row in rows] == [
        (Decimal("-3.25"), 0, Decimal("-3.25")),
        (0, Decimal("-3.25"), Decimal("3.25")),
    ]


@pytest.mark.parametrize("day", [None, "", " ", "1900-01-01T00:00:00Z", "0001-01-01T00:00:00"])
def test_a_day_that_is_none(server: TablesServer, open_source: Open, day: str | None):
    server.tables = {
        "GenJournalCtl": [journal(1, PostDate=day), journal(2)],
        "GenJournalDetail": entries(1) + entries(2),
    }
    source = open_source(server)
    assert {row["journal"] for row in source.rows("gl_journals")} == {2}
    assert source.source.control(ERP.entities["gl_journals"], MARCH)[0].records == 1


@pytest.mark.parametrize(
    "day", ["2026-03-31", "2026-03-31T00:00:00", "2026-03-31T23:59:59.997Z", "2026-03-31T00:00:00+02:00"]
)
def test_a_day_in_any_form(server: TablesServer, open_source: Open, day: str):
    server.tables = {"ApInvoicePay": [payment("S1", 1) | {"JournalDate": day}]}
    assert open_source(server).rows("ap_payments")[0]["posting_date"] == date(2026, 3, 31)


def test_a_date_is_asked_for_up_to_the_next_day(server: TablesServer, open_source: Open):
    """A time of day on the last day of the period is inside."""
    open_source(server).rows("ar_invoices")
    (asked,) = [options["$filter"] for table, options in server.asked if table == "ArInvoice"]
    assert asked == "InvoiceDate ge 2026-03-01T00:00:00Z and InvoiceDate lt 2026-04-01T00:00:00Z"


def test_numbers_as_databases_write_them(server: TablesServer, open_source: Open):
    numbers = {"TrnYear": 2026.0, "EntryNumber": "0001", "PostConvRate": 18.41253333, "PostValue": "       75.000000"}
    server.tables = {"ApInvoicePay": [payment("S1", 1)]}

    def answer(answer: Row) -> None:
        for row in answer["value"]:
            row.update(numbers if "PostConvRate" in row else {})

    server.answer = answer
    (row,) = open_source(server).rows("ap_payments")
    assert (row["fiscal_year"], row["line_number"], row["foreign_amount"]) == (2026, 1, 75)
    assert row["exchange_rate"] == Decimal("18.41253333")


def test_amounts_are_tied_out_by_a_query_of_their_own(server: TablesServer, open_source: Open):
    server.tables = {"ApInvoicePay": [payment("S1", 1, 10.25), payment("S1", 2, -3), payment("S2", 1, 4)]}
    totals = open_source(server).source.control(ERP.entities["ap_payments"], MARCH)
    assert [(total.group, total.rows, total.amount) for total in totals] == [
        ("S1", 2, Decimal("7.25")),
        ("S2", 1, Decimal(4)),
    ]
    assert server.asked[0][1]["$select"] == "Supplier,Invoice,TrnType,EntryNumber,TrnYear,TrnMonth,TrnValue"


@pytest.mark.parametrize("page_rows", [2, 5000])
def test_invoices_that_know_no_journal(server: TablesServer, open_source: Open, page_rows: int):
    """Null comes first in the order, and no comparison with it holds."""
    numbers = range(1, 6)
    server.tables = {
        "ApInvoice": [invoice("S1", f"N{number}", 5, 0) | {"Journal": None, "EntryNumber": None} for number in numbers]
        + [invoice("S1", f"I{number}", 10, number) for number in numbers],
        "ApJnlDistrib": [share(number, "10-1", 10) for number in numbers],
    }
    rows = open_source(server, page_rows=page_rows).rows("ap_invoices")
    assert [(row["document_number"], row["line_number"]) for row in rows] == [
        *[(f"N{number}", 0) for number in numbers],
        *[(f"I{number}", 1) for number in numbers],
    ]


def receivable(number: str, kind: str) -> Row:
    texts = dict.fromkeys(("SalesOrder", "Salesperson", "TermsCode", "Currency"), "")
    row = {"Customer": "C1", "Invoice": number, "DocumentType": kind, "InvoiceDate": date(2026, 3, 4)}
    return {**row, **texts, "InvoiceBal1": 5, "CurrencyValue": 5, "ExchangeRate": 1}


KNOWN: dict[str, list[Row]] = {"GenJournalCtl": [journal(1)], "GenJournalDetail": entries(1)}


@pytest.mark.parametrize(
    ("entity", "tables", "said"),
    [
        ("gl_journals", {**KNOWN, "GenJournalDetail": entries(1, EntryType="K")}, "entry_type is 'K'"),
        ("gl_journals", {**KNOWN, "GenJournalDetail": entries(1, EntryType=" ")}, "entry_type is empty"),
        ("gl_journals", {**KNOWN, "GenJournalDetail": entries(1, EntryPosted="J")}, "entry_posted is 'J'"),
        ("gl_journals", {**KNOWN, "GenJournalCtl": [journal(1, JnlPostingType="X")]}, "document_type is 'X'"),
        ("gl_journals", {**KNOWN, "GenJournalCtl": [journal(1, JnlPostingType="")]}, "document_type is empty"),
        ("ar_invoices", {"ArInvoice": [receivable("1", "I"), receivable("2", "G")]}, "document_type is 'G'"),
        ("purchase_orders", {"PorMasterHdr": [order("P2", date(2026, 3, 5), "7")]}, "status is '7'"),
        ("gl_accounts", {"GenMaster": [{**master("10-6000"), "ControlAccFlag": "A"}]}, "control_account is 'A'"),
    ],
)
def test_a_word_that_nobody_knows_decides_nothing(
    server: TablesServer, open_source: Open, entity: str, tables: dict[str, list[Row]], said: str
):
    server.tables = {"GenMaster": [master("10-6000")], **tables}
    key = {
        "gl_journals": "fiscal_year 2026, fiscal_period 3, journal 1, line_number 1",
        "ar_invoices": "customer_id C1",
    }
    record = key.get(entity, "(document_number P2|number 10-6000)")
    with pytest.raises(DataError, match=f"{entity}: {said} in the record of {record}.*only these words are known"):
        open_source(server).rows(entity)


def test_a_journal_without_entries_of_a_type_that_nobody_knows_is_in_no_total(server: TablesServer, open_source: Open):
    server.tables = {**KNOWN, "GenJournalCtl": [journal(1), journal(2, JnlPostingType="X", NumOfEntries=0)]}
    with pytest.raises(DataError, match="JnlPostingType is 'X' in the record of GlYear 2026, GlPeriod 3, GlJournal 2"):
        open_source(server).source.control(ERP.entities["gl_journals"], MARCH)


def test_journals_are_tied_out_by_what_the_balances_moved(server: TablesServer, open_source: Open):
    balance = {"Company": "EDU1", "GlYear": 2026, "BeginYearBalance": 0}
    balance |= {f"ClosingBalPer{period}": 0 for period in range(1, 16)}
    server.tables = {
        **KNOWN,
        "GenMaster": [master("10-6000"), master("10-2000"), master("10-3000"), master("10-9000", "S")],
        "GenHistory": [
            {**balance, "GlCode": "10-6000", "ClosingBalPer3": 10.5},
            {**balance, "GlCode": "10-2000", "ClosingBalPer3": -10.5},
            {**balance, "GlCode": "10-3000"},
            {**balance, "GlCode": "10-9000", "ClosingBalPer3": 40},
        ],
    }
    _, *moved = open_source(server).source.control(ERP.entities["gl_journals"], MARCH)
    assert [(each.group, each.amount) for each in moved] == [
        ("10-2000", Decimal("-10.5")),
        ("10-6000", Decimal("10.5")),
        ("10-9000", None),
    ]


@pytest.mark.parametrize("balances", [[], [{"GlCode": "10-6000"}], None])
def test_balances_that_hold_nothing_of_the_period_prove_nothing_and_it_is_told(
    server: TablesServer, open_source: Open, caplog: pytest.LogCaptureFixture, balances: list[Row] | None
):
    row = {"Company": "EDU1", "GlYear": 2026, "BeginYearBalance": 5}
    row |= {f"ClosingBalPer{period}": 5 for period in range(1, 16)}
    server.tables = {**KNOWN, "GenMaster": [master("10-6000")]}
    if balances is not None:
        server.tables["GenHistory"] = [{**row, **balance} for balance in balances]
    (journals,) = open_source(server).source.control(ERP.entities["gl_journals"], MARCH)
    assert (journals.group, journals.rows) == (None, 2)
    assert "GenHistory) hold nothing of the period" in caplog.text


def test_words_that_are_only_shown_may_be_any(server: TablesServer, open_source: Open):
    strange = {"AccountType": "Ü", "GlGroup": "?"}
    server.tables = {"GenMaster": [{**master("10-6000"), **strange}], **KNOWN}
    assert {row["type"] for row in open_source(server).rows("gl_accounts")} == {"Ü"}
    assert len(open_source(server).rows("gl_journals")) == 2

"""Columns that are derived: sides, movements, values in base currency."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from mlc_pipelines_tests.erp.syspro.conftest import ADJUSTMENT, Open
from mlc_pipelines_tests.erp.syspro.table_rows import entries, journal, master
from mlc_pipelines_tests.erp.syspro.tables_server import TablesServer
from mlc_pipelines_tests.periods import fiscal_period


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


def test_entries_of_negative_value_keep_their_side(server: TablesServer, open_source: Open):
    server.tables = {"GenJournalCtl": [journal(1)], "GenJournalDetail": entries(1, value=-3.25)}
    rows = open_source(server).rows("gl_journals")
    assert [(row["debit"], row["credit"], row["amount"]) for row in rows] == [
        (Decimal("-3.25"), 0, Decimal("-3.25")),
        (0, Decimal("-3.25"), Decimal("3.25")),
    ]

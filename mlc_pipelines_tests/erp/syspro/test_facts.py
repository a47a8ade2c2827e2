"""The facts out of scripted tables: what counts as an actual, and what an invoice or an order is made of."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from mlc_pipelines.erp.syspro import ERP
from mlc_pipelines_tests.erp.syspro.conftest import ADJUSTMENT, MARCH, Open
from mlc_pipelines_tests.erp.syspro.table_rows import entries, invoice, journal, master, order, order_line, share
from mlc_pipelines_tests.erp.syspro.tables_server import TablesServer


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


def test_invoices_without_the_table_of_their_distribution(server: TablesServer, open_source: Open):
    server.tables = {"ApInvoice": [invoice("S1", "A", 100.5, 7)]}
    server.lacking = {"ApJnlDistrib"}
    (row,) = open_source(server).rows("ap_invoices")
    assert (row["line_number"], row["amount"], row["account_number"]) == (0, Decimal("100.5"), None)

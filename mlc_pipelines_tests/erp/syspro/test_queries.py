"""What is asked for: filters, order, and which company of the ledger."""

from __future__ import annotations

import pytest

from mlc_pipelines.erp.syspro import ERP
from mlc_pipelines_tests.erp.syspro.conftest import MARCH, Open
from mlc_pipelines_tests.erp.syspro.table_rows import PAGE, invoice, master, share
from mlc_pipelines_tests.erp.syspro.tables_server import TablesServer


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


def test_a_date_is_asked_for_up_to_the_next_day(server: TablesServer, open_source: Open):
    """A time of day on the last day of the period is inside."""
    open_source(server).rows("ar_invoices")
    (asked,) = [options["$filter"] for table, options in server.asked if table == "ArInvoice"]
    assert asked == "InvoiceDate ge 2026-03-01T00:00:00Z and InvoiceDate lt 2026-04-01T00:00:00Z"


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

"""Headers, lines and names that are joined: none is lost, none comes twice."""

from __future__ import annotations

import pytest

from mlc_pipelines.errors import IncompleteRead
from mlc_pipelines_tests.erp.syspro.conftest import Open
from mlc_pipelines_tests.erp.syspro.table_rows import PAGE, entries, invoice, journal, share
from mlc_pipelines_tests.erp.syspro.tables_server import TablesServer


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


def test_an_entry_without_its_journal_is_a_fault(server: TablesServer, open_source: Open):
    server.tables = {"GenJournalCtl": [journal(1)], "GenJournalDetail": entries(1) + entries(2)}
    with pytest.raises(IncompleteRead, match=r"2 rows of GenJournalDetail belong to .* and there are 4"):
        open_source(server).rows("gl_journals")

"""Reading tables: everything once, in order, counted; what moves is read again; what can't be whole is an error."""

from __future__ import annotations

import pytest

from mlc_pipelines.erp.syspro import ERP
from mlc_pipelines.errors import IncompleteRead
from mlc_pipelines_tests.erp.syspro.conftest import MARCH, Open
from mlc_pipelines_tests.erp.syspro.table_rows import PAGE, entries, invoice, journal, master, payment, share
from mlc_pipelines_tests.erp.syspro.tables_server import TablesServer


def test_everything_once_and_in_order_whatever_the_size(server: TablesServer, open_source: Open):
    source = open_source(server, page_rows=PAGE)
    for count in (1, 3, 4, 5, 8, 17):
        server.tables = {"GenMaster": [master(f"10-{number:04d}  ") for number in range(count)]}
        assert [row["number"] for row in source.rows("gl_accounts")] == [f"10-{number:04d}" for number in range(count)]


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


def test_the_order_is_that_of_the_key(server: TablesServer, open_source: Open):
    server.tables = {"ApSupplier": []}
    open_source(server).rows("ap_payments")
    orders = {table: options["$orderby"] for table, options in server.asked}
    assert orders["ApInvoicePay"] == "TrnYear,TrnMonth,Supplier,Invoice,EntryNumber,TrnType"


def test_padding_that_counts_in_comparisons(server: TablesServer, open_source: Open):
    server.tables = {"GenMaster": [master(f"{n}  ", company="EDU1  ") for n in range(9)] + [master("1", company="EDU")]}
    assert len(open_source(server, page_rows=PAGE).rows("gl_accounts")) == 9

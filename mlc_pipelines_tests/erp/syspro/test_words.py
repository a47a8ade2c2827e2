"""Words that decide something: known, or an error that names the record."""

from __future__ import annotations

from datetime import date

import pytest

from mlc_pipelines.erp.syspro import ERP
from mlc_pipelines.errors import DataError
from mlc_pipelines_tests.erp.syspro.conftest import MARCH, Open
from mlc_pipelines_tests.erp.syspro.table_rows import KNOWN, entries, journal, master, order
from mlc_pipelines_tests.erp.syspro.tables_server import Row, TablesServer


def receivable(number: str, kind: str) -> Row:
    texts = dict.fromkeys(("SalesOrder", "Salesperson", "TermsCode", "Currency"), "")
    row = {"Customer": "C1", "Invoice": number, "DocumentType": kind, "InvoiceDate": date(2026, 3, 4)}
    return {**row, **texts, "InvoiceBal1": 5, "CurrencyValue": 5, "ExchangeRate": 1}


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


def test_words_that_are_only_shown_may_be_any(server: TablesServer, open_source: Open):
    strange = {"AccountType": "Ü", "GlGroup": "?"}
    server.tables = {"GenMaster": [{**master("10-6000"), **strange}], **KNOWN}
    assert {row["type"] for row in open_source(server).rows("gl_accounts")} == {"Ü"}
    assert len(open_source(server).rows("gl_journals")) == 2

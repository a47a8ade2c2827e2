"""Values of a page: exact and as they are written, or an error that names them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from mlc_pipelines.erp.syspro import ERP
from mlc_pipelines.errors import DataError
from mlc_pipelines_tests.erp.syspro.conftest import MARCH, Open
from mlc_pipelines_tests.erp.syspro.table_rows import entries, journal, master, payment
from mlc_pipelines_tests.erp.syspro.tables_server import Row, TablesServer


def test_a_value_that_does_not_fit_is_named(server: TablesServer, open_source: Open):
    server.tables = {"GenMaster": [master("10-1") | {"CurrentBalance": "lots"}]}
    with pytest.raises(DataError, match="CurrentBalance"):
        open_source(server).rows("gl_accounts")


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

"""Columns and tables that an installation lacks."""

from __future__ import annotations

import pytest

from mlc_pipelines.errors import BadRequest
from mlc_pipelines_tests.erp.syspro.conftest import Open
from mlc_pipelines_tests.erp.syspro.table_rows import master
from mlc_pipelines_tests.erp.syspro.tables_server import TablesServer


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

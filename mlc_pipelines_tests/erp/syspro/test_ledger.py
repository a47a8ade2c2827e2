"""The company in the ledger's key."""

from __future__ import annotations

import pytest

from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines_tests.erp.syspro.conftest import Open
from mlc_pipelines_tests.erp.syspro.table_rows import master
from mlc_pipelines_tests.erp.syspro.tables_server import TablesServer


def test_a_company_that_the_ledger_does_not_know(server: TablesServer, open_source: Open):
    server.tables = {"GenMaster": [master("1", company="EDU2"), master("1", company="edu1")]}
    for name in ("gl_accounts", "gl_history"):
        with pytest.raises(ConfigurationError, match=r"company EDU1.*EDU2, edu1"):
            open_source(server).rows(name)

"""SuiteQL, really run: Oracle's dialect over the books' tables in DuckDB."""

from mlc_sandbox.netsuite.suiteql.engine import Page, QueryEngine

__all__ = ["Page", "QueryEngine"]

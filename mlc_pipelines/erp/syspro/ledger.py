"""The company in the ledger's key: several companies may share a ledger (docs/vendors/syspro.md, section B2)."""

from __future__ import annotations

import pyarrow as pa

from mlc_pipelines.erp.syspro.fields import Table
from mlc_pipelines.erp.syspro.odata import OData
from mlc_pipelines.erp.syspro.parsing import parser_of
from mlc_pipelines.erp.syspro.queries import Query, from_on
from mlc_pipelines.errors import ConfigurationError

_CODES = Table("GenMaster", ("Company", "GlCode"), {"Company": pa.string(), "GlCode": pa.string()})
_QUERY = Query(_CODES, (), _CODES.key, _CODES.key)
_MOST_SHOWN = 5


def in_ledger(odata: OData, company: str) -> str:
    """The company's id as the ledger has it: padding may count in comparisons.

    Raises:
        ConfigurationError: the ledger has nothing of it: a read would be empty without a word.
    """
    found = _companies(odata, from_on(["Company"], (company,)), most=1)
    if found and found[0].rstrip() == company:
        return found[0]
    there = ", ".join(sorted({name.strip() for name in _companies(odata)})[:_MOST_SHOWN]) or "none"
    raise ConfigurationError(
        f"The ledger has no GL codes of company {company}.",
        hint=f"Set company as the ledger has it, also in its case. Among those there: {there}.",
    )


def _companies(odata: OData, *filters: str, most: int | None = None) -> list[str]:
    names = odata.page(_QUERY, filters, parser_of(_CODES), most).rows.column("Company")
    return names.drop_null().to_pylist()

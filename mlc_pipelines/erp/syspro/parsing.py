"""Pages of a table as Arrow batches."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute

from mlc_pipelines.erp.arrow_json import PageParser
from mlc_pipelines.erp.syspro.fields import Table
from mlc_pipelines.errors import DataError

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none

_NO_DAY = "1900-01-01"
"""SQL Server's day for none; older ones are none either."""


def parser_of(table: Table) -> PageParser:
    """What makes batches of the table's pages; days are texts there."""
    paths = {column: (table.renamed.get(column, column),) for column in table.columns}
    wire = [(name, pa.string() if pa.types.is_date(kind) else kind) for name, kind in table.columns.items()]
    return PageParser(pa.schema(wire), paths, subject=table.name, key=(*table.key, *table.within), records="value")


def unpadded(rows: pa.RecordBatch, table: Table) -> pa.RecordBatch:
    """The rows with blanks around texts cut off; what is empty then is null (docs/vendors/syspro.md, section B1).

    Raises:
        DataError: a day is none.
    """
    columns: list[Any] = []
    for column, (name, kind) in zip(rows.columns, table.columns.items(), strict=True):
        if not pa.types.is_string(column.type):
            columns.append(column)
            continue
        text = pc.utf8_trim_whitespace(column)
        text = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
        try:
            columns.append(_days(text) if pa.types.is_date(kind) else text)
        except pa.ArrowInvalid as error:
            raise DataError(f"{table.name}: {name}: {error}.") from None
    return pa.RecordBatch.from_arrays(columns, schema=table.schema)


def _days(texts: Any) -> Any:
    days = pc.utf8_slice_codeunits(texts, 0, 10)
    return pc.if_else(pc.less_equal(days, _NO_DAY), pa.scalar(None, pa.string()), days).cast(pa.date32())

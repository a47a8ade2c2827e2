"""Control totals out of a control query's rows."""

from __future__ import annotations

import pyarrow as pa

from mlc_pipelines.erp.arrow_json import PageParser
from mlc_pipelines.erp.base import MONEY, ControlTotal
from mlc_pipelines.erp.netsuite.reading import Reader, Reading
from mlc_pipelines.erp.netsuite.statement import Statement
from mlc_pipelines.erp.totals import totals_by

_SCHEMA = pa.schema(
    [
        ("group", pa.int64()),
        ("label", pa.string()),
        ("rows", pa.int64()),
        ("debit", MONEY),
        ("credit", MONEY),
        ("amount", MONEY),
    ]
)


def control_totals(reader: Reader, statement: Statement, subject: str) -> list[ControlTotal]:
    """The totals by label where the statement has one, else by group.

    Several accounts may have the same number, or none.

    Args:
        reader: of the account.
        statement: of `queries.control`.
        subject: for messages.
    """
    selected = {alias for alias, _ in statement.columns}
    paths = {name: (f"f_{name}",) for name in _SCHEMA.names if f"f_{name}" in selected}
    reading = Reading(
        statement, PageParser(_SCHEMA, paths, subject=subject, key=("group",), fold_case=True), ("group",), subject
    )
    return totals_by(
        reader.read(reading, lambda _rows, _expected: None),
        "label" if "label" in paths else "group",
        rows="rows",
        **{name: name for name in ("amount", "debit", "credit") if name in paths},
    )

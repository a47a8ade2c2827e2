"""Control totals out of a control query's rows."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from mlc_pipelines.erp.arrow_json import PageParser
from mlc_pipelines.erp.base import MONEY, ControlTotal
from mlc_pipelines.erp.netsuite.reading import Reader, Reading
from mlc_pipelines.erp.netsuite.statement import Statement

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

    Args:
        reader: of the account.
        statement: of `queries.control`.
        subject: for messages.
    """
    selected = {alias for alias, _ in statement.columns}
    paths = {name: (f"f_{name}",) for name in _SCHEMA.names if f"f_{name}" in selected}
    reading = Reading(statement, PageParser(_SCHEMA, paths, fold_case=True), ("group",), subject)
    totals: dict[str, ControlTotal] = {}
    for batch in reader.read(reading, lambda _rows, _expected: None):
        for row in batch.to_pylist():
            group = row["label"] if "label" in paths else row["group"] and str(row["group"])
            # Several accounts may have the same number, or none.
            totals[group or ""] = _sum(totals.get(group or "", ControlTotal(group or "", 0)), row)
    return list(totals.values())


def _sum(total: ControlTotal, row: dict[str, Any]) -> ControlTotal:
    return ControlTotal(
        total.group,
        total.rows + row["rows"],
        total.amount + (row["amount"] or 0),
        total.debit + (row["debit"] or 0),
        total.credit + (row["credit"] or 0),
    )

"""Control totals out of rows: sums by group over Arrow columns, exact."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute

from mlc_pipelines.erp.base import ControlTotal

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none


def totals_by(
    batches: Iterable[pa.RecordBatch],
    group: str,
    *,
    rows: str | None = "",
    amount: str | None = None,
    debit: str | None = None,
    credit: str | None = None,
) -> list[ControlTotal]:
    """The totals of each group, in the order of the groups.

    Args:
        batches: the rows of a control query.
        group: column of the groups; a null is the group of the empty text.
        rows: column with counts to be summed; empty to count the rows themselves, None where neither tells how many
            rows the entity has.
        amount: column to be summed, null is zero; without one the totals don't say.
        debit: likewise.
        credit: likewise.
    """
    summed = {name: column for name, column in (("amount", amount), ("debit", debit), ("credit", credit)) if column}
    if rows:
        summed["rows"] = rows
    totals: dict[str, dict[str, Any]] = {}
    for batch in batches:
        names = pc.fill_null(batch.column(group).cast(pa.string()), "")
        table = pa.table({"group": names, **{name: batch.column(column) for name, column in summed.items()}})
        counted = table.group_by("group", use_threads=False).aggregate(
            [("group", "count"), *[(name, "sum") for name in summed]]
        )
        for row in counted.to_pylist():
            total = totals.setdefault(row["group"], dict.fromkeys(summed, Decimal(0)) | {"rows": 0})
            total["rows"] += row["group_count"] if not rows else 0
            for name in summed:
                total[name] += row[f"{name}_sum"] or 0
    if rows is None:
        for total in totals.values():
            del total["rows"]
    return [ControlTotal(name, **totals[name]) for name in sorted(totals)]

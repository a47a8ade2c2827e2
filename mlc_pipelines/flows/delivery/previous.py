"""What earlier deliveries left in the model: which rows it holds already, and which of its figures are gone since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_pipelines.flows.delivery.digests import row_digests

_compute: Any = pc


@dataclass(frozen=True)
class PreviousDelivery:
    """What an earlier delivery left in the model, as far as is known.

    Attributes:
        rows: that the model was to hold.
        rejected: rows of its file that Anaplan did not take, with at least the same columns; None when it took all or
            nobody knows.
    """

    rows: pa.Table
    rejected: pa.Table | None = None


class PreviousRows:
    """The rows that a model holds by an earlier delivery, as digests: a million of them take about 100 MB."""

    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        self._digests = {digest for batch in batches for digest in row_digests(batch.columns)}

    def changed(self, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """The rows that the model does not hold, or holds with another value."""
        for table in tables:
            mask = [digest not in self._digests for digest in row_digests(table.columns)]
            yield table.filter(pa.array(mask, pa.bool_()))


def zero_rows(
    previous: Iterable[PreviousDelivery], present: pa.Table, coordinates: Sequence[str], *amounts: str
) -> pa.Table:
    """Rows that set to zero every coordinate that an earlier delivery filled and this one does not.

    A rejected row filled nothing. A rejected zero leaves what was there, so it stays due: were it given up, a figure
    that is gone from the ERP could stay in the plan behind a green run.

    Args:
        previous: the deliveries whose figures the model may hold.
        present: rows of this one.
        coordinates: headers of the columns that make a coordinate.
        amounts: headers of the amount columns.
    """
    names = list(coordinates)
    filled: list[pa.Table] = []
    for delivery in previous:
        # A load whose columns were changed has no coordinates in common with what it sent before.
        if not {*names, *amounts} <= set(delivery.rows.column_names):
            continue
        held = [_compute.not_equal(delivery.rows[amount], "0") for amount in amounts]
        rows = delivery.rows.filter(reduce(_compute.or_, held)).select(names)
        if delivery.rejected is not None:
            rows = _apart_from(rows, _without_nulls(delivery.rejected.select(names)))
        filled.append(rows)
    if not filled:
        return present.slice(0, 0)
    distinct = pa.concat_tables(filled).group_by(names, use_threads=False).aggregate([])
    gone = _apart_from(distinct, present.select(names))
    gone = gone.sort_by([(name, "ascending") for name in names])
    for amount in amounts:
        gone = gone.append_column(amount, pa.repeat("0", gone.num_rows))
    return gone.select(present.column_names)


def _apart_from(rows: pa.Table, others: pa.Table) -> pa.Table:
    return rows.join(others, keys=rows.column_names, join_type="left anti", use_threads=False)


def _without_nulls(table: pa.Table) -> pa.Table:
    return pa.table({name: _compute.fill_null(table[name], "") for name in table.column_names})

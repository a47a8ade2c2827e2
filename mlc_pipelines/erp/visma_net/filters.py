"""Only what was asked for: a parameter that Visma.net doesn't know it ignores.

See docs/vendors/visma_net.md, section 12.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute

from mlc_pipelines.errors import DataError
from mlc_pipelines.fiscal import Period

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none


def of_ledger(batches: Iterable[pa.RecordBatch], ledger: str, others: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The rows that are of no other ledger; a row that doesn't say is of the one that was asked for.

    Args:
        batches: rows with their `ledger`.
        ledger: number of the one that was asked for.
        others: numbers of the company's other ledgers.

    Raises:
        DataError: there are rows, and all are of other ledgers.
    """
    strange = pa.array(others, pa.string())
    came = kept = 0
    for batch in batches:
        rows = batch.filter(pc.invert(pc.is_in(batch.column("ledger"), strange)))
        came, kept = came + batch.num_rows, kept + rows.num_rows
        place = rows.schema.get_field_index("ledger")
        yield rows.set_column(place, rows.schema.field(place), pc.fill_null(rows.column(place), ledger))
    if came and not kept:
        raise DataError(
            f"Visma.net was asked for ledger {ledger}, and gave {came} rows of other ledgers and none of it.",
            hint="Check which ledger is meant, and write its number as ledger.",
        )


def of_period(batches: Iterable[pa.RecordBatch], code: str) -> Iterator[pa.RecordBatch]:
    """The rows of no other financial period; drafts may say none.

    Args:
        batches: rows with their `financial_period`, YYYYPP.
        code: of the period that was asked for.
    """
    for batch in batches:
        codes = batch.column("financial_period")
        other = pc.and_(pc.match_substring_regex(codes, r"^\d{6}$"), pc.not_equal(codes, code))
        yield batch.filter(pc.invert(pc.fill_null(other, fill_value=False)))


def dated_in(batches: Iterable[pa.RecordBatch], window: Period) -> Iterator[pa.RecordBatch]:
    """The rows whose `document_date` is in the window, and those without: a fault of the record, for checks to tell."""
    for batch in batches:
        dates = batch.column("document_date")
        inside = pc.and_(pc.greater_equal(dates, pa.scalar(window.start)), pc.less_equal(dates, pa.scalar(window.end)))
        yield batch.filter(pc.fill_null(inside, fill_value=True))

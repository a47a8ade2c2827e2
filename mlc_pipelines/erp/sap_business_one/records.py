"""Pages of records as Arrow batches, with the fields that are reckoned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute

from mlc_pipelines.erp.arrow_json import PageParser, paths
from mlc_pipelines.erp.sap_business_one.columns import LINES, ServiceLayerEntity
from mlc_pipelines.erp.sap_business_one.service_layer import next_link

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none

_TIME, _CANCEL_STATUS = "_time", "_cancel_status"
_SIGNED = ("amount", "tax_amount", "paid_amount", "foreign_amount")
_SUMMAND = pa.decimal128(37, 6)  # the difference of two such is MONEY


@dataclass(frozen=True)
class RecordPage:
    """One page.

    Attributes:
        rows: in the entity's schema; a record's lines are its rows.
        records: how many records.
        more: whether there are others behind it.
        last: key of the last record; None on an empty page.
    """

    rows: pa.RecordBatch
    records: int
    more: bool
    last: int | str | None


class RecordParser:
    """Parses the pages of one entity. Threads may share it.

    Args:
        entity: what the pages hold.
        cancel_status: the server knows `CancelStatus`, which alone tells the cancellation of a document from others.
    """

    def __init__(self, entity: ServiceLayerEntity, *, cancel_status: bool) -> None:
        self._entity = entity
        self._wire = paths(entity)
        schema = entity.schema
        if entity.modified:
            self._wire[_TIME] = ("UpdateTime",)
            schema = schema.append(pa.field(_TIME, pa.string()))
        if entity.sign and cancel_status:
            self._wire[_CANCEL_STATUS] = ("CancelStatus",)
            schema = schema.append(pa.field(_CANCEL_STATUS, pa.string()))
        self._parser = PageParser(
            schema,
            self._wire,
            records="value",
            lines=LINES if entity.has_lines else None,
            booleans=("tYES", "tNO"),
            padded=True,
        )

    @property
    def select(self) -> str:
        """The properties to ask for. Of lines the whole collection: nothing smaller can be asked for."""
        return ",".join(dict.fromkeys(path[0] for path in self._wire.values()))

    def parse(self, body: bytes) -> RecordPage:
        """The records of a page.

        Raises:
            ValueError: the body is no page of records.
            DataError: a value doesn't fit its field.
        """
        page = self._parser.parse(body)
        keys = page.rows.column(self._entity.key[0])
        last = keys[-1].as_py() if len(keys) else None
        return RecordPage(self._reckoned(page.rows), page.records, bool(next_link(page.members)), last)

    def _reckoned(self, wire: pa.RecordBatch) -> pa.RecordBatch:
        columns: dict[str, pa.Array] = {name: wire.column(name) for name in wire.schema.names}
        if self._entity.has_lines:
            debit, credit = (columns[side].cast(_SUMMAND) for side in ("debit", "credit"))
            columns["amount"] = pc.subtract(debit, credit)
        if self._entity.modified:
            columns["modified_at"] = pc.add(columns["modified_at"], _of_day(columns[_TIME]))
        if self._entity.sign:
            if _CANCEL_STATUS in columns:
                columns["cancelled"] = pc.not_equal(columns[_CANCEL_STATUS], "csNo")
            for name in _SIGNED:
                amount = columns[name] if self._entity.sign > 0 else pc.negate(columns[name])
                columns[name] = pc.if_else(columns["cancelled"], pa.scalar(0, amount.type), amount)
        schema = self._entity.schema
        return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)


def _of_day(times: pa.Array) -> pa.Array:
    """`HH:MM:SS`, with or without fractions, as a duration; a date without a time is the day's beginning."""
    whole = pc.utf8_slice_codeunits(pc.fill_null(times, "00:00:00"), 0, 8)
    texts = pc.binary_join_element_wise("1970-01-01", whole, "T")
    return texts.cast(pa.timestamp("s")).cast(pa.int64()).cast(pa.duration("s"))

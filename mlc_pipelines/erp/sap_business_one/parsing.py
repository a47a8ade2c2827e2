"""Pages of records as Arrow batches, with the fields that are derived."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute

from mlc_pipelines.erp.arrow_json import PageParser, paths
from mlc_pipelines.erp.base import MONEY, RATE
from mlc_pipelines.erp.sap_business_one.client import next_link
from mlc_pipelines.erp.sap_business_one.fields import CANCEL_STATUS, LINES, MOMENT, ServiceLayerEntity
from mlc_pipelines.erp.sap_business_one.words import BOOLEANS, CANCELLATION, CANCELLED
from mlc_pipelines.errors import DataError

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none

Key = int | str

_TIME = "_time"
_SIGNED = ("amount", "tax_amount", "paid_amount", "foreign_amount")
_NOISE = Decimal("1e-14")
_SUMMAND = pa.decimal128(37, 6)  # the difference of two such is MONEY
_WIRE = {MONEY: RATE, MOMENT: pa.date32()}


@dataclass(frozen=True)
class RecordPage:
    """One page.

    Attributes:
        rows: in the entity's schema; a record's lines are its rows.
        keys: of the records, in the order of the page.
        link: to the next page; empty on the last.
    """

    rows: pa.RecordBatch
    keys: list[Key]
    link: str


class RecordParser:
    """Parses the pages of one entity. Threads may share it.

    Args:
        entity: what the pages hold.
        absent: properties that the server doesn't have; their fields are empty.
    """

    def __init__(self, entity: ServiceLayerEntity, absent: Collection[str] = ()) -> None:
        self._entity = entity
        further = {field.name: field.source for field in entity.auxiliary}
        further |= {_TIME: "UpdateTime"} if entity.modified else {}
        wire = paths(entity) | {name: (source,) for name, source in further.items()}
        decided = {field.name: pa.string() for field in entity.deciding}
        fields = [pa.field(f.name, decided.get(f.name) or _WIRE.get(f.type, f.type)) for f in entity.schema]
        schema = pa.schema([*fields, *(pa.field(name, pa.string()) for name in further)])
        wire = {name: path for name, path in wire.items() if path[0] not in absent}
        lines = LINES if entity.has_lines else None
        self.select = ",".join(dict.fromkeys(path[0] for path in wire.values()))
        """The properties to ask for. Of lines the whole collection: nothing smaller can be asked for."""
        self._has_cancel_status = CANCEL_STATUS not in absent
        parser = partial(PageParser, subject=entity.name, key=entity.key, records="value")
        self._rows = parser(schema, wire, lines=lines, booleans=BOOLEANS, padded=True)
        key = schema.field(entity.key[0])
        self._keys = parser(pa.schema([key]), {key.name: (entity.record_key,)})

    def parse(self, body: bytes) -> RecordPage:
        """The records of a page.

        Raises:
            CutOff: the body is only the beginning of JSON.
            DataError: it is no page of records, a value doesn't fit its field, a word that decides something is not
                known, or a record has no key.
        """
        page = self._rows.parse(body)
        keys = page.rows.column(self._entity.key[0]).unique().to_pylist()
        if len(keys) < page.records:  # a record came twice, or has no lines
            keys = self._keys.parse(body).rows.column(0).to_pylist()
        if None in keys:
            raise DataError(f"{self._entity.name}: a record has no {self._entity.record_key}.")
        return RecordPage(self._derived(page.rows), keys, next_link(page.members))

    def _derived(self, wire: pa.RecordBatch) -> pa.RecordBatch:
        columns: dict[str, pa.Array] = {name: wire.column(name) for name in wire.schema.names}
        schema = self._entity.schema
        for field in schema:
            if field.type == MONEY:
                columns[field.name] = self._of_six_places(field.name, wire)
        if self._entity.has_lines:
            for side in ("debit", "credit"):
                columns[side] = pc.fill_null(columns[side], 0)
            columns["amount"] = pc.subtract(*(columns[side].cast(_SUMMAND) for side in ("debit", "credit")))
        if self._entity.modified:
            columns["modified_at"] = pc.add(columns["modified_at"].cast(MOMENT), _of_day(columns[_TIME]))
        if not self._has_cancel_status:
            columns.pop("cancel_status", None)
        self._entity.check_words(columns)
        if self._entity.sign:
            columns["cancelled"] = CANCELLED.decided(columns["cancelled"])
            if "cancel_status" in columns:
                columns["cancelled"] = pc.or_(columns["cancelled"], CANCELLATION.decided(columns["cancel_status"]))
            for name in _SIGNED:
                amount = columns[name] if self._entity.sign > 0 else pc.negate(columns[name])
                columns[name] = pc.if_else(columns["cancelled"], pa.scalar(0, amount.type), amount)
        return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)

    def _of_six_places(self, name: str, wire: pa.RecordBatch) -> pa.Array:
        """Amounts as the database keeps them; what the print of a double adds behind them is told from further places.

        Raises:
            DataError: one has further places.
        """
        printed = wire.column(name)
        kept = pc.round(printed, 6)
        for place in pc.indices_nonzero(pc.not_equal(kept, printed)).to_pylist():
            amount = printed[place].as_py()
            if abs(amount - kept[place].as_py()) > abs(amount) * _NOISE:
                key = ", ".join(f"{part} {wire.column(part)[place].as_py()}" for part in self._entity.key)
                raise DataError(
                    f"{self._entity.name}: {name}: {amount.normalize():f} has more than six places, in record ({key})."
                )
        return kept.cast(MONEY)


def _of_day(times: pa.Array) -> pa.Array:
    """`HH:MM:SS`, with or without fractions, as a duration; a date without a time is the day's beginning."""
    whole = pc.utf8_slice_codeunits(pc.fill_null(times, "00:00:00"), 0, 8)
    texts = pc.binary_join_element_wise("1970-01-01", whole, "T")
    return texts.cast(pa.timestamp("s")).cast(pa.int64()).cast(pa.duration("s"))

"""What is worked out of a page's columns: signs, differences, places of lines; and which rows are wanted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from mlc_pipelines.erp.acumatica.declaration import AcumaticaEntity
from mlc_pipelines.erp.base import MONEY

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none

_NARROWER = pa.decimal128(MONEY.precision - 1, MONEY.scale)
"""A sum may have a digit more than its parts."""


def completed(rows: pa.RecordBatch, entity: AcumaticaEntity, known: Mapping[str, str] | None = None) -> pa.RecordBatch:
    """The rows with the fields that are worked out, those of them that the batch has.

    Args:
        rows: as parsed; lines of a document stand together, in the document's order.
        entity: says what is worked out.
        known: texts of fields that the rows don't have themselves.
    """
    columns: dict[str, pa.Array] = dict(zip(rows.schema.names, rows.columns, strict=True))
    for name, text in (known or {}).items():
        columns[name] = pc.fill_null(columns[name], text)
    for field in entity.fields:
        if field.type == MONEY and field.required and field.name in columns:
            columns[field.name] = pc.fill_null(columns[field.name], pa.scalar(0, MONEY))
    if "line_number" in columns and not entity.field("line_number").source:
        columns["line_number"] = _places([columns[name] for name in entity.document if name != "line_number"])
    if "amount" in columns and not entity.field("amount").source:
        debit, credit = (columns[name].cast(_NARROWER) for name in ("debit", "credit"))
        columns["amount"] = pc.subtract(debit, credit)
    if entity.turn:
        turned = pc.is_in(columns[entity.turn.by], pa.array(sorted(entity.turn.values)))
        for name in entity.turn.fields:
            if name in columns:
                size = pc.abs(columns[name]) if entity.turn.absolute else columns[name]
                columns[name] = pc.if_else(turned, pc.negate(size), columns[name])
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=rows.schema)


def of_branch(rows: pa.RecordBatch, branch: str) -> pa.RecordBatch:
    """The rows of that branch."""
    return rows.filter(pc.equal(rows["branch"], branch))


def between(rows: pa.RecordBatch, field: str, first: date, last: date) -> pa.RecordBatch:
    """The rows whose date lies between the two, or is one of them."""
    return rows.filter(pc.and_(pc.greater_equal(rows[field], first), pc.less_equal(rows[field], last)))


def in_content_order(rows: pa.RecordBatch, entity: AcumaticaEntity) -> pa.RecordBatch:
    """The rows in an order that is the same for the same content: by key, and then by all else."""
    places = {name: place for place, name in enumerate([*entity.key, *rows.schema.names])}
    names = sorted(rows.schema.names, key=lambda name: (name == entity.modified, places.get(name, 0)))
    names = [*entity.key, *(name for name in names if name not in entity.key)]
    return rows.take(pc.sort_indices(rows, sort_keys=[(name, "ascending") for name in names]))


def _places(document: list[pa.Array]) -> pa.Array:
    """1, 2, 3 ... among the rows of the same document that stand together."""
    count = len(document[0])
    first = np.zeros(count, dtype=bool)
    first[:1] = True
    for column in document:
        coded = column.dictionary_encode().indices.to_numpy(zero_copy_only=False)
        first[1:] |= coded[1:] != coded[:-1]
    row = np.arange(count, dtype=np.int64)
    return pa.array(row - np.maximum.accumulate(np.where(first, row, 0)) + 1)

"""What is worked out of a page's columns: signs, differences, places of lines; and which rows are wanted."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from mlc_pipelines.erp.acumatica.fields import AcumaticaEntity
from mlc_pipelines.erp.acumatica.words import LEFT_OUT, NEGATIVE, POSITIVE, TURNED
from mlc_pipelines.erp.base import MONEY, RATE
from mlc_pipelines.errors import DataError

pc: Any = pyarrow.compute  # its functions are made at import, so the type checker knows none

_NARROWER = pa.decimal128(MONEY.precision - 1, MONEY.scale)
"""A sum may have a digit more than its parts."""

_WIDE = pa.decimal256(37, 15)
"""A product has as many digits as both its factors, and one more."""


def completed(rows: pa.RecordBatch, entity: AcumaticaEntity, known: Mapping[str, str] | None = None) -> pa.RecordBatch:
    """The rows with the fields that are worked out, those of them that the batch has.

    Args:
        rows: as parsed; lines of a document stand together, in the document's order.
        entity: says what is worked out.
        known: texts of fields that the rows don't have themselves.

    Raises:
        DataError: a word that decides something is not known.
    """
    columns: dict[str, pa.Array] = dict(zip(rows.schema.names, rows.columns, strict=True))
    if "document_branch" in columns:
        columns["branch"] = pc.coalesce(columns["branch"], columns["document_branch"])
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
    if "exchange_rate" in columns:
        columns["base_amount"] = _by_rate(columns)
    entity.check_words(columns)
    for name in entity.treated:
        if name in columns:
            columns[name] = _treated(columns[name], _treatment(columns, entity))
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=rows.schema)


def with_bare(rows: pa.RecordBatch, records: pa.RecordBatch, document: tuple[str, ...]) -> pa.RecordBatch:
    """The rows, and those records that have none of them, as line 0.

    Args:
        rows: a row for each line.
        records: a row for each record, without anything of its lines.
        document: fields that identify a record.
    """
    bare = without(records, document, set(_keys(rows, document)))
    if "line_number" in bare.schema.names:
        place = bare.schema.get_field_index("line_number")
        zeros = pa.repeat(pa.scalar(0, pa.int64()), bare.num_rows)
        bare = bare.set_column(place, bare.schema.field(place), zeros)
    return pa.concat_batches([rows, bare])


def stamps(rows: pa.RecordBatch, entity: AcumaticaEntity) -> dict[tuple[Any, ...], datetime | None]:
    """The documents that the rows are of, and when each was last changed."""
    names = [*entity.document, *([entity.modified] if entity.modified else [])]
    # Lines repeat their document: grouped first, so that Python sees each but once.
    table = pa.table([rows[name] for name in names], names=names).group_by(names).aggregate([])
    changed = table[entity.modified].to_pylist() if entity.modified else [None] * table.num_rows
    return dict(zip(_keys(table, entity.document), changed, strict=True))


def without(rows: pa.RecordBatch, document: tuple[str, ...], gone: Container[tuple[Any, ...]]) -> pa.RecordBatch:
    """The rows that are of none of those documents."""
    return rows.filter(pa.array([key not in gone for key in _keys(rows, document)], pa.bool_()))


def _keys(rows: pa.RecordBatch | pa.Table, document: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    return zip(*(rows[name].to_pylist() for name in document), strict=True)


def check_period(rows: pa.RecordBatch, period: str) -> None:
    """That what was asked for was not ignored: rows say that period, in one of the ways to write it, or nothing.

    Raises:
        DataError: they say another.
    """
    _check_asked(rows, "period_id", period, period[2:] + period[:2])


def check_ledger(rows: pa.RecordBatch, ledger: str) -> None:
    """Likewise of the ledger.

    Raises:
        DataError: they say another.
    """
    _check_asked(rows, "ledger", ledger)


def _check_asked(rows: pa.RecordBatch, field: str, *wanted: str) -> None:
    plain = {_plain(text) for text in wanted}
    for said in rows[field].drop_null().unique().to_pylist():
        if _plain(said) not in plain:
            raise DataError(
                f"Acumatica was asked for {field} {wanted[0]}, and its answer is of {said}.",
                hint="Look at the same on its screens; what stands between (a proxy) may have changed the request.",
            )


def _plain(text: str) -> str:
    return text.replace("-", "").casefold()


def of_branch(rows: pa.RecordBatch, branch: str) -> pa.RecordBatch:
    """The rows of that branch."""
    return rows.filter(pc.equal(rows["branch"], branch))


def counting(rows: pa.RecordBatch, entity: AcumaticaEntity) -> pa.RecordBatch:
    """The rows that are the entity's by the word that tells it."""
    return rows.filter(pc.not_equal(_treatment(rows, entity), LEFT_OUT)) if entity.treated_by else rows


def between(rows: pa.RecordBatch, field: str, first: date, last: date) -> pa.RecordBatch:
    """The rows whose date lies between the two, or is one of them."""
    return rows.filter(pc.and_(pc.greater_equal(rows[field], first), pc.less_equal(rows[field], last)))


def in_content_order(rows: pa.RecordBatch, entity: AcumaticaEntity) -> pa.RecordBatch:
    """The rows in an order that is the same for the same content: by key, and then by all else."""
    places = {name: place for place, name in enumerate([*entity.key, *rows.schema.names])}
    names = sorted(rows.schema.names, key=lambda name: (name == entity.modified, places.get(name, 0)))
    names = [*entity.key, *(name for name in names if name not in entity.key)]
    return rows.take(pc.sort_indices(rows, sort_keys=[(name, "ascending") for name in names]))


def check_base(rows: pa.RecordBatch, document: tuple[str, ...], place: str) -> None:
    """That each amount came with the one in base currency.

    Raises:
        DataError: one did not; names the document.
    """
    lacking = pc.and_(pc.not_equal(rows["amount"], pa.scalar(0, MONEY)), pc.is_null(rows["base_amount"]))
    if (row := pc.index(lacking, value=True).as_py()) >= 0:
        named = " ".join(str(rows[name][row]) for name in document if name != "line_number")
        raise DataError(
            f"{named} came without its amount in base currency: there is nothing at {place}.",
            hint="Open it on its screen: properties of the element show the name that base_amounts has to give.",
        )


def _by_rate(columns: Mapping[str, pa.Array]) -> pa.Array:
    """Amounts of orders in base currency. Where nothing is converted an order may come without a rate."""
    unconverted = pc.or_kleene(
        pc.is_null(columns["base_currency"]), pc.equal(columns["currency"], columns["base_currency"])
    )
    even = pc.if_else(unconverted, pa.scalar(Decimal(1), RATE), pa.scalar(None, RATE))
    exact = pc.multiply(columns["amount"].cast(_WIDE), pc.coalesce(columns["exchange_rate"], even).cast(_WIDE))
    return pc.round(exact, MONEY.scale, "half_towards_infinity").cast(MONEY)


def _treatment(columns: Any, entity: AcumaticaEntity) -> pa.Array:
    words = entity.field(entity.treated_by).words
    assert words  # noqa: S101 - declared together
    return words.decided(columns[entity.treated_by])


def _treated(figures: pa.Array, treatment: pa.Array) -> pa.Array:
    figures = pc.if_else(pc.equal(treatment, TURNED), pc.negate(figures), figures)
    figures = pc.if_else(pc.equal(treatment, POSITIVE), pc.abs(figures), figures)
    return pc.if_else(pc.equal(treatment, NEGATIVE), pc.negate(pc.abs(figures)), figures)


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

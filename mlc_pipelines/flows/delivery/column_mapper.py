"""The columns of a load's rows, made from those of a snapshot; and which of their texts have no place in the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_pipelines.config import CodeMap, Column, FieldColumn, Load, SumColumn
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.delivery.accounting import Accounting
from mlc_pipelines.flows.delivery.columns import fixed_text
from mlc_pipelines.flows.delivery.target import Reason, Target
from mlc_pipelines.flows.text import as_text

_compute: Any = pc

_ADD = "Add them to the map or to the Anaplan list, give what is empty a default, or set on_unmapped: quarantine."


@dataclass(frozen=True)
class Miss:
    """Rows of a batch whose text in a column has no place in the model."""

    rows: pa.Array
    header: str
    values: pa.Array
    reason: Reason


class ColumnMapper:
    """Makes the columns of one load and period.

    Args:
        load: as configured.
        period: gives the period labels.
        maps: code maps by name.
        members: per column header, the members (names and codes) of the list that must hold its values.
        target: what the model's side can hold.
        accounting: counts the texts that lose a letter.
    """

    def __init__(
        self,
        load: Load,
        period: Period,
        *,
        maps: Mapping[str, CodeMap],
        members: Mapping[str, frozenset[str]],
        target: Target,
        accounting: Accounting,
    ) -> None:
        self._load = load
        self._period = period
        self._maps = maps
        self._members = members
        self._target = target
        self._accounting = accounting

    def included(self, batch: pa.RecordBatch) -> pa.Array:
        """The mask of the rows that the load's `where` lets through."""
        included = pa.repeat(pa.scalar(value=True), batch.num_rows)
        for name, condition in self._load.where.items():
            text = _compute.fill_null(_text(batch.column(name)), "")
            inside = _compute.is_in(text, value_set=pa.array(condition.values, pa.string()))
            included = _compute.and_(included, _compute.invert(inside) if condition.negated else inside)
        return included

    def columns(self, batch: pa.RecordBatch) -> tuple[dict[str, pa.Array], list[Miss]]:
        """The file's columns, and what has no place in the model."""
        columns: dict[str, pa.Array] = {}
        misses: list[Miss] = []
        for header, column in self._load.columns.items():
            values = self._column(column, batch)
            missing = pa.repeat(pa.scalar(value=False), batch.num_rows)
            if isinstance(column, FieldColumn) and column.map:
                values, missing, originals = self._translate(values, self._maps[column.map], column.default)
                reason = Reason(f"no entry in maps/{column.map}.csv", _ADD)
                misses.append(Miss(missing, header, originals, reason))
            if header in self._members:
                # A code without a map entry is told once: what it was not mapped to is no member either.
                absent = _compute.and_not(absent_from(values, self._members[header]), missing)
                reason = Reason(f"no member of list {self._load.members[header]}", _ADD)
                misses.append(Miss(absent, header, values, reason))
            if not isinstance(column, SumColumn):
                values = self._replaced(header, values)
                misses += [Miss(mask, header, values, why) for mask, why in self._target.refused(header, values)]
            columns[header] = values
        return columns, [miss for miss in misses if _compute.any(miss.rows).as_py()]

    def _replaced(self, header: str, values: pa.Array) -> pa.Array:
        replaced = self._target.replaced(values)
        if count := _compute.sum(_compute.not_equal(replaced, values)).as_py():
            self._accounting.add_replaced(header, count)
        return replaced

    def _column(self, column: Column, batch: pa.RecordBatch) -> pa.Array:
        if isinstance(column, SumColumn):
            return _compute.fill_null(batch.column(column.sum), Decimal(0))
        if isinstance(column, FieldColumn):
            text = _text(batch.column(column.field))
            if column.map:
                return text
            return _compute.fill_null(text, column.default if column.default is not None else "")
        return pa.repeat(fixed_text(column, self._period), batch.num_rows)

    def _translate(
        self, values: pa.Array, code_map: CodeMap, default: str | None
    ) -> tuple[pa.Array, pa.Array, pa.Array]:
        """Mapped values, the mask of those without an entry, and the originals. An empty value takes the default."""
        encoded = _compute.dictionary_encode(_compute.fill_null(values, ""))
        originals: list[str] = encoded.dictionary.to_pylist()
        codes = [default if code == "" and default is not None else code_map.entries.get(code) for code in originals]
        translated = pa.array(codes, pa.string()).take(encoded.indices)
        missing = _compute.is_null(translated)
        return _compute.fill_null(translated, ""), missing, encoded.dictionary.take(encoded.indices)


def _text(column: pa.Array) -> pa.Array:
    """The column as text. Empty, blanks and null are one thing to loads, whichever of them an ERP sends: null."""
    text = as_text(column)
    blank = _compute.or_(_compute.utf8_is_space(text), _compute.equal(text, ""))
    return _compute.if_else(blank, None, text) if _compute.any(blank).as_py() else text


def absent_from(values: pa.Array, members: frozenset[str]) -> pa.Array:
    """The mask of the values that are no members."""
    return _compute.invert(_compute.is_in(values, value_set=pa.array(sorted(members), pa.string())))

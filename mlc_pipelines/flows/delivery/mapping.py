"""Map: from snapshot rows to rows of an Anaplan file, with every row accounted for.

A row is excluded (the load's `where` leaves it out), quarantined (a code has no map entry or no list member) or sent.
Nothing is dropped: rows and amounts of all three are kept per control group, so that the tie-out can follow them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_pipelines.config import CodeMap, FieldColumn, Load
from mlc_pipelines.erp.base import MONEY, Entity
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.delivery.accounting import Accounting, Unmapped
from mlc_pipelines.flows.delivery.column_mapper import ColumnMapper, Miss, absent_from
from mlc_pipelines.flows.delivery.columns import (
    key_headers,
    number_headers,
    own_headers,
    personal_headers,
    tied_amount,
)
from mlc_pipelines.flows.delivery.repeats import AMOUNT, Repeats
from mlc_pipelines.flows.delivery.target import Target
from mlc_pipelines.flows.text import as_text
from mlc_pipelines.store.delivery_outcome import EXCLUDED, QUARANTINED, SENT
from mlc_pipelines.store.snapshot_file import SOURCE_ID

_compute: Any = pc

GROUP = "_group"
"""Column beside the file's own while rows are mapped: control group of the source row; `AMOUNT` is its tied amount."""


class Mapper:
    """One load of one entity and period, ready to map batches.

    Args:
        load: as configured.
        entity: whose rows come.
        period: gives the period labels.
        maps: code maps by name.
        members: per column header, the members (names and codes) of the Anaplan list that must hold its values.
        target: what the model's side can hold.

    Attributes:
        headers: columns of the file, in order.
        amount_field: the field whose total is followed through the load, or None.
        accounting: what became of every row mapped so far.
    """

    def __init__(
        self,
        load: Load,
        entity: Entity,
        period: Period,
        maps: Mapping[str, CodeMap],
        members: Mapping[str, frozenset[str]],
        *,
        target: Target = Target(),  # noqa: B008 - immutable
    ) -> None:
        self._load = load
        self._entity = entity
        self._members = members
        self._target = target
        self.amount_field = tied_amount(load, entity)
        self.accounting = Accounting()
        self._columns = ColumnMapper(
            load, period, maps=maps, members=members, target=target, accounting=self.accounting
        )
        self.headers = list(load.columns)

    @property
    def sums(self) -> Iterable[str]:
        """Headers of the sum columns."""
        return self._load.sums

    @property
    def coordinates(self) -> list[str]:
        """Headers of the columns that say where a row belongs: all but the sums."""
        return [header for header in self.headers if header not in self._load.sums]

    @property
    def source_columns(self) -> list[str]:
        """Snapshot columns that mapping needs, and no others."""
        names = {column.field for column in self._load.columns.values() if isinstance(column, FieldColumn)}
        names |= set(self._load.where) | {SOURCE_ID}
        names |= {name for name in (self.amount_field, self._entity.control_by) if name} | set(self._load.sums.values())
        return sorted(names)

    def tables(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
        """The file's rows as text columns in file order.

        With `sum` columns rows are grouped by the others and come as one table ordered by its coordinates, which
        holds as many rows as there are coordinates; without, they come in the order they are read, equal ones once.

        Raises:
            DataError: two records would take the place of each other in the model.
        """
        if not self._load.sums:
            with self._repeats(self._key) as rows:
                for mapped in self.mapped(batches):
                    rows.add(mapped)
                yield from rows.once()
            return
        grouped: pa.Table | None = None
        for mapped in self.mapped(batches):
            part = self._grouped(mapped)
            grouped = part if grouped is None else self._grouped(pa.concat_tables([grouped, part]))
        if grouped is not None:
            with self._repeats(self.coordinates) as rows:
                rows.add(grouped)
                rows.refuse()
            yield self._as_file(grouped)

    def _repeats(self, key: Sequence[str]) -> Repeats:
        name = f"{self._load.action_kind} {self._load.action_name}"
        return Repeats(name, self.headers, key, personal_headers(self._load, self._entity))

    @property
    def _key(self) -> list[str]:
        """Headers of the columns by which the model tells rows without a sum apart; none when that is not known."""
        if self._target.into_list:
            own = own_headers(self._load)
            listed = [own[name] for name in ("code", "name") if name in own][:1]
            return listed or key_headers(self._load, self._entity)
        numbers = number_headers(self._load, self._entity)
        return [header for header in self.headers if header not in numbers] if numbers else []

    def mapped(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
        """Rows to send, not yet grouped: the file's columns (sums still as numbers), source id, group and amount."""
        for batch in batches:
            included = self._columns.included(batch)
            columns, misses = self._columns.columns(batch)
            mapped = included
            for miss in misses:
                mapped = _compute.and_(mapped, _compute.invert(miss.rows))
            origin = {
                SOURCE_ID: batch.column(SOURCE_ID),
                GROUP: self._groups(batch),
                AMOUNT: self._amounts(batch),
            }
            self._account(origin, columns, included, mapped, misses=misses)
            yield pa.table({**columns, **origin}).filter(mapped)

    def existing(self, rows: pa.Table) -> pa.Table:
        """The rows of a file whose list members exist; a coordinate of a deleted member went with it."""
        for header, members in self._members.items():
            rows = rows.filter(_compute.invert(absent_from(rows[header], members)))
        return rows

    def _account(
        self,
        origin: Mapping[str, pa.Array],
        columns: Mapping[str, pa.Array],
        included: pa.Array,
        mapped: pa.Array,
        *,
        misses: Sequence[Miss],
    ) -> None:
        disposition = _compute.if_else(mapped, SENT, _compute.if_else(included, QUARANTINED, EXCLUDED))
        keys, amounts = {"group": origin[GROUP], "disposition": disposition}, origin[AMOUNT]
        for row in _totals(keys, amounts):
            self.accounting.add(row["group"], row["disposition"], row["rows"], row["amount"])
        for header in self._load.sums:
            for row in _totals(keys, columns[header]):
                self.accounting.add_sum(row["group"], row["disposition"], header, row["amount"])
        for miss in misses:
            chosen = _compute.and_(miss.rows, included)
            values, records = miss.values.filter(chosen), origin[SOURCE_ID].filter(chosen)
            for row in _totals({"value": values}, amounts.filter(chosen)):
                first = records[_compute.index(values, row["value"]).as_py()].as_py()
                unmapped = Unmapped(miss.header, row["value"], miss.reason, row["rows"], row["amount"], first)
                self.accounting.add_unmapped(unmapped)

    def _groups(self, batch: pa.RecordBatch) -> pa.Array:
        if self._entity.control_by is None:
            return pa.repeat("", batch.num_rows)
        return _compute.fill_null(as_text(batch.column(self._entity.control_by)), "")

    def _amounts(self, batch: pa.RecordBatch) -> pa.Array:
        if self.amount_field is None:
            return pa.repeat(pa.scalar(Decimal(0), MONEY), batch.num_rows)
        return _compute.fill_null(batch.column(self.amount_field), Decimal(0))

    def _grouped(self, table: pa.Table) -> pa.Table:
        """Rows summed by their coordinates, each with the first of its records."""
        wanted = [*((header, "sum") for header in self._load.sums), (SOURCE_ID, "min")]
        grouped = table.group_by(self.coordinates, use_threads=False).aggregate(wanted)
        return grouped.rename_columns({f"{name}_{how}": name for name, how in wanted}).select(
            [*self.headers, SOURCE_ID]
        )

    def _as_file(self, grouped: pa.Table) -> pa.Table:
        ordered = grouped.sort_by([(header, "ascending") for header in self.coordinates])
        return pa.table({header: as_text(ordered[header].combine_chunks()) for header in self.headers})


def _totals(keys: Mapping[str, pa.Array], amounts: pa.Array) -> list[dict[str, Any]]:
    table = pa.table({**keys, "amount": amounts})
    grouped = table.group_by(list(keys), use_threads=False).aggregate([("amount", "sum"), ("amount", "count")])
    return grouped.rename_columns({"amount_sum": "amount", "amount_count": "rows"}).to_pylist()

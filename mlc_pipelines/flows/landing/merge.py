"""Land from changes: the newest snapshot without the records that changed, and those as they are now.

Merged rows are proved like read ones, by the ERP's own totals; where these don't agree, or can't tell, the period is
read whole.
"""

# ruff: noqa: S608 - SQL of names of declared fields and of keys of periods

from __future__ import annotations

import tempfile
import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from mlc_pipelines.clock import Clock
from mlc_pipelines.erp.base import ControlTotal, Entity, Source
from mlc_pipelines.errors import IncompleteRead, Unbalanced
from mlc_pipelines.fiscal import FiscalCalendar, Period
from mlc_pipelines.flows.landing.control import completed_totals, reports
from mlc_pipelines.flows.landing.land import Landed, checks, keep, land, read_proved
from mlc_pipelines.flows.landing.placing import Placing
from mlc_pipelines.flows.landing.read_back import FileContent
from mlc_pipelines.store.changes import ChangeSet, Pending
from mlc_pipelines.store.columns import as_schema, equal, open_query, quoted, without_zones, zoned_batches
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines.store.snapshot_file import provenance_schema
from mlc_pipelines.store.snapshots import Snapshot, SnapshotStore, WrittenFile

if TYPE_CHECKING:
    from mlc_pipelines.store.columns import Query

_SET = "mlc_set"
_SHOWN = 5


class _Whole(Exception):
    """Only a whole read will do; says why."""


def land_changes(
    store: SnapshotStore,
    source: Source[Any],
    entity: Entity,
    period: Period,
    *,
    calendar: FiscalCalendar,
    tenant: str,
    run_id: str,
    clock: Clock,
    repeated_by: Mapping[str, Sequence[str]],
) -> Landed:
    """Make what is pending of a period part of its newest snapshot; read it whole where that can't be proved.

    Args:
        store: of snapshots.
        source: the tenant's ERP.
        entity: what is landed.
        period: as of which.
        calendar: the tenant's.
        tenant: its name.
        run_id: the landing run.
        clock: time.
        repeated_by: as for `land`.

    Raises:
        IncompleteRead, Unbalanced: as `land`.
    """
    key = PartitionKey(tenant, entity.name, period.key)
    pending = store.changes.pending(tenant, entity.name, period.key)
    try:
        base = _mergeable(entity, store.current(key), pending)
        sets = store.changes.since(pending)
        return _Merging(store, source, entity, period, base, sets, run_id).landed(calendar, pending)
    except _Whole as why:
        landed = land(store, source, entity, period, tenant=tenant, run_id=run_id, clock=clock, repeated_by=repeated_by)
        return replace(landed, because=str(why))


def _mergeable(entity: Entity, base: Snapshot | None, pending: Sequence[Pending]) -> Snapshot:
    if base is None:
        raise _Whole("it was never landed")
    if entity.kind == "dimension":
        raise _Whole("master data is read whole, for a count proves nothing of what its records say")
    if not pending:
        raise _Whole("no change of it is stored")
    whole = next((each.because for each in pending if each.change_set is None), None)
    if whole is not None:
        raise _Whole(whole)
    return base


@dataclass(frozen=True)
class _Merging:
    """One merge; see `land_changes`."""

    store: SnapshotStore
    source: Source[Any]
    entity: Entity
    period: Period
    base: Snapshot
    sets: Sequence[ChangeSet]
    run_id: str

    def landed(self, calendar: FiscalCalendar, pending: Sequence[Pending]) -> Landed:
        """The merged snapshot, proved and kept.

        Raises:
            _Whole: it can't be.
        """
        started = time.monotonic()
        control = self.source.control(self.entity, self.period)
        if self.entity.amount and not reports(control, "amount"):
            raise _Whole(f"the ERP doesn't say what {self.entity.amount} comes to, so that nothing proves a merge")
        written = self._written(Placing.of(self.source, calendar))
        try:
            found = self._proved(written, control)
            totals, proof = completed_totals(control, found.groups), checks(self.entity, control, found.total)
            landed = keep(self.store, written, totals, found.total, proof, started=started, includes=pending)
        except BaseException:
            self.store.discard(written)
            raise
        return replace(landed, read="merged")

    def _proved(self, written: WrittenFile, control: Sequence[ControlTotal]) -> FileContent:
        try:
            found = read_proved(self.store, self.entity, self.period, written, control)
        except (IncompleteRead, Unbalanced) as error:
            raise _Whole(f"merged, it is not right: {error.message}") from error
        if isinstance(found, FileContent):
            return found
        raise _Whole(f"merged, it differs from the ERP's own totals: {'; '.join(found[:_SHOWN])}")

    def _written(self, placing: Placing) -> WrittenFile:
        schema, storage = provenance_schema(self.entity.schema), self.store.storage
        with tempfile.TemporaryDirectory(prefix="mlc-merge-") as folder, open_query(folder) as query:
            rows = _Rows(query, self.entity, schema)
            for number, change_set in enumerate(self.sets):
                rows.tell(number, storage.batches(change_set.path, schema.names))
            rows.settle(self.period.key, placing)
            return self.store.write_merged(
                rows.merged(storage.batches(self.base.path, schema.names)),
                self.base.key,
                schema=self.entity.schema,
                id_fields=self.entity.key,
                extracted_at=max(each.read_at for each in self.sets),
                run_id=self.run_id,
            )


class _Rows:
    """Rows of a snapshot, without the records that changed, and those as they are now."""

    def __init__(self, query: Query, entity: Entity, schema: pa.Schema) -> None:
        self._query = query
        self._entity = entity
        self._schema = schema
        self._plain = without_zones(schema)
        self._same = equal("batch", "newest", entity.document)
        self._query.register("batch", self._plain.empty_table())
        self._query.execute(f"CREATE TABLE told AS SELECT 0 AS {_SET}, * FROM batch")
        self._query.execute("CREATE TABLE settled AS FROM batch")

    def tell(self, number: int, batches: Iterable[pa.RecordBatch]) -> None:
        """Take a change set; a later one has the newer copies."""
        for batch in batches:
            self._query.register("batch", pa.Table.from_batches([as_schema(batch, self._plain)]))
            self._query.execute(f"INSERT INTO told SELECT {number}, * FROM batch")

    def settle(self, period: str, placing: Placing) -> None:
        """Keep the newest copy of each record, as far as it is of the period."""
        document, field = quoted(self._entity.document), self._entity.period
        newest = f"SELECT {document}, max({_SET}) AS {_SET} FROM told GROUP BY {document}"
        self._query.execute(f"CREATE TABLE newest AS {newest}")
        self._query.execute(f'SELECT DISTINCT "{field}" FROM told')
        places = {value: placing.places(self._entity, value) for (value,) in self._query.fetchall()}
        if several := next((found for found in places.values() if period in found and len(found) > 1), None):
            raise _Whole(f"its days are those of {' and '.join(several)}, and the change does not say which it is of")
        column = self._plain.field(str(field))
        here = [value for value, found in places.items() if period in found]
        self._query.register("here", pa.table({"value": pa.array(here, column.type)}))
        same = equal("told", "newest", [*self._entity.document, _SET])
        self._query.execute(
            f"INSERT INTO settled SELECT told.* EXCLUDE ({_SET}) FROM told SEMI JOIN newest ON {same}"
            f' SEMI JOIN here ON told."{field}" = here.value'
        )

    def merged(self, base: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """All rows, in the order of the key.

        Args:
            base: the snapshot's, in that order: where nothing changed they pass as they are.
        """
        key = [(name, "ascending") for name in self._entity.key]
        changed = _InOrder(self._settled(), self._entity.key)
        for batch in (as_schema(each, self._schema) for each in base):  # a file has no seconds, but milliseconds
            new = changed.up_to(_key_at(batch, -1, self._entity.key))
            if new or self._has_changed(batch):
                rows = pa.concat_tables([self._unchanged(batch), pa.Table.from_batches(new, self._schema)])
                yield from rows.sort_by(key).to_batches()
            else:
                yield batch
        yield from changed.rest()

    def _settled(self) -> Iterator[pa.RecordBatch]:
        order = quoted(self._entity.key)
        return zoned_batches(self._query.cursor(), f"FROM settled ORDER BY {order}", self._schema)

    def _has_changed(self, batch: pa.RecordBatch) -> bool:
        """Whether something was told of any of the records."""
        columns = batch.select(list(self._entity.document))
        plain = pa.schema([self._plain.field(name) for name in columns.schema.names])
        self._query.register("batch", pa.Table.from_batches([as_schema(columns, plain)]))
        self._query.execute(f"SELECT 1 FROM batch SEMI JOIN newest ON {self._same} LIMIT 1")
        return bool(self._query.fetchall())

    def _unchanged(self, batch: pa.RecordBatch) -> pa.Table:
        """The rows of records of which nothing was told."""
        self._query.register("batch", pa.Table.from_batches([as_schema(batch, self._plain)]))
        found = self._query.sql(f"SELECT batch.* FROM batch ANTI JOIN newest ON {self._same}")
        return pa.Table.from_batches([as_schema(each, self._schema) for each in found.to_arrow_reader()], self._schema)


class _InOrder:
    """Batches in the order of a key, taken from the front."""

    def __init__(self, batches: Iterator[pa.RecordBatch], key: Sequence[str]) -> None:
        self._batches = batches
        self._key = key
        self._next = next(batches, None)

    def up_to(self, last: tuple[Any, ...]) -> list[pa.RecordBatch]:
        """The rows up to a key."""
        found: list[pa.RecordBatch] = []
        while self._next is not None:
            places = range(self._next.num_rows)
            count = bisect_right(places, last, key=partial(_key_at, self._next, key=self._key))
            found += [self._next.slice(0, count)] if count else []
            if count < self._next.num_rows:
                self._next = self._next.slice(count)
                break
            self._next = next(self._batches, None)
        return found

    def rest(self) -> Iterator[pa.RecordBatch]:
        """All others."""
        if self._next is not None:
            yield self._next
            yield from self._batches


def _key_at(batch: pa.RecordBatch, place: int, key: Sequence[str]) -> tuple[Any, ...]:
    index = place if place >= 0 else batch.num_rows + place
    return tuple(batch.column(name)[index].as_py() for name in key)

"""Deliver: mapped rows to Anaplan as a file, imported once, every row accounted for.

The order is what makes a crash harmless: rows stored, delivery written down, intent to start stored, task started,
task id stored, polled. Whoever runs the same load again finds what the killed run left and goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_pipelines.anaplan import AnaplanClient
from mlc_pipelines.clock import Clock
from mlc_pipelines.config import ClearingAction, Configuration, Load, PeriodColumn, Tenant
from mlc_pipelines.erp.base import Entity
from mlc_pipelines.errors import ConfigurationError, TaskCancelled
from mlc_pipelines.fiscal import FiscalCalendar, Period
from mlc_pipelines.flows import rejections
from mlc_pipelines.flows.carriers import Carrier, UnrecordedTask, load_name, open_carrier
from mlc_pipelines.flows.delivered import Delivered, Outcome
from mlc_pipelines.flows.delivery_file import Sent, absent_rows, store_rows
from mlc_pipelines.flows.mapping import Mapper, personal_headers
from mlc_pipelines.store import deliveries as states
from mlc_pipelines.store.deliveries import Delivery, DeliveryStore, LoadKey, new_delivery_id
from mlc_pipelines.store.snapshots import Snapshot, SnapshotStore

_compute: Any = pc


@dataclass(frozen=True)
class DeliveryContext:
    """What all deliveries of a run share."""

    tenant: Tenant
    configuration: Configuration
    calendar: FiscalCalendar
    snapshots: SnapshotStore
    deliveries: DeliveryStore
    anaplan: AnaplanClient
    run_id: str
    clock: Clock


def same_label_periods(load: Load, calendar: FiscalCalendar, period: Period) -> list[Period]:
    """All periods that this load writes to the same coordinates as `period`, in calendar order.

    An adjustment period has the label of the month that it lies over. Sent on its own it would overwrite that month's
    figures in the model; so both are summed and sent together.
    """
    formats = [column.period for column in load.columns.values() if isinstance(column, PeriodColumn)]
    if load.sum_column is None or not formats:
        return [period]
    labels = [period.label(each) for each in formats]
    return [other for other in calendar.periods if [other.label(each) for each in formats] == labels]


def deliver(context: DeliveryContext, load: Load, entity: Entity, period: Period) -> Delivered:
    """Send the newest snapshot of an entity and period through one load.

    What it returns may still be red: `delivered.failure` weighs it. Codes without a place in the model block the load
    before anything is sent, when it says `on_unmapped: fail`.

    Raises:
        ConfigurationError: the action or a file header does not exist, or the entity was never landed.
        TransientError, OutcomeUnknown: the next run goes on from where this one stopped.
        TaskCancelled: somebody cancelled the import; Anaplan rolled it back.
    """
    started = time.monotonic()
    periods = same_label_periods(load, context.calendar, period)
    key = LoadKey(context.tenant.tenant, entity.name, periods[0].key, load_name(load))
    # Held from before the snapshots are chosen: a run that mapped older ones must not come after one with newer ones.
    with context.deliveries.alone(key):
        delivering = _Delivering(
            context=context,
            load=load,
            entity=entity,
            period=period,
            key=key,
            snapshots=_snapshots(context, entity, period, periods),
            carrier=open_carrier(load, context.anaplan, context.snapshots.storage, context.clock),
            result=Delivered(load_name(load), personal_headers(load, entity)),
        )
        delivering.run()
    delivering.result.seconds = time.monotonic() - started
    return delivering.result


def _snapshots(context: DeliveryContext, entity: Entity, period: Period, periods: Sequence[Period]) -> list[Snapshot]:
    tenant = context.tenant.tenant
    found = {each.key: context.snapshots.current(tenant, entity.name, each.key) for each in periods}
    if found[period.key] is None:
        raise ConfigurationError(
            f"{tenant}: {entity.name} of {period.key} was never landed, so there is nothing to send.",
            hint=f"Materialize {context.tenant.erp_kind}/{entity.name} for this partition first.",
        )
    return [snapshot for snapshot in found.values() if snapshot is not None]


@dataclass(frozen=True)
class _Delivering:
    """One delivery on its way."""

    context: DeliveryContext
    load: Load
    entity: Entity
    period: Period
    key: LoadKey
    snapshots: Sequence[Snapshot]
    carrier: Carrier
    result: Delivered

    def run(self) -> None:
        delivery_id = new_delivery_id()
        path = f"deliveries/{delivery_id}/rows.parquet"
        file_hash = self._store_rows(path)
        if self.result.blocked:
            self.context.snapshots.storage.remove(path)
            return
        delivery = self._settle_earlier(file_hash)
        if delivery is not None:
            self.context.snapshots.storage.remove(path)
        else:
            delivery = self._prepare(delivery_id, file_hash, path)
        self.result.delivery = delivery
        if isinstance(self.load.absent, ClearingAction) and delivery.starting_since is None:
            clearing = self.context.anaplan.action("action", self.load.absent.action)
            self.context.anaplan.run(clearing, UnrecordedTask())
        if self.result.rows_sent:
            self._import(delivery)
        else:
            self._settle(delivery, states.ACCEPTED)

    def _store_rows(self, path: str) -> str:
        """Map the snapshots and keep the rows; their hash tells whether another delivery has the same."""
        storage, result = self.context.snapshots.storage, self.result
        members = self._members()
        mapper = self._mapper(members)
        tables: Iterator[pa.Table] = mapper.tables(self._source_batches(mapper))
        if self.load.sum_column is not None:
            none = pa.schema([(header, pa.string()) for header in mapper.headers]).empty_table()
            present, absent = next(tables, none), none
            if self.load.absent == "zero":
                earlier = map(self._sent, self.context.deliveries.since_last_accepted(self.key))
                absent = absent_rows(earlier, present, mapper.coordinates, self.load.sum_column)
                absent = mapper.existing(absent)
            result.zero_rows = absent.num_rows
            tables = iter([present, absent])
        result.rows_sent, file_hash = store_rows(storage, path, tables, mapper.headers)
        result.rows_read = sum(snapshot.rows for snapshot in self.snapshots)
        result.accounting = mapper.accounting
        result.blocked = bool(mapper.accounting.unmapped) and self.load.on_unmapped == "fail"
        return file_hash

    def _sent(self, earlier: Delivery) -> Sent:
        storage, path = self.context.snapshots.storage, _rejected_path(earlier)
        rows = storage.table(earlier.path)
        # A process may have several imports of the same file: what one rejects another may have taken.
        if self.load.action_kind == "process" or not storage.exists(path):
            return Sent(rows)
        rejected = storage.table(path)
        return Sent(rows, rejected.filter(_compute.equal(rejected["status"], "E")))

    def _members(self) -> dict[str, frozenset[str]]:
        members: dict[str, frozenset[str]] = {}
        for header, list_name in self.load.members.items():
            table = self.context.anaplan.list_members(list_name)
            names = chain(table["name"].to_pylist(), table["code"].to_pylist())
            members[header] = frozenset(name for name in names if name)
        return members

    def _mapper(self, members: Mapping[str, frozenset[str]]) -> Mapper:
        return Mapper(self.load, self.entity, self.period, self.context.configuration.maps, members)

    def _source_batches(self, mapper: Mapper) -> Iterator[pa.RecordBatch]:
        for snapshot in self.snapshots:
            yield from self.context.snapshots.batches(snapshot, mapper.source_columns)

    def _settle_earlier(self, file_hash: str) -> Delivery | None:
        """Find out how deliveries that a crash left in the middle ended; one with these same rows is taken over."""
        for earlier in self.context.deliveries.unsettled(self.key):
            if earlier.file_hash == file_hash:
                return earlier
            self._run(earlier)
            reason = {"reason": "the snapshot changed meanwhile"}
            earlier.settle(states.SUPERSEDED, reason, self.context.clock.now())
        return None

    def _prepare(self, delivery_id: str, file_hash: str, path: str) -> Delivery:
        return self.context.deliveries.prepare(
            self.key,
            delivery_id=delivery_id,
            workspace_id=self.context.tenant.anaplan.workspace_id,
            model_id=self.context.tenant.anaplan.model_id,
            snapshot_id=self.snapshots[-1].id,
            file_hash=file_hash,
            path=path,
            rows_sent=self.result.rows_sent,
            run_id=self.context.run_id,
            at=self.context.clock.now(),
        )

    def _run(self, delivery: Delivery) -> Outcome:
        try:
            return self.carrier.carry(delivery)
        except TaskCancelled as error:
            delivery.settle(states.CANCELLED, {"reason": error.message}, self.context.clock.now())
            raise

    def _import(self, delivery: Delivery) -> None:
        """Run the import; Anaplan's counts, and the rejected rows joined to their source records."""
        outcome = self.result.outcome = self._run(delivery)
        self.result.ignored, self.result.rejected = outcome.counts.ignored, outcome.counts.failed
        self.result.accepted = outcome.counts.succeeded
        if outcome.rejected is not None and outcome.rejected.num_rows:
            mapper = self._mapper({})
            self.result.rejected_rows = rejections.join_to_sources(
                outcome.rejected, mapper, self._source_batches(mapper), self.result.accounting
            )
            self.context.snapshots.storage.write(_rejected_path(delivery), outcome.rejected)
        if outcome.successful:
            self._settle(delivery, states.ACCEPTED if self.result.all_accepted else states.PARTIAL)
        else:
            self._settle(delivery, states.FAILED)

    def _settle(self, delivery: Delivery, state: str) -> None:
        snapshots = [snapshot.id for snapshot in self.snapshots]
        delivery.settle(state, {"snapshots": snapshots, **self.result.as_json()}, self.context.clock.now())


def _rejected_path(delivery: Delivery) -> str:
    return f"deliveries/{delivery.id}/rejected.parquet"

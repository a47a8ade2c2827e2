"""Deliver: mapped rows to Anaplan as a file, imported once, every row accounted for.

The order is what makes a crash harmless: rows stored, delivery written down, intent to start stored, task started,
task id stored, polled. Whoever runs the same load again finds what the killed run left and brings it to its end first.

Only rows that changed since the last accepted delivery are sent, and zeros for coordinates that are gone: after any
sequence of snapshots the model holds what a full load of the last one would leave.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_pipelines.anaplan import ListLoad, UnrecordedTask
from mlc_pipelines.config import ClearingAction, Load
from mlc_pipelines.erp.base import Entity
from mlc_pipelines.errors import (
    ConfigurationError,
    LockLost,
    LostFile,
    MlcError,
    ModelBusy,
    OutcomeUnknown,
    PermanentError,
    TaskCancelled,
    TaskFailed,
)
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.delivery import rejections
from mlc_pipelines.flows.delivery.context import DeliveryContext, landed_snapshots, same_label_periods
from mlc_pipelines.flows.delivery.file import Held, Sent, absent_rows, store_rows
from mlc_pipelines.flows.delivery.hierarchy import parents_first
from mlc_pipelines.flows.delivery.lost_rows import without_lost
from mlc_pipelines.flows.delivery.mapping import Mapper, personal_headers
from mlc_pipelines.flows.delivery.members import changed_members, members_gone
from mlc_pipelines.flows.delivery.result import Delivered
from mlc_pipelines.flows.delivery.target import own_headers
from mlc_pipelines.flows.delivery.writers import Carrier, load_name, open_carrier
from mlc_pipelines.store import deliveries as states
from mlc_pipelines.store.deliveries import Delivery, LoadKey, new_delivery_id
from mlc_pipelines.store.locks import Lock
from mlc_pipelines.store.snapshots import Snapshot

_compute: Any = pc
_log = logging.getLogger(__name__)

_REFUSALS = (PermanentError, ModelBusy, LockLost)
"""Say for certain that the request was not executed, or not sent."""


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
    with context.deliveries.alone(key) as alone:
        delivering = _Delivering(
            context=context,
            load=load,
            entity=entity,
            period=period,
            key=key,
            alone=alone,
            snapshots=landed_snapshots(context, entity, period, periods),
            carrier=open_carrier(
                load, entity, context.anaplan, context.snapshots.storage, context.clock, period=period
            ),
            result=Delivered(
                load_name(load),
                personal_headers(load, entity),
                members=ListLoad() if load.action_kind == "list" else None,
            ),
        )
        delivering.run()
    delivering.result.seconds = time.monotonic() - started
    return delivering.result


@dataclass(frozen=True)
class _Delivering:
    """One delivery on its way."""

    context: DeliveryContext
    load: Load
    entity: Entity
    period: Period
    key: LoadKey
    alone: Lock
    snapshots: Sequence[Snapshot]
    carrier: Carrier
    result: Delivered

    def run(self) -> None:
        for earlier in self.context.deliveries.unsettled(self.key):
            self._settle_earlier(earlier)
        delivery_id = new_delivery_id()
        path = f"deliveries/{delivery_id}"
        mapper = self._mapper(self._members())
        self._store_state(mapper, f"{path}/state.parquet")
        if self.result.blocked:
            self.context.snapshots.storage.remove(f"{path}/state.parquet")
            return
        earlier = self._earlier()
        file_hash = self._store_sent(mapper, path, earlier)
        delivery = self.result.delivery = self._prepare(delivery_id, file_hash, path)
        removing = self._store_removed(delivery, earlier)
        self.alone.check()
        if not self.result.rows_sent and not removing:
            delivery.settle(states.ACCEPTED, {}, self.context.clock.now())
            return
        if isinstance(self.load.absent, ClearingAction):
            self._clear(self.load.absent.action)
        self._import(delivery)

    def _settle_earlier(self, earlier: Delivery) -> None:
        """Take up a delivery that a crash left in the middle, and bring it to its end, before anything new is sent."""
        known_task = earlier.task_id
        if (earlier.outcome or {}).get("columns") != list(self.load.columns):
            # Its rows fit neither the load nor the import's file any more.
            self._send_all_instead(earlier, "the columns of the load were changed before it was settled")
            return
        if earlier.overtaken():
            self._send_all_instead(earlier, "another delivery wrote before it was settled")
            return
        fence = earlier.fence
        try:
            outcome = self.carrier.carry(earlier, self.alone)
        except TaskCancelled as error:
            # Only the cancelled task was rolled back; of a start that was lost before it nobody knows.
            state = states.CANCELLED if known_task else states.FAILED
            earlier.settle(state, {"successful": False, "reason": error.message}, self.context.clock.now())
            return
        except (OutcomeUnknown, LostFile) as error:
            self._send_all_instead(earlier, error.message)
            return
        except _REFUSALS as error:
            self._settle_refused(earlier, error)
            raise
        taken_up = replace(self.result, outcome=outcome, rows_sent=earlier.rows_sent)
        sent_anew = earlier.fence != fence or not outcome.task_id
        if not sent_anew and not any(part.total == earlier.rows_sent for part in outcome.parts):
            read = f"{outcome.counts.total} rows" if outcome.counts.reported else "nobody knows how many rows"
            self._send_all_instead(earlier, f"task {outcome.task_id} read {read}, {earlier.rows_sent} were sent")
            return
        earlier.settle(taken_up.state, taken_up.told(), self.context.clock.now())

    def _send_all_instead(self, earlier: Delivery, reason: str) -> None:
        """What it wrote can't be known any more. Values are absolute, so sending all of them makes good either way."""
        _log.warning(
            "%s: the delivery of %s can't be taken up, all rows are sent again: %s.",
            self.result.load,
            f"{earlier.created_at:%Y-%m-%d %H:%M:%S} UTC",
            reason.rstrip("."),
        )
        self.alone.check()
        earlier.settle(states.FAILED, {"successful": False, "reason": reason}, self.context.clock.now())

    def _clear(self, action_name: str) -> None:
        """Run the clearing action; the import must not go on top of figures that are still there."""
        action = self.context.anaplan.action("action", action_name)
        outcome = self.context.anaplan.run(action, UnrecordedTask(), check=self.alone.check)
        if not outcome.successful:
            raise TaskFailed(
                f"{load_name(self.load)}: the clearing action {action_name} failed: {'; '.join(outcome.messages)}.",
                hint="Nothing was imported; the figures of the delivery before may be gone in part.",
            )

    def _store_state(self, mapper: Mapper, path: str) -> None:
        """Map the snapshots; keep all rows that the model is to hold."""
        result = self.result
        tables = mapper.tables(self._source_batches(mapper))
        none = pa.schema([(header, pa.string()) for header in mapper.headers]).empty_table()
        if self.load.sums:
            tables = iter([next(tables, none)])
        elif self.entity.kind == "dimension":
            tables = iter([parents_first(pa.concat_tables([none, *tables]))])
        result.rows_state, _ = store_rows(self.context.snapshots.storage, path, tables, mapper.headers)
        result.rows_read = sum(snapshot.rows for snapshot in self.snapshots)
        result.accounting = mapper.accounting
        unmapped = mapper.accounting.unmapped.values()
        stops = self.load.on_unmapped == "fail" or any(found.reason.stops for found in unmapped)
        result.blocked = bool(unmapped) and stops

    def _earlier(self) -> list[Delivery]:
        """Deliveries whose figures the model may hold; a full load does without those whose rows are lost."""
        earlier = self.context.deliveries.since_last_accepted(self.key)
        if not self.context.full:
            return earlier
        known, self.result.unreckoned = without_lost(self.context.snapshots.storage, earlier, self.result.accounting)
        return known

    def _store_sent(self, mapper: Mapper, path: str, earlier: Sequence[Delivery]) -> str:
        """Keep the rows to send: those that changed, and zeros for coordinates that are gone; gives their hash."""
        storage, result = self.context.snapshots.storage, self.result
        state = (pa.Table.from_batches([batch]) for batch in storage.batches(f"{path}/state.parquet"))
        base = self._base(earlier)
        tables = Held(storage.batches(base.state_path)).changed(state) if base else state
        if self.load.sums and self.load.absent == "zero":
            present = storage.table(f"{path}/state.parquet")
            filled = map(self._left_behind, earlier)
            absent = mapper.existing(absent_rows(filled, present, mapper.coordinates, *self.load.sums))
            result.zero_rows = absent.num_rows
            tables = chain(tables, [absent])
        result.rows_sent, file_hash = store_rows(storage, f"{path}/sent.parquet", tables, mapper.headers)
        return file_hash

    def _store_removed(self, delivery: Delivery, earlier: Sequence[Delivery]) -> bool:
        """Keep the codes of members to delete, so that a run that takes this delivery up deletes them too."""
        if not self.load.remove_missing:
            return False
        storage, code = self.context.snapshots.storage, own_headers(self.load)["code"]
        here = [each for each in earlier if each.model_id == delivery.model_id]
        gone = members_gone(storage, here, storage.table(delivery.state_path), code)
        if gone and not self.result.rows_state:
            raise ConfigurationError(
                f"{load_name(self.load)}: {self.entity.name} has no rows, so all {len(gone)} members would be deleted.",
                hint="Look why the ERP gives none; if that is right, delete them in Anaplan.",
            )
        if gone:
            storage.write(delivery.removed_path, pa.table({code: gone}))
        return bool(gone)

    def _left_behind(self, earlier: Delivery) -> Sent:
        """What an earlier delivery left in the model."""
        storage = self.context.snapshots.storage
        rows = storage.table(earlier.state_path)
        # A process may have several imports of the same file: what one rejects another may have taken.
        if self.load.action_kind == "process" or not storage.exists(earlier.rejected_path):
            return Sent(rows)
        rejected = storage.table(earlier.rejected_path)
        return Sent(rows, rejected.filter(_compute.equal(rejected["status"], "E")))

    def _base(self, earlier: Sequence[Delivery]) -> Delivery | None:
        """The delivery whose rows the model holds for certain; None when all rows have to be sent.

        That is so when the last delivery was not accepted whole, when a full one is wanted or rows are cleared first,
        and when the load's columns, model or rows went elsewhere before.
        """
        if not earlier or earlier[0].state != states.ACCEPTED:
            return None
        base = earlier[0]
        if self.context.full or isinstance(self.load.absent, ClearingAction):
            return None
        same_place = base.model_id == self.context.tenant.anaplan.model_id
        same_columns = (base.outcome or {}).get("columns") == list(self.load.columns)
        return base if same_place and same_columns else None

    def _members(self) -> dict[str, frozenset[str]]:
        members: dict[str, frozenset[str]] = {}
        for header, list_name in self.load.members.items():
            table = self.context.anaplan.list_members(list_name)
            names = chain(table["name"].to_pylist(), table["code"].to_pylist())
            members[header] = frozenset(name for name in names if name)
        return members

    def _mapper(self, members: Mapping[str, frozenset[str]]) -> Mapper:
        maps = self.context.configuration.maps
        return Mapper(self.load, self.entity, self.period, maps, members, target=self.carrier.target)

    def _source_batches(self, mapper: Mapper) -> Iterator[pa.RecordBatch]:
        for snapshot in self.snapshots:
            yield from self.context.snapshots.batches(snapshot, mapper.source_columns)

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
            fence=self.alone.fence,
            figures={
                "snapshots": [snapshot.id for snapshot in self.snapshots],
                "columns": list(self.load.columns),
                **self.result.figures(),
            },
            run_id=self.context.run_id,
            at=self.context.clock.now(),
        )

    def _settle_refused(self, delivery: Delivery, error: MlcError) -> None:
        """A start that was refused leaves no task to look for: one that somebody starts by hand then is not ours."""
        if delivery.state == states.STARTING:
            delivery.settle(states.FAILED, {"successful": False, "reason": error.message}, self.context.clock.now())

    def _stop(self, delivery: Delivery) -> None:
        """The run was interrupted: have Anaplan roll back, so that nobody's model is left half loaded behind it."""
        try:
            rolled_back = self.carrier.stop(delivery)
        except MlcError:
            return  # the next run finds the task and goes on from there
        if rolled_back:
            delivery.settle(states.CANCELLED, {"reason": "the run was interrupted"}, self.context.clock.now())

    def _import(self, delivery: Delivery) -> None:
        """Bring the rows into the model; join the rejected ones to their source records."""
        result = self.result
        try:
            outcome = result.outcome = self.carrier.carry(delivery, self.alone)
        except TaskCancelled as error:
            delivery.settle(states.CANCELLED, {"reason": error.message}, self.context.clock.now())
            raise
        except _REFUSALS as error:
            self._settle_refused(delivery, error)
            raise
        except Exception:
            raise  # the next run goes on from here
        except BaseException:
            self._stop(delivery)
            raise
        if outcome.members is not None:
            result.members = outcome.members
            result.changed_members = changed_members(self.load, result.personal, outcome.members)
        if outcome.rejected is not None and outcome.rejected.num_rows:
            mapper = self._mapper({})
            result.rejected_rows = rejections.join_to_sources(
                outcome.rejected, mapper, self._source_batches(mapper), result.accounting
            )
            self.context.snapshots.storage.write(delivery.rejected_path, outcome.rejected)
        delivery.settle(result.state, {**result.figures(), **result.told()}, self.context.clock.now())

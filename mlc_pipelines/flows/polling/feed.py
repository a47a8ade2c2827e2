"""One entity of a tenant, polled: its change feed, or where it has none what a whole read would give."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from mlc_pipelines.clock import Clock
from mlc_pipelines.erp.base import Entity, Source
from mlc_pipelines.fiscal import FiscalCalendar, Period
from mlc_pipelines.flows.landing.placing import Placing
from mlc_pipelines.flows.polling.comparison import Comparison
from mlc_pipelines.flows.polling.watermark import first_watermark, latest_credible, next_watermark
from mlc_pipelines.store.changes import Asked, ChangeSet
from mlc_pipelines.store.locks import Lock
from mlc_pipelines.store.snapshot_file import ContentHash, row_groups
from mlc_pipelines.store.snapshots import Snapshot, SnapshotStore

NEVER_LANDED = "it was never landed"
OTHER_CONTENT = "a read of it gives other rows"


@dataclass(frozen=True)
class FeedPoll:
    """Polls the entities of one tenant.

    Attributes:
        store: with the snapshots and the changes that they lack.
        source: the tenant's ERP, open.
        tenant: its name.
        calendar: its fiscal calendar.
        periods: those that are open, in which master data is kept up, and which are landed when they never were.
        run_id: the polling run.
        clock: time.
        lock: of the tenant's polls, held.
    """

    store: SnapshotStore
    source: Source[Any]
    tenant: str
    calendar: FiscalCalendar
    periods: Sequence[Period]
    run_id: str
    clock: Clock
    lock: Lock

    def changes(self, entity: Entity, watermark: str | None, compared: str) -> Asked:
        """Read an entity's feed, keep what the snapshots lack, and only then move its watermark.

        Args:
            entity: one with a feed.
            watermark: where the feed begins; None when it was never read.
            compared: of the newest poll.

        Raises:
            DataError: a record is of no period of the ERP.
        """
        asked_at = self.clock.now()
        held = self._held(entity)
        lacking = {each.key: NEVER_LANDED for each in self.periods if each.key not in held}
        if not held:
            asked = Asked(self.tenant, entity.name, None, "", {}, asked_at, self.run_id)
            self.store.changes.store(asked, self.lock, whole=lacking)
            return asked
        since = watermark or first_watermark(entity, list(held.values()), self.store.storage)
        with Comparison(entity, latest_credible(entity, asked_at)) as comparison:
            for batch in self.source.changes(entity, since):
                comparison.add(batch)
            beside = self._fingerprint(comparison, held)
            touched: tuple[str, ...] = ()
            figures: dict[str, Any] = {"rows_told": comparison.rows, "records_told": comparison.records}
            if comparison.rows and beside != compared:
                touched = self._touched(entity, comparison, held)
                figures |= {"records_changed": comparison.changed_records, "periods": list(touched)}
            until = next_watermark(since, comparison.highest)
            asked = Asked(self.tenant, entity.name, until, beside, figures, asked_at, self.run_id)
            touched = tuple(period for period in touched if period not in lacking)
            change_set = self._change_set(entity, comparison, asked, since, touched)
            self.store.changes.store(asked, self.lock, whole=lacking, change_set=change_set, touched=touched)
        return asked

    def probe(self, entity: Entity) -> Asked:
        """Read an entity without a feed as of each open period, and note those whose snapshots hold something else."""
        asked_at = self.clock.now()
        held = self._held(entity)
        whole: dict[str, str] = {}
        for period in self.periods:
            if period.key not in held:
                whole[period.key] = NEVER_LANDED
            elif self._content(entity, period) != held[period.key].content_hash:
                whole[period.key] = OTHER_CONTENT
        asked = Asked(self.tenant, entity.name, None, "", {"periods": list(whole)}, asked_at, self.run_id)
        self.store.changes.store(asked, self.lock, whole=whole)
        return asked

    def _touched(self, entity: Entity, comparison: Comparison, held: Mapping[str, Snapshot]) -> tuple[str, ...]:
        known = {*held, *(period.key for period in self.periods)}
        if entity.kind == "dimension":
            # Master data is of no period: each open one is to have it.
            comparison.place(lambda _: [(period.key,) for period in self.periods])
        else:
            placing = Placing.of(self.source, self.calendar)
            # What was never landed and is not open is read whole when somebody asks for it.
            comparison.place(lambda value: [tuple(set(placing.places(entity, value)) & known)])
        for period, snapshot in held.items():
            comparison.hold(period, partial(self.store.batches, snapshot))
        for change_set in self.store.changes.since(self.store.changes.pending(self.tenant, entity.name)):
            comparison.pend(self.store.storage.batches(change_set.path, entity.document))
        return comparison.compare()

    def _change_set(
        self, entity: Entity, comparison: Comparison, asked: Asked, since: str, touched: Collection[str]
    ) -> ChangeSet | None:
        """The records that changed, in a file; None where there are none, or the newest one has the same."""
        if not comparison.changed_records:
            return None
        change_set = self.store.changes.write(
            comparison.changed(),
            self.tenant,
            entity.name,
            schema=entity.schema,
            id_fields=entity.key,
            modified=entity.modified,
            since=since,
            read_at=asked.at,
            run_id=self.run_id,
        )
        pending = self.store.changes.pending(self.tenant, entity.name)
        newest = self.store.changes.since(pending)[-1:]
        known = {each.key.period for each in pending if each.change_set is not None}
        if newest and newest[0].content_hash == change_set.content_hash and known >= set(touched):
            self.store.changes.discard(change_set)
            return None
        return change_set

    def _held(self, entity: Entity) -> dict[str, Snapshot]:
        """The newest snapshot of each period; of a dimension those of the open periods, which alone are kept up."""
        known = {period.key for period in self.periods} if entity.kind == "dimension" else self.calendar.by_key
        held = self.store.held(self.tenant, entity.name)
        return {each.key.period: each for each in held if each.key.period in known}

    def _fingerprint(self, comparison: Comparison, held: Mapping[str, Snapshot]) -> str:
        digest = hashlib.sha256(comparison.content_hash().encode())
        for period in self.periods:
            digest.update(period.key.encode())
        for period, snapshot in held.items():
            digest.update(f"{period} {snapshot.content_hash}".encode())
        return digest.hexdigest()

    def _content(self, entity: Entity, period: Period) -> str:
        digest = ContentHash()
        for table in row_groups(self.source.read(entity, period), entity.schema):
            digest.add(table)
        return digest.value()

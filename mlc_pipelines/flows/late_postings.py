"""Late postings: what moved in a period whose close has ended, against what the model was last given of it."""

# ruff: noqa: S608 - SQL of names of declared fields

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa

from mlc_pipelines.config import Tenant
from mlc_pipelines.erp.base import Entity
from mlc_pipelines.fiscal import CloseState, Period
from mlc_pipelines.flows.delivery.context import same_label_periods
from mlc_pipelines.flows.landing.read_back import group_totals
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.flows.text import amount_text
from mlc_pipelines.store.columns import as_schema, open_query, quoted, without_zones
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines.store.late_postings import HELD, LET_IN, RESTATED, LatePosting, MovedGroup
from mlc_pipelines.store.snapshot_file import SOURCE_ID
from mlc_pipelines.store.snapshots import Snapshot
from mlc_pipelines.store.storage import Storage
from mlc_pipelines.store.totals import GroupTotal

FIRST_RECORDS = 5
"""Records that are named of a group."""

SHOWN = 50
"""Groups that a table shows."""

_ONE_MEASURE = "amount"


@dataclass(frozen=True)
class LateRun:
    """One run's dealings with the late postings of a partition; without effect while its close has not ended.

    Attributes:
        runtime: the open parts.
        tenant, period: which partition.
        run_id: the run.
    """

    runtime: Runtime
    tenant: Tenant
    period: Period
    run_id: str

    @property
    def holds(self) -> bool:
        """Whether what comes now is late, and the tenant has it held."""
        return self._late and self.tenant.schedule.late_postings == "hold"

    def note(self, entity: Entity) -> None:
        """Keep what the newest snapshot of an entity has and the model was not given yet."""
        newest = self.runtime.snapshots.current(self._key(entity)) if self._concerns(entity) else None
        given = self._given(entity) if newest else None
        if newest is None or given is None or newest.id == given.id:
            return
        records, what = moved(self.runtime.snapshots.storage, entity, given, newest)
        now = self.runtime.clock.now()
        self.runtime.late_postings.hold(self._key(entity), records, what, at=now, run_id=self.run_id)

    def loaded(self, entity: Entity) -> None:
        """All loads of an entity are done; nothing is let in by one of an older snapshot than the newest."""
        newest = self.runtime.snapshots.current(self._key(entity)) if self._concerns(entity) else None
        given = self._given(entity) if newest else None
        if newest and given and newest.id == given.id:
            state = LET_IN if self.holds else RESTATED
            now = self.runtime.clock.now()
            self.runtime.late_postings.release(self._key(entity), state, at=now, run_id=self.run_id)

    def table(self) -> list[dict[str, str]]:
        """All that is kept of the partition, for people."""
        return late_table(self.runtime.late_postings.of(self.tenant.tenant, self.period.key))

    def _concerns(self, entity: Entity) -> bool:
        # Master data is of no period: it is as of now in all of them.
        return self._late and entity.kind == "fact"

    @property
    def _late(self) -> bool:
        calendar = self.runtime.calendar(self.tenant)
        return calendar.close_state(self.period, self.runtime.clock.now()) is CloseState.CLOSED

    def _key(self, entity: Entity) -> PartitionKey:
        return PartitionKey(self.tenant.tenant, entity.name, self.period.key)

    def _given(self, entity: Entity) -> Snapshot | None:
        """The snapshot of the period that the model was last given, with its month where it is an adjustment."""
        load = self.tenant.loads[entity.name][-1]
        month = same_label_periods(load, self.runtime.calendar(self.tenant), self.period)[0]
        delivery = self.runtime.deliveries.newest_given(self.tenant.tenant, entity.name, month.key)
        snapshots = map(self.runtime.snapshots.find, delivery.outcome.snapshots if delivery else ())
        return next((each for each in snapshots if each and each.key.period == self.period.key), None)


def moved(storage: Storage, entity: Entity, before: Snapshot, after: Snapshot) -> tuple[int, list[MovedGroup]]:
    """How many records differ between two snapshots of an entity, and in which groups; a moved one counts in both.

    Args:
        storage: where they are.
        entity: whose they are.
        before: what the model was given.
        after: what was landed since.
    """
    if before.content_hash == after.content_hash:
        return 0, []
    amounts = {_ONE_MEASURE: entity.amount} if entity.amount else {}
    totals = [group_totals(storage, each.path, entity, amounts) for each in (before, after)]

    def total(side: int, group: str) -> str:
        found = totals[side].get(group, GroupTotal(group))
        return amount_text(found.amount if entity.amount else Decimal(found.rows))

    with tempfile.TemporaryDirectory(prefix="mlc-late-") as folder, open_query(folder) as query:
        schema = pa.schema([pa.field(SOURCE_ID, pa.string()), *entity.schema])
        plain = without_zones(schema)
        for name, snapshot in (("given", before), ("landed", after)):
            query.register("batch", plain.empty_table())
            query.execute(f"CREATE TABLE {name} AS FROM batch")
            for batch in storage.batches(snapshot.path, schema.names):
                query.register("batch", pa.Table.from_batches([as_schema(batch, plain)]))
                query.execute(f"INSERT INTO {name} FROM batch")
        group = f"coalesce(CAST({quoted([entity.control_by])} AS VARCHAR), '')" if entity.control_by else "''"
        query.execute(
            f'CREATE TABLE differing AS SELECT DISTINCT {group} AS told_group, "{SOURCE_ID}" AS told FROM ('
            " (FROM given EXCEPT ALL FROM landed) UNION ALL (FROM landed EXCEPT ALL FROM given))"
        )
        (records,) = query.execute("SELECT count(DISTINCT told) FROM differing").fetchall()[0]
        groups = query.execute(
            f"SELECT told_group, count(*), list_sort(list(told))[:{FIRST_RECORDS}] FROM differing GROUP BY 1 ORDER BY 1"
        ).fetchall()
    return records, [
        MovedGroup(name, total(0, name), total(1, name), count, tuple(first)) for name, count, first in groups
    ]


def late_table(postings: Iterable[LatePosting]) -> list[dict[str, str]]:
    """Late postings as rows for people, in their order."""
    rows = [
        {
            "entity": posting.key.entity,
            "group": moved.group,
            "before": moved.before,
            "after": moved.after,
            "records": _records(moved),
            "state": f"{posting.state.replace('_', ' ')} {posting.at:%Y-%m-%d %H:%M}",
        }
        for posting in postings
        for moved in posting.what
    ]
    return rows[:SHOWN]


def _records(moved: MovedGroup) -> str:
    more = moved.records - len(moved.first_records)
    return ", ".join(moved.first_records) + (f" and {more} more" if more else "")


def held_words(tenant: str, period: str, postings: Iterable[LatePosting]) -> str:
    """That late postings are held, and what to do; empty when none are."""
    records = sum(posting.records for posting in postings if posting.state == HELD)
    return f"{records} late postings are held: `mlc restate {tenant} {period}` lets them in." if records else ""

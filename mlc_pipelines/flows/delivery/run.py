"""One load of one partition on its way into the model: what its steps share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

import pyarrow as pa

from mlc_pipelines.config import Load
from mlc_pipelines.erp.base import Entity
from mlc_pipelines.fiscal import Period
from mlc_pipelines.flows.delivery.context import DeliveryContext
from mlc_pipelines.flows.delivery.mapping import Mapper
from mlc_pipelines.flows.delivery.result import DeliveryResult
from mlc_pipelines.flows.delivery.writers import Writer
from mlc_pipelines.store.keys import LoadKey
from mlc_pipelines.store.locks import Lock
from mlc_pipelines.store.snapshots import Snapshot
from mlc_pipelines.store.storage import Storage


@dataclass(frozen=True)
class DeliveryRun:
    """One delivery on its way.

    Attributes:
        context: of all deliveries of the run.
        load, entity, period: what goes where.
        key: of the load, under which deliveries are kept.
        alone: the load's lock, held as long as this lives.
        snapshots: whose rows are sent.
        writer: the way into the model.
        result: filled step by step.
    """

    context: DeliveryContext
    load: Load
    entity: Entity
    period: Period
    key: LoadKey
    alone: Lock
    snapshots: Sequence[Snapshot]
    writer: Writer
    result: DeliveryResult

    @property
    def storage(self) -> Storage:
        """Where rows are kept."""
        return self.context.runtime.snapshots.storage

    def now(self) -> datetime:
        """The current moment."""
        return self.context.runtime.clock.now()

    def members(self) -> dict[str, frozenset[str]]:
        """By header of the column, names and codes of the list that must hold its values."""
        members: dict[str, frozenset[str]] = {}
        for header, list_name in self.load.members.items():
            table = self.context.anaplan.list_members(list_name)
            names = chain(table["name"].to_pylist(), table["code"].to_pylist())
            members[header] = frozenset(name for name in names if name)
        return members

    def mapper(self, members: Mapping[str, frozenset[str]]) -> Mapper:
        """A mapper for the snapshots' rows; values are held against these members."""
        maps = self.context.runtime.configuration.maps
        return Mapper(self.load, self.entity, self.period, maps, members, target=self.writer.target)

    def source_batches(self, mapper: Mapper) -> Iterator[pa.RecordBatch]:
        """The snapshots' rows, with the columns that the mapper needs."""
        for snapshot in self.snapshots:
            yield from self.context.runtime.snapshots.batches(snapshot, mapper.source_columns)

"""What the deliveries of a run share, and which periods and snapshots belong to one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mlc_pipelines.anaplan import AnaplanClient
from mlc_pipelines.config import Load, PeriodColumn, Tenant
from mlc_pipelines.erp.base import Entity
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import FiscalCalendar, Period
from mlc_pipelines.flows.delivery.writers import Writer, open_writer
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.store.keys import PartitionKey
from mlc_pipelines.store.snapshots import Snapshot


@dataclass(frozen=True)
class DeliveryContext:
    """A tenant's model, open for the loads of one run.

    Attributes:
        runtime: the open parts.
        tenant: whose model.
        anaplan: the model.
        run_id: of the run.
        full: all rows are sent, and not only those that changed.
        replays: the snapshot that is sent in place of the newest one of its entity and period, if one is.
        open_writer: gives the way into the model that a load takes.
    """

    runtime: Runtime
    tenant: Tenant
    anaplan: AnaplanClient
    run_id: str
    full: bool
    replays: Snapshot | None = None
    open_writer: Callable[[Load, Entity, AnaplanClient, Runtime, Period | None], Writer] = open_writer

    @property
    def calendar(self) -> FiscalCalendar:
        """The tenant's."""
        return self.runtime.calendar(self.tenant)

    def newest_snapshots(self, entity: Entity, periods: Sequence[Period]) -> list[Snapshot]:
        """The newest snapshot of each period that was landed."""
        keys = [PartitionKey(self.tenant.tenant, entity.name, period.key) for period in periods]
        found = [self.runtime.snapshots.current(key) for key in keys]
        return [snapshot for snapshot in found if snapshot is not None]


def same_label_periods(load: Load, calendar: FiscalCalendar, period: Period) -> list[Period]:
    """All periods that this load writes to the same coordinates as `period`, in calendar order.

    An adjustment period has the label of the month that it lies over. Sent on its own it would overwrite that month's
    figures in the model; so both are summed and sent together.
    """
    places = [*load.columns.values(), *load.parameters.values()]
    formats = [place.period for place in places if isinstance(place, PeriodColumn)]
    if not load.sums or not formats:
        return [period]
    labels = [period.label(each) for each in formats]
    return [other for other in calendar.periods if [other.label(each) for each in formats] == labels]


def landed_snapshots(
    context: DeliveryContext, entity: Entity, period: Period, periods: Sequence[Period]
) -> list[Snapshot]:
    """The newest snapshots of these periods, or the one that is replayed; `period` has to be landed.

    Raises:
        ConfigurationError: it never was.
    """
    replays = context.replays
    snapshots = [
        replays if replays and replays.key == newest.key else newest
        for newest in context.newest_snapshots(entity, periods)
    ]
    if period.key not in {snapshot.key.period for snapshot in snapshots}:
        raise ConfigurationError(
            f"{context.tenant.tenant}: {entity.name} of {period.key} was never landed, so there is nothing to send.",
            hint=f"Materialize {context.tenant.erp_kind}/{entity.name} for this partition first.",
        )
    return snapshots

"""What the deliveries of a run share, and which periods and snapshots belong to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlc_pipelines.anaplan import AnaplanClient
from mlc_pipelines.clock import Clock
from mlc_pipelines.config import Configuration, Load, PeriodColumn, Tenant
from mlc_pipelines.erp.base import Entity
from mlc_pipelines.errors import ConfigurationError
from mlc_pipelines.fiscal import FiscalCalendar, Period
from mlc_pipelines.store.deliveries import DeliveryStore
from mlc_pipelines.store.snapshots import Snapshot, SnapshotStore


@dataclass(frozen=True)
class DeliveryContext:
    """What all deliveries of a run share; with `full` they send all rows, and not only those that changed."""

    tenant: Tenant
    configuration: Configuration
    calendar: FiscalCalendar
    snapshots: SnapshotStore
    deliveries: DeliveryStore
    anaplan: AnaplanClient
    run_id: str
    full: bool
    clock: Clock


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
    """The newest snapshots of these periods, of which `period` has to be landed.

    Raises:
        ConfigurationError: it never was.
    """
    tenant = context.tenant.tenant
    found = {each.key: context.snapshots.current(tenant, entity.name, each.key) for each in periods}
    if found[period.key] is None:
        raise ConfigurationError(
            f"{tenant}: {entity.name} of {period.key} was never landed, so there is nothing to send.",
            hint=f"Materialize {context.tenant.erp_kind}/{entity.name} for this partition first.",
        )
    return [snapshot for snapshot in found.values() if snapshot is not None]

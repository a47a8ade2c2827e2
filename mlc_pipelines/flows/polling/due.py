"""Who is due: whose changes are to be asked for now, and which periods the close calendar wants loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from mlc_pipelines.config import Tenant
from mlc_pipelines.erp.base import Entity, Erp
from mlc_pipelines.fiscal import Cadence, CloseState, Every, FiscalCalendar, Period
from mlc_pipelines.flows.asset_name import landed_asset
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.store.marks import Marks

CAUGHT_UP = timedelta(days=7)
"""How long after a period's close its final load is still made up for, when nothing ran at its time."""


@dataclass(frozen=True)
class DuePoll:
    """A tenant whose changes are to be asked for.

    Attributes:
        tenant: whose.
        entities: names of those that are due.
    """

    tenant: Tenant
    entities: tuple[str, ...]


@dataclass(frozen=True)
class CloseRun:
    """A period that the close calendar wants read whole and loaded.

    Attributes:
        tenant: its name.
        period: the period's key.
        occasion: `opening`, `whole read` or `final load`.
        at: when it became due. Who missed several of a period makes up for the newest only.
    """

    tenant: str
    period: str
    occasion: str
    at: datetime

    @property
    def key(self) -> str:
        """The same for the same occasion, whenever it is asked: no two runs are made of it."""
        return f"{self.tenant} {self.period} {self.occasion} {self.at.isoformat()}"


def cadence(tenant: Tenant, entity: Entity, *, closing: bool) -> Cadence:
    """How often an entity is asked for: as the tenant says of it, else by whether the ERP tells its changes."""
    schedule = tenant.schedule
    if entity.watermark is None and entity.name not in schedule.entities:
        return schedule.full_every
    return schedule.cadence(entity.name, closing=closing)


def moments(every: Cadence, after: datetime, calendar: FiscalCalendar) -> Iterator[datetime]:
    """The moments of a cadence after that one."""
    moment = every.next(after, calendar)
    while moment is not None:
        yield moment
        moment = every.next(moment, calendar)


def is_closing(calendar: FiscalCalendar, now: datetime) -> bool:
    """Whether any period of a calendar is in its close."""
    return any(calendar.close_state(period, now) is CloseState.CLOSING for period in calendar.periods)


def due_poll(
    tenant: Tenant,
    calendar: FiscalCalendar,
    entities: Sequence[Entity],
    asked: Mapping[str, datetime],
    now: datetime,
) -> DuePoll | None:
    """What of a tenant is due now; None when nothing is, or when it is paused.

    Args:
        tenant: the tenant.
        calendar: its calendar.
        entities: those that it loads.
        asked: when each was asked for last, by name; what is not there never was, and is due.
        now: the moment.
    """
    if tenant.schedule.paused:
        return None
    closing = is_closing(calendar, now)
    due = [
        entity.name
        for entity in entities
        if entity.name not in asked
        or ((moment := cadence(tenant, entity, closing=closing).next(asked[entity.name], calendar)) and moment <= now)
    ]
    return DuePoll(tenant, tuple(due)) if due else None


def asked_at(runtime: Runtime) -> dict[str, dict[str, datetime]]:
    """When each entity of each tenant was asked for last, by a poll or by a run that read it."""
    asked: dict[str, dict[str, datetime]] = {}
    for row in runtime.snapshots.landed_at():
        asked.setdefault(row["tenant"], {})[row["entity"]] = row["landed_at"]
    for row in runtime.snapshots.changes.feeds():
        known = asked.setdefault(row["tenant"], {})
        known[row["entity"]] = max(row["asked_at"], known.get(row["entity"], row["asked_at"]))
    return asked


def due_entities(runtime: Runtime, erp: Erp[Any]) -> dict[str, list[str]]:
    """Names of the entities that are due now, by tenant.

    A tenant of which nothing ran yet is left to the person who sets it up.
    """
    asked = asked_at(runtime)
    due: dict[str, list[str]] = {}
    for tenant in runtime.configuration.tenants.values():
        if tenant.erp_kind == erp.kind and tenant.tenant in asked:
            entities = [each for name, each in erp.entities.items() if name in tenant.loads]
            poll = due_poll(tenant, runtime.calendar(tenant), entities, asked[tenant.tenant], runtime.clock.now())
            due |= {tenant.tenant: list(poll.entities)} if poll else {}
    return due


def due_close_runs(tenant: Tenant, calendar: FiscalCalendar, now: datetime) -> Iterator[CloseRun]:
    """The runs that a tenant's periods are due for now, one a period, whether or not they were made already.

    Periods to come and those that were closed long ago have none.
    """
    if tenant.schedule.paused:
        return
    whole_read = _latest(tenant.schedule.full_every, now, calendar)
    for period in calendar.periods:
        if found := _occasion(calendar, period, whole_read, now):
            occasion, at = found
            yield CloseRun(tenant.tenant, period.key, occasion, at)


def missed_close_runs(runtime: Runtime, erp: Erp[Any]) -> Iterator[CloseRun]:
    """The close runs that are due and for which no entity's whole read since then is known.

    A tenant of which nothing ran yet is left to the person who sets it up; one that is worked on is looked at later.
    """
    marks = Marks(runtime.database)
    results: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
    for row in runtime.results.assets():
        results.setdefault((row["tenant"], row["period"]), {})[row["asset"]] = row
    began = {tenant for tenant, _ in results}
    for tenant in runtime.configuration.tenants.values():
        if tenant.erp_kind != erp.kind or tenant.tenant not in began:
            continue
        calendar = runtime.calendar(tenant)
        if any((tenant.tenant, key) in marks for key in calendar.by_key):
            continue
        landed = [str(landed_asset(erp.kind, name)) for name in erp.entities if name in tenant.loads]
        for run in due_close_runs(tenant, calendar, runtime.clock.now()):
            known = results.get((run.tenant, run.period), {})
            if not all(name in known and _read_whole(known[name], run.at) for name in landed):
                yield run


def _read_whole(row: Mapping[str, Any], since: datetime) -> bool:
    """Whether an entity was read whole since a moment; what failed since then is tried again by others."""
    if not row["ok"]:
        return row["finished_at"] >= since
    at = row["figures"].get("read_whole_at")
    return bool(at) and datetime.fromisoformat(at) >= since


def _occasion(
    calendar: FiscalCalendar, period: Period, whole_read: datetime, now: datetime
) -> tuple[str, datetime] | None:
    state, window = calendar.close_state(period, now), calendar.close_window(period)
    if state is CloseState.FUTURE or now - window.closes > CAUGHT_UP:
        return None
    moments = {"opening": window.opens, "final load": window.final_load}
    if state is not CloseState.CLOSED and calendar.close_state(period, whole_read) is not CloseState.FUTURE:
        moments = {"whole read": whole_read, **moments}
    past = {occasion: moment for occasion, moment in moments.items() if moment <= now}
    # At one moment the close's own occasion stands: it comes later.
    newest = max(past, key=lambda occasion: (past[occasion], list(past).index(occasion)), default=None)
    return (newest, past[newest]) if newest else None


def _latest(every: Every, now: datetime, calendar: FiscalCalendar) -> datetime:
    """The newest moment of a cadence up to now."""
    *_, newest = takewhile(lambda moment: moment <= now, moments(every, now - 2 * every.interval, calendar))
    return newest

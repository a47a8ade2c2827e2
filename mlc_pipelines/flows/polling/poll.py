"""The poll of a tenant: what changed in its ERP since it was asked last, and which periods have to be landed for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from mlc_pipelines.config import Tenant
from mlc_pipelines.erp.base import Entity, Source
from mlc_pipelines.errors import MlcError
from mlc_pipelines.fiscal import CloseState, Period
from mlc_pipelines.flows.landing.side_by_side import side_by_side
from mlc_pipelines.flows.polling.feed import FeedPoll
from mlc_pipelines.flows.runtime import Runtime
from mlc_pipelines.store.changes import Asked, Pending
from mlc_pipelines.unforeseen import unforeseen


@dataclass(frozen=True)
class Polled:
    """What a poll gave.

    Attributes:
        tenant: whose.
        asked_at: when it began.
        asked: by entity, what was asked and found.
        errors: by entity, why it could not be asked; its watermark stays where it was.
        pending: by period and entity, all that is pending for the tenant now, of this poll or of one before.
        elsewhere: another poll of the tenant was at work, so that nothing was asked.
    """

    tenant: str
    asked_at: datetime
    asked: Mapping[str, Asked]
    errors: Mapping[str, MlcError]
    pending: Mapping[str, Mapping[str, tuple[Pending, ...]]]
    elsewhere: bool = False


def poll(
    runtime: Runtime,
    tenant: Tenant,
    periods: Sequence[Period],
    *,
    run_id: str,
    entities: Collection[str] | None = None,
    open_source: Callable[[Tenant], AbstractContextManager[Source[Any]]] | None = None,
) -> Polled:
    """Ask the ERP for what changed of each entity that the tenant loads; the fault of one does not stop the others.

    Never raises for what is wrong with a tenant or an entity: that is stored, and in the answer.

    Args:
        runtime: the open parts.
        tenant: whose ERP.
        periods: those that are open: master data is kept up in them, and they are landed when they never were.
            Changes of facts are found in all periods.
        run_id: the polling run, kept as provenance.
        entities: names of those that are due; all when None. Those without a feed are read whole, and compared.
        open_source: opens the tenant's ERP; as the runtime does when absent.
    """
    asked_at = runtime.clock.now()
    with runtime.database.try_lock(f"poll of {tenant.tenant}") as lock:
        if lock is None:
            return Polled(tenant.tenant, asked_at, {}, {}, pending_of(runtime, tenant.tenant), elsewhere=True)
        loaded = [entity for entity in runtime.erp(tenant).entities.values() if entity.name in tenant.loads]
        due = [entity for entity in loaded if entities is None or entity.name in entities]
        answers: dict[str, Asked | MlcError] = {}
        try:
            with (open_source or runtime.source)(tenant) as source:
                calendar, clock = runtime.calendar(tenant), runtime.clock
                feed = FeedPoll(runtime.snapshots, source, tenant.tenant, calendar, periods, run_id, clock, lock)
                _ask(runtime, feed, due, answers)
        except Exception as error:  # noqa: BLE001 - nothing can be asked, whatever it is
            told = _told(runtime, error)
            answers |= {entity.name: told for entity in due if entity.name not in answers}
    asked = {name: answer for name, answer in answers.items() if isinstance(answer, Asked)}
    errors = {name: answer for name, answer in answers.items() if isinstance(answer, MlcError)}
    for name, error in errors.items():
        runtime.snapshots.changes.failed(tenant.tenant, name, str(error), at=asked_at, run_id=run_id)
    return Polled(tenant.tenant, asked_at, asked, errors, pending_of(runtime, tenant.tenant))


def poll_open_periods(
    runtime: Runtime,
    tenant: Tenant,
    *,
    run_id: str,
    entities: Collection[str] | None = None,
    open_source: Callable[[Tenant], AbstractContextManager[Source[Any]]] | None = None,
) -> Polled:
    """`poll` with the periods that the tenant's calendar says are open, or in their close."""
    calendar, now = runtime.calendar(tenant), runtime.clock.now()
    states = {CloseState.OPEN, CloseState.CLOSING}
    periods = [period for period in calendar.periods if calendar.close_state(period, now) in states]
    return poll(runtime, tenant, periods, run_id=run_id, entities=entities, open_source=open_source)


def pending_of(runtime: Runtime, tenant: str) -> dict[str, dict[str, tuple[Pending, ...]]]:
    """By period and entity: what no snapshot has yet. A landing from changes takes it in."""
    found: dict[str, dict[str, tuple[Pending, ...]]] = {}
    for each in runtime.snapshots.changes.pending(tenant):
        entities = found.setdefault(each.key.period, {})
        entities[each.key.entity] = (*entities.get(each.key.entity, ()), each)
    return found


def _ask(runtime: Runtime, feed: FeedPoll, due: Sequence[Entity], answers: dict[str, Asked | MlcError]) -> None:
    """Ask for all that is due, side by side; the answers come one by one."""
    states = {row["entity"]: row for row in runtime.snapshots.changes.feeds(feed.tenant)}

    def one(entity: Entity) -> Asked:
        if not entity.watermark:
            return feed.probe(entity)
        state = states.get(entity.name, {})
        return feed.changes(entity, state.get("watermark"), state.get("compared", ""))

    with side_by_side({entity.name: partial(one, entity) for entity in due}) as asking:
        for name, answer in asking.items():
            try:
                answers[name] = answer.result()
            except Exception as error:  # noqa: BLE001 - whatever it is, the others are asked
                answers[name] = _told(runtime, error)


def _told(runtime: Runtime, error: Exception) -> MlcError:
    return error if isinstance(error, MlcError) else unforeseen(error, runtime.settings.home)

"""Deliveries: what was sent to Anaplan, how far it got, and what came of it. The memory that a crash leaves behind."""

from __future__ import annotations

import uuid
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, insert, or_, select, update

from mlc_pipelines.store import tables
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.delivery_files import DeliveryFiles
from mlc_pipelines.store.delivery_outcome import STORED_OUTCOME, DeliveryOutcome
from mlc_pipelines.store.keys import LoadKey
from mlc_pipelines.store.locks import Lock

PREPARED, STARTING, RUNNING = "prepared", "starting", "running"
ACCEPTED, PARTIAL, FAILED, CANCELLED = "accepted", "partial", "failed", "cancelled"

UNSETTLED = (STARTING, RUNNING)
"""A task was or may have been started, and how it ended is not known yet."""

MAY_HAVE_WRITTEN = (STARTING, RUNNING, ACCEPTED, PARTIAL, FAILED)
"""After these the model may hold figures of the delivery; a cancelled task is rolled back by Anaplan."""


@dataclass(frozen=True)
class NewDelivery:
    """A delivery about to be written down.

    Attributes:
        key: which load of which partition.
        id: unique; names its folder.
        workspace_id, model_id: where its rows go.
        snapshot_id: of the newest snapshot that it was made of.
        file_hash: SHA-256 of the rows to send.
        rows_sent: how many those are.
        fence: number of the lock under which it is prepared.
        outcome: what is known of its rows.
        run_id: the run that makes it.
        created_at: now.
    """

    key: LoadKey
    id: str
    workspace_id: str
    model_id: str
    snapshot_id: str
    file_hash: str
    rows_sent: int
    fence: int
    outcome: DeliveryOutcome
    run_id: str
    created_at: datetime


@dataclass
class Delivery:
    """One delivery, live: it is also the record that the Anaplan client writes a task's life to.

    Attributes:
        key: which load of which partition.
        id: unique.
        files: where its rows are.
        state: `prepared -> starting -> running -> accepted | partial | failed | cancelled`.
        fence: number of the lock under which it was prepared, and then of that under which its file was sent.
        file_id: of the file that it was uploaded to; None before that, and for direct writes.
        starting_since: when the start of the task was about to be asked for; its answer may have been lost.
        task_id: the task, once Anaplan confirmed it.
        file_hash: SHA-256 of the rows sent.
        outcome: what is known of it; Anaplan's answer only once it is settled.
    """

    database: Database
    key: LoadKey
    id: str
    workspace_id: str
    model_id: str
    snapshot_id: str
    file_hash: str
    files: DeliveryFiles
    rows_sent: int
    state: str
    fence: int | None
    file_id: str | None
    starting_since: datetime | None
    task_id: str | None
    outcome: DeliveryOutcome
    created_at: datetime

    def sending(self, file_id: str, fence: int) -> None:
        """Its file is about to be uploaded: stored before the first byte is sent."""
        self.file_id, self.fence = file_id, fence
        self._change(self.state, file_id=file_id, fence=fence)

    def overtaken(self) -> bool:
        """Whether another delivery, of the same load or by the same file, may have written since this one did.

        True as well when that can't be told.
        """
        if self.fence is None:
            return True
        column = tables.delivery.c
        same_file = and_(column.model_id == self.model_id, column.file_id == self.file_id)
        same_load = _is(self.key)
        statement = select(exists().where(or_(same_file, same_load), column.fence > self.fence, column.id != self.id))
        with self.database.engine.connect() as connection:
            return bool(connection.scalar(statement))

    def starting(self, at: datetime) -> None:
        """The start of a task is about to be asked for: stored before it is sent."""
        self.starting_since = at
        self._change(STARTING, starting_since=at)

    def started(self, task_id: str) -> None:
        """Anaplan confirmed the task: stored before the first poll."""
        self.task_id = task_id
        self._change(RUNNING, task_id=task_id)

    def settle(self, state: str, outcome: DeliveryOutcome, at: datetime) -> None:
        """How it ended, with all that is known of it now."""
        self.outcome = outcome
        self._change(state, outcome=_stored(outcome), finished_at=at)

    def give_up(self, state: str, reason: str, at: datetime) -> None:
        """It ended without an answer to its task; what is known of its rows stays."""
        self.settle(state, replace(self.outcome, successful=False, reason=reason), at)

    def _change(self, state: str, **values: Any) -> None:
        self.state = state
        with self.database.engine.begin() as connection:
            connection.execute(
                update(tables.delivery).where(tables.delivery.c.id == self.id).values(state=state, **values)
            )


class DeliveryStore:
    """Makes deliveries and finds them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def prepare(self, new: NewDelivery) -> Delivery:
        """Write a new delivery down; nothing is sent yet."""
        values = {name: value for name, value in vars(new).items() if name != "key"}
        values |= {**vars(new.key), "path": DeliveryFiles.of(new.id).folder, "outcome": _stored(new.outcome)}
        statement = insert(tables.delivery).values(**values, state=PREPARED).returning(tables.delivery)
        with self._database.engine.begin() as connection:
            row = connection.execute(statement).mappings().one()
        return self._delivery(dict(row))

    @contextmanager
    def alone(self, key: LoadKey) -> Generator[Lock]:
        """Hold a load of a partition, over all processes: its deliveries follow each other."""
        with self._database.lock(f"load {key.load!r} of {key.tenant} {key.entity} {key.period}") as lock:
            yield lock

    def newest_first(self, key: LoadKey, states: Sequence[str]) -> list[Delivery]:
        """Deliveries of a load in any of these states; each counts from its end: until then it may have written."""
        column = tables.delivery.c
        statement = (
            select(tables.delivery)
            .where(_is(key), column.state.in_(states))
            .order_by(column.finished_at.desc().nulls_first(), column.created_at.desc())
        )
        with self._database.engine.connect() as connection:
            return [self._delivery(dict(row)) for row in connection.execute(statement).mappings()]

    def has_task(self, task_id: str) -> bool:
        """Whether a task belongs to a delivery."""
        found = exists().where(tables.delivery.c.task_id == task_id)
        with self._database.engine.connect() as connection:
            return bool(connection.scalar(select(found)))

    def unsettled(self, key: LoadKey) -> list[Delivery]:
        """Deliveries that a crash left in the middle, oldest first."""
        return self.newest_first(key, UNSETTLED)[::-1]

    def newest_settled(self, key: LoadKey) -> Delivery | None:
        """The last delivery whose end is known."""
        found = self.newest_first(key, (ACCEPTED, PARTIAL, FAILED, CANCELLED))
        return found[0] if found else None

    def newest_given(self, tenant: str, entity: str, period: str) -> Delivery | None:
        """The last delivery, by whatever load, that brought rows of an entity and period into the model."""
        column = tables.delivery.c
        statement = (
            select(tables.delivery)
            .where(column.tenant == tenant, column.entity == entity, column.period == period)
            .where(column.state.in_((ACCEPTED, PARTIAL)))
            .order_by(column.finished_at.desc(), column.created_at.desc())
            .limit(1)
        )
        with self._database.engine.connect() as connection:
            row = connection.execute(statement).mappings().one_or_none()
        return self._delivery(dict(row)) if row else None

    def newest_sent(self) -> dict[tuple[str, str], datetime]:
        """By tenant and period, when a delivery last changed the model or may have."""
        column = tables.delivery.c
        moment = func.max(func.coalesce(column.finished_at, column.starting_since))
        statement = (
            select(column.tenant, column.period, moment)
            .where(column.starting_since.is_not(None))
            .group_by(column.tenant, column.period)
        )
        with self._database.engine.connect() as connection:
            return {(tenant, period): at for tenant, period, at in connection.execute(statement)}

    def since_last_accepted(self, key: LoadKey) -> list[Delivery]:
        """Deliveries whose figures the model may hold now: back to the last that was accepted whole, and that one."""
        found: list[Delivery] = []
        for delivery in self.newest_first(key, MAY_HAVE_WRITTEN):
            found.append(delivery)
            if delivery.state == ACCEPTED:
                break
        return found

    def _delivery(self, row: Mapping[Any, Any]) -> Delivery:
        key = LoadKey(row["tenant"], row["entity"], row["period"], row["load"])
        names = (
            "id",
            "workspace_id",
            "model_id",
            "snapshot_id",
            "file_hash",
            "rows_sent",
            "state",
            "fence",
            "file_id",
            "starting_since",
            "task_id",
            "created_at",
        )
        return Delivery(
            self._database,
            key,
            **{name: row[name] for name in names},
            files=DeliveryFiles(row["path"]),
            outcome=STORED_OUTCOME.validate_python(row["outcome"]),
        )


def _is(key: LoadKey) -> ColumnElement[bool]:
    return and_(*(tables.delivery.c[name] == value for name, value in vars(key).items()))


def _stored(outcome: DeliveryOutcome) -> Any:
    return STORED_OUTCOME.dump_python(outcome, mode="json")


def new_delivery_id() -> str:
    """A fresh id."""
    return uuid.uuid4().hex

"""Deliveries: what was sent to Anaplan, how far it got, and what came of it. The memory that a crash leaves behind."""

from __future__ import annotations

import uuid
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, insert, or_, select, update

from mlc_pipelines.store import tables
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.locks import Lock

PREPARED, STARTING, RUNNING = "prepared", "starting", "running"
ACCEPTED, PARTIAL, FAILED, CANCELLED = "accepted", "partial", "failed", "cancelled"

UNSETTLED = (STARTING, RUNNING)
"""A task was or may have been started, and how it ended is not known yet."""

MAY_HAVE_WRITTEN = (STARTING, RUNNING, ACCEPTED, PARTIAL, FAILED)
"""After these the model may hold figures of the delivery; a cancelled task is rolled back by Anaplan."""


@dataclass(frozen=True)
class LoadKey:
    """Which load of which partition: the unit that deliveries of one kind follow each other in."""

    tenant: str
    entity: str
    period: str
    load: str


@dataclass
class Delivery:
    """One delivery, live: it is also the record that the Anaplan client writes a task's life to.

    Attributes:
        key: which load of which partition.
        id: unique.
        path: folder of its files.
        state: `prepared -> starting -> running -> accepted | partial | failed | cancelled`.
        fence: number of the lock under which it was prepared, and then of that under which its file was sent.
        file_id: of the file that it was uploaded to; None before that, and for direct writes.
        starting_since: when the start of the task was about to be asked for; its answer may have been lost.
        task_id: the task, once Anaplan confirmed it.
        file_hash: SHA-256 of the rows sent.
        outcome: its figures, and once settled Anaplan's counts and messages.
    """

    database: Database
    key: LoadKey
    id: str
    workspace_id: str
    model_id: str
    snapshot_id: str
    file_hash: str
    path: str
    rows_sent: int
    state: str
    fence: int | None
    file_id: str | None
    starting_since: datetime | None
    task_id: str | None
    outcome: Mapping[str, Any] | None
    created_at: datetime

    @property
    def state_path(self) -> str:
        """All rows that the model holds once it is accepted, without the zeros."""
        return f"{self.path}/state.parquet"

    @property
    def sent_path(self) -> str:
        """The rows that are sent: what changed since the delivery before, or all of them."""
        return f"{self.path}/sent.parquet"

    @property
    def rejected_path(self) -> str:
        """Anaplan's failure dump, if there was one."""
        return f"{self.path}/rejected.parquet"

    @property
    def removed_path(self) -> str:
        """The codes of the list members to delete, if there are any."""
        return f"{self.path}/removed.parquet"

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
        same_load = and_(*(column[name] == value for name, value in vars(self.key).items()))
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

    def settle(self, state: str, outcome: Mapping[str, Any], at: datetime) -> None:
        """How it ended; the outcome is added to the figures that it was prepared with."""
        self.outcome = {**(self.outcome or {}), **outcome}
        self._change(state, outcome=self.outcome, finished_at=at)

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

    def prepare(
        self,
        key: LoadKey,
        *,
        delivery_id: str,
        workspace_id: str,
        model_id: str,
        snapshot_id: str,
        file_hash: str,
        path: str,
        rows_sent: int,
        fence: int,
        figures: Mapping[str, Any],
        run_id: str,
        at: datetime,
    ) -> Delivery:
        """Write a new delivery down; nothing is sent yet."""
        values = {
            **vars(key),
            "id": delivery_id,
            "workspace_id": workspace_id,
            "model_id": model_id,
            "snapshot_id": snapshot_id,
            "file_hash": file_hash,
            "path": path,
            "rows_sent": rows_sent,
            "fence": fence,
            "outcome": dict(figures),
            "state": PREPARED,
            "run_id": run_id,
            "created_at": at,
        }
        with self._database.engine.begin() as connection:
            row = (
                connection.execute(insert(tables.delivery).values(**values).returning(tables.delivery)).mappings().one()
            )
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
            .where(
                column.tenant == key.tenant,
                column.entity == key.entity,
                column.period == key.period,
                column.load == key.load,
                column.state.in_(states),
            )
            .order_by(column.finished_at.desc().nulls_first(), column.created_at.desc())
        )
        with self._database.engine.connect() as connection:
            return [self._delivery(dict(row)) for row in connection.execute(statement).mappings()]

    def unsettled(self, key: LoadKey) -> list[Delivery]:
        """Deliveries that a crash left in the middle, oldest first."""
        return self.newest_first(key, UNSETTLED)[::-1]

    def newest_settled(self, key: LoadKey) -> Delivery | None:
        """The last delivery whose end is known."""
        found = self.newest_first(key, (ACCEPTED, PARTIAL, FAILED, CANCELLED))
        return found[0] if found else None

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
            "path",
            "rows_sent",
            "state",
            "fence",
            "file_id",
            "starting_since",
            "task_id",
            "outcome",
            "created_at",
        )
        return Delivery(self._database, key, **{name: row[name] for name in names})


def new_delivery_id() -> str:
    """A fresh id."""
    return uuid.uuid4().hex

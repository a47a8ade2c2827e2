"""What moved in periods whose close had ended: held back from the model, or let in; kept for the close report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, and_, delete, insert, select, update

from mlc_pipelines.store import tables
from mlc_pipelines.store.db import Database
from mlc_pipelines.store.keys import PartitionKey

LateState = Literal["held", "restated", "let_in"]

HELD: Final = "held"
RESTATED: Final = "restated"
LET_IN: Final = "let_in"


@dataclass(frozen=True)
class MovedGroup:
    """One control group (an account, a vendor) in which records changed.

    Attributes:
        group: its code; empty where the entity has none.
        before, after: its total as the model was last given it, and as it was landed now; amounts as text, rows where
            the entity has no amount.
        records: how many of its records came, went or changed.
        first_records: the first of them by id.
    """

    group: str
    before: str
    after: str
    records: int
    first_records: tuple[str, ...]


_STORED = TypeAdapter(tuple[MovedGroup, ...])


@dataclass(frozen=True)
class LatePosting:
    """What moved of an entity in a period whose close had ended.

    Attributes:
        key: the tenant's entity and period.
        at: when it was found, then when it went into the model.
        state: held; restated: it went in as `late_postings: restate` says; let in, though the tenant holds them.
        records: how many came, went or changed.
        what: by group.
        run_id: the run that found it, then the one that loaded it.
    """

    key: PartitionKey
    at: datetime
    state: LateState
    records: int
    what: tuple[MovedGroup, ...]
    run_id: str


class LatePostingStore:
    """Keeps late postings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hold(self, key: PartitionKey, records: int, what: Sequence[MovedGroup], *, at: datetime, run_id: str) -> None:
        """Keep what the model lacks, in place of what it was known to lack before; nothing where nothing moved."""
        table = tables.late_posting
        with self._database.engine.begin() as connection:
            connection.execute(delete(table).where(_held(key)))
            if what:
                stored = _STORED.dump_python(tuple(what), mode="json")
                values = {**vars(key), "at": at, "state": HELD, "records": records, "what": stored, "run_id": run_id}
                connection.execute(insert(table).values(**values))

    def release(self, key: PartitionKey, state: Literal["restated", "let_in"], *, at: datetime, run_id: str) -> None:
        """What was held is in the model now."""
        with self._database.engine.begin() as connection:
            connection.execute(update(tables.late_posting).where(_held(key)).values(state=state, at=at, run_id=run_id))

    def of(self, tenant: str | None = None, period: str | None = None) -> list[LatePosting]:
        """The late postings of a tenant and period, or of all; the newest first."""
        column = tables.late_posting.c
        place = {"tenant": tenant, "period": period}
        statement = (
            select(tables.late_posting)
            .where(*(column[name] == value for name, value in place.items() if value is not None))
            .order_by(column.number.desc())
        )
        with self._database.engine.connect() as connection:
            return [_late_posting(row) for row in connection.execute(statement).mappings()]


def _held(key: PartitionKey) -> ColumnElement[bool]:
    column = tables.late_posting.c
    return and_(*(column[name] == value for name, value in vars(key).items()), column.state == HELD)


def _late_posting(row: Any) -> LatePosting:
    key = PartitionKey(row["tenant"], row["entity"], row["period"])
    what = _STORED.validate_python(row["what"])
    return LatePosting(key, row["at"], row["state"], row["records"], what, row["run_id"])

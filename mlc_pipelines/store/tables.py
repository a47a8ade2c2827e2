"""The tables of our schema `mlc`, as SQLAlchemy Core sees them; `migrations/` makes them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

SCHEMA = "mlc"

metadata = MetaData(schema=SCHEMA)


def _moment(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


fence = Sequence("fence", metadata=metadata)
"""Numbers of locks in the order in which they were got, see `locks.Lock.fence`."""

secret = Table(
    "secret",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("ciphertext", LargeBinary, nullable=False),
    _moment("updated_at"),
)

token = Table(
    "token",
    metadata,
    Column("name", Text, primary_key=True),
    Column("ciphertext", LargeBinary, nullable=False),
    _moment("expires_at"),
    _moment("updated_at"),
    # Of the lock that it was issued under: a process that lost its lock must not put its token over a newer one.
    Column("fence", BigInteger, nullable=True),
)

request_budget = Table(
    "request_budget",
    metadata,
    Column("name", Text, primary_key=True),
    # Seconds since the epoch by the database's clock: the newest requests, oldest first.
    Column("moments", ARRAY(Double), nullable=False),
    Column("paused_until", Double, nullable=False),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("content_hash", Text, nullable=False),
    # The ERP's own totals, read when the rows were read: `totals.GroupTotal` by group, amounts as text.
    Column("control", JSONB, nullable=False),
    _moment("extracted_at"),
    Column("run_id", Text, nullable=False),
    Index("snapshot_partition", "tenant", "entity", "period", "extracted_at"),
)

current_snapshot = Table(
    "current_snapshot",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("entity", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("snapshot_id", Text, nullable=False),
)

change_feed = Table(
    "change_feed",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("entity", Text, primary_key=True),
    # The highest value seen, as text; none before something was landed, and where there is no feed.
    Column("watermark", Text, nullable=True),
    # What the newest poll was told and compared it with; a poll that would do the same does nothing.
    Column("compared", Text, nullable=False),
    _moment("asked_at"),
    # `changes.FeedFigures` of the newest poll that succeeded.
    Column("figures", JSONB, nullable=False),
    Column("error", Text, nullable=True),
    Column("failures_in_row", Integer, nullable=False),
    _moment("succeeded_at", nullable=True),
    Column("run_id", Text, nullable=False),
)

change_set = Table(
    "change_set",
    metadata,
    # In the order in which they were stored: of a record that several have, the last copy counts.
    Column("number", BigInteger, Identity(), primary_key=True),
    Column("id", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("since", Text, nullable=False),
    _moment("read_at"),
    Column("run_id", Text, nullable=False),
    Index("change_set_entity", "tenant", "entity", "number"),
)

# What is known of a period's entity and not yet in a snapshot of it.
pending_change = Table(
    "pending_change",
    metadata,
    Column("number", BigInteger, Identity(), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("period", Text, nullable=False),
    # The number of the change set; none where only a whole read will do, for the reason beside it.
    Column("change_set", BigInteger, nullable=True),
    Column("because", Text, nullable=False),
    _moment("noted_at"),
    # The snapshot that has it.
    Column("snapshot_id", Text, nullable=True),
    Index("pending_change_partition", "tenant", "entity", "period", "number"),
)

# What moved in a period whose close had ended.
late_posting = Table(
    "late_posting",
    metadata,
    Column("number", BigInteger, Identity(), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("period", Text, nullable=False),
    _moment("at"),
    # held | restated | let_in; at most one of an entity's period is held.
    Column("state", Text, nullable=False),
    Column("records", BigInteger, nullable=False),
    # `late_postings.MovedGroup` of each group, amounts as text.
    Column("what", JSONB, nullable=False),
    Column("run_id", Text, nullable=False),
    Index("late_posting_partition", "tenant", "period", "entity"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("period", Text, nullable=False),
    # Which of the entity's loads: the action's kind and name, `import Load Actuals`.
    Column("load", Text, nullable=False),
    Column("workspace_id", Text, nullable=False),
    Column("model_id", Text, nullable=False),
    Column("snapshot_id", Text, nullable=False),
    Column("file_hash", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("rows_sent", BigInteger, nullable=False),
    # prepared -> starting -> running -> accepted | partial | failed | cancelled
    Column("state", Text, nullable=False),
    # Of the lock under which it wrote last, and the file that it was uploaded to, stored before that is touched.
    Column("fence", BigInteger, nullable=True),
    Column("file_id", Text, nullable=True),
    _moment("starting_since", nullable=True),
    Column("task_id", Text, nullable=True),
    # `delivery_outcome.DeliveryOutcome`.
    Column("outcome", JSONB, nullable=False),
    Column("run_id", Text, nullable=False),
    _moment("created_at"),
    _moment("finished_at", nullable=True),
    Index("delivery_partition", "tenant", "entity", "period", "load", "created_at"),
)

check_result = Table(
    "check_result",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("passed", Boolean, nullable=False),
    Column("detail", JSONB, nullable=False),
    _moment("checked_at"),
    Column("run_id", Text, nullable=False),
)

asset_result = Table(
    "asset_result",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("ok", Boolean, nullable=False),
    Column("figures", JSONB, nullable=False),
    Column("error", Text, nullable=True),
    Column("failures_in_row", Integer, nullable=False),
    _moment("finished_at"),
    _moment("succeeded_at", nullable=True),
    Column("run_id", Text, nullable=False),
)

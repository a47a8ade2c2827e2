"""The first tables: vault, tokens, budgets, snapshots, deliveries, results of checks and assets."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0001"
down_revision = None

SCHEMA = "mlc"


def _text(name: str, *, primary_key: bool = False, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, primary_key=primary_key, nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _partition_key() -> list[sa.Column[Any]]:
    return [_text(name, primary_key=True) for name in ("tenant", "asset", "period")]


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "secret",
        _text("tenant", primary_key=True),
        _text("name", primary_key=True),
        sa.Column("ciphertext", sa.LargeBinary, nullable=False),
        _moment("updated_at"),
        schema=SCHEMA,
    )
    op.create_table(
        "token",
        _text("name", primary_key=True),
        sa.Column("ciphertext", sa.LargeBinary, nullable=False),
        _moment("expires_at"),
        _moment("updated_at"),
        schema=SCHEMA,
    )
    op.create_table(
        "request_budget",
        _text("name", primary_key=True),
        sa.Column("moments", ARRAY(sa.Double), nullable=False),
        sa.Column("paused_until", sa.Double, nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "snapshot",
        _text("id", primary_key=True),
        *[_text(name) for name in ("tenant", "entity", "period", "path")],
        sa.Column("rows", sa.BigInteger, nullable=False),
        _text("content_hash"),
        sa.Column("control", JSONB, nullable=False),
        _moment("extracted_at"),
        _text("run_id"),
        schema=SCHEMA,
    )
    op.create_index("snapshot_partition", "snapshot", ["tenant", "entity", "period", "extracted_at"], schema=SCHEMA)
    op.create_table(
        "current_snapshot",
        *[_text(name, primary_key=True) for name in ("tenant", "entity", "period")],
        _text("snapshot_id"),
        schema=SCHEMA,
    )
    op.create_table(
        "delivery",
        _text("id", primary_key=True),
        *[_text(name) for name in ("tenant", "entity", "period", "load", "workspace_id", "model_id")],
        *[_text(name) for name in ("snapshot_id", "file_hash", "path")],
        sa.Column("rows_sent", sa.BigInteger, nullable=False),
        _text("state"),
        _moment("starting_since", nullable=True),
        _text("task_id", nullable=True),
        sa.Column("outcome", JSONB, nullable=True),
        _text("run_id"),
        _moment("created_at"),
        _moment("finished_at", nullable=True),
        schema=SCHEMA,
    )
    op.create_index(
        "delivery_partition", "delivery", ["tenant", "entity", "period", "load", "created_at"], schema=SCHEMA
    )
    op.create_table(
        "check_result",
        *_partition_key(),
        _text("rule", primary_key=True),
        sa.Column("passed", sa.Boolean, nullable=False),
        sa.Column("detail", JSONB, nullable=False),
        _moment("checked_at"),
        _text("run_id"),
        schema=SCHEMA,
    )
    op.create_table(
        "asset_result",
        *_partition_key(),
        sa.Column("ok", sa.Boolean, nullable=False),
        sa.Column("figures", JSONB, nullable=False),
        _text("error", nullable=True),
        sa.Column("failures_in_row", sa.Integer, nullable=False),
        _moment("finished_at"),
        _moment("succeeded_at", nullable=True),
        _text("run_id"),
        schema=SCHEMA,
    )

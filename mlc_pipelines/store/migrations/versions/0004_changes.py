"""What polls of change feeds found, and what of it no snapshot has yet."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"

SCHEMA = "mlc"


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Add them; watermarks begin with the snapshots that there are."""
    op.create_table(
        "change_feed",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("entity", sa.Text, primary_key=True),
        sa.Column("watermark", sa.Text, nullable=True),
        sa.Column("compared", sa.Text, nullable=False),
        _moment("asked_at"),
        sa.Column("figures", JSONB, nullable=False),
        sa.Column("error", sa.Text, nullable=True),
        sa.Column("failures_in_row", sa.Integer, nullable=False),
        _moment("succeeded_at", nullable=True),
        sa.Column("run_id", sa.Text, nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "change_set",
        sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
        _moment("read_at"),
        sa.Column("run_id", sa.Text, nullable=False),
        schema=SCHEMA,
    )
    op.create_index("change_set_entity", "change_set", ["tenant", "entity", "number"], schema=SCHEMA)
    op.create_table(
        "pending_change",
        sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("change_set", sa.BigInteger, nullable=True),
        sa.Column("because", sa.Text, nullable=False),
        _moment("noted_at"),
        sa.Column("snapshot_id", sa.Text, nullable=True),
        schema=SCHEMA,
    )
    op.create_index(
        "pending_change_partition", "pending_change", ["tenant", "entity", "period", "number"], schema=SCHEMA
    )

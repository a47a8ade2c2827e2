"""What moved in periods whose close had ended, for the close report."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"

SCHEMA = "mlc"


def upgrade() -> None:
    """Add them; there were none before."""
    op.create_table(
        "late_posting",
        sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.Column("what", JSONB, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        schema=SCHEMA,
    )
    op.create_index("late_posting_partition", "late_posting", ["tenant", "period", "entity"], schema=SCHEMA)

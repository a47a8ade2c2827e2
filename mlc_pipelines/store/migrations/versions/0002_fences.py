"""Fencing numbers: which lock a delivery and a token were written under."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import CreateSequence

revision = "0002"
down_revision = "0001"

SCHEMA = "mlc"


def upgrade() -> None:
    """Add them; deliveries of before have none, and are not taken up."""
    op.execute(CreateSequence(sa.Sequence("fence", schema=SCHEMA)))
    op.add_column("token", sa.Column("fence", sa.BigInteger, nullable=True), schema=SCHEMA)
    op.add_column("delivery", sa.Column("fence", sa.BigInteger, nullable=True), schema=SCHEMA)
    op.add_column("delivery", sa.Column("file_id", sa.Text, nullable=True), schema=SCHEMA)

"""What became of a delivery's rows is called their disposition."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Rename the key in what is kept of deliveries. Their files have new names too: `mlc run --full` sends all anew."""
    # Within a text of JSON a quote stands behind a backslash, so that no code of the ERP's reads like the key.
    op.execute(
        "UPDATE mlc.delivery SET"
        " outcome = replace(coalesce(outcome, '{}')::text, '\"fate\": ', '\"disposition\": ')::jsonb"
    )
    op.alter_column("delivery", "outcome", nullable=False, schema="mlc")

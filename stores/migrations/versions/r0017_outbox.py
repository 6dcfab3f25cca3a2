"""Messages to people that wait, with their attempts and receipts."""

import sqlalchemy as sa
from alembic import op

revision = "0017_outbox"
down_revision = "0016_alarms"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table; there was nothing of its kind before."""
    op.create_table(
        "notifications",
        sa.Column("id", NAME, primary_key=True),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("alarm", NAME, nullable=False),
        sa.Column("channel", NAME, nullable=False),
        sa.Column("waits", NUMBER, nullable=False),
        sa.Column("queued_ms", NUMBER, nullable=False),
        sa.Column("next_ms", NUMBER, nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("notifications_to_send", "notifications", ["waits", "channel", "next_ms", "id"])
    op.create_index("notifications_of_alarm", "notifications", ["alarm", "queued_ms", "id"])
    op.create_index("notifications_by_time", "notifications", ["queued_ms", "id"])

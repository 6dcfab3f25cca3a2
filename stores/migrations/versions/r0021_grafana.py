"""What Grafana says of its own alerts."""

import sqlalchemy as sa
from alembic import op

revision = "0021_grafana"
down_revision = "0020_conditions"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table; Grafana has said nothing yet."""
    op.create_table(
        "grafana_alerts",
        sa.Column("fingerprint", NAME, primary_key=True),
        sa.Column("starts_ms", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("firing", NUMBER, nullable=False),
        sa.Column("received_ms", NUMBER, nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("grafana_alerts_newest", "grafana_alerts", ["firing", "received_ms"])
    op.create_index("grafana_alerts_by_time", "grafana_alerts", ["received_ms"])

"""Which settings of the centre were in force: what changed at which start."""

import sqlalchemy as sa
from alembic import op

revision = "0022_settings"
down_revision = "0021_grafana"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table; the next start records all settings."""
    op.create_table(
        "server_settings",
        sa.Column("seq", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("at_ms", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )

"""Times that were worked out from the clock that never steps, because the wall clock was unset or wrong."""

import sqlalchemy as sa
from alembic import op

revision = "0005_spool"
down_revision = "0004_trust"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the new table."""
    op.create_table(
        "backdatings",
        sa.Column("gateway", NAME, primary_key=True),
        sa.Column("epoch", NAME, primary_key=True),
        sa.Column("number", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )

"""How much places have room for."""

import sqlalchemy as sa
from alembic import op

revision = "0020_conditions"
down_revision = "0019_closed_loop"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table; nobody has said anything of it yet."""
    op.create_table(
        "capacities",
        sa.Column("place", NAME, primary_key=True),
        sa.Column("at_ms", NUMBER, nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )

"""Tags that were taken out of use, and crates that were received past a tunnel reader."""

import sqlalchemy as sa
from alembic import op

revision = "0006_presence"
down_revision = "0005_spool"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the two tables; there was nothing of their kind before."""
    op.create_table(
        "retirements",
        sa.Column("epc", NAME, primary_key=True),
        sa.Column("at_ms", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "receipts",
        sa.Column("id", NAME, primary_key=True),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("reader", NAME, nullable=False),
        sa.Column("to_ms", NUMBER, nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("receipts_by_time", "receipts", ["to_ms", "id"])
    op.create_index("receipts_by_reader", "receipts", ["reader", "to_ms", "id"])

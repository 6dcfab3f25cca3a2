"""Reads of tags that contradict the record, and crates of which nobody knows which way they went."""

import sqlalchemy as sa
from alembic import op

revision = "0007_tag_conflicts"
down_revision = "0006_presence"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the two tables; there was nothing of their kind before."""
    op.create_table(
        "tag_conflicts",
        sa.Column("epc", NAME, primary_key=True),
        sa.Column("kind", NAME, primary_key=True),
        sa.Column("place", NAME, primary_key=True),
        sa.Column("at_ms", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("other", NAME, nullable=False),
        sa.Column("stands", NUMBER, nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("tag_conflicts_by_place", "tag_conflicts", ["place", "stands"])
    op.create_index("tag_conflicts_by_other", "tag_conflicts", ["other", "stands"])
    op.create_index("tag_conflicts_by_time", "tag_conflicts", ["stands", "at_ms"])
    op.create_table(
        "ways_open",
        sa.Column("receipt", NAME, primary_key=True),
        sa.Column("place", NAME, nullable=False),
        sa.Column("stands", NUMBER, nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("ways_open_by_place", "ways_open", ["place", "stands"])

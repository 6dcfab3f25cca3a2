"""Approvals of profiles, and which version holds in a place since when."""

import sqlalchemy as sa
from alembic import op

revision = "0015_profiles"
down_revision = "0014_lookback"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the three tables; until now a place kept the profile that it was registered with."""
    for table in ("profile_proposals", "profile_approvals"):
        op.create_table(
            table,
            sa.Column("profile", NAME, primary_key=True),
            sa.Column("version", NUMBER, primary_key=True, autoincrement=False),
            sa.Column("at_ms", NUMBER, primary_key=True, autoincrement=False),
            sa.Column("seq", NUMBER, nullable=False),
            sa.Column("body", sa.LargeBinary, nullable=False),
        )
    op.create_table(
        "place_profiles",
        sa.Column("place", NAME, primary_key=True),
        sa.Column("at_ms", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("from_ms", NUMBER, nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("place_profiles_by_time", "place_profiles", ["from_ms", "at_ms", "place"])

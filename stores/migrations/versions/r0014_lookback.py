"""Indexes by which look-back, trace and recall page in SQL."""

revision = "0014_lookback"
down_revision = "0013_retention"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make nothing yet."""

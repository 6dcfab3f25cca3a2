"""Alarms, what people did with them, and who is on call."""

revision = "0016_alarms"
down_revision = "0015_profiles"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make nothing yet."""

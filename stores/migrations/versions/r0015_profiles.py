"""Approvals of profiles, and which version holds in a place since when."""

revision = "0015_profiles"
down_revision = "0014_lookback"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make nothing yet."""

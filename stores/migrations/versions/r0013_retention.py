"""What is kept for how long, legal holds, and what was removed by two signatures."""

revision = "0013_retention"
down_revision = "0012_register"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make nothing yet."""

"""What the rules of places and devices remember between two looks."""

revision = "0020_conditions"
down_revision = "0019_closed_loop"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make nothing yet."""

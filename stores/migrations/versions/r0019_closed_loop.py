"""The closed loop: orders, transfers, hand-overs, plans and stock levels."""

revision = "0019_closed_loop"
down_revision = "0018_tasks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make nothing yet."""

"""Tasks, calls on the urgent list, and what the issuing system was told."""

revision = "0018_tasks"
down_revision = "0017_outbox"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make nothing yet."""

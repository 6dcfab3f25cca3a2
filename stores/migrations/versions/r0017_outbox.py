"""Messages to people that wait, with their attempts and receipts."""

revision = "0017_outbox"
down_revision = "0016_alarms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make nothing yet."""

"""Sealed blocks of the reading log and the sums over them."""

revision = "0009_blocks"
down_revision = "0008_proof"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: the number is taken so that the rooms can be built side by side."""

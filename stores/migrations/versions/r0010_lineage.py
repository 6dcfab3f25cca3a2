"""Donations, lineage, containers: where a unit came from and what became of it."""

revision = "0010_lineage"
down_revision = "0009_blocks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: the number is taken so that the rooms can be built side by side."""

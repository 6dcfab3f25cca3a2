"""The Merkle log over the ledger and its signed checkpoints."""

revision = "0008_proof"
down_revision = "0007_tag_conflicts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: the number is taken so that the rooms can be built side by side."""

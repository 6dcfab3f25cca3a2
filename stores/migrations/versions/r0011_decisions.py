"""What people decided on a named version of the evidence, counts, rounds and items that are no blood."""

revision = "0011_decisions"
down_revision = "0010_lineage"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: the number is taken so that the rooms can be built side by side."""

"""The register of instruments: certificates, mapping studies, qualifications, with their due dates."""

revision = "0012_register"
down_revision = "0011_decisions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: the number is taken so that the rooms can be built side by side."""

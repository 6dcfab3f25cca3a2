"""The register: calibration certificates, mapping studies of places, qualifications of boxes."""

import sqlalchemy as sa
from alembic import op

revision = "0012_register"
down_revision = "0011_decisions"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the three tables; there was nothing of their kind before."""
    for table, subject in (("certificates", "serial"), ("mapping_studies", "place"), ("qualifications", "box")):
        op.create_table(
            table,
            sa.Column(subject, NAME, primary_key=True),
            sa.Column("number", NAME, primary_key=True),
            sa.Column("at_ms", NUMBER, nullable=False),
            sa.Column("seq", NUMBER, nullable=False),
            sa.Column("body", sa.LargeBinary, nullable=False),
        )
    op.create_index("certificates_by_time", "certificates", ["serial", "at_ms", "number"])

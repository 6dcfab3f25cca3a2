"""For whom units are: what was said of it, and which of them are for one patient only by their own label."""

import json
import re

import sqlalchemy as sa
from alembic import op

revision = "0023_intents"
down_revision = "0022_settings"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# The sixth character of an ISBT 128 product code; those that are for anybody, or say nothing.
CODE = re.compile(r"[A-Z][0-9A-Z]{4}([0-9A-Za-z])(?:[A-Z][a-z]|00|[A-Z]0|0[a-z])?")
FOR_ANYBODY = "0VP"


def upgrade() -> None:
    """Make the tables; of units that are known already, what their labels say."""
    op.create_table(
        "unit_intents",
        sa.Column("unit", NAME, primary_key=True),
        sa.Column("at_ms", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("via", NAME, primary_key=True),
        sa.Column("reserved", NUMBER, nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "reserved_units",
        sa.Column("unit", NAME, primary_key=True),
        sa.Column("labelled", NUMBER, nullable=False),
        sa.Column("reserved", NUMBER, nullable=False),
    )
    _fill()


def _fill() -> None:
    bind = op.get_bind()
    row = sa.text("INSERT INTO reserved_units (unit, labelled, reserved) VALUES (:unit, 1, 1)")
    after = ""
    asked = sa.text("SELECT id, body FROM units WHERE id > :after ORDER BY id LIMIT 5000")
    while found := bind.execute(asked, {"after": after}).fetchall():
        for unit, body in found:
            said = json.loads(bytes(body))
            code = CODE.fullmatch(said["product_code"]) if said["scheme"] == "isbt128" else None
            if code is not None and code.group(1) not in FOR_ANYBODY:
                bind.execute(row, {"unit": unit})
        after = found[-1][0]

"""The right probe in the right fridge: positions, who confirmed them, work states, and suspicions of crossed probes."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003_commission"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the new tables. They are empty: whatever was registered before counts as confirmed by its registration."""
    body = (_name("place"), _name("serial"), _number("seq"), _blob("body"))
    op.create_table("positions", _key("probe"), _key_number("from_ms"), *body)
    op.create_index("positions_by_place", "positions", ["place", "probe", "from_ms"])
    op.create_index("positions_by_serial", "positions", ["serial", "from_ms", "probe"])
    op.create_table(
        "commissionings", _key("probe"), _key_number("at_ms"), _name("place"), _number("seq"), _blob("body")
    )
    op.create_index("commissionings_by_place", "commissionings", ["place", "probe", "at_ms"])
    keys = (_key("place"), _key("kind"), _key("probe"), _key_number("at_ms"), _key_number("begins"))
    op.create_table("work_words", *keys, _number("seq"), _blob("body"))
    op.create_table("crossings", _key("place"), _key("other"), _number("stands"), _number("seq"), _blob("body"))
    op.create_index("crossings_by_other", "crossings", ["other", "place"])


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, NAME, primary_key=True)


def _key_number(name: str) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, primary_key=True, autoincrement=False)


def _name(name: str) -> sa.Column[Any]:
    return sa.Column(name, NAME, nullable=False)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, nullable=False)


def _blob(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary, nullable=False)

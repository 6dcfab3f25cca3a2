"""Trust: keys of gateways, security events, commands and claims, and what the newest numbers of each gateway said."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004_trust"
down_revision = "0003_commission"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the new tables."""
    op.create_table("gateway_keys", _key("gateway"), _key("key"), _number("from_ms"), _number("seq"), _blob("body"))
    op.create_table("security_events", _key("id"), _number("at_ms"), _number("seq"), _blob("body"))
    op.create_index("security_events_by_time", "security_events", ["at_ms", "id"])
    op.create_table("commands", _key("id"), _name("gateway"), _number("issued_ms"), _number("seq"), _blob("body"))
    op.create_index("commands_by_gateway", "commands", ["gateway", "issued_ms", "id"])
    op.create_index("commands_by_time", "commands", ["issued_ms", "id"])
    op.create_table("claims", _key("id"), _name("token_sha256"), _number("expires_ms"), _number("seq"), _blob("body"))
    op.create_index("claims_by_token", "claims", ["token_sha256"])
    op.create_table(
        "digests",
        sa.Column("noted", NUMBER, primary_key=True),
        _name("gateway"),
        _name("epoch"),
        _number("block"),
        _blob("marks"),
        sa.UniqueConstraint("gateway", "epoch", "block", name="digests_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("digests_by_age", "digests", ["gateway", "noted"])


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, NAME, primary_key=True)


def _name(name: str) -> sa.Column[Any]:
    return sa.Column(name, NAME, nullable=False)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, nullable=False)


def _blob(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary, nullable=False)

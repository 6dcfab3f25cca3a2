"""Alarms, their versions, and what people did with them."""

import sqlalchemy as sa
from alembic import op

revision = "0016_alarms"
down_revision = "0015_profiles"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the three tables; there was nothing of their kind before."""
    _table(
        "alarms",
        ("id", NAME),
        version=NUMBER,
        rule=NAME,
        kind=NAME,
        subject=NAME,
        finding=NAME,
        place=NAME,
        raised_ms=NUMBER,
        state=NAME,
    )
    op.create_index("alarms_by_state", "alarms", ["state", "raised_ms", "id"])
    op.create_index("alarms_by_subject", "alarms", ["rule", "subject", "raised_ms", "id"])
    op.create_index("alarms_by_finding", "alarms", ["finding", "raised_ms", "id"])
    op.create_index("alarms_by_place", "alarms", ["place", "raised_ms", "id"])
    op.create_index("alarms_by_time", "alarms", ["raised_ms", "id"])
    _table("alarm_versions", ("alarm", NAME), ("version", NUMBER))
    _table("escalations", ("version", NUMBER))
    _table("alarm_actions", ("alarm", NAME), ("at_ms", NUMBER), ("action", NAME), ("name", NAME))
    op.create_index("alarm_actions_by_time", "alarm_actions", ["at_ms", "alarm", "action", "name"])


def _table(
    name: str,
    *keys: tuple[str, sa.types.TypeEngine[int] | sa.types.TypeEngine[str]],
    **columns: sa.types.TypeEngine[int] | sa.types.TypeEngine[str],
) -> None:
    op.create_table(
        name,
        *(sa.Column(key, kind, primary_key=True, autoincrement=False) for key, kind in keys),
        *(sa.Column(column, kind, nullable=False) for column, kind in columns.items()),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )

"""The closed loop: units that live, members, returns, hand-overs, emergencies, plans and stock levels."""

import sqlalchemy as sa
from alembic import op

revision = "0019_closed_loop"
down_revision = "0018_tasks"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables; `live_units` is filled from the ledger when the projections are made anew."""
    _live_units()
    _table("members", site=NAME)
    _table("unit_returns", unit=NAME, at_ms=NUMBER)
    _table("handovers", sa.Column("at_ms", NUMBER, nullable=False), manifest=NAME, party=NAME)
    op.create_index("handovers_by_time", "handovers", ["at_ms", "manifest"])
    numbers = [sa.Column(name, NUMBER, nullable=False) for name in ("version", "closed", "opened_ms")]
    _table("emergencies", *numbers, id=NAME)
    op.create_index("emergencies_open", "emergencies", ["closed", "opened_ms", "id"])
    _table("plans", site=NAME, component=NAME, month=NAME)
    _table("stock_levels", site=NAME, component=NAME, blood_group=NAME)


def _live_units() -> None:
    names = ("component", "blood_group", "profile")
    times = ("entered_ms", "left_ms", "unseen_ms", "issued_ms")
    op.create_table(
        "live_units",
        sa.Column("unit", NAME, primary_key=True),
        *(sa.Column(name, NAME, nullable=False) for name in names),
        sa.Column("profile_version", NUMBER, nullable=False),
        sa.Column("expires_ms", NUMBER, nullable=True),
        sa.Column("place", NAME, nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("inside", NUMBER, nullable=False),
        *(sa.Column(name, NUMBER, nullable=True) for name in times),
        sa.Column("issued_to", NAME, nullable=False),
        sa.Column("exposed_ms", NUMBER, nullable=True),
        sa.Column("ended", NUMBER, nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
    )
    inside = ["place", "profile", "profile_version", "component", "blood_group", "expires_ms", "unit"]
    _index("inside", inside, "ended = 0 AND inside = 1")
    _index("expiring", ["profile", "profile_version", "expires_ms", "unit"], "ended = 0 AND inside = 1")
    _index("issued", ["issued_ms", "unit"], "issued_ms IS NOT NULL")
    _index("out", ["left_ms", "unit"], "ended = 0 AND inside = 0")
    _index("unseen", ["unseen_ms", "unit"], "ended = 0 AND unseen_ms IS NOT NULL")
    _index("exposed", ["exposed_ms", "unit"], "ended = 0 AND exposed_ms IS NOT NULL")


def _index(name: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(f"live_units_{name}", "live_units", columns, sqlite_where=only, postgresql_where=only)


def _table(name: str, *columns: sa.Column[int], **keys: sa.types.TypeEngine[int] | sa.types.TypeEngine[str]) -> None:
    op.create_table(
        name,
        *(sa.Column(key, kind, primary_key=True, autoincrement=False) for key, kind in keys.items()),
        *columns,
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )

"""What people decided on a named version of the evidence, what they received, read off displays and counted."""

import sqlalchemy as sa
from alembic import op

revision = "0011_decisions"
down_revision = "0010_lineage"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the five tables; there was nothing of their kind before."""
    _table("decisions", _key("id"), _number("version"), _name("unit"), _number("at_ms"))
    op.create_index("decisions_by_unit", "decisions", ["unit", "at_ms", "id"])
    op.create_index("decisions_by_time", "decisions", ["at_ms", "id"])
    _table("receptions", _key("unit"), _key_number("at_ms"))
    op.create_index("receptions_by_time", "receptions", ["at_ms", "unit"])
    _table("reception_refusals", _key("id"), _number("at_ms"))
    op.create_index("reception_refusals_by_time", "reception_refusals", ["at_ms", "id"])
    for table in ("manual_readings", "stock_counts"):
        _table(table, _key("place"), _key_number("at_ms"), _number("differs"))
        op.create_index(f"{table}_by_time", table, ["at_ms", "place"])


def _table(table: str, *columns: sa.Column[str] | sa.Column[int]) -> None:
    op.create_table(table, *columns, _number("seq"), sa.Column("body", sa.LargeBinary, nullable=False))


def _key(column: str) -> sa.Column[str]:
    return sa.Column(column, NAME, primary_key=True)


def _key_number(column: str) -> sa.Column[int]:
    return sa.Column(column, NUMBER, primary_key=True, autoincrement=False)


def _name(column: str) -> sa.Column[str]:
    return sa.Column(column, NAME, nullable=False)


def _number(column: str) -> sa.Column[int]:
    return sa.Column(column, NUMBER, nullable=False)

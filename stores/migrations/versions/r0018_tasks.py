"""Tasks, calls on the urgent list, and what the issuing system was told."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0018_tasks"
down_revision = "0017_outbox"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables; every entry of a hold that there is becomes a message to the issuing system."""
    _table("tasks", _key("id"), _number("version"), _name("place"), _number("open"), _number("opened_ms"))
    _partial("tasks_open", "tasks", ["opened_ms", "id"], "open = 1")
    op.create_index("tasks_by_place", "tasks", ["place", "opened_ms", "id"])
    _table("task_ticks", _key("task"), _key("unit"), _number("at_ms"))
    op.create_index("task_ticks_by_unit", "task_ticks", ["unit", "at_ms", "task"])
    _table("task_rules", _key_number("version"))
    _table("place_uses", _key("place"), _number("at_ms"))
    _table("urgent_calls", _key("unit"), _key_number("at_ms"))
    _table("hold_changes", _key_number("number"), _name("unit"), _number("confirmed"))
    op.create_index("hold_changes_by_unit", "hold_changes", ["unit", "number"])
    _partial("hold_changes_waiting", "hold_changes", ["number"], "confirmed = 0")
    _table("issuing_receipts", _key_number("change"))
    _known_holds()


def _known_holds() -> None:
    bind = op.get_bind()
    known = bind.execute(sa.text("SELECT seq, payload FROM ledger WHERE kind = 'hold' ORDER BY seq"))
    columns = "number, unit, confirmed, seq, body"
    insert = sa.text(f"INSERT INTO hold_changes ({columns}) VALUES (:seq, :unit, 0, :seq, :body)")
    for seq, payload in known.fetchall():
        body = bytes(payload)
        bind.execute(insert, {"seq": seq, "unit": json.loads(body)["unit"], "body": body})


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


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

"""Donations, lineage, containers: where a unit came from and what became of it."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0010_lineage"
down_revision = "0009_blocks"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, NAME, primary_key=True)


def _key_number(name: str) -> sa.Column[int]:
    return sa.Column(name, NUMBER, primary_key=True, autoincrement=False)


def _name(name: str) -> sa.Column[str]:
    return sa.Column(name, NAME, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=False)


def _body() -> sa.Column[bytes]:
    return sa.Column("body", sa.LargeBinary, nullable=False)


def upgrade() -> None:
    """Make the tables, and note which stays are undoubtedly open: of the rest there was nothing before."""
    _lineage()
    _words()
    _receipts()
    op.create_table("open_stays", _key("unit"), _number("number"), _number("seq"))
    bind = op.get_bind()
    known = sa.text("SELECT unit, number, seq, body FROM stays WHERE length = 'open' AND withdrawn = 0")
    for row in bind.execute(known).fetchall():
        stay = json.loads(bytes(row.body))
        if stay["certain_from_ms"] is not None and stay["certain_to_ms"] is None:
            insert = sa.text("INSERT INTO open_stays (unit, number, seq) VALUES (:unit, :number, :seq)")
            bind.execute(insert, {"unit": row.unit, "number": row.number, "seq": row.seq})


def _lineage() -> None:
    op.create_table("transformations", _key("id"), _number("at_ms"), _number("seq"), _body())
    op.create_table("lineage", _key("parent"), _key("child"), _key("act"), _number("at_ms"), _number("seq"))
    op.create_index("lineage_by_child", "lineage", ["child", "at_ms", "parent", "act"])
    op.create_index("lineage_by_parent", "lineage", ["parent", "at_ms", "child", "act"])
    op.create_index("lineage_by_act", "lineage", ["act"])
    op.create_table("unit_ends", _key("unit"), _name("act"), _number("seq"), _body())
    op.create_index("unit_ends_by_act", "unit_ends", ["act"])


def _receipts() -> None:
    op.create_table("receipt_units", _key("unit"), _key("receipt"), _number("seq"))
    bind = op.get_bind()
    for row in bind.execute(sa.text("SELECT id, seq, body FROM receipts")).fetchall():
        one = json.loads(bytes(row.body))
        for unit in sorted({*one["expected"], *one["read"], *one["scanned"]}):
            insert = sa.text("INSERT INTO receipt_units (unit, receipt, seq) VALUES (:unit, :receipt, :seq)")
            bind.execute(insert, {"unit": unit, "receipt": row.id, "seq": row.seq})


def _words() -> None:
    op.create_table(
        "recalls",
        *(_key("id"), _number("at_ms"), _name("donation_number"), _name("issuer"), _name("scheme"), _name("unit")),
        *(_number("seq"), _body()),
    )
    op.create_index("recalls_by_time", "recalls", ["at_ms", "id"])
    op.create_index("recalls_by_donation", "recalls", ["donation_number", "issuer", "scheme", "id"])
    op.create_table(
        "declared_errors",
        *(_key("kind"), _key("unit"), _key_number("wrong_ms"), _key("object"), _key_number("at_ms")),
        *(_number("seq"), _body()),
    )
    op.create_index("declared_errors_by_unit", "declared_errors", ["unit", "at_ms", "kind", "wrong_ms", "object"])
    op.create_table("ownerships", _key("unit"), _key_number("at_ms"), _key("owner"), _number("seq"), _body())
    op.create_table("containments", _key("container"), _key_number("at_ms"), _name("parent"), _number("seq"), _body())
    op.create_index("containments_by_parent", "containments", ["parent", "container"])

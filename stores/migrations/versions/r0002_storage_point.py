"""A storage point: packing lists, issues, and device events by the contact or box that spoke."""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
EVENT_ORDER: Final = ["taken_ms", "gateway", "epoch", "number"]


def upgrade() -> None:
    """Make the new tables, and device_events anew with the origin and kind that each event's body names."""
    _people()
    _events()


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, NAME, primary_key=True)


def _key_number(name: str) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, primary_key=True, autoincrement=False)


def _name(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, NAME, nullable=nullable)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, nullable=False)


def _blob(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def _people() -> None:
    op.create_table("manifests", _key("id"), _name("box"), _number("packed_ms"), _number("seq"), _blob("body"))
    op.create_index("manifests_by_box", "manifests", ["box", "packed_ms", "id"])
    op.create_index("manifests_by_time", "manifests", ["packed_ms", "id"])
    op.create_table("issues", _key("unit"), _key_number("at_ms"), _key("recipient"), _number("seq"), _blob("body"))


def _events() -> None:
    """A column that must not be empty cannot be added to a table with rows, so the rows move into a new one."""
    for index in ("device_events_by_epc", "device_events_by_place"):
        op.drop_index(index, "device_events")
    op.rename_table("device_events", "device_events_0001")
    if op.get_bind().dialect.name == "postgresql":  # the index of a key keeps its name when its table gets another
        op.execute("ALTER INDEX device_events_pkey RENAME TO device_events_0001_pkey")
    op.create_table(
        "device_events",
        _key("gateway"),
        _key("epoch"),
        _key_number("number"),
        _name("place"),
        _name("origin"),
        _name("kind"),
        _number("taken_ms"),
        _name("epc", nullable=True),
        _number("seq"),
        _blob("body"),
    )
    # SQLite reads JSON out of text only; the body is canonical JSON in UTF-8.
    origin, kind = (f"json_extract(CAST(body AS TEXT), '$.{name}')" for name in ("origin", "kind"))
    if op.get_bind().dialect.name == "postgresql":
        origin, kind = (f"convert_from(body, 'UTF8')::json ->> '{name}'" for name in ("origin", "kind"))
    op.execute(
        "INSERT INTO device_events (gateway, epoch, number, place, origin, kind, taken_ms, epc, seq, body)"
        f" SELECT gateway, epoch, number, place, {origin}, {kind}, taken_ms, epc, seq, body FROM device_events_0001"
    )
    op.drop_table("device_events_0001")
    op.create_index("device_events_by_epc", "device_events", ["epc", *EVENT_ORDER])
    op.create_index("device_events_by_place", "device_events", ["place", "epc", *EVENT_ORDER])
    op.create_index(
        "device_events_by_origin",
        "device_events",
        ["origin", *EVENT_ORDER, "kind"],
        sqlite_where=sa.text("epc IS NULL"),
        postgresql_where=sa.text("epc IS NULL"),
    )

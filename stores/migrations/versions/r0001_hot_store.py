"""The hot store: evidence (append-only), projections, books."""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

from stores.append_only import append_only_in_postgres

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
APPEND_ONLY: Final = {"ledger": "seq", "hot_readings": "admission"}


def upgrade() -> None:
    """Make all tables, and the triggers that keep the evidence append-only."""
    _evidence()
    _things()
    _custody()
    _verdicts()
    _books()
    for table, key in APPEND_ONLY.items():
        _append_only(table, key)


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, NAME, primary_key=True)


def _key_number(name: str) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, primary_key=True, autoincrement=False)


def _own_number(name: str) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, primary_key=True)


def _name(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, NAME, nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, nullable=nullable)


def _blob(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def _evidence() -> None:
    op.create_table(
        "ledger",
        _key_number("seq"),
        _number("record_ms"),
        _name("actor"),
        _name("site"),
        _name("kind"),
        _blob("payload"),
        _blob("hash"),
    )
    op.create_table(
        "hot_readings",
        _key_number("admission"),
        _name("stream"),
        _name("device"),
        _number("first_taken_ms"),
        _number("last_taken_ms"),
        _name("gateway"),
        _name("epoch"),
        _number("received_ms"),
        _number("source_rank"),
        _name("clock"),
        _name("boot"),
        _number("n"),
        _blob("body"),
    )
    op.create_index("hot_readings_by_time", "hot_readings", ["stream", "device", "first_taken_ms", "last_taken_ms"])


def _things() -> None:
    op.create_table("gateways", _key("id"), _number("seq"), _blob("body"))
    op.create_table("places", _key("id"), _number("seq"), _blob("body"))
    op.create_table("probes", _key("id"), _number("seq"), _blob("body"))
    op.create_table("readers", _key("id"), _number("seq"), _blob("body"))
    op.create_table("contacts", _key("id"), _number("seq"), _blob("body"))
    op.create_table("profiles", _key("id"), _key_number("version"), _number("seq"), _blob("body"))
    op.create_table(
        "units",
        _key("id"),
        _name("issuer"),
        _name("scheme"),
        _name("donation_number"),
        _name("product_code"),
        _name("division"),
        _number("seq"),
        _blob("body"),
        sa.UniqueConstraint("donation_number", "product_code", "division", "issuer", "scheme", name="units_identity"),
    )
    op.create_table("bindings", _key("epc"), _key_number("from_ms"), _key("unit"), _number("seq"), _blob("body"))
    op.create_index("bindings_by_unit", "bindings", ["unit", "from_ms", "epc"])
    op.create_table("placements", _key("unit"), _key_number("at_ms"), _key("place"), _number("seq"), _blob("body"))


def _custody() -> None:
    op.create_table(
        "device_events",
        _key("gateway"),
        _key("epoch"),
        _key_number("number"),
        _name("place"),
        _number("taken_ms"),
        _name("epc", nullable=True),
        _number("seq"),
        _blob("body"),
    )
    op.create_index("device_events_by_epc", "device_events", ["epc", "taken_ms", "gateway", "epoch", "number"])
    op.create_index(
        "device_events_by_place", "device_events", ["place", "epc", "taken_ms", "gateway", "epoch", "number"]
    )
    op.create_table(
        "gaps", _key("gateway"), _key("epoch"), _key_number("number"), _number("from_ms"), _number("seq"), _blob("body")
    )
    op.create_index("gaps_by_time", "gaps", ["gateway", "from_ms", "epoch", "number"])
    op.create_table("tags_seen", _key("epc"), _number("bound"), _number("seq"), sqlite_with_rowid=False)
    op.create_index(
        "tags_seen_unbound",
        "tags_seen",
        ["epc"],
        sqlite_where=sa.text("bound = 0"),
        postgresql_where=sa.text("bound = 0"),
    )
    op.create_table(
        "stays",
        _key("unit"),
        _key_number("number"),
        _name("place"),
        _number("withdrawn"),
        _name("length"),
        _number("possible_from_ms"),
        _number("possible_to_ms", nullable=True),
        _number("seq"),
        _blob("body"),
    )
    op.create_index("stays_by_entry", "stays", ["place", "withdrawn", "length", "possible_from_ms", "possible_to_ms"])
    op.create_index("stays_by_exit", "stays", ["place", "withdrawn", "length", "possible_to_ms", "possible_from_ms"])


def _verdicts() -> None:
    op.create_table(
        "findings",
        _key("id"),
        _number("version"),
        _name("place"),
        _name("probe"),
        _name("kind"),
        _name("status"),
        _number("start_ms"),
        _number("end_ms", nullable=True),
        _number("seq"),
        _blob("body"),
    )
    op.create_index("findings_by_place", "findings", ["place", "start_ms", "end_ms"])
    op.create_index("findings_by_probe", "findings", ["probe", "start_ms", "end_ms"])
    op.create_index("findings_by_probe_status", "findings", ["probe", "status", "start_ms"])
    op.create_index("findings_by_status", "findings", ["status", "start_ms"])
    op.create_table("exposures", _key("unit"), _key("finding"), _number("from_ms"), _number("seq"), _blob("body"))
    op.create_index("exposures_by_finding", "exposures", ["finding", "unit"])
    op.create_table("holds", _key("id"), _name("unit"), _number("placed_ms"), _number("seq"), _blob("body"))
    op.create_index("holds_by_time", "holds", ["placed_ms", "id"])
    op.create_index("holds_by_unit", "holds", ["unit", "placed_ms", "id"])


def _books() -> None:
    op.create_table("totals", _key("name"), _number("value"), sqlite_with_rowid=False)
    op.create_table("received", _key("gateway"), _key("epoch"), _name("ranges"), sqlite_with_rowid=False)
    op.create_table("horizons", _key("gateway"), _number("horizon_ms"), _number("last_up_ms"), sqlite_with_rowid=False)
    op.create_table("checkpoints", _key("probe"), _key_number("at_ms"), _blob("state"), sqlite_with_rowid=False)
    op.create_table(
        "heads",
        _key("probe"),
        _blob("state"),
        _number("last_taken_ms"),
        _number("horizon_ms"),
        _number("provisional_from_ms", nullable=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "quarantine",
        _own_number("id"),
        _name("reason"),
        _name("gateway"),
        _name("epoch"),
        _number("seq"),
        _name("origin"),
        _number("received_ms"),
        _name("clock"),
        _name("boot"),
        _blob("body"),
        sqlite_autoincrement=True,
    )
    op.create_index("quarantine_by_gateway", "quarantine", ["gateway"])
    op.create_table(
        "refused",
        _own_number("noted"),
        _name("gateway"),
        _name("epoch"),
        _name("sha256"),
        _name("reason"),
        _name("detail"),
        _number("received_ms"),
        sa.UniqueConstraint("gateway", "epoch", "sha256", name="refused_once"),
        sqlite_autoincrement=True,
    )
    op.create_table("cursors", _key("name"), _number("value"), sqlite_with_rowid=False)


def _append_only(table: str, key: str) -> None:
    """Refuse UPDATE, DELETE and every INSERT that is not beyond the newest row (INSERT OR REPLACE among them).

    SQLite fires no delete trigger for REPLACE unless the connection asks for recursive triggers; an insert trigger
    does not depend on that.
    """
    if op.get_bind().dialect.name == "postgresql":
        append_only_in_postgres(table, key, dense=table == "ledger")
        return
    told = f"SELECT RAISE(ABORT, '{table} is append-only: a correction is a new entry')"
    newest = f"(SELECT COALESCE(MAX({key}), 0) FROM {table})"
    op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN {told}; END")
    op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN {told}; END")
    wrong = f"NEW.{key} <> {newest} + 1" if table == "ledger" else f"NEW.{key} <= {newest}"
    op.execute(f"CREATE TRIGGER {table}_in_order BEFORE INSERT ON {table} WHEN {wrong} BEGIN {told}; END")

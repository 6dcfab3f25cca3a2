"""Sealed blocks of the reading log and the sums over them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from stores.append_only import FIXED_PATH

revision = "0009_blocks"
down_revision = "0008_proof"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TOLD = "is append-only: a correction is a new entry"
# A hot row may go if its own transaction keeps it in a block: `sealing` names the newest entry, its bytes are there.
KEPT = (
    "EXISTS (SELECT 1 FROM sealing s JOIN blocks k ON k.seq = s.seq JOIN block_bodies b ON b.seq = s.seq"
    " JOIN block_rests r ON r.seq = s.seq WHERE s.seq = (SELECT MAX(seq) FROM ledger)"
    " AND OLD.stream = 'samples' AND k.probe = OLD.device AND k.day = OLD.first_taken_ms / 86400000"
    " AND k.day = OLD.last_taken_ms / 86400000 AND OLD.admission BETWEEN b.first_admission AND b.last_admission)"
)


def upgrade() -> None:
    """Make the tables; evidence stays append-only, but for hot rows that go into a block in the same transaction."""
    op.create_table(
        "block_bodies",
        _key_number("seq"),
        _number("first_admission"),
        _number("last_admission"),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("front", sa.LargeBinary, nullable=False),
    )
    op.create_index("block_bodies_by_admission", "block_bodies", ["last_admission"])
    op.create_table("block_rests", _key_number("seq"), sa.Column("rest", sa.LargeBinary, nullable=False))
    op.create_table(
        "blocks",
        sa.Column("probe", NAME, primary_key=True),
        _key_number("day"),
        _number("generation"),
        _number("seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "block_sums",
        sa.Column("probe", NAME, primary_key=True),
        _key_number("hold_ms"),
        _key_number("level"),
        _key_number("number"),
        sa.Column("sums", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "calibrations",
        sa.Column("serial", NAME, primary_key=True),
        _key_number("from_ms"),
        _key_number("version"),
        _number("seq"),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table("sealing", _key_number("seq"))
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgres()


def _key_number(name: str) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, primary_key=True, autoincrement=False)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, nullable=False)


def _sqlite() -> None:
    for table in ("block_bodies", "block_rests"):
        told = f"SELECT RAISE(ABORT, '{table} {TOLD}')"
        op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN {told}; END")
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN {told}; END")
        wrong = f"NEW.seq <= (SELECT COALESCE(MAX(seq), 0) FROM {table})"
        op.execute(f"CREATE TRIGGER {table}_in_order BEFORE INSERT ON {table} WHEN {wrong} BEGIN {told}; END")
    told = f"SELECT RAISE(ABORT, 'hot_readings {TOLD}')"
    op.execute("DROP TRIGGER hot_readings_no_delete")
    op.execute(f"CREATE TRIGGER hot_readings_no_delete BEFORE DELETE ON hot_readings WHEN NOT {KEPT} BEGIN {told}; END")


def _postgres() -> None:
    for table in ("block_bodies", "block_rests"):
        _append_only(table)
    refused = f"RAISE EXCEPTION 'hot_readings {TOLD}' USING ERRCODE = '23000'"
    op.execute(
        f"CREATE FUNCTION append_only_hot_readings_sealed() RETURNS trigger LANGUAGE plpgsql {FIXED_PATH} AS $body$"
        f" BEGIN IF NOT {KEPT} THEN {refused}; END IF; RETURN OLD; END $body$"
    )
    op.execute("DROP TRIGGER hot_readings_no_change ON hot_readings")
    op.execute(
        "CREATE TRIGGER hot_readings_no_change BEFORE UPDATE OR TRUNCATE ON hot_readings"
        " FOR EACH STATEMENT EXECUTE FUNCTION append_only_hot_readings()"
    )
    op.execute(
        "CREATE TRIGGER hot_readings_sealed BEFORE DELETE ON hot_readings"
        " FOR EACH ROW EXECUTE FUNCTION append_only_hot_readings_sealed()"
    )


def _append_only(table: str) -> None:
    refused = f"RAISE EXCEPTION '{table} {TOLD}' USING ERRCODE = '23000'"
    op.execute(
        f"CREATE FUNCTION append_only_{table}() RETURNS trigger LANGUAGE plpgsql {FIXED_PATH}"
        f" AS $body$ BEGIN {refused}; END $body$"
    )
    op.execute(
        f"CREATE FUNCTION append_only_{table}_order() RETURNS trigger LANGUAGE plpgsql {FIXED_PATH} AS $body$ BEGIN"
        f" IF NEW.seq <= (SELECT COALESCE(MAX(seq), 0) FROM {table}) THEN {refused}; END IF; RETURN NEW; END $body$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION append_only_{table}()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_in_order BEFORE INSERT ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION append_only_{table}_order()"
    )

"""What is kept for how long, legal holds, and what was removed by two signatures."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from stores.append_only import FIXED_PATH

revision = "0013_retention"
down_revision = "0012_register"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TOLD = "is append-only: a correction is a new entry"
# The bytes of a block may go if the newest ledger entry is the removal that names it, under two signatures.
NAMED = (
    "EXISTS (SELECT 1 FROM removed_blocks r JOIN disposals d ON d.id = r.disposal JOIN ledger l ON l.seq = r.seq"
    " WHERE r.block_seq = OLD.seq AND r.seq = (SELECT MAX(seq) FROM ledger) AND l.kind = 'removal'"
    " AND d.state = 'removed' AND d.confirmed_name <> '' AND d.confirmed_name <> d.proposed_name{more})"
)
HEX = {"sqlite": "lower(hex(OLD.hash))", "postgresql": "encode(OLD.hash, 'hex')"}


def upgrade() -> None:
    """Make the tables; the bytes of blocks stay append-only, but for what a removal of two signatures names."""
    _projection("retention_policies", _key("what"), _key("profile"))
    _projection("legal_holds", _key("id"), _number("stands"))
    op.create_index("legal_holds_standing", "legal_holds", ["stands", "id"])
    names = [_name(name) for name in ("proposed_name", "confirmed_name")]
    _projection("disposals", _key("id"), _number("version"), _name("state"), _number("proposed_ms"), *names)
    op.create_index("disposals_by_state", "disposals", ["state", "id"])
    op.create_index("disposals_by_time", "disposals", ["proposed_ms", "id"])
    _projection("removals", _key("disposal"))
    op.create_table(
        "removed_blocks",
        _key_number("block_seq"),
        _name("probe"),
        _number("day"),
        _number("generation"),
        _name("disposal"),
        _name("hash"),
        _number("seq"),
    )
    op.create_index("removed_blocks_by_day", "removed_blocks", ["probe", "day", "block_seq"])
    _projection("time_stamps", _key_number("size"), _key("authority"))
    _projection("reading_digests", _key_number("upto"))
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgres()


def _may_go(dialect: str) -> dict[str, str]:
    return {"block_bodies": NAMED.format(more=f" AND r.hash = {HEX[dialect]}"), "block_rests": NAMED.format(more="")}


def _projection(table: str, *columns: sa.Column[Any]) -> None:
    op.create_table(table, *columns, _number("seq"), sa.Column("body", sa.LargeBinary, nullable=False))


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, NAME, primary_key=True)


def _key_number(name: str) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, primary_key=True, autoincrement=False)


def _name(name: str) -> sa.Column[Any]:
    return sa.Column(name, NAME, nullable=False)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, nullable=False)


def _sqlite() -> None:
    for table, may_go in _may_go("sqlite").items():
        told = f"SELECT RAISE(ABORT, '{table} {TOLD}')"
        op.execute(f"DROP TRIGGER {table}_no_delete")
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN NOT {may_go} BEGIN {told}; END")


def _postgres() -> None:
    for table, may_go in _may_go("postgresql").items():
        refused = f"RAISE EXCEPTION '{table} {TOLD}' USING ERRCODE = '23000'"
        op.execute(
            f"CREATE FUNCTION append_only_{table}_sealed() RETURNS trigger LANGUAGE plpgsql {FIXED_PATH} AS $body$"
            f" BEGIN IF NOT {may_go} THEN {refused}; END IF; RETURN OLD; END $body$"
        )
        op.execute(f"DROP TRIGGER {table}_no_change ON {table}")
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION append_only_{table}()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_sealed BEFORE DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION append_only_{table}_sealed()"
        )

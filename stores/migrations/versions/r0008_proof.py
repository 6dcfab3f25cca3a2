"""The Merkle log over the ledger and its signed checkpoints, keys, exports, starts of the centre."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from stores.append_only import FIXED_PATH

revision = "0008_proof"
down_revision = "0007_tag_conflicts"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# What makes an INSERT wrong, where `NEW` is the row that comes.
WRONG: Final = {
    "ledger_checkpoints": "NEW.size <= (SELECT COALESCE(MAX(size), 0) FROM ledger_checkpoints)",
    "ledger_nodes": "EXISTS (SELECT 1 FROM ledger_nodes WHERE level = NEW.level AND number = NEW.number)",
}


def upgrade() -> None:
    """Make the tables; there was nothing of their kind before."""
    _evidence()
    _projections()
    for table, wrong in WRONG.items():
        if op.get_bind().dialect.name == "postgresql":
            _append_only_postgresql(table, wrong)
        else:
            _append_only_sqlite(table, wrong)


def _number_key(name: str) -> sa.Column[int]:
    return sa.Column(name, NUMBER, primary_key=True, autoincrement=False)


def _evidence() -> None:
    op.create_table(
        "ledger_checkpoints",
        _number_key("size"),
        sa.Column("at_ms", NUMBER, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("signer", NAME, nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger_nodes",
        _number_key("level"),
        _number_key("number"),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )


def _projections() -> None:
    op.create_table(
        "ledger_keys",
        sa.Column("signer", NAME, primary_key=True),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("ledger_keys_in_order", "ledger_keys", ["seq"])
    op.create_table(
        "exports",
        sa.Column("id", NAME, primary_key=True),
        sa.Column("at_ms", NUMBER, nullable=False),
        sa.Column("sha256", NAME, nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("exports_by_time", "exports", ["at_ms", "id"])
    op.create_index("exports_by_content", "exports", ["sha256", "at_ms", "id"])
    op.create_table(
        "server_starts",
        _number_key("seq"),
        sa.Column("at_ms", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )


def _append_only_sqlite(table: str, wrong: str) -> None:
    told = f"SELECT RAISE(ABORT, '{table} is append-only: a correction is a new entry')"
    op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN {told}; END")
    op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN {told}; END")
    op.execute(f"CREATE TRIGGER {table}_in_order BEFORE INSERT ON {table} WHEN {wrong} BEGIN {told}; END")


def _append_only_postgresql(table: str, wrong: str) -> None:
    """The same for PostgreSQL; a statement trigger also refuses TRUNCATE. The owner of the table is another role."""
    op.execute(
        f"CREATE FUNCTION {table}_refused() RETURNS trigger LANGUAGE plpgsql {FIXED_PATH} AS $$"
        f" BEGIN RAISE EXCEPTION '{table} is append-only: a correction is a new entry'"
        " USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_refused()"
    )
    op.execute(
        f"CREATE FUNCTION {table}_checked() RETURNS trigger LANGUAGE plpgsql {FIXED_PATH} AS $$"
        f" BEGIN IF {wrong} THEN RAISE EXCEPTION '{table} is append-only: a correction is a new entry'"
        " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_in_order BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_checked()"
    )

"""Settings in force; rows of 0.3.0 that cross midnight may go into two blocks; a quicker look at new entries.

PostgreSQL ran a trigger for each new entry of the ledger, which took more time than all else of it. Now it looks once
at all rows of a statement: numbers without a gap from one to the newest of the table, the first of which follows an
entry that is there. As numbers are unique, these are the next numbers.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

from stores.append_only import FIXED_PATH

revision = "0022_settings"
down_revision = "0021_grafana"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TOLD: Final = "is append-only: a correction is a new entry"
# `sealing` names the newest entries, all of them blocks whose bytes are there.
IN_ONE: Final = (
    "EXISTS (SELECT 1 FROM sealing s JOIN blocks k ON k.seq = s.seq JOIN block_bodies b ON b.seq = s.seq"
    " JOIN block_rests r ON r.seq = s.seq WHERE NOT EXISTS"
    " (SELECT 1 FROM ledger l WHERE l.seq > s.seq AND (l.kind <> 'block' OR l.seq NOT IN (SELECT seq FROM sealing)))"
    " AND k.probe = OLD.device AND k.day = OLD.{end} / 86400000"
    " AND OLD.admission BETWEEN b.first_admission AND b.last_admission)"
)
# A hot row may go if its own transaction keeps it in a block, or its two parts in the blocks of both its days.
KEPT: Final = (
    f"(OLD.stream = 'samples' AND {IN_ONE.format(end='first_taken_ms')}"
    " AND (OLD.first_taken_ms / 86400000 = OLD.last_taken_ms / 86400000"
    f" OR (OLD.first_taken_ms / 86400000 + 1 = OLD.last_taken_ms / 86400000 AND {IN_ONE.format(end='last_taken_ms')})))"
)

NEXT: Final = (
    "(SELECT MAX(seq) - MIN(seq) + 1 = COUNT(*) AND MAX(seq) = (SELECT MAX(seq) FROM ledger)"
    " AND (MIN(seq) = 1 OR EXISTS (SELECT 1 FROM ledger WHERE seq = (SELECT MIN(seq) - 1 FROM added))) FROM added)"
)


def upgrade() -> None:
    """Make the table, whose first row comes with the next start; and let rows go into the blocks of two days."""
    op.create_table(
        "server_settings",
        sa.Column("seq", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("at_ms", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        told = f"SELECT RAISE(ABORT, 'hot_readings {TOLD}')"
        op.execute("DROP TRIGGER hot_readings_no_delete")
        op.execute(
            f"CREATE TRIGGER hot_readings_no_delete BEFORE DELETE ON hot_readings WHEN NOT {KEPT} BEGIN {told}; END"
        )
    else:
        _postgres()


def _postgres() -> None:
    refused = f"RAISE EXCEPTION 'hot_readings {TOLD}' USING ERRCODE = '23000'"
    op.execute(
        f"CREATE OR REPLACE FUNCTION append_only_hot_readings_sealed() RETURNS trigger LANGUAGE plpgsql {FIXED_PATH}"
        f" AS $body$ BEGIN IF NOT {KEPT} THEN {refused}; END IF; RETURN OLD; END $body$"
    )
    refused = f"RAISE EXCEPTION 'ledger {TOLD}' USING ERRCODE = '23000'"
    op.execute("DROP TRIGGER ledger_in_order ON ledger")
    op.execute(
        f"CREATE OR REPLACE FUNCTION append_only_ledger_order() RETURNS trigger LANGUAGE plpgsql {FIXED_PATH}"
        f" AS $body$ BEGIN IF NOT COALESCE({NEXT}, false) THEN {refused}; END IF; RETURN NULL; END $body$"
    )
    op.execute(
        "CREATE TRIGGER ledger_in_order AFTER INSERT ON ledger REFERENCING NEW TABLE AS added"
        " FOR EACH STATEMENT EXECUTE FUNCTION append_only_ledger_order()"
    )

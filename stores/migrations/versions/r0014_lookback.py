"""Indexes by which look-back, trace and recall page in SQL."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0014_lookback"
down_revision = "0013_retention"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SHORT_MS: Final = 49 * 86_400_000
SPAN: Final = "(CASE {} ELSE 8 END)".format(
    " ".join(f"WHEN last_admission - first_admission < {2 ** (12 + 3 * n)} THEN {n}" for n in range(8))
)
# Names, and their limits in sixteenths of 49 days.
CLASSES: Final = (("brief", 1), ("days", 4), ("short", 16), ("long", 64), ("longer", 256), ("years", 1_024))


def upgrade() -> None:
    """Class stays by their length, keep who was inside in one index, and find holds by finding and by standing."""
    _stays()
    _holds()
    op.create_index("block_bodies_by_span", "block_bodies", [sa.text(SPAN), "last_admission", "first_admission"])


def _stays() -> None:
    took = "possible_to_ms - possible_from_ms"
    cases = " ".join(f"WHEN {took} <= {parts * SHORT_MS // 16} THEN '{name}'" for name, parts in CLASSES)
    op.execute(f"UPDATE stays SET length = CASE {cases} ELSE 'ages' END WHERE length <> 'open'")
    op.drop_index("stays_by_entry", "stays")
    op.drop_index("stays_by_exit", "stays")
    columns = ["place", "withdrawn", "length", "possible_from_ms", "possible_to_ms", "unit", "number"]
    op.create_index("stays_by_entry", "stays", columns)


def _holds() -> None:
    """A column that must not be empty cannot be added to a table with rows, so the rows move into a new one."""
    for index in ("holds_by_unit", "holds_by_time"):
        op.drop_index(index, "holds")
    op.rename_table("holds", "holds_0013")
    if op.get_bind().dialect.name == "postgresql":  # the index of a key keeps its name when its table gets another
        op.execute("ALTER INDEX holds_pkey RENAME TO holds_0013_pkey")
    op.create_table(
        "holds",
        sa.Column("id", NAME, primary_key=True),
        *(sa.Column(name, NAME, nullable=False) for name in ("unit", "finding")),
        *(sa.Column(name, NUMBER, nullable=False) for name in ("stands", "placed_ms", "seq")),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    # SQLite reads JSON out of text only; the body is canonical JSON in UTF-8.
    finding, lifted = (f"json_extract(CAST(body AS TEXT), '$.{name}')" for name in ("finding", "lifted_by"))
    if op.get_bind().dialect.name == "postgresql":
        finding, lifted = (f"convert_from(body, 'UTF8')::json ->> '{name}'" for name in ("finding", "lifted_by"))
    stands = f"CASE WHEN COALESCE({lifted}, '') = '' THEN 1 ELSE 0 END"  # older programs knew no lifting
    op.execute(
        "INSERT INTO holds (id, unit, finding, stands, placed_ms, seq, body)"
        f" SELECT id, unit, {finding}, {stands}, placed_ms, seq, body FROM holds_0013"
    )
    op.drop_table("holds_0013")
    op.create_index("holds_by_unit", "holds", ["unit", "placed_ms", "id"])
    op.create_index("holds_by_time", "holds", ["placed_ms", "id"])
    op.create_index("holds_by_finding", "holds", ["finding", "placed_ms", "id"])
    standing = sa.text("stands = 1")
    for name, columns in (("holds_standing", ["placed_ms", "id"]), ("holds_standing_by_unit", ["unit", "placed_ms"])):
        op.create_index(name, "holds", columns, sqlite_where=standing, postgresql_where=standing)

"""Tables of the ledger's proofs: signed checkpoints and the kept nodes of the Merkle tree are evidence, append-only."""

from sqlalchemy import Column, Index, LargeBinary, Table

from stores.schema import Name, Number, metadata

ledger_checkpoints = Table(
    "ledger_checkpoints",
    metadata,
    Column("size", Number, primary_key=True, autoincrement=False),
    Column("at_ms", Number, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("signer", Name, nullable=False),
    Column("note", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
# Of merkle.KEPT_LEVEL and above: what is below is made from at most 2**KEPT_LEVEL entries.
ledger_nodes = Table(
    "ledger_nodes",
    metadata,
    Column("level", Number, primary_key=True, autoincrement=False),
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
ledger_keys = Table(
    "ledger_keys",
    metadata,
    Column("signer", Name, primary_key=True),
    Column("seq", Number, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ledger_keys_in_order", "seq"),
    info={"projection": True},
)
exports = Table(
    "exports",
    metadata,
    Column("id", Name, primary_key=True),
    Column("at_ms", Number, nullable=False),
    Column("sha256", Name, nullable=False),
    Column("seq", Number, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("exports_by_time", "at_ms", "id"),
    Index("exports_by_content", "sha256", "at_ms", "id"),
    info={"projection": True},
)
server_starts = Table(
    "server_starts",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("at_ms", Number, nullable=False),
    Column("body", LargeBinary, nullable=False),
    info={"projection": True},
)
server_settings = Table(
    "server_settings",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("at_ms", Number, nullable=False),
    Column("body", LargeBinary, nullable=False),
    info={"projection": True},
)

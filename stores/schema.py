"""The one schema of the hot store, in SQLAlchemy Core. Migrations make it; a test holds the two together.

Three kinds of tables: evidence (`ledger`, `hot_readings`: append-only, held by triggers), projections (made from the
ledger, `body` is the entry's canonical JSON and `seq` its number), books (what the pipeline remembers).
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from stores.schema_blocks import block_tables
from stores.schema_lineage import add_lineage

REVISION: Final = "0022_settings"  # of the newest migration; opening compares it before it loads Alembic

metadata = MetaData()

# SQLite numbers rows itself only in a column of exactly this type name; PostgreSQL needs 64 bits.
Number = BigInteger().with_variant(Integer(), "sqlite")
# Ids sort by code point everywhere, as Python sorts them; PostgreSQL would otherwise sort by language.
Name = Text().with_variant(Text(collation="C"), "postgresql")


def _key(name: str) -> Column[str]:
    return Column(name, Name, primary_key=True)


def _key_number(name: str) -> Column[int]:
    return Column(name, Number, primary_key=True, autoincrement=False)


def _name(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Name, nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, Number, nullable=nullable)


def _blob(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


def _projection(name: str, *parts: Column[str] | Column[int] | UniqueConstraint | Index) -> Table:
    return Table(name, metadata, *parts, _number("seq"), _blob("body"), info={"projection": True})


ledger = Table(
    "ledger",
    metadata,
    _key_number("seq"),
    _number("record_ms"),
    _name("actor"),
    _name("site"),
    _name("kind"),
    _blob("payload"),
    _blob("hash"),
)

# Samples and tag summaries share the table, so that the primary key holds them to one admission sequence.
hot_readings = Table(
    "hot_readings",
    metadata,
    _key_number("admission"),
    _name("stream"),  # samples or tags
    _name("device"),  # probe or reader
    _number("first_taken_ms"),
    _number("last_taken_ms"),
    _name("gateway"),
    _name("epoch"),
    _number("received_ms"),
    _number("source_rank"),
    _name("clock"),
    _name("boot"),  # boottime_ms of the body counts from this start of the gateway and compares with no other
    _number("n"),
    _blob("body"),
    Index("hot_readings_by_time", "stream", "device", "first_taken_ms", "last_taken_ms"),
)

gateways = _projection("gateways", _key("id"))
places = _projection("places", _key("id"))
probes = _projection("probes", _key("id"))
readers = _projection("readers", _key("id"))
contacts = _projection("contacts", _key("id"))
profiles = _projection("profiles", _key("id"), _key_number("version"))
units = _projection(
    "units",
    _key("id"),
    _name("issuer"),
    _name("scheme"),
    _name("donation_number"),
    _name("product_code"),
    _name("division"),
    UniqueConstraint("donation_number", "product_code", "division", "issuer", "scheme", name="units_identity"),
)
bindings = _projection(
    "bindings",
    _key("epc"),
    _key_number("from_ms"),
    _key("unit"),
    Index("bindings_by_unit", "unit", "from_ms", "epc"),
)
placements = _projection("placements", _key("unit"), _key_number("at_ms"), _key("place"))  # place '': none of ours
manifests = _projection(
    "manifests",
    _key("id"),
    _name("box"),
    _number("packed_ms"),
    Index("manifests_by_box", "box", "packed_ms", "id"),
    Index("manifests_by_time", "packed_ms", "id"),
)
issues = _projection("issues", _key("unit"), _key_number("at_ms"), _key("recipient"))
device_events = _projection(
    "device_events",
    _key("gateway"),
    _key("epoch"),
    _key_number("number"),  # the event's own seq in its epoch
    _name("place"),
    _name("origin"),
    _name("kind"),
    _number("taken_ms"),
    _name("epc", nullable=True),
    Index("device_events_by_epc", "epc", "taken_ms", "gateway", "epoch", "number"),
    Index("device_events_by_place", "place", "epc", "taken_ms", "gateway", "epoch", "number"),
    # Of contacts and boxes only: of a tag nobody asks who read it.
    Index(
        "device_events_by_origin",
        *("origin", "taken_ms", "gateway", "epoch", "number", "kind"),
        sqlite_where=text("epc IS NULL"),
        postgresql_where=text("epc IS NULL"),
    ),
)
gaps = _projection(
    "gaps",
    _key("gateway"),
    _key("epoch"),
    _key_number("number"),
    _number("from_ms"),
    Index("gaps_by_time", "gateway", "from_ms", "epoch", "number"),
)
findings = _projection(
    "findings",
    _key("id"),
    _number("version"),
    _name("place"),
    _name("probe"),
    _name("kind"),
    _name("status"),
    _number("start_ms"),
    _number("end_ms", nullable=True),
    Index("findings_by_place", "place", "start_ms", "end_ms"),
    Index("findings_by_probe", "probe", "start_ms", "end_ms"),
    Index("findings_by_probe_status", "probe", "status", "start_ms"),
    Index("findings_by_status", "status", "start_ms"),
)
# `length`: the class of stay_length.py. "Who was inside then" must not scan ten years of stays, and is in one index.
stays = _projection(
    "stays",
    _key("unit"),
    _key_number("number"),
    _name("place"),
    _number("withdrawn"),
    _name("length"),
    _number("possible_from_ms"),
    _number("possible_to_ms", nullable=True),
    Index("stays_by_entry", "place", "withdrawn", "length", "possible_from_ms", "possible_to_ms", "unit", "number"),
)
exposures = _projection(
    "exposures",
    _key("unit"),
    _key("finding"),
    _number("from_ms"),
    Index("exposures_by_finding", "finding", "unit"),
)
_STANDS: Final = text("stands = 1")
holds = _projection(
    "holds",
    _key("id"),
    _name("unit"),
    _name("finding"),  # or recall
    _number("stands"),  # 1 until a decision lifts it (coldchain.decisions.standing_holds)
    _number("placed_ms"),
    Index("holds_by_unit", "unit", "placed_ms", "id"),
    Index("holds_by_time", "placed_ms", "id"),
    Index("holds_by_finding", "finding", "placed_ms", "id"),
    Index("holds_standing", "placed_ms", "id", sqlite_where=_STANDS, postgresql_where=_STANDS),
    Index("holds_standing_by_unit", "unit", "placed_ms", sqlite_where=_STANDS, postgresql_where=_STANDS),
)
retirements = _projection("retirements", _key("epc"), _key_number("at_ms"))
receipts = _projection(
    "receipts",
    _key("id"),
    _number("version"),
    _name("reader"),
    _number("to_ms"),
    Index("receipts_by_time", "to_ms", "id"),
    Index("receipts_by_reader", "reader", "to_ms", "id"),
)
positions = _projection(
    "positions",
    _key("probe"),
    _key_number("from_ms"),
    _name("place"),
    _name("serial"),
    Index("positions_by_place", "place", "probe", "from_ms"),
    Index("positions_by_serial", "serial", "from_ms", "probe"),
)
commissionings = _projection(
    "commissionings",
    _key("probe"),
    _key_number("at_ms"),
    _name("place"),
    Index("commissionings_by_place", "place", "probe", "at_ms"),
)
# begins: 1 or 0; of a beginning and an end at one instant the end comes first
work_words = _projection(
    "work_words", _key("place"), _key("kind"), _key("probe"), _key_number("at_ms"), _key_number("begins")
)
crossings = _projection(
    "crossings", _key("place"), _key("other"), _number("stands"), Index("crossings_by_other", "other", "place")
)
# Times that were worked out, by the first item of each entry.
backdatings = _projection("backdatings", _key("gateway"), _key("epoch"), _key_number("number"))
tag_conflicts = _projection(
    "tag_conflicts",
    _key("epc"),
    _key("kind"),
    _key("place"),
    _key_number("at_ms"),
    _name("other"),
    _number("stands"),
    Index("tag_conflicts_by_place", "place", "stands"),
    Index("tag_conflicts_by_other", "other", "stands"),
    Index("tag_conflicts_by_time", "stands", "at_ms"),
)
# Crates through a portal: 1 while nobody knows which way one went.
ways_open = _projection(
    "ways_open", _key("receipt"), _name("place"), _number("stands"), Index("ways_open_by_place", "place", "stands")
)
# One row for each EPC that a presence event spoke of: unbound tags are found by index, however many events there are.
tags_seen = Table(
    "tags_seen",
    metadata,
    _key("epc"),
    _number("bound"),  # 1 once a binding names it
    _number("seq"),
    Index("tags_seen_unbound", "epc", sqlite_where=text("bound = 0"), postgresql_where=text("bound = 0")),
    info={"projection": True},
    sqlite_with_rowid=False,
)

gateway_keys = _projection("gateway_keys", _key("gateway"), _key("key"), _number("from_ms"))
security_events = _projection(
    "security_events", _key("id"), _number("at_ms"), Index("security_events_by_time", "at_ms", "id")
)
commands = _projection(
    "commands",
    _key("id"),
    _name("gateway"),
    _number("issued_ms"),
    Index("commands_by_gateway", "gateway", "issued_ms", "id"),
    Index("commands_by_time", "issued_ms", "id"),
)
claims = _projection(
    "claims", _key("id"), _name("token_sha256"), _number("expires_ms"), Index("claims_by_token", "token_sha256")
)

totals = Table("totals", metadata, _key("name"), _number("value"), sqlite_with_rowid=False)
received = Table("received", metadata, _key("gateway"), _key("epoch"), _name("ranges"), sqlite_with_rowid=False)
horizons = Table(
    "horizons", metadata, _key("gateway"), _number("horizon_ms"), _number("last_up_ms"), sqlite_with_rowid=False
)
checkpoints = Table(
    "checkpoints", metadata, _key("probe"), _key_number("at_ms"), _blob("state"), sqlite_with_rowid=False
)
heads = Table(
    "heads",
    metadata,
    _key("probe"),
    _blob("state"),
    _number("last_taken_ms"),
    _number("horizon_ms"),
    _number("provisional_from_ms", nullable=True),
    sqlite_with_rowid=False,
)
quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Number, primary_key=True),
    _name("reason"),
    _name("gateway"),
    _name("epoch"),
    _number("seq"),
    _name("origin"),
    _number("received_ms"),
    _name("clock"),
    _name("boot"),
    _blob("body"),
    Index("quarantine_by_gateway", "gateway"),
    sqlite_autoincrement=True,  # an id is never used twice, so that a stale one releases nothing else
)
refused = Table(
    "refused",
    metadata,
    Column("noted", Number, primary_key=True),
    _name("gateway"),
    _name("epoch"),
    _name("sha256"),
    _name("reason"),
    _name("detail"),
    _number("received_ms"),
    UniqueConstraint("gateway", "epoch", "sha256", name="refused_once"),
    sqlite_autoincrement=True,
)
cursors = Table("cursors", metadata, _key("name"), _number("value"), sqlite_with_rowid=False)

# Blocks of 8 bytes a number: what the newest numbers of each gateway said (ingest/repeats.py).
digests = Table(
    "digests",
    metadata,
    Column("noted", Number, primary_key=True),
    _name("gateway"),
    _name("epoch"),
    _number("block"),
    _blob("marks"),
    UniqueConstraint("gateway", "epoch", "block", name="digests_once"),
    Index("digests_by_age", "gateway", "noted"),
    sqlite_autoincrement=True,
)

import stores.schema_proof  # noqa: E402 - it adds its tables, so that PROJECTIONS sees them

add_lineage(metadata)
import stores.schema_alarms  # noqa: E402
import stores.schema_closed  # noqa: E402
import stores.schema_conditions  # noqa: E402
import stores.schema_decisions  # noqa: E402
import stores.schema_grafana  # noqa: E402
import stores.schema_notifications  # noqa: E402
import stores.schema_profiles  # noqa: E402
import stores.schema_register  # noqa: E402
import stores.schema_retention  # noqa: E402
import stores.schema_tasks  # noqa: E402, F401 - their tables belong here

block_bodies, block_rests, blocks, block_sums, calibrations, sealing = block_tables(metadata)

PROJECTIONS: Final[tuple[Table, ...]] = tuple(
    table for _, table in sorted(metadata.tables.items()) if table.info.get("projection")
)


def insert_sql(table: Table) -> str:
    """Return an INSERT of all columns, in the order of the schema."""
    names = [column.name for column in table.columns]
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


def upsert_sql(table: Table) -> str:
    """Return an INSERT of all columns that replaces the row with the same primary key."""
    keys = [column.name for column in table.primary_key.columns]
    others = [column.name for column in table.columns if column.name not in keys]
    changes = ", ".join(f"{name} = excluded.{name}" for name in others)
    return f"{insert_sql(table)} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"

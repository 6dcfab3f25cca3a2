"""The whole store from one database to another, whichever they are, and the figures that prove that nothing changed.

All tables are copied inside one writing transaction of the target and compared there, before it is committed: whatever
goes wrong, the target is as empty as it was, and the copy can be started again.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Table

from coldchain.errors import StoreError
from stores.schema import REVISION, metadata
from stores.session import BATCH, SqlStore, projection_lines
from stores.sql import Sql

READING_LOG: Final = ("hot_readings", "block_bodies", "block_rests")
TABLES: Final[tuple[Table, ...]] = tuple(table for _, table in sorted(metadata.tables.items()))


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How much a store holds, and a SHA-256 over every row of every table in the order of its key."""

    entries: int
    readings: int  # samples and tag summaries, sealed ones too
    hot_rows: int
    blocks: int  # of all generations
    ledger_sha256: str
    readings_sha256: str
    projections_sha256: str
    tables: dict[str, tuple[int, str]]  # (rows, SHA-256)


def figures(sql: Sql) -> Figures:
    """Read everything within one transaction. The same content gives the same figures in every database."""
    tables = {table.name: _digest(sql, table) for table in TABLES}
    projections = hashlib.sha256()
    for line in projection_lines(sql):
        projections.update(line + b"\n")
    readings = sql.first("SELECT COALESCE(SUM(value), 0) FROM totals WHERE name IN ('samples', 'tags')")[0]
    log = "".join(tables[name][1] for name in READING_LOG)
    return Figures(
        entries=tables["ledger"][0],
        hot_rows=tables["hot_readings"][0],
        blocks=tables["block_bodies"][0],
        readings=int(readings),
        ledger_sha256=tables["ledger"][1],
        readings_sha256=hashlib.sha256(log.encode()).hexdigest(),
        projections_sha256=projections.hexdigest(),
        tables=tables,
    )


def copy_all(source: Sql, target: SqlStore) -> Figures:
    """Copy everything into an empty store and return its figures, which are those of the source.

    Raises StoreError if the target holds anything, if the schemas differ, or if what was written is not what was read.
    """
    require_revision(source)
    with target.writing_sql() as sql:
        _require_empty(sql)
        for table in TABLES:
            target.fill(sql, table, rows_of(source, table))
        target.set_numbers(sql, numbers_given(source))
        expected, found = figures(source), figures(sql)
        if found != expected:
            wrong = [name for name in expected.tables if expected.tables[name] != found.tables[name]]
            msg = f"the copy differs from its source in {', '.join(wrong) or 'the projections'}: nothing was kept of it"
            raise StoreError(msg)
    return found


def rows_of(sql: Sql, table: Table) -> Iterator[Sequence[Any]]:
    """Give all rows of a table in the order of its key, in batches."""
    names = ", ".join(column.name for column in table.columns)
    keys = ", ".join(column.name for column in table.primary_key.columns)
    return sql.batches(f"SELECT {names} FROM {table.name} ORDER BY {keys}", BATCH)


def numbers_given(sql: Sql) -> dict[str, int]:
    """Return by table the highest number that the database has given itself: none is ever given twice."""
    own = {table.name: table.autoincrement_column.name for table in TABLES if table.autoincrement_column is not None}
    asked = "SELECT COALESCE((SELECT MAX(seq) FROM sqlite_sequence WHERE name = '{}'), 0)"
    if sql.dialect == "postgresql":
        asked = "SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence('{}', '{}')::regclass), 0)"
    return {table: int(sql.first(asked.format(table, column))[0]) for table, column in own.items()}


def require_revision(sql: Sql) -> None:
    """Raise StoreError unless the schema is this program's."""
    found = sql.first("SELECT version_num FROM alembic_version")[0]
    if found != REVISION:
        msg = f"the store has schema revision {found} and not {REVISION}: start this program's server on it once"
        raise StoreError(msg)


def _require_empty(sql: Sql) -> None:
    for table in TABLES:
        if sql.first(f"SELECT 1 FROM {table.name} LIMIT 1") is not None:
            msg = f"the target is not empty ({table.name} has rows): name an empty database; this one was not touched"
            raise StoreError(msg)


def _digest(sql: Sql, table: Table) -> tuple[int, str]:
    count, sha256, encode = 0, hashlib.sha256(), msgspec.msgpack.Encoder().encode
    for rows in rows_of(sql, table):
        count += len(rows)
        for row in rows:
            sha256.update(encode(tuple(row)))
    return count, sha256.hexdigest()

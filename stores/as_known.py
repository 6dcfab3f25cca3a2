"""A private store in memory with the projections as they were after some entry: "as known at".

Nothing is undone: the projections are made anew from the ledger up to there.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import create_engine, event
from sqlalchemy.pool import StaticPool

from coldchain.entries import EntryKind
from coldchain.errors import InvalidValueError
from stores.projections import project
from stores.schema import PROJECTIONS, metadata
from stores.sql import Sql, as_it_is

AS_KNOWN_ENTRIES_MAX: Final = 500_000  # about 15 s and 300 MB on a small server; more belongs on a copy of the record
_PORTION: Final = 2_000
_SELECT: Final = "SELECT seq, record_ms, kind, payload FROM ledger WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"


class Private:
    """Projections in memory, made from somebody else's ledger."""

    def __init__(self) -> None:
        def connect() -> sqlite3.Connection:
            return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)

        self._engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool)
        event.listen(self._engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        self.seq = 0
        with self._engine.begin() as connection:
            metadata.create_all(connection, tables=PROJECTIONS)

    def take(self, source: Sql, seq: int, limit: int = AS_KNOWN_ENTRIES_MAX) -> None:
        """Apply the entries up to number `seq`. Raises InvalidValueError if they are more than `limit`."""
        last = int(source.first("SELECT COALESCE(MAX(seq), 0) AS last FROM ledger WHERE seq <= ?", (seq,)).last)
        if last > limit:
            msg = f"{last} entries are more than {limit} that are looked through at once: use a copy of the record"
            raise InvalidValueError(msg)
        with self._engine.begin() as connection:
            sql = Sql(connection, "memory", writable=True, translate=as_it_is)
            while batch := source.rows(_SELECT, (self.seq, last, _PORTION)):
                project(sql, [(EntryKind(row.kind), row.seq, row.payload) for row in batch], replayed=True)
                self.seq = int(batch[-1].seq)
            sql.end()

    @contextmanager
    def sql(self) -> Iterator[Sql]:
        """Read what is there."""
        with self._engine.connect() as connection, connection.begin():
            sql = Sql(connection, "memory", writable=False, translate=as_it_is)
            try:
                yield sql
            finally:
                sql.end()

    def close(self) -> None:
        """Let the memory go."""
        self._engine.dispose()


def last_seq_at(sql: Sql, record_ms: int) -> int:
    """Return the number of the last entry that was recorded at record_ms or before, 0 if there is none."""
    row = sql.first("SELECT COALESCE(MAX(seq), 0) AS last FROM ledger WHERE record_ms <= ?", (record_ms,))
    return int(row.last)


def dump(sql: Sql) -> dict[str, bytes]:
    """Return the rows of each projection, in the order of its key."""
    found: dict[str, bytes] = {}
    for table in PROJECTIONS:
        keys = ", ".join(column.name for column in table.primary_key.columns)
        names = ", ".join(column.name for column in table.columns)
        rows = sql.rows(f"SELECT {names} FROM {table.name} ORDER BY {keys}")
        found[table.name] = "\n".join(json.dumps([_text(value) for value in row]) for row in rows).encode()
    return found


def _text(value: Any) -> Any:  # noqa: ANN401 - a column of any type
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value

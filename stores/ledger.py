"""The ledger in SQL: numbered, hashed, append-only; each entry moves the projections in the same transaction."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from coldchain.canonical import canonical_read
from coldchain.entries import Draft, Entry, EntryKind, entry_hash
from stores import schema
from stores.projections import project
from stores.sql import Sql

REBUILD_BATCH: Final = 1_000  # entries in memory at a time

_INSERT = schema.insert_sql(schema.ledger)
_SELECT = "SELECT seq, record_ms, actor, site, kind, payload, hash FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?"


class SqlLedger:
    """Ledger over one transaction. The number comes from the table itself, under the lock of the writer."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self._next: int | None = None

    def append(self, drafts: Sequence[Draft], record_ms: int) -> tuple[Entry, ...]:
        """Number, hash and append entries and apply them to the projections."""
        self._sql.writing()
        first = self.next_seq()
        made: list[Entry] = []
        read: list[msgspec.Struct | None] = []
        for seq, draft in enumerate(drafts, first):
            payload, thing = canonical_read(draft.payload)
            made.append(_entry(draft, seq, record_ms, payload))
            read.append(thing)
        with self._sql.spoiling("an append to the ledger"):  # entries without their projections are never committed
            self._sql.add_many(_INSERT, [_row(entry) for entry in made])
            project(self._sql, ((one.kind, one.seq, one.payload, thing) for one, thing in zip(made, read, strict=True)))
        self._next = first + len(made)
        return tuple(made)

    def entries(self, after_seq: int, limit: int) -> tuple[Entry, ...]:
        """Return up to limit entries with seq > after_seq, in order."""
        return tuple(_read(row) for row in self._sql.rows(_SELECT, (after_seq, limit)))

    def next_seq(self) -> int:
        """Return the number that the next entry will get."""
        if self._next is None:
            self._next = self._sql.first("SELECT COALESCE(MAX(seq), 0) + 1 FROM ledger")[0]
        return self._next


def rebuild(sql: Sql) -> None:
    """Empty the projections and make them anew from the ledger."""
    for table in schema.PROJECTIONS:
        sql.change(f"DELETE FROM {table.name}")
    last = 0
    while batch := sql.rows(_SELECT, (last, REBUILD_BATCH)):
        project(sql, ((EntryKind(row.kind), row.seq, row.payload, None) for row in batch), replayed=True)
        last = batch[-1].seq


def _entry(draft: Draft, seq: int, record_ms: int, payload: bytes) -> Entry:
    return Entry(
        seq=seq,
        record_ms=record_ms,
        actor=draft.actor,
        site=draft.site,
        kind=draft.kind,
        payload=payload,
        hash=entry_hash(seq, record_ms, draft.actor, draft.site, draft.kind, payload),
    )


def _row(entry: Entry) -> tuple[Any, ...]:
    return (entry.seq, entry.record_ms, entry.actor, entry.site, entry.kind.value, entry.payload, entry.hash)


def _read(row: Any) -> Entry:  # noqa: ANN401 - a row of _SELECT
    return Entry(
        seq=row.seq,
        record_ms=row.record_ms,
        actor=row.actor,
        site=row.site,
        kind=EntryKind(row.kind),
        payload=row.payload,
        hash=row.hash,
    )

"""Ten years of sealed minute data for a store that is made: one probe by the program itself, the others copied from it.

A copy has the packed columns of its template's day, admission numbers of its own, and so its own hash, ledger entry and
rows: every check of the program holds for it. Used by make_history.py.
"""

from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np

from benchmarks.history import DAY0, SEED, cut, day
from coldchain.block_columns import LAYOUT, BlockColumns, block_hash
from coldchain.blocks import DAY_MS, Block, ClosedDay
from coldchain.entries import EntryKind, entry_hash
from coldchain.history import Int64
from ingest.sealing import seal_block
from stores.block_codec import BESIDE, REST, Reader, _beside, _deflated, _number, _ways, unpack_block
from stores.schema import insert_sql, metadata, totals, upsert_sql
from stores.session import SqlStore
from stores.sql import Sql

MESSAGE: Final = 360  # readings
DAYS_AT_ONCE: Final = 30
SEALED_AFTER_MS: Final = 14 * DAY_MS
ACTOR, SITE = "made", "site-1"
TABLES: Final = ("ledger", "block_bodies", "block_rests", "blocks")

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Template:
    """A sealed day: its columns, its front, and of its rest the sources and what follows the admission numbers."""

    columns: BlockColumns
    front: bytes
    sources: bytes
    rest: bytes


def load_probe(number: int) -> str:
    """Return the id of the probe of a place."""
    return f"fridge-{number}-load"


def seal_days(store: SqlStore, days: int, hold_ms: int) -> None:
    """Let the program take in and seal the readings of the first probe."""
    chance = np.random.default_rng(SEED)
    latency = chance.integers(30, 400, 1_440)
    for start in range(0, days, DAYS_AT_ONCE):
        numbers = range(start, min(start + DAYS_AT_ONCE, days))
        with store.writing() as session:
            for number in numbers:
                for part in cut(day(chance, number, 60_000, load_probe(0), 0), MESSAGE, latency):
                    session.readings.append_samples(part)
        with store.writing() as session:
            for number in numbers:
                closed = ClosedDay(probe=load_probe(0), day=DAY0 + number, generation=1)
                seal_block(session, closed, SITE, [hold_ms], (DAY0 + number) * DAY_MS + SEALED_AFTER_MS)


def copy_days(store: SqlStore, days: int, places: int) -> None:
    """Copy the first probe's blocks for the probes of the other places, and its sums."""
    for start in range(0, days, DAYS_AT_ONCE):
        with store.writing_sql() as sql:
            for number in range(start, min(start + DAYS_AT_ONCE, days)):
                _copy_day(sql, _template(sql, DAY0 + number), places)
    with store.writing_sql() as sql:
        for number in range(1, places):
            sql.change(
                "INSERT INTO block_sums SELECT ?, hold_ms, level, number, sums FROM block_sums WHERE probe = ?",
                (load_probe(number), load_probe(0)),
            )


def _template(sql: Sql, number: int) -> Template:
    row = sql.first(
        "SELECT k.front, r.rest FROM blocks b JOIN block_bodies k ON k.seq = b.seq JOIN block_rests r ON r.seq = b.seq"
        " WHERE b.probe = ? AND b.day = ?",
        (load_probe(0), number),
    )
    columns = unpack_block(load_probe(0), number, row.front, row.rest)
    at = Reader(row.rest[1:])
    at.raw(at.unsigned())
    taken_ms = columns.readings["taken_ms"]
    ends = taken_ms[np.cumsum(columns.rows["n"]) - 1]
    rest = [columns.rows["received_ms"] - ends]
    for name in REST:
        column = columns.readings[name]
        rest.append(_beside(column, taken_ms, -1) if name in BESIDE else column)
    return Template(columns, row.front, row.rest[1 : 1 + at.at], b"".join(map(_alone, rest)))


def _alone(column: Int64) -> bytes:
    packed = min((_deflated(way) for way in _ways(column)), key=len)
    return _number(len(packed)) + packed


def _copy_day(sql: Sql, one: Template, places: int) -> None:
    seq = int(sql.first("SELECT COALESCE(MAX(seq), 0) AS n FROM ledger").n)
    counted = {row.name: row.value for row in sql.rows("SELECT name, value FROM totals")}
    rows: Rows = {name: [] for name in TABLES}
    n = len(one.columns.rows["admission"])
    for number in range(1, places):
        seq += 1
        first = counted["admission"] + 1
        _copy(rows, seq, one, load_probe(number), np.arange(first, first + n, dtype=np.int64))
        counted["admission"] += n
        counted["samples"] += len(one.columns)
    for name, every in rows.items():
        sql.change_many(insert_sql(metadata.tables[name]), every)
    sql.change_many(upsert_sql(totals), list(counted.items()))


def _copy(rows: Rows, seq: int, one: Template, probe: str, admission: Int64) -> None:
    of = one.columns
    columns = BlockColumns(
        probe=probe, day=of.day, sources=of.sources, rows=of.rows | {"admission": admission}, readings=of.readings
    )
    block = Block(probe=probe, day=of.day, generation=1, n=len(of), hash=block_hash(columns))
    body = msgspec.json.encode(block, order="sorted")
    record_ms = of.day * DAY_MS + SEALED_AFTER_MS
    said = (ACTOR, SITE, EntryKind.BLOCK.value)
    rows["ledger"].append((seq, record_ms, *said, body, entry_hash(seq, record_ms, *said, body)))
    rows["block_bodies"].append((seq, int(admission[0]), int(admission[-1]), bytes.fromhex(block.hash), one.front))
    rows["block_rests"].append((seq, bytes((LAYOUT,)) + one.sources + b"\0" + _alone(admission) + one.rest))
    rows["blocks"].append((probe, of.day, 1, seq))

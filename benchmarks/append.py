"""Appending on each database, beside plain SQL inserts of rows with the same columns into the same database.

    PYTHONPATH=tests .venv/bin/python benchmarks/append.py [--rounds 3] [--messages 1000] [--entries 20000]

Readings: messages of 500 readings of one probe, eight messages a transaction, every commit synced to disk. Ours packs
them in columns; the plain way is one row a reading with the same columns and an index over (device, taken_ms).
That is how a backfill comes; messages of a live minute are smaller. Entries: 50 a transaction. Ours also spells them
canonically, hashes them and moves the projections; the plain way inserts the finished rows. Rounds are interleaved;
trust the ratios only. Bytes: table and indexes, as the database counts them.
"""

import argparse
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import accumulate
from pathlib import Path
from statistics import median
from typing import Any, Final

import psycopg
from support import store_words as words
from support.postgres import PostgresServer, running_postgres

from coldchain.entries import EntryKind
from coldchain.ports import SampleRow
from stores.postgres import open_postgres
from stores.session import SqlStore
from stores.sqlite import open_store

MESSAGE: Final = 500  # readings
MESSAGES_PER_COMMIT: Final = 8
ENTRIES_PER_COMMIT: Final = 50
STEP_MS: Final = 60_000
COLUMNS: Final = (
    "admission, stream, device, taken_ms, gateway, epoch, received_ms, source_rank, clock, boot, seq, boottime_ms,"
    " device_ms, micro_celsius, quality, origin_seq"
)
_TEXTS: Final = {"stream", "device", "gateway", "epoch", "clock", "boot"}

Rows = list[tuple[Any, ...]]


def message(number: int) -> SampleRow:
    """Return 500 readings of one of ten probes, about a minute apart, in the steps of a DS18B20 (1/16 degree)."""
    first = number // 10 * MESSAGE
    chance = random.Random(number)
    times = [1_795_000_000_000 + (first + i) * STEP_MS + chance.randrange(40) for i in range(MESSAGE)]
    values = [4_000_000 + step * 62_500 for step in accumulate(chance.choice((-1, 0, 0, 0, 1)) for _ in times)]
    row = words.samples(times, values, seq=list(range(first + 1, first + MESSAGE + 1)))
    return SampleRow(**{**{name: getattr(row, name) for name in row.__struct_fields__}, "probe": f"p-{number % 10}"})


def plain_rows(messages: Sequence[SampleRow], admission: int) -> Rows:
    """Return the same readings, one row each."""
    made: Rows = []
    for m in messages:
        source = ("samples", m.probe), (m.gateway, m.epoch, m.received_ms, m.source_rank, m.clock.value, m.boot)
        columns = (m.taken_ms, m.seq, m.boottime_ms, m.device_ms, m.micro_celsius, m.quality, m.origin_seq)
        for taken_ms, *rest in zip(*columns, strict=True):
            made.append((admission + len(made), *source[0], taken_ms, *source[1], *rest))
    return made


class Plain:
    """The plain way: one table of readings, one of entries, the driver's executemany."""

    def __init__(self, connection: Any, place: str) -> None:  # noqa: ANN401 - of either driver
        self._connection = connection
        self._place = place
        blob, number = ("BLOB", "INTEGER") if place == "?" else ("BYTEA", "BIGINT")
        names = [name.strip() for name in COLUMNS.split(",")]
        columns = ", ".join(f"{name} {'TEXT' if name in _TEXTS else number}" for name in names)
        self._run(f"CREATE TABLE reading ({columns}, PRIMARY KEY (admission))")
        self._run("CREATE INDEX reading_by_device ON reading (device, taken_ms)")
        self._run(
            f"CREATE TABLE entry (seq {number} PRIMARY KEY, record_ms {number}, actor TEXT, site TEXT, kind TEXT,"
            f" payload {blob}, hash {blob})"
        )
        connection.commit()

    def insert(self, table: str, rows: Rows) -> None:
        """Insert and commit."""
        cursor = self._connection.cursor()
        cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join([self._place] * len(rows[0]))})", rows)
        self._connection.commit()
        cursor.close()

    def _run(self, statement: str) -> None:
        self._connection.cursor().execute(statement)


def sqlite_pair(folder: Path, house: ExitStack) -> tuple[SqlStore, Plain, Callable[[str], int]]:
    """Return our store, the plain one, and how many bytes a table takes."""
    store = open_store(folder / "hot.sqlite")
    house.callback(store.close)
    connection = house.enter_context(closing(sqlite3.connect(folder / "plain.sqlite")))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")

    def size(table: str) -> int:
        file = "hot.sqlite" if table in {"hot_readings", "ledger"} else "plain.sqlite"
        with closing(sqlite3.connect(folder / file)) as reader:
            names = [row[0] for row in reader.execute("SELECT name FROM sqlite_schema WHERE tbl_name = ?", (table,))]
            asked = f"SELECT SUM(pgsize) FROM dbstat WHERE name IN ({', '.join('?' * len(names))})"
            return int(reader.execute(asked, names).fetchone()[0])

    return store, Plain(connection, "?"), size


def postgres_pair(server: PostgresServer, house: ExitStack) -> tuple[SqlStore, Plain, Callable[[str], int]]:
    """Return the same for PostgreSQL."""
    ours, plain = server.fresh(), server.fresh()
    house.callback(server.drop, ours)
    house.callback(server.drop, plain)
    store = open_postgres(ours)
    house.callback(store.close)
    connection = house.enter_context(psycopg.connect(plain))

    def size(table: str) -> int:
        url = ours if table in {"hot_readings", "ledger"} else plain
        (found,) = server.run(f"SELECT pg_total_relation_size('{table}')", url.rpartition("/")[2])[0]
        return int(found)

    return store, Plain(connection, "%s"), size


def timed(work: Iterator[None]) -> float:
    """Return the seconds that it takes to go through."""
    began = time.perf_counter()
    for _ in work:
        pass
    return time.perf_counter() - began


def readings_ours(store: SqlStore, messages: Sequence[SampleRow]) -> Iterator[None]:
    """Append them."""
    for at in range(0, len(messages), MESSAGES_PER_COMMIT):
        with store.writing() as session:
            for one in messages[at : at + MESSAGES_PER_COMMIT]:
                session.readings.append_samples(one)
        yield


def readings_plain(plain: Plain, messages: Sequence[SampleRow]) -> Iterator[None]:
    """Insert them."""
    for at in range(0, len(messages), MESSAGES_PER_COMMIT):
        plain.insert("reading", plain_rows(messages[at : at + MESSAGES_PER_COMMIT], at * MESSAGE))
        yield


def entries_ours(store: SqlStore, count: int) -> Iterator[None]:
    """Append entries about gaps: one projection row each."""
    for at in range(0, count, ENTRIES_PER_COMMIT):
        with store.writing() as session:
            gaps = (words.gap(at + i) for i in range(ENTRIES_PER_COMMIT))
            session.ledger.append([words.draft(EntryKind.GAP, gap) for gap in gaps], at)
        yield


def entries_plain(plain: Plain, rows: Rows) -> Iterator[None]:
    """Insert the finished rows."""
    for at in range(0, len(rows), ENTRIES_PER_COMMIT):
        plain.insert("entry", rows[at : at + ENTRIES_PER_COMMIT])
        yield


def finished(store: SqlStore) -> Rows:
    """Return the ledger's rows."""
    with store.reading() as session:
        entries = session.ledger.entries(0, 10**9)
    return [(e.seq, e.record_ms, e.actor, e.site, e.kind.value, e.payload, e.hash) for e in entries]


def one_round(
    name: str, pair: tuple[SqlStore, Plain, Callable[[str], int]], messages: Sequence[SampleRow], entries: int
) -> tuple[float, float]:
    """Print one database's figures and return the two ratios."""
    store, plain, size = pair
    readings = len(messages) * MESSAGE
    mine, theirs = timed(readings_ours(store, messages)), timed(readings_plain(plain, messages))
    hot, rows = size("hot_readings") / readings, size("reading") / readings
    print(
        f"{name}: readings/s ours {readings / mine:,.0f}, plain {readings / theirs:,.0f}, ratio {theirs / mine:.2f};"
        f" bytes a reading ours {hot:.1f}, plain {rows:.1f}"
    )
    ours = timed(entries_ours(store, entries))
    inserted = timed(entries_plain(plain, finished(store)))
    print(
        f"{name}: entries/s ours {entries / ours:,.0f}, plain {entries / inserted:,.0f}, ratio {inserted / ours:.2f};"
        f" bytes an entry ours {size('ledger') / entries:.0f}"
    )
    return theirs / mine, inserted / ours


def main() -> None:
    """Print figures of every round, and the median ratios."""
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--messages", type=int, default=1_000)
    options.add_argument("--entries", type=int, default=20_000)
    asked = options.parse_args()
    messages = [message(number) for number in range(asked.messages)]
    ratios: dict[str, list[tuple[float, float]]] = {"SQLite": [], "PostgreSQL": []}
    with running_postgres(durable=True) as server:
        for _ in range(asked.rounds):
            with tempfile.TemporaryDirectory() as folder, ExitStack() as house:
                pair = sqlite_pair(Path(folder), house)
                ratios["SQLite"].append(one_round("SQLite", pair, messages, asked.entries))
            with ExitStack() as house:
                pair = postgres_pair(server, house)
                ratios["PostgreSQL"].append(one_round("PostgreSQL", pair, messages, asked.entries))
    for name, found in ratios.items():
        readings, entries = (median(ratio) for ratio in zip(*found, strict=True))
        print(f"{name}: median ratio, readings {readings:.2f}, entries {entries:.2f}")


if __name__ == "__main__":
    main()

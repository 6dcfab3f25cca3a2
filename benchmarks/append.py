"""Appending on each database, beside what an honest user would write into the same database, and InfluxDB's /write.

    PYTHONPATH=tests .venv/bin/python benchmarks/append.py [--rounds 3] [--messages 1000] [--entries 20000]

Readings: messages of 500 readings of one probe, eight messages a transaction, every commit synced to disk. Ours packs
them in columns; the plain way is one row a reading with the same columns and an index over (device, taken_ms); InfluxDB
gets the eight messages in one request and syncs its log too. That is how a backfill comes; messages of a live minute
are smaller. Then all days are sealed, for the bytes.

Entries: 50 a transaction, about gaps. Ours spells them canonically, hashes them, refuses any number but the next, and
keeps the table of gaps. Beside it (1) the finished rows inserted, with no work, no second table and nothing that
refuses a change: the floor; (2) the finished rows of both tables, so as many rows with the same columns, keys and
indexes; (3) a script that spells JSON and SHA-256 and inserts the rows; (4) the same script that also keeps the table
of gaps, as whoever asks for a gateway's gaps needs. Rounds are interleaved; trust the ratios only. Bytes: tables and
indexes, as the database counts them.
"""

import argparse
import hashlib
import json
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

import msgspec
import psycopg
from support import store_words as words
from support.influx import InfluxServer, start_influx
from support.postgres import PostgresServer, running_postgres

from coldchain.entries import EntryKind
from coldchain.ports import SampleRow
from ingest.sealing import seal_block
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
SEALED: Final = ("block_bodies", "block_rests", "block_sums", "blocks", "ledger")
HOLD_MS: Final = 600_000
_OURS: Final = {"hot_readings", *SEALED}
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
        self._run(
            f"CREATE TABLE gap (gateway TEXT, epoch TEXT, number {number}, from_ms {number}, seq {number}, body {blob},"
            " PRIMARY KEY (gateway, epoch, number))"
        )
        self._run("CREATE INDEX gap_by_time ON gap (gateway, from_ms, epoch, number)")
        connection.commit()

    def insert(self, table: str, rows: Rows) -> None:
        """Insert and commit."""
        self.insert_all({table: rows})

    def insert_all(self, tables: dict[str, Rows]) -> None:
        """Insert into several tables and commit."""
        cursor = self._connection.cursor()
        for table, rows in tables.items():
            cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join([self._place] * len(rows[0]))})", rows)
        self._connection.commit()
        cursor.close()

    def empty(self, *tables: str) -> None:
        """Begin again."""
        for table in tables:
            self._run(f"DELETE FROM {table}")
        self._connection.commit()

    def _run(self, statement: str) -> None:
        self._connection.cursor().execute(statement)


Pair = tuple[SqlStore, Plain, Callable[[str], int]]


def sqlite_pair(folder: Path, house: ExitStack) -> Pair:
    """Return our store, the plain one, and how many bytes a table takes."""
    store = open_store(folder / "hot.sqlite")
    house.callback(store.close)
    connection = house.enter_context(closing(sqlite3.connect(folder / "plain.sqlite")))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")

    def size(table: str) -> int:
        file = "hot.sqlite" if table in _OURS else "plain.sqlite"
        with closing(sqlite3.connect(folder / file)) as reader:
            names = [row[0] for row in reader.execute("SELECT name FROM sqlite_schema WHERE tbl_name = ?", (table,))]
            asked = f"SELECT SUM(pgsize) FROM dbstat WHERE name IN ({', '.join('?' * len(names))})"
            return int(reader.execute(asked, names).fetchone()[0])

    return store, Plain(connection, "?"), size


def postgres_pair(server: PostgresServer, house: ExitStack) -> Pair:
    """Return the same for PostgreSQL."""
    ours, plain = server.fresh(), server.fresh()
    house.callback(server.drop, ours)
    house.callback(server.drop, plain)
    store = open_postgres(ours)
    house.callback(store.close)
    connection = house.enter_context(psycopg.connect(plain))

    def size(table: str) -> int:
        url = ours if table in _OURS else plain
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


def entries_plain_both(plain: Plain, rows: Rows, gaps: Rows) -> Iterator[None]:
    """Insert the finished rows of both tables."""
    for at in range(0, len(rows), ENTRIES_PER_COMMIT):
        end = at + ENTRIES_PER_COMMIT
        plain.insert_all({"entry": rows[at:end], "gap": gaps[at:end]})
        yield


def finished_gaps(rows: Rows) -> Rows:
    """Return the rows of gaps that finished rows of entries make."""
    read = [(row[0], msgspec.json.decode(row[5]), row[5]) for row in rows]
    return [(gap["gateway"], gap["epoch"], gap["seq"], gap["from_ms"], seq, body) for seq, gap, body in read]


def entries_script(plain: Plain, count: int, *, with_gaps: bool) -> Iterator[None]:
    """Spell and hash entries about the same gaps with the standard library, and insert them."""
    for at in range(0, count, ENTRIES_PER_COMMIT):
        entries, gaps = [], []
        for i in range(at, at + ENTRIES_PER_COMMIT):
            gap = msgspec.to_builtins(words.gap(i))  # a script would have it as a dict
            payload = json.dumps(gap, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
            entry = {"actor": "gw-1", "kind": "gap", "record_ms": at, "seq": i + 1, "site": "storage-1"}
            said = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
            digest = hashlib.sha256(b"\0" + said + payload).digest()
            entries.append((i + 1, at, "gw-1", "storage-1", "gap", payload, digest))
            gaps.append((gap["gateway"], gap["epoch"], gap["seq"], gap["from_ms"], i + 1, payload))
        plain.insert_all({"entry": entries, "gap": gaps} if with_gaps else {"entry": entries})
        yield


def readings_influx(server: InfluxServer, messages: Sequence[SampleRow]) -> Iterator[None]:
    """Spell and write them as lines, the shortest way."""
    for at in range(0, len(messages), MESSAGES_PER_COMMIT):
        lines = []
        for one in messages[at : at + MESSAGES_PER_COMMIT]:
            head, tail = f"reading,device={one.probe},gateway={one.gateway} celsius=", f"received_ms={one.received_ms}i"
            columns = zip(one.taken_ms, one.micro_celsius, one.quality, one.seq, one.boottime_ms, strict=True)
            lines += [
                f"{head}{(micro or 0) / 1e6},quality={quality:d}i,seq={seq}i,boottime_ms={boottime_ms}i,{tail} {ms}"
                for ms, micro, quality, seq, boottime_ms in columns
            ]
        server.write("bench", "\n".join(lines).encode())
        yield


def entries_influx(server: InfluxServer, rows: Rows) -> Iterator[None]:
    """Spell and write the finished rows as lines."""
    for at in range(0, len(rows), ENTRIES_PER_COMMIT):
        lines = []
        for seq, _, actor, site, kind, payload, digest in rows[at : at + ENTRIES_PER_COMMIT]:
            text = payload.decode().replace('"', '\\"')
            said = f'seq={seq}i,actor="{actor}",site="{site}",payload="{text}",hash="{digest.hex()}"'
            lines.append(f"entry,kind={kind} {said} {seq}")
        server.write("bench", "\n".join(lines).encode())
        yield


def finished(store: SqlStore) -> Rows:
    """Return the ledger's rows about gaps."""
    with store.reading() as session:
        entries = [entry for entry in session.ledger.entries(0, 10**9) if entry.kind is EntryKind.GAP]
    return [(e.seq, e.record_ms, e.actor, e.site, e.kind.value, e.payload, e.hash) for e in entries]


def seal_everything(store: SqlStore, probes: Sequence[str]) -> None:
    """Seal all days, a month's worth of one probe in each transaction."""
    for probe in probes:
        with store.writing() as session:
            for closed in session.readings.closed_days({probe: 10**6}, 2**60, 10_000):
                seal_block(session, closed, "site-1", [HOLD_MS], 5)


Ratios = dict[str, float]


def readings_round(name: str, pair: Pair, messages: Sequence[SampleRow], influx: InfluxServer) -> Ratios:
    """Print what readings cost in one database and return the ratios."""
    store, plain, size = pair
    count = len(messages) * MESSAGE
    mine, theirs = timed(readings_ours(store, messages)), timed(readings_plain(plain, messages))
    beside = timed(readings_influx(influx, messages))
    hot, row = size("hot_readings") / count, size("reading") / count
    seal_everything(store, sorted({one.probe for one in messages}))
    sealed = sum(size(table) for table in SEALED) / count
    print(
        f"{name}: readings/s ours {count / mine:,.0f}, plain {count / theirs:,.0f}, InfluxDB {count / beside:,.0f};"
        f" bytes a reading ours hot {hot:.1f}, sealed {sealed:.2f}, plain {row:.1f} ({row / sealed:.1f} times sealed)",
        flush=True,
    )
    return {"readings : plain": theirs / mine, "readings : InfluxDB": beside / mine, "plain row : sealed": row / sealed}


def entries_round(name: str, pair: Pair, count: int, influx: InfluxServer) -> Ratios:
    """Print what entries cost in one database and return the ratios."""
    store, plain, size = pair
    sealed = size("ledger")
    ours = timed(entries_ours(store, count))
    rows = finished(store)
    beside = {"finished rows": timed(entries_plain(plain, rows))}
    plain.empty("entry", "gap")
    beside["finished rows of both tables"] = timed(entries_plain_both(plain, rows, finished_gaps(rows)))
    beside["InfluxDB"] = timed(entries_influx(influx, rows))
    for title, with_gaps in (("JSON and SHA-256", False), ("JSON, SHA-256 and the gaps", True)):
        plain.empty("entry", "gap")
        beside[title] = timed(entries_script(plain, count, with_gaps=with_gaps))
    others = ", ".join(f"{title} {count / spent:,.0f}" for title, spent in beside.items())
    print(
        f"{name}: entries/s ours {count / ours:,.0f}, {others};"
        f" bytes an entry ours {(size('ledger') - sealed) / count:.0f}",
        flush=True,
    )
    return {f"entries : {title}": spent / ours for title, spent in beside.items()}


def one_round(name: str, pair: Pair, messages: Sequence[SampleRow], entries: int, influx: InfluxServer) -> Ratios:
    """Print one database's figures and return the ratios."""
    influx.create("bench")
    found = readings_round(name, pair, messages, influx) | entries_round(name, pair, entries, influx)
    influx.query("", 'DROP DATABASE "bench"')
    return found


def main() -> None:
    """Print figures of every round, and the median ratios."""
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--messages", type=int, default=1_000)
    options.add_argument("--entries", type=int, default=20_000)
    asked = options.parse_args()
    messages = [message(number) for number in range(asked.messages)]
    ratios: dict[str, list[Ratios]] = {"SQLite": [], "PostgreSQL": []}
    with (
        tempfile.TemporaryDirectory() as home,
        running_postgres(durable=True) as server,
        start_influx(Path(home)) as influx,
    ):
        for _ in range(asked.rounds):
            with tempfile.TemporaryDirectory() as folder, ExitStack() as house:
                pair = sqlite_pair(Path(folder), house)
                ratios["SQLite"].append(one_round("SQLite", pair, messages, asked.entries, influx))
            with ExitStack() as house:
                pair = postgres_pair(server, house)
                ratios["PostgreSQL"].append(one_round("PostgreSQL", pair, messages, asked.entries, influx))
    for name, rounds in ratios.items():
        said = [f"{title} {median(one[title] for one in rounds):.2f}" for title in rounds[0]]
        print(f"{name}: median ratios, {', '.join(said)}")


if __name__ == "__main__":
    main()

"""The reading log for ten years: bytes a sealed reading, and any interval of ten years beside summing raw rows.

    PYTHONPATH=tests .venv/bin/python benchmarks/history.py [years]

Made data, seed 7: a compressor's cycle of 40 minutes with 0.2 degrees of noise, read in tenths of a degree, stamped
with 20 ms of jitter, received 30 to 400 ms later, one reading a message, probes in any order. Bytes are pages of the
database in use after all is sealed, less those of an empty one: ledger entry, projection, histograms and indexes
counted. Some intervals are compared with the sum over the raw samples. InfluxDB 1.8 answers from the same readings.
Trust the ratios.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from support.influx import InfluxServer, start_influx

from coldchain.blocks import DAY_MS
from coldchain.facts import ClockState
from coldchain.history import History, Int64
from coldchain.interval import IntervalSums
from coldchain.ports import SampleRow, Session
from ingest.sealing import seal_block
from rules.interval import interval_sums, sums_of, sums_of_many
from rules.profile import Profile, load_profile
from stores import blocks as block_store
from stores.sqlite import SqliteStore, open_store

SEED = 7
DAY0 = 17_000
T0 = DAY0 * DAY_MS
SIZE_DAYS = 30
SIZE_PROBES = 8
PROBE = "fridge-1-load"
PROFILE = load_profile(Path("rules/profiles/cn-rbc-2.toml").read_bytes())


def day(chance: np.random.Generator, number: int, every_ms: int, probe: str, first_seq: int) -> SampleRow:
    """Return a day of readings in one row."""
    n = DAY_MS // every_ms
    times = T0 + number * DAY_MS + np.arange(n) * every_ms + 1_000 + np.clip(chance.normal(0, 20, n), -900, 900)
    taken = times.astype(np.int64)
    celsius = 4 + 1.2 * np.sin(taken / 2_400_000 * 2 * np.pi) + chance.normal(0, 0.2, n)
    if number % 97 == 5:
        celsius[n // 3 : n // 3 + n // 20] += 5
    return SampleRow(
        probe=probe,
        gateway="gw-1",
        epoch="e1",
        received_ms=0,
        source_rank=0,
        clock=ClockState.TRUSTED,
        boot="b1",
        seq=(first_seq + np.arange(n) * SIZE_PROBES).tolist(),
        origin_seq=[None] * n,
        taken_ms=taken.tolist(),
        boottime_ms=(taken - T0 + 12_345).tolist(),
        device_ms=[None] * n,
        micro_celsius=(np.round(celsius * 10).astype(np.int64) * 100_000).tolist(),
        quality=[0] * n,
    )


COLUMNS = ("seq", "origin_seq", "taken_ms", "boottime_ms", "device_ms", "micro_celsius", "quality")


def cut(row: SampleRow, size: int, latency: Int64) -> list[SampleRow]:
    """Return the row as messages of `size` readings."""
    made = []
    fixed = {name: getattr(row, name) for name in ("probe", "gateway", "epoch", "source_rank", "clock", "boot")}
    for number, start in enumerate(range(0, len(row.seq), size)):
        part = {name: getattr(row, name)[start : start + size] for name in COLUMNS}
        received_ms = part["taken_ms"][-1] + int(latency[number % len(latency)])
        made.append(SampleRow(received_ms=received_ms, **fixed, **part))
    return made


def seal_everything(session: Session, probes: list[str]) -> int:
    """Seal what is there; return how many readings that were."""
    closed = session.readings.closed_days(dict.fromkeys(probes, DAY0 + 10_000), 2**60, 100_000)
    return sum(seal_block(session, one, "site-1", [PROFILE.hold_ms], 5) for one in closed)


def used(store: SqliteStore) -> int:
    """Return the bytes of the pages in use."""
    with store._writer.connect() as connection:  # noqa: SLF001 - to look at pages
        pages, free, size = (
            int(connection.exec_driver_sql(f"PRAGMA {name}").scalar() or 0)
            for name in ("page_count", "freelist_count", "page_size")
        )
    return (pages - free) * size


def size_of(folder: Path, every_ms: int) -> tuple[float, float, float]:
    """Return bytes a reading hot and sealed, and readings sealed a second."""
    chance = np.random.default_rng(SEED)
    store = open_store(folder / f"size-{every_ms}.sqlite")
    empty = used(store)
    probes = [f"fridge-{i}-load" for i in range(SIZE_PROBES)]
    total = 0
    for number in range(SIZE_DAYS):
        rows = [day(chance, number, every_ms, probe, i) for i, probe in enumerate(probes)]
        messages = [cut(row, 1, chance.integers(30, 400, 1_440)) for row in rows]
        with store.writing() as session:
            for together in zip(*messages, strict=True):
                for i in chance.permutation(SIZE_PROBES):  # probes answer in any order
                    session.readings.append_samples(together[i])
                    total += 1
    hot = used(store) - empty
    begun = time.perf_counter()
    for number in range(SIZE_DAYS):
        with store.writing() as session:
            closed = session.readings.closed_days(dict.fromkeys(probes, DAY0 + number + 1), 2**60, 1_000)
            for one in closed:
                seal_block(session, one, "site-1", [PROFILE.hold_ms], 5)
    took = time.perf_counter() - begun
    sealed = used(store) - empty
    for table in ("block_bodies", "block_rests", "block_sums", "ledger"):
        print(f"    {table}: {table_bytes(store, table) / total:.2f} B of content a reading")
    store.close()
    return hot / total, sealed / total, total / took


def table_bytes(store: SqliteStore, table: str) -> int:
    """Return the length of a table's blobs."""
    columns = {
        "block_bodies": "LENGTH(front) + 32 + 24",
        "block_rests": "LENGTH(rest)",
        "block_sums": "LENGTH(sums) + LENGTH(probe) + 8",
        "ledger": "LENGTH(payload) + 32 + 40",
    }
    with store._writer.connect() as connection:  # noqa: SLF001 - to look at pages
        return int(connection.exec_driver_sql(f"SELECT SUM({columns[table]}) FROM {table}").scalar() or 0)


def ten_years(folder: Path, years: int) -> SqliteStore:
    """Return a store with one sealed probe at a reading a minute."""
    chance = np.random.default_rng(SEED)
    store = open_store(folder / "years.sqlite")
    latency = chance.integers(30, 400, 1_440)
    for start in range(0, 365 * years, 30):
        with store.writing() as session:
            for number in range(start, min(start + 30, 365 * years)):
                for part in cut(day(chance, number, 60_000, PROBE, 0), 360, latency):
                    session.readings.append_samples(part)
        with store.writing() as session:
            seal_everything(session, [PROBE])
    return store


def say(words: str, *numbers: float) -> None:
    """Print a line."""
    print(words.format(*numbers), flush=True)


Times = tuple[float, float, float, float]


def say_times(what: str, how: str, times: Times) -> None:
    """Print a line about p50 and p99."""
    say(f"  {what:<25} p50 {{:.2f}} p99 {{:.2f}} ms (CPU {{:.2f}}, {{:.2f}}) {how}", *times)


def timed(work: Callable[[int], object], rounds: int) -> Times:
    """Return p50 and p99 in ms of the clock, and of this thread's processor: on a shared machine, which one it was."""
    spent = []
    for i in range(rounds):
        begun = time.perf_counter(), time.thread_time()
        work(i)
        spent.append(((time.perf_counter() - begun[0]) * 1_000, (time.thread_time() - begun[1]) * 1_000))
    clock, processor = zip(*spent, strict=True)
    (p50, p99), (cpu50, cpu99) = (np.percentile(one, (50, 99)).tolist() for one in (clock, processor))
    return p50, p99, cpu50, cpu99


def raw(history: History, profile: Profile, from_ms: int, to_ms: int) -> tuple[int, ...]:
    """Sum up raw rows in numpy, as one would without blocks; the columns are in memory already."""
    part = history.between(from_ms - profile.hold_ms, to_ms)
    following = np.append(part.taken_ms[1:], to_ms)
    begin = np.maximum(part.taken_ms, from_ms)
    held = np.maximum(np.minimum(np.minimum(part.taken_ms + profile.hold_ms, following), to_ms) - begin, 0)
    value = part.micro_celsius
    above, below = held[value > profile.high_micro_celsius].sum(), held[value < (profile.low_micro_celsius or 0)].sum()
    return int(held.sum()), int(above), int(below)


def influx_of(whole: History, folder: Path) -> InfluxServer:
    """Return an InfluxDB with the same readings in it."""
    server = start_influx(folder)
    server.create("bench")
    for at in range(0, len(whole), 20_000):
        columns = (whole.taken_ms[at : at + 20_000].tolist(), whole.micro_celsius[at : at + 20_000].tolist())
        lines = [f"reading,probe={PROBE} celsius={micro / 1e6} {ms}" for ms, micro in zip(*columns, strict=True)]
        server.write("bench", "\n".join(lines).encode())
    return server


def asked(server: InfluxServer, from_ms: int, to_ms: int) -> object:
    """Ask InfluxDB for the time of a stay above the limit, as a dashboard does: readings above it, and of all."""
    where = f"time >= {from_ms}ms AND time < {to_ms}ms"
    high = PROFILE.high_micro_celsius / 1e6
    of_all = f"SELECT COUNT(celsius), MIN(celsius), MAX(celsius) FROM reading WHERE {where}"
    return server.query("bench", f"{of_all}; SELECT COUNT(celsius) FROM reading WHERE {where} AND celsius > {high}")


class Questions:
    """Random intervals of ten years and units of 8 stays, asked of a store."""

    def __init__(self, store: SqliteStore, years: int) -> None:
        chance = np.random.default_rng(SEED)
        end = T0 + 365 * years * DAY_MS
        self.store = store
        self.span = (T0, end)
        self.edges = np.sort(chance.integers(T0, end, (2_000, 2)), axis=1).tolist()
        self.stays = chance.integers(T0, end - 9 * DAY_MS, (500, 8)).tolist()
        self.lengths = chance.integers(3_600_000, 9 * DAY_MS, (500, 8)).tolist()

    def one(self, session: Session, i: int) -> IntervalSums:
        """Ask for one interval."""
        from_ms, to_ms = self.edges[i % 2_000]
        return sums_of(session.readings.tally(PROBE, from_ms, to_ms, PROFILE.hold_ms), PROFILE)

    def unit(self, session: Session, i: int) -> object:
        """Ask for 8 stays."""
        return [sums_of(session.readings.tally(PROBE, a, b, PROFILE.hold_ms), PROFILE) for a, b in self.stays_of(i)]

    def stays_of(self, i: int) -> list[tuple[int, int]]:
        """Return 8 stays."""
        return [(a, a + n) for a, n in zip(self.stays[i], self.lengths[i], strict=True)]

    def fresh(self, ask: Callable[[Session, int], object]) -> Callable[[int], object]:
        """Return the question in a transaction of its own, as a request to the server does."""

        def work(i: int) -> object:
            with self.store.reading() as session:
                return ask(session, i)

        return work

    def forget(self) -> None:
        """Let the next question open everything anew."""
        block_store.forget()
        self.store.known.clear()


def intervals(store: SqliteStore, years: int, folder: Path) -> None:
    """Print what one interval and a unit of 8 stays cost; every question in a transaction of its own."""
    ask = Questions(store, years)
    with store.reading() as session:
        whole = session.readings.history(PROBE, *ask.span)
        for i in range(20):
            a, b = ask.edges[i]
            assert ask.one(session, i) == interval_sums(whole.between(a - PROFILE.hold_ms, b), PROFILE, a, b)
    one, unit = ask.fresh(ask.one), ask.fresh(ask.unit)
    ask.forget()
    say(
        "  one random interval: p50 {:.2f} p99 {:.2f} ms, first opening of its days",
        *timed(one, 300),
    )
    say(
        "  one random interval: p50 {:.2f} p99 {:.2f} ms, days decoded",
        *timed(lambda i: one(i % 300), 900),
    )
    rows = timed(lambda i: raw(whole, PROFILE, *ask.edges[i]), 100)
    say_times("raw rows in numpy", "columns in memory", rows)
    ask.forget()
    say(
        "  a unit of 8 stays:   p50 {:.2f} p99 {:.2f} ms, first opening of its days",
        *timed(unit, 100),
    )
    for i in range(20):
        unit(i)
    say(
        "  a unit of 8 stays:   p50 {:.2f} p99 {:.2f} ms, days decoded",
        *timed(lambda i: unit(i % 20), 300),
    )
    with store.reading() as session:
        history = session.readings.history
        rows = timed(lambda i: [history(PROBE, a, b) for a, b in ask.stays_of(i)], 60)
    say_times("raw rows of 8 stays", "read from blocks", rows)
    with influx_of(whole, folder) as server:
        queries = timed(lambda i: [asked(server, a, b) for a, b in ask.stays_of(i)], 40)
        say(
            "  InfluxQL of 8 stays: p50 {:.2f} p99 {:.2f} ms, two statements in one query a stay",
            *queries,
        )
    many(whole)


def many(whole: History) -> None:
    """Print what one night's excursion means for 100,000 units, in one call."""
    night = whole.between(T0 + 100 * DAY_MS, T0 + 101 * DAY_MS)
    chance = np.random.default_rng(SEED)
    begin = chance.integers(T0 + 100 * DAY_MS + 600_000, T0 + 100 * DAY_MS + 40_000_000, 100_000)
    end = begin + chance.integers(60_000, 40_000_000, 100_000)
    spent = timed(lambda _: sums_of_many(night, PROFILE, begin, end), 9)
    say_times("100,000 units of one night in one call", "", spent)
    found = sums_of_many(night, PROFILE, begin, end)
    for i in range(0, 100_000, 9_973):
        expected = interval_sums(night, PROFILE, int(begin[i]), int(end[i]))
        assert int(found.integral_micro_celsius_ms[i]) == expected.integral_micro_celsius_ms


def main() -> None:
    """Print everything."""
    years = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for minutes in (1, 5):
            print(f"readings every {minutes} min, {SIZE_PROBES} probes, {SIZE_DAYS} days, one reading a message")
            hot, sealed, rate = size_of(folder, minutes * 60_000)
            print(f"  {hot:.1f} B a reading hot, {sealed:.2f} sealed; {rate:,.0f} readings sealed a second")
        begun = time.perf_counter()
        store = ten_years(folder, years)
        print(f"{years} years at a reading a minute, sealed in {time.perf_counter() - begun:.0f} s")
        intervals(store, years, folder)
        store.close()


if __name__ == "__main__":
    main()

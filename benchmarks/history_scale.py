"""What is asked of ten years of record, on a store that make_history.py made: one table of figures.

    .venv/bin/python -m benchmarks.history_scale FOLDER             # beside raw rows in numpy
    .venv/bin/python -m benchmarks.history_scale FOLDER --influx    # and beside InfluxQL, if influxd was built

Wall time, and the processor's time of this process in brackets, since other work on the machine stretches the first and
not the second. "Cold": nothing of the readings was decoded yet; the database's pages may be in the system's cache. Sums
over stays are compared with sums over the raw rows. InfluxQL is asked for maximum, minimum and number of the points in
a stay, one query a stay, which is less than what our own figures say; it has the ten years of one probe. Rebuilding is
measured on at most 500,000 entries, in memory; that of the whole store also writes it.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from api.custody import custody_of, recalled
from api.looking_back import FIRST, look_back
from benchmarks.history import SEED, raw
from benchmarks.made_readings import load_probe
from benchmarks.make_history import PROFILE, fridge
from coldchain.blocks import DAY_MS
from coldchain.entries import StayRecord, entry_hash
from coldchain.history import History
from coldchain.lineage import Recall
from coldchain.ports import Session
from rules.interval import interval_sums, sums_of, sums_of_many
from stores import blocks as block_store
from stores.as_known import AS_KNOWN_ENTRIES_MAX, Private
from stores.sqlite import SqliteStore, open_store

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

UNITS: Final = 100
PAGE: Final = 100
VERIFIED: Final = 12_000
NIGHT: Final = 100_000
POINTS_AT_ONCE: Final = 20_000
LEDGER: Final = "SELECT seq, record_ms, actor, site, kind, payload, hash FROM ledger ORDER BY seq LIMIT ?"

Work = Callable[[int], object]


class Table:
    """Prints a line for each figure."""

    def line(self, words: str, said: str) -> None:
        """Print one figure."""
        print(f"  {words:<58} {said}", flush=True)

    def times(self, words: str, work: Work, rounds: int) -> None:
        """Run work and print p50 and p99 in ms, of wall and processor."""
        wall, busy = [], []
        for number in range(rounds):
            began, used = time.perf_counter(), time.process_time()
            work(number)
            wall.append((time.perf_counter() - began) * 1_000)
            busy.append((time.process_time() - used) * 1_000)
        (a, b), (c, d) = np.percentile(wall, [50, 99]), np.percentile(busy, [50, 99])
        self.line(words, f"p50 {a:9.2f} p99 {b:9.2f} ms  (cpu {c:.2f}, {d:.2f})")


def red_cells(session: Session, count: int) -> list[str]:
    """Return ids of red cell units, evenly over the years."""
    last = int(_last_donation(session))
    return [f"rc-{number:08}" for number in np.linspace(0, last, count, dtype=np.int64)]


def _last_donation(session: Session) -> str:
    low, high = 0, 1
    while session.records.unit(f"wb-{high:08}") is not None:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if session.records.unit(f"wb-{middle:08}") is not None else (low, middle)
    return f"{low}"


def verdicts(table: Table, session: Session) -> None:
    """Sum up the eight stays of units, from decoded blocks, from warm and cold ones, and from raw rows."""
    units = [session.records.stays_of_unit(name) for name in red_cells(session, UNITS)]
    assert all(len(stays) == 8 for stays in units)

    def unit(number: int) -> list[Any]:
        tally = session.readings.tally
        spans = [(f"{stay.place}-load", *_span(stay)) for stay in units[number % UNITS]]
        return [sums_of(tally(probe, a, b, PROFILE.hold_ms), PROFILE) for probe, a, b in spans]

    def rows(number: int) -> list[Any]:
        return [
            raw(session.readings.history(f"{one.place}-load", *_span(one)), PROFILE, *_span(one))
            for one in units[number % UNITS]
        ]

    for number in range(3):
        for found, stay in zip(unit(number), units[number], strict=True):
            begin, end = _span(stay)
            history = session.readings.history(f"{stay.place}-load", begin - PROFILE.hold_ms, end)
            assert found == interval_sums(history, PROFILE, begin, end)
    block_store.forget()
    table.times("a unit of 8 stays, cold", unit, UNITS)
    table.times("a unit of 8 stays, its days decoded", lambda number: unit(number % 20), 200)
    block_store.forget()
    table.times("  raw rows of 8 stays read and summed in numpy, cold", rows, UNITS)
    table.times("  the same, their days decoded", lambda number: rows(number % 20), 100)


def _span(stay: StayRecord) -> tuple[int, int]:
    assert stay.possible_to_ms is not None
    return stay.possible_from_ms, stay.possible_to_ms


def one_night(table: Table, session: Session) -> None:
    """Say what one night means for 100,000 units, in one call."""
    newest = max(stay.possible_from_ms for stay in session.records.stays_of_unit("rc-00000000"))
    begin_ms = newest // DAY_MS * DAY_MS
    night = session.readings.history(load_probe(0), begin_ms, begin_ms + DAY_MS)
    chance = np.random.default_rng(SEED)
    begin = chance.integers(begin_ms, begin_ms + DAY_MS // 2, NIGHT)
    end = begin + chance.integers(60_000, DAY_MS // 2, NIGHT)
    table.times(f"{NIGHT:,} units of one night in one call", lambda _: sums_of_many(night, PROFILE, begin, end), 9)


def where_and_whence(table: Table, session: Session, now_ms: int) -> None:
    """Look back, trace and follow a recall."""
    names = red_cells(session, UNITS)
    days = [session.records.stays_of_unit(name)[0].possible_from_ms for name in names]
    counted = [session.records.count_stays(fridge(0), day, day + DAY_MS) for day in days]
    every = session.records.count_stays(fridge(0), 0, None)
    words = f"look-back of a day: counted ({int(np.median(counted)):,} of {every:,}), page"
    table.times(words, lambda n: look_back(session, fridge(0), (days[n], days[n] + DAY_MS), FIRST, PAGE), UNITS)
    table.times(
        "look-back of all years, counted, page", lambda _: look_back(session, fridge(0), (0, 2**50), FIRST, PAGE), 5
    )

    def trace(number: int) -> object:
        unit = session.records.unit(names[number])
        assert unit is not None
        return custody_of(session, unit, now_ms)

    def recall(number: int) -> object:
        of = {"donation_number": f"d-{names[number][3:]}", "issuer": "i", "scheme": "local"}
        one = Recall(id="r", at_ms=now_ms, reason="b", name="n", post="p", **of)
        found = recalled(session, one, now_ms)
        assert len(found.units) in {4, 5}
        return found

    table.times("trace of a unit, both ways", trace, UNITS)
    table.times("recall of a donation: all that it reaches, and where", recall, UNITS)


def ledger(table: Table, store: SqliteStore) -> None:
    """Make projections anew, and check hashes."""
    with store.reading_sql() as sql:
        rows = sql.rows(LEDGER, (VERIFIED,))
        began = time.perf_counter()
        assert all(entry_hash(*row[:6]) == row.hash for row in rows)
        took = time.perf_counter() - began
        table.line(f"{len(rows):,} entries verified", f"{took:.2f} s")
        last = int(sql.first("SELECT MAX(seq) AS n FROM ledger").n)
        private, seq = Private(), min(last, AS_KNOWN_ENTRIES_MAX)
        began, used = time.perf_counter(), time.process_time()
        private.take(sql, seq)
        took, busy = time.perf_counter() - began, time.process_time() - used
        private.close()
    table.line(f"{seq:,} of {last:,} entries rebuilt", f"{seq / took:,.0f} entries/s  (cpu {seq / busy:,.0f})")


def influx(table: Table, session: Session) -> None:
    """Ask a real InfluxDB for each stay of units, by one query each."""
    from support.influx import start_influx  # noqa: PLC0415 - of the tests, and only where it is asked for

    units = [session.records.stays_of_unit(name) for name in red_cells(session, UNITS)]
    history = session.readings.history(load_probe(0), 0, 2**50)
    with tempfile.TemporaryDirectory() as name, start_influx(Path(name)) as server:
        server.create("coldchain")
        began = time.perf_counter()
        for start in range(0, len(history), POINTS_AT_ONCE):
            server.write("coldchain", _lines(history.part(start, start + POINTS_AT_ONCE)))
        table.line("  InfluxDB took the readings of one probe in", f"{time.perf_counter() - began:.0f} s")

        def unit(number: int) -> object:
            return [server.rows("coldchain", _query(*_span(stay))) for stay in units[number]]

        table.times("  one InfluxQL query a stay, 8 stays", unit, UNITS)


def _lines(part: History) -> bytes:
    pairs = zip(part.taken_ms.tolist(), part.micro_celsius.tolist(), strict=True)
    return b"\n".join(b"temperature,probe=a celsius=%.3f %d" % (value / 1e6, ms) for ms, value in pairs)


def _query(from_ms: int, to_ms: int) -> str:
    asked = 'MAX("celsius"), MIN("celsius"), COUNT("celsius")'
    return f'SELECT {asked} FROM "temperature" WHERE "probe" = \'a\' AND time >= {from_ms}ms AND time < {to_ms}ms'


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--influx", action="store_true")
    asked = parser.parse_args(arguments)
    random.seed(SEED)
    path, table = asked.folder / "hot.sqlite", Table()
    store = open_store(path)
    with store.reading() as session:
        last, counts = session.ledger.next_seq() - 1, session.readings.counts()
        print(f"{path.stat().st_size / 1e9:.2f} GB, {last:,} entries, {counts.samples:,} sealed readings", flush=True)
        verdicts(table, session)
        if asked.influx:
            influx(table, session)
        one_night(table, session)
        where_and_whence(table, session, 2**41)
    ledger(table, store)
    store.close()


if __name__ == "__main__":
    main()

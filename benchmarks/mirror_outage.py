"""An outage of days caught up: points per second out of a record into real InfluxDB servers, and whether all is there.

    PYTHONPATH=tests .venv/bin/python benchmarks/mirror_outage.py [--days 3] [--probes 40] [--servers 1.8.10 2.7.12]

The record is an SQLite file with a reading of each probe every 10 s, in rows of ten minutes as gateways send them, and
a made-up history of findings, holds and contacts beside it. The mirror starts with nothing and ends level; then the
comparison of `coldchain influx compare` goes over the whole period. The server runs on the same machine.
"""

import argparse
import resource
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import structlog
from support import store_words as words
from support.influx_servers import start_version, target
from support.mirror_world import START_MS, DirectCursors, Story, title_of

from coldchain.entries import EntryKind
from coldchain.ports import SampleRow
from gateway.clock import SystemClock
from stores.influx import InfluxSink
from stores.influx_query import InfluxQuery
from stores.influx_target import Target
from stores.mirror import Mirror
from stores.mirror_compare import Comparer
from stores.mirror_truth import DAY_MS, HOUR_MS, Truth
from stores.session import SqlStore
from stores.sqlite import open_store

STEP_MS: Final = 10_000
ROW: Final = 60
STORY_STEPS: Final = 300


def rows(probe: str, number: int, days: int) -> Iterator[SampleRow]:
    """Yield the rows of a probe: calm, with a warm hour each day and a fault now and then."""
    for row in range(days * DAY_MS // STEP_MS // ROW):
        first = row * ROW
        times = [START_MS + DAY_MS + (first + i) * STEP_MS for i in range(ROW)]
        values: list[int | None] = [
            None if (first + i) % 997 == number else 4_000_000 + ((first + i) * 7 + number) % 23 * 62_500
            for i in range(ROW)
        ]
        yield words.samples(times, values, probe=probe, epoch=f"out-{number}", received_ms=times[-1])


def record(store: SqlStore, probes: int, days: int) -> int:
    """Fill the record; return how many readings it has of the outage."""
    Story(store, 1).tell(STORY_STEPS)
    names = [f"outage-{number}" for number in range(probes)]
    with store.writing() as session:
        drafts = [words.draft(EntryKind.PROBE, words.probe(name)) for name in names]
        session.ledger.append(drafts, START_MS)
    for number, name in enumerate(names):
        with store.writing() as session:
            for row in rows(name, number, days):
                session.readings.append_samples(row)
    return probes * days * DAY_MS // STEP_MS


def caught_up(store: SqlStore, where: Target) -> tuple[float, int, int]:
    """Return the seconds that the mirror took to be level, the points that it sent, and its requests."""
    with store.writing() as session:
        for name in ("mirror:readings", "mirror:ledger"):
            session.books.set_cursor(name, 0)
    mirror = Mirror(store, DirectCursors(store), InfluxSink(where), SystemClock(), titles=title_of)
    stop = threading.Event()
    thread = threading.Thread(target=mirror.run, args=(stop,), daemon=True)
    began = time.perf_counter()
    thread.start()
    while (status := mirror.status()).readings_behind or status.ledger_behind:
        time.sleep(0.05)
    took = time.perf_counter() - began
    stop.set()
    thread.join()
    status = mirror.status()
    assert status.dead_letters == status.faults == 0
    return took, status.points, status.requests


def main() -> None:
    """Fill a record, catch up on each server, compare, and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--probes", type=int, default=40)
    parser.add_argument("--servers", nargs="+", default=["1.8.10", "2.7.12"])
    given = parser.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    with tempfile.TemporaryDirectory() as folder, closing(open_store(Path(folder) / "hot.sqlite")) as store:
        readings = record(store, given.probes, given.days)
        print(f"{readings:,} readings of {given.probes} probes in {given.days} days, one every {STEP_MS // 1_000} s")
        for version in given.servers:
            with start_version(version, Path(folder)) as server:
                took, points, requests = caught_up(store, target(server))
                print(f"{version}: {took:.1f} s, {points / took:,.0f} points/s, {requests} requests")
                began = time.perf_counter()
                with closing(InfluxQuery(target(server))) as query:
                    comparer = Comparer(Truth(store, title_of), query, lambda: None)
                    found = comparer.compare(START_MS - HOUR_MS, START_MS + (given.days + 2) * DAY_MS)
                took = time.perf_counter() - began
                words_ = "alike" if found.alike else f"NOT ALIKE: {found.missing} missing, {found.extra} extra"
                print(f"{version}: compared {found.points_true:,} points in {took:.1f} s: {words_}")
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024:.0f} MB")


if __name__ == "__main__":
    main()

"""The intake beside what a user would write instead: a script that decodes JSON and inserts rows, without any rules.

    .venv/bin/python benchmarks/intake.py

Both get the same batches and commit each one to SQLite with synchronous=FULL. Ours also validates, recognises
duplicates, folds the rules, keeps a hashed ledger and prepares acks. Rounds are interleaved; trust the ratio only.
"""

import json
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from coldchain.facts import ClockState, Quality, Sample
from coldchain.places import Gateway, Place, Probe, ProbeRole, Text
from coldchain.wire import encode, up_of
from ingest.batches import Message
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from rules.profile import profile_record
from stores.sqlite import open_store

ROUNDS = 5
PROBES = 10
BATCHES = 400
ITEMS = 500
START_MS = 1_795_000_000_000
STEP_MS = 20_000


def batches() -> list[bytes]:
    """Return 400 batches of 500 readings of ten calm probes."""
    made = []
    for number in range(BATCHES):
        first = number * ITEMS
        samples = [
            Sample(
                seq=first + i + 1,
                origin=f"probe-{(first + i) % PROBES}",
                taken_ms=START_MS + (first + i) // PROBES * STEP_MS,
                boottime_ms=1_000 + (first + i) // PROBES * STEP_MS,
                micro_celsius=4_000_000 + (first + i) % 7 * 100_000,
                quality=Quality.GOOD,
            )
            for i in range(ITEMS)
        ]
        up = up_of(
            samples,
            gateway="gw-1",
            epoch="e1",
            first_seq=first + 1,
            last_seq=first + ITEMS,
            boot="b1",
            sent_ms=samples[-1].taken_ms,
            clock=ClockState.TRUSTED,
        )
        made.append(encode(up))
    return made


def ours(payloads: list[bytes], folder: Path) -> float:
    """Return seconds for our intake."""
    store = open_store(folder / "hot.sqlite")
    pipeline = Pipeline(store, Counters())
    toml = (Path(__file__).parent.parent / "rules" / "profiles" / "cn-rbc.toml").read_bytes()
    name = Text(zh="冰箱", en="Fridge")
    place = Place(id="f-1", site="s-1", name=name, profile="cn-rbc", profile_version=1)
    probes = [Probe(id=f"probe-{i}", place="f-1", gateway="gw-1", role=ProbeRole.LOAD) for i in range(PROBES)]
    pipeline.set_up([profile_record(toml), Gateway(id="gw-1", site="s-1"), place, *probes], START_MS)
    began = time.perf_counter()
    for number, payload in enumerate(payloads, 1):
        now_ms = START_MS + number * ITEMS // PROBES * STEP_MS
        pipeline.process([Message(site="s-1", gateway="gw-1", payload=payload, received_ms=now_ms)], now_ms)
    seconds = time.perf_counter() - began
    with store.reading() as session:
        assert session.readings.counts().samples == BATCHES * ITEMS
    store.close()
    return seconds


def script(payloads: list[bytes], folder: Path) -> float:
    """Return seconds for the usual script: json, one row a reading, one commit a message."""
    db = sqlite3.connect(folder / "plain.sqlite")
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE reading (probe TEXT, taken_ms INTEGER, celsius REAL)")
    db.execute("CREATE INDEX reading_by_probe ON reading (probe, taken_ms)")
    began = time.perf_counter()
    for payload in payloads:
        up = json.loads(payload)["samples"]
        rows = zip(up["origin"], up["taken_ms"], (v / 1_000_000 for v in up["micro_celsius"]), strict=True)
        with db:
            db.executemany("INSERT INTO reading VALUES (?, ?, ?)", rows)
    seconds = time.perf_counter() - began
    assert db.execute("SELECT count(*) FROM reading").fetchone()[0] == BATCHES * ITEMS
    db.close()
    return seconds


def timed(run: Callable[[list[bytes], Path], float], payloads: list[bytes]) -> float:
    """Return readings per second of one run in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        return BATCHES * ITEMS / run(payloads, Path(folder))


def main() -> None:
    """Print rates and their ratio, round by round and in the median."""
    payloads = batches()
    ratios = []
    for number in range(ROUNDS):
        mine, plain = timed(ours, payloads), timed(script, payloads)
        ratios.append(mine / plain)
        print(
            f"round {number + 1}: ours {mine:,.0f} readings/s, script {plain:,.0f} readings/s, ratio {ratios[-1]:.2f}"
        )
    print(f"median ratio {median(ratios):.2f}")


if __name__ == "__main__":
    main()

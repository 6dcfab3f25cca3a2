"""A child process that proposes, confirms and removes, one after the other, and says each step once it is committed.

Run as a script: retention_loop.py FILE SEED.
"""

import sys
from pathlib import Path

import structlog
from msgspec.structs import replace
from support import store_words as words
from support.retention import CONFIRM, HOLD_MS, NOW, OLD, PROBE, PROPOSE
from support.sealing import seal_all

from coldchain.blocks import DAY_MS
from coldchain.entries import EntryKind
from coldchain.retention import DisposalState
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from stores.sqlite import SqliteStore, open_store

CURSOR = "removed"


def prepare(store: SqliteStore) -> None:
    with store.reading() as session:
        known = session.records.places()
    if not known:
        things = [(EntryKind.PLACE, words.place()), (EntryKind.PROFILE, words.profile())]
        with store.writing() as session:
            session.ledger.append([words.draft(kind, one) for kind, one in things], NOW)
            session.ledger.append([words.draft(EntryKind.PROBE, words.probe())], NOW)


def step(store: SqliteStore, pipeline: Pipeline) -> str:
    """Do what comes next, whatever a kill left, and return what that was."""
    with store.reading() as session:
        waiting = session.records.disposals_waiting()
        number = len(session.records.disposals(10**6))
    if not waiting:
        day = OLD + number
        with store.writing() as session:
            if not session.readings.kept_days(PROBE, day + 1, 1):
                times = [day * DAY_MS + i * 60_000 for i in range(200)]
                session.readings.append_samples(words.samples(times, [4_000_000] * 200))
                seal_all(session, PROBE, day + 1, [HOLD_MS])
        pipeline.record(replace(PROPOSE, id=f"d-{number}"), NOW)
        return "proposed"
    if waiting[0].state is DisposalState.PROPOSED:
        pipeline.record(replace(CONFIRM, id=waiting[0].id, sha256=waiting[0].sha256), NOW)
        return "confirmed"
    pipeline.dispose(NOW)
    return "removed"


def main() -> None:
    """Go on until killed."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    store = open_store(Path(sys.argv[1]))
    pipeline = Pipeline(store, Counters())
    prepare(store)
    while True:
        if step(store, pipeline) == "removed":
            with store.reading() as session:
                print(sum(one.state is DisposalState.REMOVED for one in session.records.disposals(10**6)), flush=True)


if __name__ == "__main__":
    main()

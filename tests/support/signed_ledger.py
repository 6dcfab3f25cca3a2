"""A record on a disk whose ledger was signed as the centre signs it, for tests that try to change it unnoticed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from support import store_words as words
from support.hand_clock import HandClock

from assembly.ledger_keys import LedgerSigner, signer_for
from assembly.storing import HOT_FILE
from coldchain.entries import Draft, EntryKind
from ingest.attest import Attestor
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from stores.session import SqlStore
from stores.sqlite import open_store

ORIGIN = "coldchain/storage-1"
NOW_MS = 1_790_000_000_000
TRIGGERS = ("no_update", "no_delete", "in_order")


def gaps(first: int, last: int) -> list[Draft]:
    """Return harmless entries."""
    return [words.draft(EntryKind.GAP, words.gap(i)) for i in range(first, last)]


def signed_pipeline(store: SqlStore, folder: Path) -> tuple[Pipeline, LedgerSigner]:
    """Return a pipeline that signs with the key in `folder`."""
    pipeline = Pipeline(store, Counters())
    signer = signer_for(store, pipeline, folder, ORIGIN, HandClock(NOW_MS))
    pipeline.attestor = Attestor(store, ORIGIN, signer)
    return pipeline, signer


def make_record(folder: Path, entries: int, made: SqlStore | None = None) -> None:
    """Make a record of so many entries, the first of which names the key; checkpoints every 1,000.

    In the file of the folder, or in the store that is `made`; it is closed.
    """
    folder.mkdir(exist_ok=True)
    store = open_store(folder / HOT_FILE) if made is None else made
    pipeline, _ = signed_pipeline(store, folder)
    pipeline.attest(NOW_MS, 0)
    for first in range(1, entries, 5_000):
        pipeline.note(gaps(first, min(first + 5_000, entries)), NOW_MS + first)
        pipeline.attest(NOW_MS + first, first)
    store.close()


@contextmanager
def tampering(folder: Path) -> Iterator[sqlite3.Connection]:
    """Change the file as its administrator could: without the triggers, put back afterwards."""
    with closing(sqlite3.connect(folder / HOT_FILE)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for _, sql in triggers:
            connection.execute(sql)
        connection.commit()

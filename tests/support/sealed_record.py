"""A signed record with sealed blocks (one of them in two generations), unsealed rows and checkpoints, for attacks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from support import store_words as words
from support.sealing import seal_all
from support.signed_ledger import NOW_MS, gaps, signed_pipeline, tampering

from coldchain.blocks import DAY_MS
from stores.append_only import SEALED_SQL, TABLES_SQL
from stores.session import SqlStore

DAY0: Final = 20_000
T0: Final = DAY0 * DAY_MS
PROBE: Final = "fridge-1-load"
LATE_MS: Final = T0 + 40 * DAY_MS


def fill_sealed(store: SqlStore, folder: Path) -> None:
    """Make the record. Entry 1 is the key; 5 to 7 are blocks of days 0 to 2, 8 is day 1 anew; 9 to 40 are gaps."""
    folder.mkdir(exist_ok=True)
    pipeline, _ = signed_pipeline(store, folder)
    pipeline.note(gaps(1, 4), NOW_MS)
    with store.writing() as session:
        for day in range(4):
            times = [T0 + day * DAY_MS + i * 600_000 for i in range(20)]
            session.readings.append_samples(words.samples(times, [4_000_000 + 1_000 * i for i in range(20)]))
        session.readings.append_tags(words.tags(words.tag(T0)))
        assert seal_all(session, PROBE, DAY0 + 3, [300_000]) == 3
    late = words.samples([T0 + DAY_MS + 12_345], [9_000_000], received_ms=LATE_MS)
    with store.writing() as session:
        session.readings.append_samples(late)
        assert seal_all(session, PROBE, DAY0 + 3, [300_000]) == 1
    pipeline.attest(NOW_MS, 0)
    pipeline.note(gaps(4, 36), NOW_MS + 1)
    pipeline.attest(NOW_MS + 1, 10**6)


def attack_file(folder: Path, statement: str) -> None:
    """Run a statement on the file without its triggers."""
    with tampering(folder) as connection:
        connection.executescript(statement)


def attack_postgres(url: str, statement: str) -> None:
    """Run a statement on the database as its owner, without its triggers."""
    with without_triggers(url) as connection:
        connection.execute(statement.encode())


@contextmanager
def without_triggers(url: str) -> Iterator[psycopg.Connection]:
    """Change the database as its owner could: the triggers are put back afterwards."""
    with psycopg.connect(url) as connection:
        tables = {row[0] for asked in (TABLES_SQL, SEALED_SQL) for row in connection.execute(asked.encode())}
        for table in sorted(tables):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        yield connection
        for table in sorted(tables):
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER".encode())

"""What is sealed stays: the database lets nothing go but the rows of the block that is being sealed."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support import store_words as words
from support.sealing import seal_all

from coldchain.blocks import DAY_MS
from coldchain.errors import StoreError
from stores.sqlite import SqliteStore, open_store
from stores.verify_blocks import verify_blocks

T0 = 20_000 * DAY_MS
PROBE = "fridge-1-load"


@pytest.fixture
def sealed(path: Path) -> Path:
    """Two sealed days of one probe, a third one and another probe not."""
    store = open_store(path)
    with store.writing() as session:
        for probe in (PROBE, "fridge-1-air"):
            for day in range(3):
                times = [T0 + day * DAY_MS + i * 600_000 for i in range(9)]
                session.readings.append_samples(words.samples(times, [4_000_000 + i for i in range(9)], probe=probe))
        assert seal_all(session, PROBE, 20_002, [300_000]) == 2
    store.close()
    return path


FORBIDDEN = [
    "DELETE FROM hot_readings",
    "DELETE FROM hot_readings WHERE admission = 3",
    "INSERT INTO sealing VALUES (2); DELETE FROM hot_readings WHERE admission = 3",
    "INSERT INTO sealing VALUES (2); DELETE FROM hot_readings WHERE device = 'fridge-1-air'",
    "INSERT INTO sealing VALUES (99); DELETE FROM hot_readings",
    "DELETE FROM block_bodies WHERE seq = 1",
    "UPDATE block_bodies SET front = X'00' WHERE seq = 1",
    "UPDATE block_rests SET rest = X'00'",
    "DELETE FROM block_rests",
    "INSERT OR REPLACE INTO block_rests VALUES (1, X'00')",
]


@pytest.mark.parametrize("statements", FORBIDDEN)
def test_the_database_refuses_everything_but_sealing(sealed: Path, statements: str) -> None:
    with closing(sqlite3.connect(sealed)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM hot_readings").fetchone() == (4,)
        *before, last = statements.split("; ")
        for statement in before:
            connection.execute(statement)
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(last)


@pytest.mark.parametrize("column", ["front", "rest"])
@pytest.mark.parametrize("at", [0, 1, 2, 9, 30, -1])
def test_a_changed_byte_is_found_and_its_block_named(sealed: Path, column: str, at: int) -> None:
    table = {"front": "block_bodies", "rest": "block_rests"}[column]
    with closing(sqlite3.connect(sealed)) as connection:
        connection.execute(f"DROP TRIGGER {table}_no_update")
        body = bytearray(connection.execute(f"SELECT {column} FROM {table} WHERE seq = 2").fetchone()[0])
        body[at] ^= 1
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE seq = 2", (bytes(body),))
        connection.commit()
    store = open_store(sealed)
    with store.reading() as session:
        fault = verify_blocks(session)
    store.close()
    assert fault is not None
    assert (fault.seq, fault.probe, fault.day, fault.generation) == (2, PROBE, 20_001, 1)


def test_a_block_whose_bytes_are_missing_is_named(sealed: Path) -> None:
    with closing(sqlite3.connect(sealed)) as connection:
        connection.execute("DROP TRIGGER block_rests_no_delete")
        connection.execute("DELETE FROM block_rests WHERE seq = 1")
        connection.commit()
    store = open_store(sealed)
    with store.reading() as session:
        fault = verify_blocks(session)
    store.close()
    assert fault is not None
    assert (fault.seq, fault.reason) == (1, "its bytes are missing")


def seal_another(store: SqliteStore) -> None:
    with store.writing() as session:
        (closed,) = session.readings.closed_days({PROBE: 20_003}, 0, 9)
        (block,) = session.readings.prepare(closed)
        wrong = words.changed_block(block)
        (entry,) = session.ledger.append([words.block_draft(wrong)], 5)
        session.readings.seal((wrong,), (entry,), [])


def test_an_entry_without_its_bytes_is_never_committed(sealed: Path) -> None:
    store = open_store(sealed)
    with pytest.raises(StoreError, match="prepare it in this transaction"):
        seal_another(store)
    with store.reading() as session:
        assert len(session.ledger.entries(0, 9)) == 2
        assert session.readings.counts().samples == 54
        assert len(session.readings.history(PROBE, 0, 2 * T0)) == 27
    store.close()

"""Evidence is append-only, also against a connection that did not ask for anything."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from support import store_words as words

from coldchain.entries import EntryKind
from stores.sqlite import SqliteStore, open_store

READING = "'samples', 'fridge-1-load', 0, 0, 'gw-1', 'e1', 0, 0, 'trusted', 'b1', 1, X'00'"
FORBIDDEN = [
    "UPDATE ledger SET actor = 'x' WHERE seq = 1",
    "UPDATE OR IGNORE ledger SET seq = 9 WHERE seq = 1",
    "UPDATE OR REPLACE ledger SET seq = 2 WHERE seq = 1",
    "DELETE FROM ledger",
    "DELETE FROM ledger WHERE seq = 2",
    "INSERT OR REPLACE INTO ledger VALUES (1, 0, 'x', 's', 'gap', X'00', X'00')",
    "REPLACE INTO ledger VALUES (2, 0, 'x', 's', 'gap', X'00', X'00')",
    "INSERT OR IGNORE INTO ledger VALUES (1, 0, 'x', 's', 'gap', X'00', X'00')",
    "INSERT INTO ledger VALUES (4, 0, 'x', 's', 'gap', X'00', X'00')",
    "INSERT INTO ledger VALUES (0, 0, 'x', 's', 'gap', X'00', X'00')",
    "INSERT INTO ledger VALUES (1, 0, 'x', 's', 'gap', X'00', X'00') ON CONFLICT (seq) DO UPDATE SET actor = 'x'",
    "UPDATE hot_readings SET body = X'00'",
    "UPDATE OR IGNORE hot_readings SET admission = 9 WHERE admission = 1",
    "DELETE FROM hot_readings WHERE admission = 1",
    f"INSERT OR REPLACE INTO hot_readings VALUES (1, {READING})",
    f"INSERT OR IGNORE INTO hot_readings VALUES (2, {READING})",
    f"INSERT INTO hot_readings VALUES (0, {READING})",
]


def everything(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
    rows = connection.execute("SELECT * FROM ledger ORDER BY seq").fetchall()
    return rows + connection.execute("SELECT * FROM hot_readings ORDER BY admission").fetchall()


@pytest.fixture
def filled(path: Path) -> Path:
    store = open_store(path)
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.GAP, words.gap(i)) for i in range(2)], 5)
        session.readings.append_samples(words.samples([1_000], [4_000_000]))
        session.readings.append_tags(words.tags(words.tag(1_000)))
    store.close()
    return path


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_evidence_cannot_be_changed_from_outside(filled: Path, statement: str) -> None:
    with closing(sqlite3.connect(filled)) as connection:
        before = everything(connection)
        assert len(before) == 4
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
        connection.rollback()
        assert everything(connection) == before


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_evidence_cannot_be_changed_by_our_own_connection(filled: Path, statement: str) -> None:
    store: SqliteStore = open_store(filled)
    with store._writer.connect() as connection, pytest.raises(IntegrityError, match="append-only"):
        connection.exec_driver_sql(statement)
    store.close()


def test_the_next_entry_and_the_next_reading_are_taken(filled: Path) -> None:
    with closing(sqlite3.connect(filled)) as connection:
        connection.execute("INSERT INTO ledger VALUES (3, 0, 'x', 's', 'gap', X'00', X'00')")
        connection.execute(f"INSERT INTO hot_readings VALUES (3, {READING})")
        assert len(everything(connection)) == 6

"""Checkpoints and kept nodes are evidence: nobody changes, removes or replaces one, nor puts one in between."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from coldchain.proof import Checkpoint, Node
from stores.sqlite import open_store

FORBIDDEN = [
    "UPDATE ledger_checkpoints SET root = X'01'",
    "UPDATE OR REPLACE ledger_checkpoints SET size = 7 WHERE size = 3",
    "DELETE FROM ledger_checkpoints WHERE size = 7",
    "INSERT OR REPLACE INTO ledger_checkpoints VALUES (7, 0, X'00', 'k', X'00')",
    "INSERT OR IGNORE INTO ledger_checkpoints VALUES (5, 0, X'00', 'k', X'00')",
    "INSERT INTO ledger_checkpoints VALUES (3, 0, X'00', 'k', X'00') ON CONFLICT (size) DO UPDATE SET root = X'00'",
    "UPDATE ledger_nodes SET hash = X'01'",
    "DELETE FROM ledger_nodes",
    "INSERT OR REPLACE INTO ledger_nodes VALUES (4, 0, X'01')",
    "INSERT INTO ledger_nodes VALUES (4, 0, X'01') ON CONFLICT (level, number) DO UPDATE SET hash = X'01'",
]


@pytest.fixture
def filled(path: Path) -> Path:
    store = open_store(path)
    with store.writing() as session:
        for size in (3, 7):
            one = Checkpoint(size=size, root=b"r", at_ms=1, key="k", note=b"n")
            session.proofs.add([Node(level=4, number=size - 3, hash=b"h")], one)
    store.close()
    return path


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_no_statement_changes_a_checkpoint_or_a_node(filled: Path, statement: str) -> None:
    def everything(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
        rows = connection.execute("SELECT * FROM ledger_checkpoints ORDER BY size").fetchall()
        return rows + connection.execute("SELECT * FROM ledger_nodes ORDER BY level, number").fetchall()

    with closing(sqlite3.connect(filled)) as connection:
        before = everything(connection)
        assert len(before) == 4
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
        connection.rollback()
        assert everything(connection) == before

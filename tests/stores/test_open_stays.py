"""Ledgers that older programs wrote name what begins before what ends: they can still be read again."""

import sqlite3
from contextlib import closing
from pathlib import Path

from support import store_words as words

from coldchain.entries import EntryKind
from stores.sqlite import SqliteStore


def test_a_ledger_with_the_new_stay_before_the_end_of_the_old_one_is_rebuilt(store: SqliteStore, path: Path) -> None:
    first = words.stay(number=1)
    gone = words.stay(number=1, withdrawn=True)
    second = words.stay(number=2, place="fridge-2")
    with store.writing() as session:
        session.ledger.append([words.draft(EntryKind.STAY, one) for one in (first, gone, second)], 5)
    before = store.projection_dump()
    with closing(sqlite3.connect(path)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.executescript(
            "UPDATE ledger SET seq = 99 WHERE seq = 2; UPDATE ledger SET seq = 2 WHERE seq = 3;"
            "UPDATE ledger SET seq = 3 WHERE seq = 99;"
        )
        connection.commit()
    store.rebuild_projections()
    assert store.projection_dump() != before, "the entries have other numbers now"
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT unit, number FROM open_stays").fetchall() == [("unit-1", 2)]

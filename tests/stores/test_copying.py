"""The whole record from one database to another, and the check of what a store holds."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Table
from support import full_store

from coldchain.errors import StoreError
from stores.checking import check
from stores.copying import TABLES, copy_all, figures
from stores.postgres import PostgresStore, open_postgres
from stores.session import SqlStore
from stores.sqlite import SqliteStore, copy_file, open_store, reading_only


@pytest.fixture(scope="module")
def full_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = Path(shutil.copy(migrated_file, tmp_path_factory.mktemp("full")))
    store = open_store(path)
    full_store.fill(store, range(1, 31))
    assert full_store.seal(store) == 1
    for number in (31, 32):
        with store.writing() as session:
            full_store.add(session, number)
    store.close()
    return path


@pytest.fixture
def full(full_file: Path, tmp_path: Path) -> Iterator[SqliteStore]:
    store = open_store(Path(shutil.copy(full_file, tmp_path / "full.sqlite")))
    yield store
    store.close()


def copied(source: SqlStore, target: SqlStore) -> None:
    with source.reading_sql() as sql:
        proved = copy_all(sql, target)
        assert proved == figures(sql)
    with target.reading_sql() as sql:
        assert figures(sql) == proved


def test_a_move_there_and_back_changes_nothing(
    full: SqliteStore, postgres_store: PostgresStore, migrated_file: Path, tmp_path: Path
) -> None:
    copied(full, postgres_store)
    assert postgres_store.projection_dump() == full.projection_dump()
    with full.reading() as here, postgres_store.reading() as there:
        assert there.ledger.entries(0, 10**6) == here.ledger.entries(0, 10**6)
        assert there.readings.samples_after(0, 10**6) == here.readings.samples_after(0, 10**6)
        assert there.books.quarantined() == here.books.quarantined()
        assert there.records.units() == here.records.units()
    postgres_store.rebuild_projections()
    assert postgres_store.projection_dump() == full.projection_dump()
    back = open_store(Path(shutil.copy(migrated_file, tmp_path / "back.sqlite")))
    copied(postgres_store, back)
    assert back.projection_dump() == full.projection_dump()
    back.close()


def test_the_record_goes_on_where_it_was_after_a_move(full: SqliteStore, postgres_store: PostgresStore) -> None:
    copied(full, postgres_store)
    for store in (full, postgres_store):
        with store.writing() as session:
            full_store.add(session, 77)
    with full.reading_sql() as here, postgres_store.reading_sql() as there:
        assert figures(here) == figures(there)  # the numbers that the databases give themselves among them
        assert here.first("SELECT MAX(id) FROM quarantine")[0] == 33


def test_a_target_that_holds_anything_is_refused_and_left_alone(
    full: SqliteStore, postgres_store: PostgresStore
) -> None:
    with postgres_store.writing() as session:
        session.books.set_cursor("mirror", 1)
    with full.reading_sql() as sql, pytest.raises(StoreError, match="the target is not empty \\(cursors has rows\\)"):
        copy_all(sql, postgres_store)
    with postgres_store.reading() as session:
        assert session.books.cursor("mirror") == 1
        assert session.ledger.next_seq() == 1


def test_a_copy_that_differs_is_not_kept(
    full: SqliteStore, postgres_store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill = PostgresStore.fill

    def forgetful(self: PostgresStore, sql: Any, table: Table, batches: Any) -> None:
        fill(self, sql, table, (rows[:-1] if table.name == "holds" else rows for rows in batches))

    monkeypatch.setattr(PostgresStore, "fill", forgetful)
    with full.reading_sql() as sql, pytest.raises(StoreError, match="differs from its source in holds"):
        copy_all(sql, postgres_store)
    monkeypatch.undo()
    copied(full, postgres_store)  # and it can be started again


def test_a_text_that_postgres_cannot_hold_is_named_by_its_table(
    full: SqliteStore, postgres_store: PostgresStore
) -> None:
    with full.writing() as session:
        session.books.set_cursor("a\0b", 1)
    with full.reading_sql() as sql, pytest.raises(StoreError, match=r"table cursors could not be filled.*NUL"):
        copy_all(sql, postgres_store)
    with postgres_store.reading_sql() as sql:
        assert {count for count, _ in figures(sql).tables.values()} == {0}


def test_a_check_gives_the_figures_of_what_is_whole(full: SqliteStore) -> None:
    with full.reading_sql() as sql:
        expected = figures(sql)
    assert check(full) == expected
    assert (expected.entries, expected.readings, expected.blocks) == (32 * 11 + 1, 32 * 55, 1)
    empty = [name for name, (count, _) in expected.tables.items() if not count]
    assert len(empty) < len(TABLES) * 3 // 4


TAMPERED = [
    ("ledger", "UPDATE ledger SET actor = 'x' WHERE seq = 17", "entry 17 .* its hash differs"),
    ("ledger", "UPDATE ledger SET payload = CAST('{}' AS BLOB) WHERE seq = 3", "entry 3 .* its hash differs"),
    ("ledger", "DELETE FROM ledger WHERE seq = 9", "entry 9 is missing"),
    ("hot_readings", "UPDATE hot_readings SET n = 49 WHERE admission = 61", "row 61 of fridge-1-load holds 50"),
    ("hot_readings", "UPDATE hot_readings SET body = substr(body, 1, 9) WHERE admission = 62", "row 62 .* is damaged"),
    ("block_bodies", "UPDATE block_bodies SET front = substr(front, 1, 99)", r"day 0 \(entry 331\) is damaged"),
    ("block_rests", "UPDATE block_rests SET rest = substr(rest, 1, 9)", r"day 0 \(entry 331\) is damaged"),
    ("", "DELETE FROM holds WHERE id = (SELECT MIN(id) FROM holds)", "projections holds are not what the ledger says"),
]


@pytest.mark.parametrize(("guarded", "statement", "told"), TAMPERED)
def test_whatever_was_changed_is_named(
    full_file: Path, tmp_path: Path, guarded: str, statement: str, told: str
) -> None:
    path = Path(shutil.copy(full_file, tmp_path / "changed.sqlite"))
    with closing(sqlite3.connect(path)) as connection:
        for kind in ("no_update", "no_delete") if guarded else ():
            connection.execute(f"DROP TRIGGER {guarded}_{kind}")
        assert connection.execute(statement).rowcount == 1
        connection.commit()
    store = open_store(path)
    with pytest.raises(StoreError, match=told):
        check(store)
    store.close()


def test_what_was_changed_in_postgres_is_named_too(full: SqliteStore, postgres_url: str) -> None:
    store = open_postgres(postgres_url)
    copied(full, store)
    check(store)
    with psycopg.connect(postgres_url) as connection:
        connection.execute("ALTER TABLE ledger DISABLE TRIGGER ALL")
        connection.execute("UPDATE ledger SET actor = 'x' WHERE seq = 17")
    with pytest.raises(StoreError, match="entry 17"):
        check(store)
    store.close()


def test_a_file_copied_while_it_is_written_is_one_committed_state(full: SqliteStore, tmp_path: Path) -> None:
    with full.writing() as session:
        full_store.add(session, 101)
        copy_file(tmp_path / "full.sqlite", tmp_path / "before.sqlite")
    copy_file(tmp_path / "full.sqlite", tmp_path / "after.sqlite")
    with reading_only(tmp_path / "before.sqlite") as before, reading_only(tmp_path / "after.sqlite") as after:
        assert (figures(before).entries, figures(after).entries) == (353, 364)
    with full.reading_sql() as sql, reading_only(tmp_path / "after.sqlite") as after:
        assert figures(after) == figures(sql)

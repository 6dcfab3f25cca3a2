"""Opening, failing and locking of the hot file."""

import resource
import shutil
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec
import pytest
from support import store_words as words

from coldchain.entries import EntryKind
from coldchain.errors import StoreError
from stores import sqlite
from stores.columns import unpack_samples
from stores.sqlite import SqliteStore, open_store

DAY_MS = 86_400_000


def fill(store: SqliteStore, seed: int) -> None:
    values = [seed * 1_000 + i * 7_919 for i in range(500)]
    times = [seed * 10_000_000 + i * 20_000 for i in range(500)]
    with store.writing() as session:
        session.readings.append_samples(words.samples(times, values))
        session.ledger.append([words.draft(EntryKind.GAP, words.gap(seed))], seed)
        session.books.set_cursor("filled", seed)


def filled(store: SqliteStore) -> tuple[int, int, int]:
    with store.reading() as session:
        samples = session.readings.counts().samples
        assert len(session.readings.history("fridge-1-load", 0, 10**15)) == samples
        return session.books.cursor("filled"), samples // 500, session.ledger.next_seq() - 1


def test_a_full_disk_keeps_nothing_of_its_transaction_and_goes_on_when_there_is_room(store: SqliteStore) -> None:
    with store._writer.connect() as connection:
        pages = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 8}")
    done = 0
    with pytest.raises(StoreError, match="the disk is full: free space"):  # noqa: PT012 - the loop must end so
        while done < 1_000:
            fill(store, done + 1)
            done += 1
    assert 0 < done < 1_000
    assert filled(store) == (done, done, done)
    with store._writer.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 1_000}")
    fill(store, done + 1)
    assert filled(store) == (done + 1, done + 1, done + 1)


def test_a_commit_that_the_disk_refuses_keeps_nothing(store: SqliteStore, path: Path) -> None:
    fill(store, 1)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    wal_bytes = path.with_name(path.name + "-wal").stat().st_size
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (wal_bytes + 4_096, limits[1]))
        with pytest.raises(StoreError, match="Nothing of this transaction was kept"):
            fill(store, 2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert filled(store) == (1, 1, 1)
    fill(store, 2)
    assert filled(store) == (2, 2, 2)


def test_a_file_that_another_program_holds_is_told_and_taken_again_afterwards(store: SqliteStore, path: Path) -> None:
    with store._writer.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program holds the database"):
            fill(store, 1)
        other.execute("ROLLBACK")
    fill(store, 1)
    assert filled(store) == (1, 1, 1)


OPEN = "import sys; from pathlib import Path; from stores.sqlite import open_store; open_store(Path(sys.argv[1]))"


def run(code: str, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)


def test_a_second_writing_process_is_told_who_writes(store: SqliteStore, path: Path) -> None:
    done = run(OPEN, path)
    assert done.returncode == 1
    assert f"{path} is already written by process" in done.stderr
    with pytest.raises(StoreError, match="stop it first"):
        open_store(path)
    fill(store, 1)
    store.close()
    assert run(OPEN, path).returncode == 0


def test_an_up_to_date_file_is_opened_without_loading_the_migrations(path: Path) -> None:
    done = run(f"{OPEN}; assert 'sqlalchemy' in sys.modules; assert 'alembic' not in sys.modules", path)
    assert done.returncode == 0, done.stderr


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear colleague, " * 500)
    with pytest.raises(StoreError, match="not a database"):
        open_store(path)
    assert path.read_text() == "Dear colleague, " * 500


def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE ledger (amount)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        open_store(path)
    assert path.read_bytes() == before


def test_a_file_of_a_newer_program_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(StoreError, match="revision 9999, this program knows up to"):
        open_store(path)


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere/hot.sqlite.lock cannot be opened"):
        open_store(tmp_path / "nowhere" / "hot.sqlite")


def test_a_failed_opening_lets_go_of_the_lock(tmp_path: Path, migrated_file: Path) -> None:
    path = tmp_path / "hot.sqlite"
    path.write_text("no database " * 500)
    with pytest.raises(StoreError):
        open_store(path)
    shutil.copy(migrated_file, path)
    open_store(path).close()


def test_a_strange_file_name_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "储血点 50%?mode=ro#1.sqlite"
    store = open_store(path)
    fill(store, 1)
    assert filled(store) == (1, 1, 1)
    store.close()
    assert path.stat().st_size > 0


def test_the_connections_are_set_up_for_power_cuts_and_many_readers(store: SqliteStore) -> None:
    with store._writer.connect() as connection:
        asked = ("journal_mode", "synchronous", "recursive_triggers", "foreign_keys", "wal_autocheckpoint")
        told = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert told == ["wal", 2, 1, 1, 6_000]
    with store._readers.connect() as connection, pytest.raises(Exception, match="readonly"):
        connection.exec_driver_sql("DELETE FROM cursors")


def test_a_session_must_not_outlive_its_block(store: SqliteStore) -> None:
    with store.writing() as session:
        pass
    with pytest.raises(StoreError, match="has ended"):
        session.books.cursor("mirror")
    with store.reading() as session:
        pass
    with pytest.raises(StoreError, match="has ended"):
        session.books.cursor("mirror")


def test_a_closed_store_stays_closed(store: SqliteStore) -> None:
    store.close()
    with pytest.raises(StoreError, match="is closed"), store.writing():
        pass
    with pytest.raises(StoreError, match="is closed"), store.reading():
        pass
    store.close()


def test_more_readers_than_the_limit_are_told_what_to_do(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "READER_WAIT_S", 0.01)
    store = open_store(path)
    with ExitStack() as held:
        for _ in range(sqlite.READERS_MAX):
            held.enter_context(store.reading())
        with pytest.raises(StoreError, match="all reading connections are in use"), store.reading():
            pass
    with store.reading() as session:
        assert session.books.cursor("mirror") == 0
    store.close()


def test_a_damaged_row_is_told_by_its_number(store: SqliteStore, path: Path) -> None:
    fill(store, 1)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER hot_readings_no_update")
        connection.execute("UPDATE hot_readings SET body = substr(body, 1, 20)")
        connection.commit()
    with store.reading() as session, pytest.raises(StoreError, match="row 1 of the reading log is damaged"):
        session.readings.history("fridge-1-load", 0, 10**15)


def test_a_page_that_is_damaged_among_the_rows_is_told_as_a_damaged_file(tmp_path: Path) -> None:
    path, page = tmp_path / "damaged.sqlite", 4_096
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('1')")
        connection.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, body BLOB)")
        connection.executemany("INSERT INTO things VALUES (?, ?)", [(number, b"x" * 900) for number in range(200)])
        connection.commit()
    content = bytearray(path.read_bytes())
    for number in range(20, len(content) // page):
        content[number * page : number * page + 200] = b"\xff" * 200
    path.write_bytes(content)
    with pytest.raises(StoreError, match="the file is damaged: stop the program"), sqlite.reading_only(path) as sql:
        sql.rows("SELECT id, body FROM things ORDER BY id")
    lookups = [f"SELECT body FROM things WHERE id >= {number} ORDER BY id" for number in range(200)]
    with pytest.raises(StoreError, match="the file is damaged: stop the program"), sqlite.reading_only(path) as sql:
        any(sql.first(lookup) is None for lookup in lookups)


def test_a_statement_that_fails_behind_its_first_row_is_a_failing_store(migrated_file: Path) -> None:
    fails = "SELECT abs(column1) FROM (VALUES (1), (-9223372036854775808))"
    with sqlite.reading_only(migrated_file) as sql:
        with pytest.raises(StoreError, match="integer overflow"):
            sql.rows(fails)
        with pytest.raises(StoreError, match="integer overflow"):
            sql.first(fails)


def test_a_long_message_is_split_so_that_no_row_spans_more_than_six_hours(store: SqliteStore, path: Path) -> None:
    with store.writing() as session:
        times = [i * 300_000 for i in range(500)]
        session.readings.append_samples(words.samples(times, times))
        ordered = msgspec.structs.replace(words.samples(times[::-1], times[::-1]), probe="fridge-1-air")
        session.readings.append_samples(ordered)
    with closing(sqlite3.connect(path)) as connection:
        spans = connection.execute(
            "SELECT device, MAX(last_taken_ms - first_taken_ms), SUM(n), COUNT(*) FROM hot_readings GROUP BY device"
        ).fetchall()
    assert spans == [("fridge-1-air", 21_600_000, 500, 7), ("fridge-1-load", 21_600_000, 500, 7)]


def test_every_row_keeps_the_boot_that_its_boottimes_belong_to_and_the_numbers_of_the_device(
    store: SqliteStore, path: Path
) -> None:
    with store.writing() as session:
        row = words.samples([1_000, 2_000], [1, 2], boot="b7", origin_seq=[41, None])
        session.readings.append_samples(row)
        session.readings.append_samples(words.samples([3_000, DAY_MS], [3, 4], boot="b8", origin_seq=[43, 44]))
        session.readings.append_tags(msgspec.structs.replace(words.tags(words.tag(1_000)), boot="b9"))
    with closing(sqlite3.connect(path)) as connection:
        kept = connection.execute("SELECT stream, boot, body FROM hot_readings ORDER BY admission").fetchall()
    found = [(stream, boot, stream == "samples" and unpack_samples(body)["origin_seq"]) for stream, boot, body in kept]
    split = [("samples", "b8", [43]), ("samples", "b8", [44])]
    assert found == [("samples", "b7", [41, None]), *split, ("tags", "b9", False)]


def test_what_waited_once_and_no_longer_leaves_no_row(store: SqliteStore) -> None:
    for value in (7, 0):
        with store.writing() as session:
            for number in range(20):
                session.books.set_cursor(f"waits:{number}", value)
    with store.reading() as session:
        assert session.books.cursor("waits:3") == 0
    with store._writer.connect() as connection:
        said = "SELECT COUNT(*) FROM cursors WHERE name LIKE 'waits:%'"
        assert int(connection.exec_driver_sql(said).scalar_one()) == 0

"""Opening, locking, failing and guarding of a PostgreSQL store."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support import full_store, retention
from support import store_words as words
from support.postgres import PostgresServer, Template, running_postgres

from coldchain.entries import EntryKind
from coldchain.errors import InvalidValueError, StoreError
from stores import postgres as postgres_store_module
from stores.postgres import PostgresStore, open_postgres, shown
from stores.postgres_setup import prepare
from stores.schema import metadata
from stores.sql import numbered

READING = "'samples', 'fridge-1-load', 0, 0, 'gw-1', 'e1', 0, 0, 'trusted', 'b1', 1, ''"
FORBIDDEN = [
    "UPDATE ledger SET actor = 'x' WHERE seq = 1",
    "UPDATE ledger SET seq = 9 WHERE seq = 1",
    "UPDATE ledger SET actor = 'x' WHERE false",
    "DELETE FROM ledger",
    "DELETE FROM ledger WHERE seq = 2",
    "TRUNCATE ledger",
    "TRUNCATE ledger, hot_readings CASCADE",
    "INSERT INTO ledger VALUES (1, 0, 'x', 's', 'gap', '', '') ON CONFLICT (seq) DO UPDATE SET actor = 'x'",
    "INSERT INTO ledger VALUES (1, 0, 'x', 's', 'gap', '', '') ON CONFLICT DO NOTHING",
    "INSERT INTO ledger VALUES (4, 0, 'x', 's', 'gap', '', '')",
    "INSERT INTO ledger VALUES (3, 0, 'x', 's', 'gap', '', ''), (5, 0, 'x', 's', 'gap', '', '')",
    "INSERT INTO ledger VALUES (0, 0, 'x', 's', 'gap', '', '')",
    "INSERT INTO ledger VALUES (4, 0, 'x', 's', 'gap', '', ''), (5, 0, 'x', 's', 'gap', '', '')",
    "INSERT INTO ledger VALUES (-1, 0, 'x', 's', 'gap', '', ''), (0, 0, 'x', 's', 'gap', '', '')",
    "INSERT INTO ledger SELECT n, 0, 'x', 's', 'gap', '', '' FROM generate_series(0, 3, 3) n",
    "MERGE INTO ledger l USING (VALUES (1)) v (n) ON l.seq = v.n WHEN MATCHED THEN DELETE",
    "UPDATE hot_readings SET body = ''",
    "DELETE FROM hot_readings WHERE admission = 1",
    "TRUNCATE hot_readings",
    f"INSERT INTO hot_readings VALUES (2, {READING}) ON CONFLICT DO NOTHING",
    f"INSERT INTO hot_readings VALUES (0, {READING})",
]


def fill(store: PostgresStore, seed: int) -> None:
    with store.writing() as session:
        session.readings.append_samples(words.samples([seed * 1_000], [4_000_000]))
        session.readings.append_tags(words.tags(words.tag(seed * 1_000)))
        session.ledger.append([words.draft(EntryKind.GAP, words.gap(seed * 2 + i)) for i in range(2)], 5)
        session.books.set_cursor("filled", seed)


def filled(store: PostgresStore) -> tuple[int, int, int]:
    with store.reading() as session:
        return session.books.cursor("filled"), session.readings.counts().samples, session.ledger.next_seq() - 1


@pytest.fixture(scope="module")
def evidence(postgres_template: Template) -> Iterator[str]:
    url = postgres_template.copy()
    store = open_postgres(url)
    fill(store, 1)
    store.close()
    yield url
    postgres_template.server.drop(url)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_evidence_cannot_be_changed_even_by_its_owner(evidence: str, statement: str) -> None:
    with psycopg.connect(evidence) as connection:
        with pytest.raises(psycopg.IntegrityError, match="append-only"):
            connection.execute(statement.encode())
        connection.rollback()
        assert connection.execute("SELECT seq, kind FROM ledger ORDER BY seq").fetchall() == [(1, "gap"), (2, "gap")]
        assert connection.execute("SELECT COUNT(*) FROM hot_readings").fetchall() == [(2,)]


def test_the_next_entries_and_readings_are_taken(evidence: str) -> None:
    with psycopg.connect(evidence) as connection:
        rows = "(3, 0, 'x', 's', 'gap', '', ''), (4, 0, 'x', 's', 'gap', '', '')"
        assert connection.execute(f"INSERT INTO ledger VALUES {rows}".encode()).rowcount == 2
        assert connection.execute(f"INSERT INTO hot_readings VALUES (9, {READING})".encode()).rowcount == 1
        connection.rollback()


def test_a_second_writing_process_is_told_who_writes(
    postgres_store: PostgresStore, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres_store_module._SETTINGS, "lock_timeout", "100ms")
    with pytest.raises(
        StoreError, match=r"already written by process \d+ \(coldchain writer, from 127.0.0.1\): stop it"
    ):
        open_postgres(postgres_url)
    fill(postgres_store, 1)
    postgres_store.close()
    open_postgres(postgres_url).close()


def test_a_closed_store_stays_closed(postgres_store: PostgresStore) -> None:
    postgres_store.close()
    with pytest.raises(StoreError, match="is closed"), postgres_store.writing():
        pass
    with pytest.raises(StoreError, match="is closed"), postgres_store.reading():
        pass


def test_more_readers_than_the_limit_are_told_what_to_do(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_store_module, "READER_WAIT_S", 0.01)
    store = open_postgres(postgres_url)
    with ExitStack() as held:
        for _ in range(postgres_store_module.READERS_MAX):
            held.enter_context(store.reading())
        with pytest.raises(StoreError, match="all reading connections are in use"), store.reading():
            pass
    assert filled(store) == (0, 0, 0)
    store.close()


def test_readers_cannot_write(postgres_store: PostgresStore) -> None:
    with postgres_store.reading_sql() as sql, pytest.raises(StoreError, match="read only"):
        sql.rows("DELETE FROM cursors RETURNING name")


def cut(server: PostgresServer, url: str) -> None:
    """End every connection to a database, as a restart of the server does."""
    server.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = '{url.rpartition('/')[2]}' AND pid <> pg_backend_pid()"
    )


def test_after_a_broken_connection_the_next_transaction_connects_and_locks_again(
    postgres: PostgresServer, postgres_url: str, postgres_store: PostgresStore
) -> None:
    fill(postgres_store, 1)
    cut(postgres, postgres_url)
    with pytest.raises(StoreError, match="connects again by itself"):
        fill(postgres_store, 2)
    fill(postgres_store, 2)
    assert filled(postgres_store) == (2, 2, 4)
    held = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    assert postgres.run(held, postgres_url.rpartition("/")[2]) == [(1,)]


def test_a_connection_that_breaks_inside_a_transaction_leaves_nothing_of_it(
    postgres: PostgresServer, postgres_url: str, postgres_store: PostgresStore
) -> None:
    fill(postgres_store, 1)

    def broken() -> None:
        with postgres_store.writing() as session:
            session.ledger.append([words.draft(EntryKind.GAP, words.gap(99))], 5)
            cut(postgres, postgres_url)

    with pytest.raises(StoreError, match="Nothing of this transaction was kept"):
        broken()
    assert filled(postgres_store) == (1, 1, 2)
    fill(postgres_store, 2)
    assert filled(postgres_store) == (2, 2, 4)


def test_a_writer_that_lost_its_lock_does_not_go_on_where_another_has_written(
    postgres: PostgresServer, postgres_url: str, postgres_store: PostgresStore
) -> None:
    fill(postgres_store, 1)
    cut(postgres, postgres_url)
    other = open_postgres(postgres_url)
    fill(other, 2)
    other.close()
    with pytest.raises(StoreError, match="connects again"):
        fill(postgres_store, 3)
    for _ in range(2):
        with pytest.raises(StoreError, match="another process wrote to it"):
            fill(postgres_store, 3)
    assert filled(postgres_store) == (2, 2, 4)


def test_what_a_text_cannot_hold_is_the_values_fault_and_not_the_stores(postgres_store: PostgresStore) -> None:
    with pytest.raises(InvalidValueError, match="cannot keep this value"), postgres_store.writing() as session:
        session.books.set_cursor("a\0b", 1)
    with pytest.raises(InvalidValueError, match="cannot keep this value"), postgres_store.writing() as session:
        session.books.set_cursor("a", 2**63)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda url: url.rpartition("/")[0] + "/nowhere", "no such database or role: create it"),
        (lambda url: url.replace("owner@", "nobody-of-ours@"), "no such database or role: create it"),
        (lambda url: "postgresql://owner@127.0.0.1:1/x", "check that it runs"),
        (lambda url: "postgresql://owner@/x?host=/nowhere", "check that it runs"),
    ],
)
def test_a_database_that_cannot_be_reached_is_explained(postgres_url: str, change: object, told: str) -> None:
    assert callable(change)
    with pytest.raises(StoreError, match=told):
        open_postgres(change(postgres_url))


def test_the_database_of_another_program_is_refused_and_left_alone(postgres: PostgresServer) -> None:
    url = postgres.fresh()
    name = url.rpartition("/")[2]
    postgres.run("CREATE TABLE ledger (amount int)", name)
    with pytest.raises(StoreError, match="another program"):
        open_postgres(url)
    assert postgres.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", name) == [("ledger",)]


def test_a_database_of_a_newer_program_is_refused(postgres: PostgresServer, postgres_url: str) -> None:
    postgres.run("UPDATE alembic_version SET version_num = '9999'", postgres_url.rpartition("/")[2])
    with pytest.raises(StoreError, match="revision 9999, this program knows up to"):
        open_postgres(postgres_url)


def test_another_encoding_is_refused(postgres: PostgresServer) -> None:
    postgres.run("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(StoreError, match="its encoding is LATIN1: create it with"):
        open_postgres(postgres.url("latin"))


def test_a_wrong_password_is_told_and_never_shown() -> None:
    with running_postgres() as server:
        server.run("CREATE ROLE guarded LOGIN PASSWORD 'right one'")
        server.run("CREATE DATABASE guarded OWNER guarded")
        (server.home / "data" / "pg_hba.conf").write_text(
            "host all guarded 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"
        )
        server.run("SELECT pg_reload_conf()")
        server.restart()
        url = server.url("guarded", "guarded")
        with pytest.raises(StoreError, match="the password is wrong") as told:
            open_postgres(url, "a wrong one")
        assert "a wrong one" not in str(told.value)
        with pytest.raises(StoreError, match="no password"):
            open_postgres(url)
        open_postgres(url, "right one").close()


def test_addresses_are_shown_without_a_password() -> None:
    assert shown("postgresql://a:secret@host:1/db?password=secret") == "postgresql://a@host:1/db"


@pytest.fixture
def guarded(postgres: PostgresServer) -> Iterator[str]:
    """The address, for a role of its own, of a database that its owner has prepared."""
    url = postgres.fresh()
    name = url.rpartition("/")[2]
    postgres.run(f"CREATE ROLE app_{name} LOGIN")
    assert set(prepare(url, None, f"app_{name}")) >= {"hot_readings", "ledger", "ledger_checkpoints", "ledger_nodes"}
    yield postgres.url(name, f"app_{name}")
    postgres.drop(url)


def test_a_role_of_its_own_can_run_the_store_and_change_no_evidence(guarded: str) -> None:
    store = open_postgres(guarded)
    fill(store, 1)
    dump = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == dump
    assert full_store.seal(store) == 1
    fill(store, 2)
    store.close()
    with psycopg.connect(guarded, autocommit=True) as connection:
        for statement in (
            "UPDATE ledger SET actor = 'x'",
            "DELETE FROM ledger",
            "TRUNCATE ledger",
            "TRUNCATE hot_readings",
            "ALTER TABLE ledger DISABLE TRIGGER ALL",
            "DROP TRIGGER ledger_no_change ON ledger",
            "SET session_replication_role = replica",
            "CREATE OR REPLACE FUNCTION append_only_ledger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
            "UPDATE alembic_version SET version_num = 'x'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())
        with pytest.raises(psycopg.IntegrityError, match="append-only"):  # no block has taken them in
            connection.execute("DELETE FROM hot_readings")


def test_preparing_refuses_roles_that_would_guard_nothing(postgres: PostgresServer, postgres_url: str) -> None:
    with pytest.raises(StoreError, match="there is no role nobody_yet"):
        prepare(postgres_url, None, "nobody_yet")
    with pytest.raises(StoreError, match="has the rights of owner"):
        prepare(postgres_url, None, "owner")
    with pytest.raises(StoreError, match="no name of a role"):
        prepare(postgres_url, None, 'x"; DROP TABLE ledger')


def test_a_role_without_rights_is_told_to_prepare(postgres: PostgresServer, postgres_url: str) -> None:
    postgres.run("CREATE ROLE stranger LOGIN")
    with pytest.raises(StoreError, match="coldchain store prepare"):
        open_postgres(postgres_url.replace("owner@", "stranger@"))


def test_the_migrations_make_the_schema_of_the_code(postgres: PostgresServer, postgres_url: str) -> None:
    asked = (
        "SELECT table_name, column_name, data_type, is_nullable, collation_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name <> 'alembic_version' ORDER BY table_name, ordinal_position"
    )
    indexes = (
        "SELECT tablename, indexname, indexdef FROM pg_indexes"
        " WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY tablename, indexname"
    )
    meant = postgres.fresh()
    engine = postgres_store_module._engine(lambda: psycopg.connect(meant))
    metadata.create_all(engine)
    engine.dispose()
    for question in (asked, indexes):
        found, expected = (postgres.run(question, url.rpartition("/")[2]) for url in (postgres_url, meant))
        assert found == expected
        assert len(found) > 30
    postgres.drop(meant)


def test_the_driver_is_loaded_only_where_it_is_used() -> None:
    code = "import sys, assembly.run_server; assert 'psycopg' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@given(st.lists(st.sampled_from(["?", "'a?''b'", "x = ", " "]), max_size=20))
def test_placeholders_count_on_and_quoted_ones_stay(parts: list[str]) -> None:
    places = iter(range(1, 100))
    expected = "".join(f"${next(places)}" if part == "?" else part for part in parts)
    assert numbered("".join(parts)) == expected


def test_numbered_placeholders_keep_their_numbers() -> None:
    assert numbered("a = ?2 AND b = ?1 AND c = ?12 OR d = '?1'") == "a = $2 AND b = $1 AND c = $12 OR d = '?1'"


def test_the_servers_role_removes_blocks_by_two_signatures_and_no_other_way(guarded: str) -> None:
    store = open_postgres(guarded)
    centre = retention.centre_on(store)
    disposal = centre.propose()
    with psycopg.connect(guarded, autocommit=True) as connection:
        for table in ("block_bodies", "block_rests"):
            with pytest.raises(psycopg.IntegrityError, match="append-only"):
                connection.execute(f"DELETE FROM {table}".encode())
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"TRUNCATE {table}".encode())
    centre.record(replace(retention.CONFIRM, sha256=disposal.sha256))
    assert centre.pipeline.dispose(retention.NOW) == 3
    assert centre.kept() == (19_990,)
    store.close()

"""Sealed blocks, nodes and checkpoints in PostgreSQL: nothing changes them, and they answer as in SQLite."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from support import store_words as words
from support.postgres import Template
from support.sealed_record import LATE_MS, PROBE, T0, fill_sealed
from support.sealing import seal_all
from support.signed_ledger import NOW_MS

from coldchain.blocks import DAY_MS
from coldchain.ports import Session
from stores.copying import copy_all, figures
from stores.postgres import PostgresStore, open_postgres
from stores.session import SqlStore
from stores.sqlite import SqliteStore, open_store

FORBIDDEN = [
    "UPDATE ledger_checkpoints SET root = note",
    "DELETE FROM ledger_checkpoints WHERE size = 40",
    "TRUNCATE ledger_checkpoints",
    "INSERT INTO ledger_checkpoints VALUES (39, 0, '', 'k', '')",
    "INSERT INTO ledger_checkpoints VALUES (40, 0, '', 'k', '') ON CONFLICT (size) DO UPDATE SET root = ''",
    "UPDATE ledger_nodes SET hash = ''",
    "DELETE FROM ledger_nodes WHERE number = 0",
    "TRUNCATE ledger_nodes",
    "INSERT INTO ledger_nodes VALUES (4, 0, '') ON CONFLICT (level, number) DO UPDATE SET hash = ''",
    "UPDATE block_bodies SET hash = '' WHERE seq = 6",
    "UPDATE block_bodies SET seq = 99 WHERE seq = 6",
    "DELETE FROM block_bodies",
    "TRUNCATE block_bodies",
    "INSERT INTO block_bodies VALUES (6, 1, 1, '', '') ON CONFLICT (seq) DO UPDATE SET front = ''",
    "UPDATE block_rests SET rest = ''",
    "DELETE FROM block_rests WHERE seq = 6",
    "TRUNCATE block_rests, block_bodies CASCADE",
    "UPDATE hot_readings SET body = ''",
    "DELETE FROM hot_readings",
    "TRUNCATE hot_readings",
    "INSERT INTO sealing VALUES (8); DELETE FROM hot_readings",
    "INSERT INTO sealing SELECT MAX(seq) FROM ledger; DELETE FROM hot_readings",
    "INSERT INTO sealing SELECT MAX(seq) FROM ledger; UPDATE blocks SET seq = 40; DELETE FROM hot_readings",
    "MERGE INTO hot_readings h USING blocks b ON true WHEN MATCHED THEN DELETE",
]


@pytest.fixture(scope="module")
def record(postgres_template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url = postgres_template.copy()
    store = open_postgres(url)
    fill_sealed(store, tmp_path_factory.mktemp("keys"))
    store.close()
    yield url
    postgres_template.server.drop(url)


@pytest.mark.parametrize("statements", FORBIDDEN)
def test_no_statement_changes_evidence_even_for_the_owner(record: str, statements: str) -> None:
    with psycopg.connect(record) as connection, pytest.raises(psycopg.IntegrityError, match="append-only"):
        connection.execute(statements.encode())


SHADOWS = """
CREATE TEMP TABLE ledger AS SELECT 1::bigint AS seq;
CREATE TEMP TABLE sealing AS SELECT 1::bigint AS seq;
CREATE TEMP TABLE blocks AS SELECT 1::bigint AS seq, device AS probe, first_taken_ms / 86400000 AS day
 FROM public.hot_readings;
CREATE TEMP TABLE block_bodies AS SELECT 1::bigint AS seq, 0::bigint AS first_admission, 2^60::bigint AS last_admission;
CREATE TEMP TABLE block_rests AS SELECT 1::bigint AS seq;
"""


def test_tables_of_ones_own_by_the_same_names_deceive_no_guard(record: str) -> None:
    with psycopg.connect(record) as connection:
        connection.execute(SHADOWS.encode())
        with pytest.raises(psycopg.IntegrityError, match="append-only"):
            connection.execute("DELETE FROM public.hot_readings")


def test_every_function_of_a_guard_looks_up_names_in_one_place_only(record: str) -> None:
    asked = (
        "SELECT proname, proconfig FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'public'"
    )
    with psycopg.connect(record) as connection:
        found = connection.execute(asked).fetchall()
    assert len(found) > 8
    assert {tuple(config or ()) for _, config in found} == {("search_path=pg_catalog, public, pg_temp",)}


def test_the_guards_are_switched_on(record: str) -> None:
    with psycopg.connect(record) as connection:
        found = connection.execute(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE NOT t.tgisinternal AND t.tgenabled = 'O' AND t.tgname = c.relname || '_no_change'"
        ).fetchall()
    evidence = ("ledger", "hot_readings", "ledger_checkpoints", "ledger_nodes", "block_bodies", "block_rests")
    assert {row[0] for row in found} >= set(evidence)


def answers(session: Session) -> list[object]:
    log = session.readings
    history = log.history(PROBE, T0 - DAY_MS, T0 + 9 * DAY_MS)
    tally = log.tally(PROBE, T0 + 1, T0 + 4 * DAY_MS, 300_000)
    return [
        history.taken_ms.tolist(),
        history.micro_celsius.tolist(),
        history.quality.tolist(),
        (tally.readings, tally.values.tolist(), tally.held_ms.tolist()),
        log.last_before(PROBE, T0 + 2 * DAY_MS).taken_ms.tolist(),
    ]


@pytest.fixture
def both(path: Path, tmp_path: Path, postgres_store: PostgresStore) -> Iterator[tuple[SqliteStore, PostgresStore]]:
    file = open_store(path)
    fill_sealed(file, tmp_path / "file")
    with file.reading_sql() as sql:  # keys are drawn by lot: the same record by copying, then both go on
        copy_all(sql, postgres_store)
    yield file, postgres_store
    file.close()


def test_what_is_sealed_answers_alike_in_both_databases_now_and_as_known(
    both: tuple[SqliteStore, PostgresStore],
) -> None:
    seen = []
    for store in both:
        found: list[object] = []
        with store.reading() as session:
            found.append(answers(session))
            found.append((session.proofs.checkpoints(0, 99), session.proofs.all_nodes()))
            found.append(session.proofs.raw_entries(0, 99))
        for at_ms in (0, NOW_MS - 1, NOW_MS, NOW_MS + 1, LATE_MS):
            with store.as_known(at_ms) as session:
                found.append(answers(session))
        seen.append(found)
    assert seen[0] == seen[1]
    assert len(seen[0][0][0]) == 81  # type: ignore[index]


def go_on(store: SqlStore) -> bytes:
    """Seal another generation and return the projections, which making them anew does not change."""
    with store.writing() as session:
        session.readings.append_samples(words.samples([T0 + 9], [5_000_000], received_ms=LATE_MS + 5))
        assert seal_all(session, PROBE, 20_001, [300_000]) == 1
    before = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == before
    return before


def test_sealing_on_makes_the_same_projections_in_both_databases(both: tuple[SqliteStore, PostgresStore]) -> None:
    assert go_on(both[0]) == go_on(both[1])
    with both[0].reading_sql() as here, both[1].reading_sql() as there:
        assert figures(here) == figures(there)


def test_an_auditor_gets_the_rows_of_sealed_days_as_they_were_admitted(
    postgres_store: PostgresStore, path: Path
) -> None:
    file = open_store(path)
    for store in (file, postgres_store):
        with store.writing() as session:
            for day in range(3):
                times = [T0 + day * DAY_MS + i * 7_200_000 for i in range(12)]
                values = [4_000_000 + i if i % 5 else None for i in range(12)]
                session.readings.append_samples(words.samples(times, values))
            session.readings.append_samples(words.samples([T0 + 77], [5_000_000], gateway="gw-2", source_rank=3))
            asked = ((T0, T0 + DAY_MS, 99), (T0 + 5 * 3_600_000, T0 + 2 * DAY_MS, 99), (T0, T0 + 9 * DAY_MS, 5))
            before = [session.proofs.raw_readings(PROBE, *one) for one in asked]
            assert seal_all(session, PROBE, 20_002, [300_000]) == 2
            assert [session.proofs.raw_readings(PROBE, *one) for one in asked] == before
            assert [len(rows) for rows in before] == [4, 6, 5]
    file.close()

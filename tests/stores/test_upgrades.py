"""A full record of the revision before settings and intents opens on both databases, and keeps guarding its ledger."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine
from support import full_store
from support import store_words as words

from coldchain.entries import EntryKind
from coldchain.errors import StoreError
from stores import postgres as postgres_store_module
from stores.postgres import open_postgres
from stores.schema import PROJECTIONS, metadata
from stores.session import MIGRATIONS, SqlStore
from stores.sqlite import open_store

OLD: Final = "0021_grafana"
SINCE: Final = {"server_settings", "unit_intents", "reserved_units"}
CODES: Final = {"E0869V00": 0, "E0869A00": 1, "E0869P00": 0, "E08691Aa": 1, "E0869": 0, "E0869D0b": 1}  # 1: reserved


def filled(path: Path) -> SqlStore:
    store = open_store(path)
    full_store.fill(store, range(1, 4))
    with store.writing() as session:
        units = [words.unit(code, scheme="isbt128", product_code=code) for code in CODES]
        session.ledger.append([words.draft(EntryKind.UNIT, unit) for unit in units], 9)
    return store


def make_old(engine: Engine, source: SqlStore) -> None:
    """Make the tables of the old revision, and put into them what a record of today has in the same ones."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection, source.reading_sql() as sql:
        config.attributes["connection"] = connection
        command.upgrade(config, OLD)
        tables = [one for one in (metadata.tables["ledger"], *PROJECTIONS) if one.name not in SINCE]
        for table in tables:
            names = [column.name for column in table.columns]
            key = ", ".join(column.name for column in table.primary_key)
            rows = sql.rows(f"SELECT {', '.join(names)} FROM {table.name} ORDER BY {key}")
            if rows:
                connection.execute(table.insert(), [dict(zip(names, row, strict=True)) for row in rows])
    engine.dispose()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    folder = tmp_path_factory.mktemp("upgrade")
    source = filled(folder / "today.sqlite")
    if request.param == "sqlite":
        make_old(create_engine(f"sqlite:///{folder / 'old.sqlite'}"), source)
        store: SqlStore = open_store(folder / "old.sqlite")
    else:
        url = request.getfixturevalue("postgres").fresh()
        make_old(postgres_store_module._engine(lambda: psycopg.connect(url)), source)
        store = open_postgres(url)
    assert store.projection_dump() == source.projection_dump()
    source.close()
    yield store
    store.close()


def test_an_upgrade_leaves_what_the_ledger_makes_anew(upgraded: SqlStore) -> None:
    before = upgraded.projection_dump()
    upgraded.rebuild_projections()
    assert upgraded.projection_dump() == before
    with upgraded.reading() as session:
        assert session.records.settings_changes() == ()
    with upgraded.reading_sql() as sql:
        reserved = [tuple(row) for row in sql.rows("SELECT unit, labelled, reserved FROM reserved_units ORDER BY unit")]
    assert reserved == sorted((code, 1, 1) for code, alone in CODES.items() if alone)


def test_an_upgraded_ledger_takes_the_next_number_and_no_other(upgraded: SqlStore) -> None:
    with upgraded.writing() as session:
        next_seq = session.ledger.next_seq()
        (entry,) = session.ledger.append([words.draft(EntryKind.GAP, words.gap(50))], 10)
    assert entry.seq == next_seq
    for numbers in ((next_seq + 2,), (next_seq + 1, next_seq + 3), (0,), (-1, 0)):
        rows = ", ".join(f"({seq}, 0, 'x', 's', 'gap', '', '')" for seq in numbers)
        with pytest.raises(StoreError, match="append-only"), upgraded.writing_sql() as sql:
            sql.change(f"INSERT INTO ledger VALUES {rows}")
    with upgraded.reading() as session:
        assert session.ledger.next_seq() == next_seq + 1

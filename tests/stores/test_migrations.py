"""Files of every released revision open, and the migrations make exactly the schema that the code speaks of."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from support import store_words as words

from coldchain.entries import EntryKind, entry_hash, payload_bytes
from coldchain.errors import StoreError
from stores.columns import unpack_samples
from stores.schema import PROJECTIONS, REVISION, metadata
from stores.sqlite import MIGRATIONS, open_store


def statements(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND type <> 'trigger'")
    return {name: " ".join(sql.split()) for name, sql in rows if name not in {"alembic_version", "sqlite_sequence"}}


def test_the_migrations_make_the_schema_of_the_code(path: Path) -> None:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as connection, closing(sqlite3.connect(path)) as migrated:
        meant = connection.connection.driver_connection
        assert isinstance(meant, sqlite3.Connection)
        assert statements(migrated) == statements(meant)
        assert len(statements(migrated)) > 30
    engine.dispose()


def test_the_code_names_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_every_table_with_a_body_is_a_projection() -> None:
    assert {table.name for table in metadata.tables.values() if "body" in table.columns} - {
        table.name for table in PROJECTIONS
    } == {"hot_readings", "quarantine"}


@pytest.mark.parametrize("revision", ["0001"])
def test_a_file_of_an_old_revision_opens_with_all_that_is_in_it(tmp_path: Path, revision: str) -> None:
    path = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((Path(__file__).parent / f"revision_{revision}.sql").read_text("utf-8"))
    store = open_store(path)
    with store.writing() as session:
        assert session.ledger.next_seq() == 12
        assert session.records.unit("unit-1") == words.unit()
        assert session.records.stays_in_place("fridge-1", 0, None) == (words.stay(),)
        assert session.records.findings() == (words.finding(),)
        assert session.records.unbound_tags() == ("AAAA",)
        assert session.readings.history("fridge-1-load", 0, 10**6).taken_ms.tolist() == [1_000, 21_000, 41_020]
        assert session.readings.tag_summaries("fridge-1-reader", 0, 10**6) == (words.tag(5_000),)
        assert session.readings.append_samples(words.samples([61_000], [1])) == 3
        assert session.books.received("gw-1", "e1") == ((1, 5),)
    before = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == before
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(REVISION,)]
        kept = connection.execute(
            "SELECT boot, body FROM hot_readings WHERE admission < 3 ORDER BY admission"
        ).fetchall()
    assert [boot for boot, _ in kept] == ["b1", "b1"]
    assert unpack_samples(kept[0][1])["origin_seq"] == [17, None, 19]


def test_a_withdrawn_stay_of_an_old_file_gives_way_to_the_last_certain_one(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((Path(__file__).parent / "revision_0020.sql").read_text("utf-8"))
        assert connection.execute("SELECT place FROM live_units").fetchall() == [("fridge-2",)]
    store = open_store(path)
    with store.writing() as session:
        unit = session.records.live_unit("unit-1")
        assert unit is not None
        assert (unit.place, unit.inside, unit.left_ms) == ("fridge-1", False, 9_000)
        back = msgspec.structs.replace(words.stay(), number=3, possible_from_ms=20_000, certain_from_ms=20_000)
        session.ledger.append([words.draft(EntryKind.STAY, back)], 10)
    before = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == before
    store.close()


def test_events_of_an_old_file_are_found_by_the_contact_that_spoke(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    opened = words.event(3, origin="储血-door", details={"门": "上"})
    body = payload_bytes(opened)
    digest = entry_hash(12, 5, "gw-1", "storage-1", EntryKind.DEVICE_EVENT, body)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((Path(__file__).parent / "revision_0001.sql").read_text("utf-8"))
        entry = (12, 5, "gw-1", "storage-1", "device-event", body, digest)
        connection.execute("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)", entry)
        row = ("gw-1", "e1", 3, "fridge-1", 3_000, None, 12, body)
        connection.execute("INSERT INTO device_events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        connection.commit()
    store = open_store(path)
    with store.writing() as session:
        assert session.records.last_event("储血-door", 10**6) == opened
        assert session.records.events_in_place("fridge-1", 0, 10**6) == (opened,)
        assert session.records.manifests() == ()
        session.ledger.append([words.draft(EntryKind.MANIFEST, words.manifest())], 6)
    before = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == before
    store.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "hot.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE alembic_version (version_num TEXT); CREATE TABLE ledger (x); CREATE TABLE stays (y);"
        )
        before = statements(connection)
    with pytest.raises(StoreError, match="already exists"):
        open_store(path)
    with closing(sqlite3.connect(path)) as connection:
        assert statements(connection) == before

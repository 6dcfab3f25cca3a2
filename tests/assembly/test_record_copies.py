"""`coldchain backup`, `restore`, `store move` and `store prepare`, as an operator runs them."""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from support import full_store
from support.postgres import PostgresServer
from support.sealed_record import PROBE, T0, fill_sealed
from support.signed_ledger import tampering
from typer.testing import CliRunner, Result

from assembly.cli import app
from assembly.starting import starter_text
from coldchain.entries import entry_hash
from coldchain.errors import ColdchainError
from stores.copying import Figures, copy_all
from stores.postgres import open_postgres
from stores.session import SqlStore
from stores.sql import Sql
from stores.sqlite import SqliteStore, open_store


def told(*arguments: object) -> str:
    """Run a command that does what it is asked; return what it says."""
    result: Result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*arguments: object) -> str:
    """Run a command that must not do what it is asked; return what it says."""
    with pytest.raises(ColdchainError) as error:
        CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    return str(error.value)


def sums(text: str) -> list[str]:
    found = re.findall(r"\d+ entries, sha256 \w{64}|\d+ blocks, sha256 \w{64}|projections sha256 \w{64}", text)
    assert len(found) == 3, text
    return found


def settings(folder: Path, url: str | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "server.toml"
    path.write_text(starter_text("server.toml") + (f'\n[store]\nurl = "{url}"\n' if url else ""), encoding="utf-8")
    return path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return settings(tmp_path / "centre")


@pytest.fixture
def hot(config: Path) -> Path:
    path = config.parent / "data" / "hot.sqlite"
    path.parent.mkdir()
    return path


@pytest.fixture
def running(hot: Path) -> Iterator[SqliteStore]:
    """The store of a server that runs."""
    store = open_store(hot)
    full_store.fill(store, range(1, 6))
    yield store
    store.close()


def one(folder: Path) -> Path:
    """Return the one backup in a folder, beside which there is nothing."""
    (found,) = folder.iterdir()
    return found


def test_a_backup_of_a_running_store_is_checked_and_put_back(
    config: Path, running: SqliteStore, tmp_path: Path
) -> None:
    said = told("backup", tmp_path / "disk", "--config", config)
    file = one(tmp_path / "disk")
    assert re.fullmatch(r"coldchain-storage-1-\d{8}T\d{6}Z\.sqlite", file.name)
    assert file.stat().st_mode & 0o777 == 0o600
    full_store.fill(running, range(6, 7))
    before = file.read_bytes()
    assert sums(told("restore", "--check", file)) == sums(said)
    assert file.read_bytes() == before
    assert one(tmp_path / "disk") == file
    elsewhere = settings(tmp_path / "elsewhere")
    assert sums(told("restore", file, "--config", elsewhere)) == sums(said)
    assert sums(told("backup", tmp_path / "again", "--config", elsewhere)) == sums(said)
    restored = open_store(elsewhere.parent / "data" / "hot.sqlite")
    with restored.writing() as session:
        full_store.add(session, 99)
    restored.close()


def test_a_restore_that_was_killed_leaves_no_record_and_is_made_again(
    config: Path, running: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = told("backup", tmp_path / "disk", "--config", config)
    elsewhere = settings(tmp_path / "elsewhere")
    data = elsewhere.parent / "data"
    seen: list[set[str]] = []

    def watched(source: Sql, target: SqlStore) -> Figures:
        seen.append({file.name for file in data.iterdir()})
        return copy_all(source, target)

    monkeypatch.setattr("assembly.record_copies.copy_all", watched)
    data.mkdir(parents=True, exist_ok=True)
    (data / "hot.sqlite.part").write_bytes(b"half of a restore that was killed")
    assert sums(told("restore", one(tmp_path / "disk"), "--config", elsewhere)) == sums(said)
    assert "hot.sqlite" not in seen[-1]
    assert {file.name for file in data.iterdir()} == {"hot.sqlite"}


def test_a_restore_overwrites_no_record(config: Path, running: SqliteStore, tmp_path: Path) -> None:
    told("backup", tmp_path / "disk", "--config", config)
    before = running.projection_dump()
    assert "a restore overwrites no record" in refused("restore", one(tmp_path / "disk"), "--config", config)
    assert running.projection_dump() == before


@pytest.mark.parametrize("at", [0.3, 0.6, 0.9])
def test_a_backup_with_a_changed_byte_is_found(config: Path, running: SqliteStore, tmp_path: Path, at: float) -> None:
    told("backup", tmp_path / "disk", "--config", config)
    file = one(tmp_path / "disk")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DROP TRIGGER ledger_no_update")
        seq = round(at * 55)
        connection.execute("UPDATE ledger SET record_ms = record_ms + 1 WHERE seq = ?", (seq,))
        connection.commit()
    assert f"entry {seq} " in refused("restore", "--check", file)


def test_half_a_backup_is_found(config: Path, running: SqliteStore, tmp_path: Path) -> None:
    told("backup", tmp_path / "disk", "--config", config)
    file = one(tmp_path / "disk")
    os.truncate(file, file.stat().st_size // 2)
    refused("restore", "--check", file)
    file.write_text("Dear colleague, " * 500)
    assert "not a database" in refused("restore", "--check", file)
    assert "is not there" in refused("restore", "--check", tmp_path / "nowhere")


def test_backups_that_make_no_sense_are_refused(config: Path, hot: Path, tmp_path: Path) -> None:
    assert "no server has kept a record" in refused("backup", tmp_path / "disk", "--config", config)
    open_store(hot).close()
    assert "belongs on another disk" in refused("backup", hot.parent, "--config", config)
    (tmp_path / "file").write_text("")
    assert "cannot be written" in refused("backup", tmp_path / "file", "--config", config)
    assert list((tmp_path / "disk").iterdir()) == []


def test_a_move_needs_a_server_that_is_stopped(config: Path, running: SqliteStore, postgres_url: str) -> None:
    assert "already written by process" in refused("store", "move", "--to", postgres_url, "--config", config)
    assert "without a password" in refused("store", "move", "--to", "postgresql://a:b@c/d", "--config", config)


def test_a_record_that_moved_is_backed_up_from_postgres_and_put_back_there(
    config: Path, running: SqliteStore, tmp_path: Path, postgres: PostgresServer
) -> None:
    running.close()
    url, other = postgres.fresh(), postgres.fresh()
    said = told("store", "move", "--to", url, "--config", config)
    assert "are the same" in said
    moved = settings(tmp_path / "moved", url)
    assert "already" in refused("store", "move", "--to", other, "--config", moved)
    assert "not empty" in refused("store", "move", "--to", url, "--config", config)
    (moved.parent / "data").mkdir()
    (moved.parent / "data" / "hot.sqlite").write_text("from before the move, looked at by nobody")
    assert "Nothing was changed" in told("verify", "--config", moved)
    store = open_postgres(url)  # as the running server has it
    assert sums(told("backup", tmp_path / "disk", "--config", moved)) == sums(said)
    store.close()
    file = one(tmp_path / "disk")
    assert sums(told("restore", "--check", file)) == sums(said)
    postgres.drop(url)
    postgres.drop(other)


def test_a_backup_goes_into_an_empty_database(
    config: Path, running: SqliteStore, tmp_path: Path, postgres: PostgresServer
) -> None:
    said = told("backup", tmp_path / "disk", "--config", config)
    url = postgres.fresh()
    there = settings(tmp_path / "there", url)
    assert sums(told("restore", one(tmp_path / "disk"), "--config", there)) == sums(said)
    assert "not empty" in refused("restore", one(tmp_path / "disk"), "--config", there)
    postgres.drop(url)


def test_the_owner_prepares_a_database_for_the_role_of_the_server(postgres: PostgresServer) -> None:
    url = postgres.fresh()
    postgres.run("CREATE ROLE centre LOGIN")
    assert "hot_readings, ledger, ledger_checkpoints" in told("store", "prepare", "--url", url, "--role", "centre")
    open_postgres(url.replace("owner@", "centre@")).close()
    with (
        psycopg.connect(url.replace("owner@", "centre@")) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TEMP TABLE ledger (seq bigint)")
    postgres.drop(url)


def test_sealed_blocks_and_checkpoints_go_along_wherever_the_record_goes(
    config: Path, hot: Path, tmp_path: Path, postgres: PostgresServer
) -> None:
    store = open_store(hot)
    fill_sealed(store, hot.parent)
    with store.reading() as session:
        proofs = session.proofs
        expected = (proofs.checkpoints(0, 99), proofs.all_nodes(), session.readings.history(PROBE, 0, 2 * T0).taken_ms)
    store.close()
    said = told("verify", "--config", config)
    assert said.startswith("40 entries, 2 checkpoints up to entry 40")
    moved, back = postgres.fresh(), postgres.fresh()
    told("store", "move", "--to", moved, "--config", config)
    told("backup", tmp_path / "disk", "--config", settings(tmp_path / "moved", moved))
    told("restore", "--check", one(tmp_path / "disk"))
    told("restore", one(tmp_path / "disk"), "--config", settings(tmp_path / "back", back))
    assert told("verify", "--projections", "--config", settings(tmp_path / "back", back)) == said
    restored = open_postgres(back)
    with restored.reading() as session:
        proofs = session.proofs
        assert (proofs.checkpoints(0, 99), proofs.all_nodes()) == expected[:2]
        assert session.readings.history(PROBE, 0, 2 * T0).taken_ms.tolist() == expected[2].tolist()
    restored.close()
    postgres.drop(moved)
    postgres.drop(back)


def test_a_backup_whose_hashes_were_made_anew_lacks_the_signature(config: Path, hot: Path, tmp_path: Path) -> None:
    store = open_store(hot)
    fill_sealed(store, hot.parent)
    store.close()
    told("backup", tmp_path / "disk", "--config", config)
    file = one(tmp_path / "disk").rename(tmp_path / "disk" / "hot.sqlite")
    with tampering(file.parent) as connection:
        columns = "seq, record_ms, actor, site, kind, payload"
        row = connection.execute(f"SELECT {columns} FROM ledger WHERE seq = 20").fetchone()
        seq, record_ms, _, site, kind, payload = row
        forged = entry_hash(seq, record_ms, "somebody", site, kind, payload)
        connection.execute("UPDATE ledger SET actor = 'somebody', hash = ? WHERE seq = 20", (forged,))
    assert "entry / 条目 9-40: entries in this interval are not" in refused("restore", "--check", file)
    assert "entry / 条目 9-40: " in refused("restore", file, "--config", settings(tmp_path / "elsewhere"))
    assert not (tmp_path / "elsewhere" / "data").exists()

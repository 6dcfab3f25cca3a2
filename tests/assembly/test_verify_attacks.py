"""Whoever changes, loses or puts back readings, blocks or checkpoints: `verify` tells of it, in both databases."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.postgres import PostgresServer, Template
from support.sealed_record import attack_file, attack_postgres, fill_sealed

from assembly.storing import HOT_FILE
from assembly.verifying import told, verify
from coldchain.errors import StoreError
from stores.checking import check
from stores.postgres import open_postgres
from stores.postgres_readonly import open_postgres_read_only
from stores.readonly import ReadOnlyStore, open_read_only
from stores.sqlite import open_store

SWAP = "UPDATE {0} SET {1} = (SELECT {1} FROM {0} WHERE seq = 6) WHERE seq = 8"
GONE = "a checkpoint that was signed is not there any more"
ATTACKS = [
    (SWAP.format("block_bodies", "front"), "entry / 条目 8: a sealed block of readings is damaged"),
    (SWAP.format("block_rests", "rest"), "entry / 条目 8: a sealed block of readings is damaged"),
    (f"{SWAP.format('block_bodies', 'front')}; {SWAP.format('block_rests', 'rest')}", "probe fridge-1-load, day 20001"),
    ("DELETE FROM block_rests WHERE seq = 6", "generation 1: its bytes are missing"),
    ("DELETE FROM block_bodies WHERE seq = 7", "entry / 条目 7: a sealed block of readings is damaged"),
    ("UPDATE block_bodies SET first_admission = 2 WHERE seq = 7", "entry / 条目 7: a sealed block"),
    ("UPDATE blocks SET generation = 1, seq = 6 WHERE day = 20001", "day 20001: what is read is not the newest"),
    ("DELETE FROM blocks WHERE day = 20002", "day 20002: what is read is not the newest"),
    ("DELETE FROM hot_readings WHERE stream = 'samples'", "samples: 61 readings are there, 81 were admitted"),
    ("DELETE FROM hot_readings WHERE stream = 'tags'", "tags: 0 readings are there, 1 were admitted"),
    ("UPDATE hot_readings SET first_taken_ms = 5 WHERE stream = 'samples'", "filed under other times"),
    ("UPDATE hot_readings SET body = substr(body, 1, 9) WHERE stream = 'samples'", "readings were changed or lost"),
    ("UPDATE hot_readings SET n = 19 WHERE stream = 'samples'", "holds 20 readings and not 19"),
    ("DELETE FROM ledger_checkpoints WHERE size = 40", f"entry / 条目 9-32: {GONE}"),
    ("DELETE FROM ledger_checkpoints", f"entry / 条目 1-32: {GONE}"),
]
Attack = Callable[[str], None]


@pytest.fixture(scope="module")
def file_record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("record") / "data"
    folder.mkdir()
    store = open_store(folder / HOT_FILE)
    fill_sealed(store, folder)
    store.close()
    return folder


@pytest.fixture(scope="module")
def database_record(postgres_template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url = postgres_template.copy()
    store = open_postgres(url)
    fill_sealed(store, tmp_path_factory.mktemp("keys"))
    store.close()
    yield url
    postgres_template.server.drop(url)


@pytest.fixture
def folder(file_record: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(file_record, tmp_path / "data"))


@pytest.fixture(params=["sqlite", "postgres"])
def record(
    request: pytest.FixtureRequest, folder: Path, postgres: PostgresServer
) -> Iterator[tuple[ReadOnlyStore, Attack]]:
    """A record to look at, and how to change it behind everybody's back."""
    if request.param == "sqlite":
        store = open_read_only(folder / HOT_FILE)
        yield store, lambda statement: attack_file(folder, statement)
        store.close()
        return
    url = postgres.fresh(request.getfixturevalue("database_record").rpartition("/")[2])
    store = open_postgres_read_only(url)
    yield store, lambda statement: attack_postgres(url, statement)
    store.close()
    postgres.drop(url)


def test_the_record_is_whole_before_it_is_attacked(record: tuple[ReadOnlyStore, Attack]) -> None:
    verdict = verify(record[0], projections=True)
    assert verdict.faults == ()
    assert (verdict.entries, verdict.covered, verdict.checkpoints) == (40, 40, 2)


@pytest.mark.parametrize(("statement", "expected"), ATTACKS)
def test_every_attack_is_told(record: tuple[ReadOnlyStore, Attack], statement: str, expected: str) -> None:
    store, attack = record
    attack(statement)
    lines = list(told(verify(store)))
    assert expected in lines[2]


def test_a_record_put_back_to_an_older_copy_is_betrayed_by_a_note_that_was_handed_out(
    file_record: Path, tmp_path: Path
) -> None:
    older = Path(shutil.copytree(file_record, tmp_path / "older"))
    attack_file(
        older,
        "DELETE FROM ledger WHERE seq > 8; DELETE FROM ledger_checkpoints WHERE size > 8;"
        " DELETE FROM ledger_nodes; DELETE FROM gaps WHERE seq > 8",
    )
    newer = open_read_only(file_record / HOT_FILE)
    with newer.reading() as session:
        note = session.proofs.checkpoints(8, 1)[0].note
    (tmp_path / "40.note").write_bytes(note)
    assert verify(newer, outside=tmp_path / "40.note").faults == ()
    newer.close()
    store = open_read_only(older / HOT_FILE)
    assert verify(store).faults == (), "by itself it is a whole record of an earlier day"
    lines = list(told(verify(store, outside=tmp_path / "40.note")))
    store.close()
    assert lines[2].startswith("entry / 条目 9-40: the ledger ends before what a checkpoint covers")


def test_the_check_of_a_backup_counts_the_readings_too(folder: Path) -> None:
    store = open_store(folder / HOT_FILE)
    check(store)
    store.close()
    attack_file(folder, "DELETE FROM hot_readings WHERE stream = 'samples'")
    store = open_store(folder / HOT_FILE)
    with pytest.raises(StoreError, match="61 readings are there, 81 were admitted"):
        check(store)
    store.close()

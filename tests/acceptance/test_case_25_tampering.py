"""Acceptance case 25: whoever changes the record, however cleverly, `coldchain verify` names the place."""

import shutil
import sqlite3
import time
from pathlib import Path

import pytest
from support.signed_ledger import make_record, tampering
from typer.testing import CliRunner

from assembly.cli import app
from assembly.storing import HOT_FILE
from coldchain.entries import entry_hash
from coldchain.merkle import KEPT_LEVEL, Frontier

ENTRIES = 20_000


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("record") / "data"
    make_record(folder, ENTRIES)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "data"))


def verify(folder: Path, *more: str) -> tuple[int, list[str]]:
    answer = CliRunner().invoke(app, ["verify", "--data", str(folder), *more])
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    return answer.exit_code, answer.output.splitlines()


def rehash(connection: sqlite3.Connection, first: int) -> list[bytes]:
    """Make all hashes from entry `first` on anew, as a clever administrator would; return all leaves."""
    columns = "seq, record_ms, actor, site, kind, payload"
    rows = connection.execute(f"SELECT {columns} FROM ledger WHERE seq >= ? ORDER BY seq", (first,)).fetchall()
    connection.executemany("UPDATE ledger SET hash = ? WHERE seq = ?", [(entry_hash(*row), row[0]) for row in rows])
    return [row[0] for row in connection.execute("SELECT hash FROM ledger ORDER BY seq")]


def test_an_untouched_record_is_said_to_be_so_in_both_languages(folder: Path) -> None:
    began = time.perf_counter()
    code, lines = verify(folder)
    print(f"{ENTRIES} entries verified in {time.perf_counter() - began:.2f} s")
    assert code == 0, lines
    assert lines[0].startswith("20000 entries, 21 checkpoints up to entry 20000, root ")
    assert lines[-1] == "Nothing was changed. / 未发现改动。"
    with sqlite3.connect(folder / HOT_FILE) as connection:
        sizes = [row[0] for row in connection.execute("SELECT size FROM ledger_checkpoints ORDER BY size")]
        nodes = connection.execute("SELECT COUNT(*) FROM ledger_nodes").fetchone()[0]
    connection.close()
    assert sizes == [1, *range(1_000, 20_001, 1_000)]
    assert nodes <= ENTRIES >> (KEPT_LEVEL - 1)


def test_an_edited_payload_is_reported_where_it_is(folder: Path) -> None:
    with tampering(folder) as connection:
        connection.execute(
            "UPDATE ledger SET payload = CAST(REPLACE(payload, ' ', '') || ' ' AS BLOB) WHERE seq = 5000"
        )
    code, lines = verify(folder)
    assert code == 1
    assert lines[2].startswith("entry / 条目 5000: the entry was changed")


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'x'",
        "site = X'ff'",
        "record_ms = record_ms + 1",
        "kind = 'no-such-kind'",
        "payload = 5",
        "hash = X'00'",
    ],
)
def test_any_edited_column_is_reported(folder: Path, change: str) -> None:
    with tampering(folder) as connection:
        connection.execute(f"UPDATE ledger SET {change} WHERE seq = 777")
    code, lines = verify(folder)
    assert code == 1
    assert lines[2].startswith("entry / 条目 777: the entry was changed")


def test_a_last_row_that_was_deleted_leaves_the_ledger_below_its_checkpoint(folder: Path) -> None:
    with tampering(folder) as connection:
        connection.execute("DELETE FROM ledger WHERE seq = 20000")
    code, lines = verify(folder)
    assert code == 1
    assert lines[2].startswith("entry / 条目 20000: the ledger ends before what a checkpoint covers")


def test_a_row_that_was_deleted_in_between_is_missing(folder: Path) -> None:
    with tampering(folder) as connection:
        connection.execute("DELETE FROM ledger WHERE seq BETWEEN 41 AND 43")
    code, lines = verify(folder)
    assert code == 1
    assert lines[2].startswith("entry / 条目 41-43: entries are missing")


def test_hashes_rebuilt_after_an_edit_do_not_lead_to_the_signed_root(folder: Path) -> None:
    with tampering(folder) as connection:
        connection.execute("UPDATE ledger SET actor = 'somebody' WHERE seq = 5000")
        rehash(connection, 5_000)
    code, lines = verify(folder)
    assert code == 1
    assert lines[2].startswith("entry / 条目 4001-5000: entries in this interval are not those that were signed")


def test_roots_and_nodes_rebuilt_too_still_lack_the_signature(folder: Path) -> None:
    with tampering(folder) as connection:
        connection.execute("UPDATE ledger SET actor = 'somebody' WHERE seq = 5000")
        leaves = rehash(connection, 5_000)
        nodes: list[tuple[bytes, int, int]] = []
        frontier = Frontier(made=lambda level, number, digest: nodes.append((digest, level, number)))
        for leaf in leaves:
            frontier.append(leaf)
            connection.execute(
                "UPDATE ledger_checkpoints SET root = ? WHERE size = ?", (frontier.root(), frontier.size)
            )
        connection.executemany("UPDATE ledger_nodes SET hash = ? WHERE level = ? AND number = ?", nodes)
    code, lines = verify(folder)
    assert code == 1
    assert "entry / 条目 5000: a checkpoint is not signed as it should be" in lines[2]


def test_a_kept_node_that_was_changed_is_named(folder: Path) -> None:
    with tampering(folder) as connection:
        connection.execute("UPDATE ledger_nodes SET hash = X'00' WHERE level = 4 AND number = 3")
    code, lines = verify(folder)
    assert code == 1
    assert lines[2].startswith("entry / 条目 49-64: a kept node of the tree was changed")


def test_a_record_made_anew_with_another_key_is_betrayed_by_a_checkpoint_that_was_handed_out(
    folder: Path, original: Path, tmp_path: Path
) -> None:
    with sqlite3.connect(original / HOT_FILE) as connection:
        note = connection.execute("SELECT note FROM ledger_checkpoints WHERE size = 7000").fetchone()[0]
    connection.close()
    (tmp_path / "7000.note").write_bytes(note)
    assert verify(folder, "--against", str(tmp_path / "7000.note"))[0] == 0
    forged = tmp_path / "forged"
    make_record(forged, 8_000)
    assert verify(forged)[0] == 0
    code, lines = verify(forged, "--against", str(tmp_path / "7000.note"))
    assert code == 1
    assert "a checkpoint that was handed out says something else" in lines[2]


def test_a_changed_table_is_found_by_making_it_anew(folder: Path) -> None:
    assert verify(folder, "--projections")[0] == 0
    with tampering(folder) as connection:
        connection.execute("UPDATE gaps SET from_ms = from_ms + 1 WHERE number = 7")
    assert verify(folder)[0] == 0
    code, lines = verify(folder, "--projections")
    assert code == 1
    assert "(gaps)" in lines[2]
    answer = CliRunner().invoke(app, ["ledger", "rebuild", "--data", str(folder), "--check"])
    assert answer.exit_code == 1
    assert answer.output.startswith("gaps: ")
    assert CliRunner().invoke(app, ["ledger", "rebuild", "--data", str(folder)]).exit_code == 0
    assert CliRunner().invoke(app, ["ledger", "rebuild", "--data", str(folder), "--check"]).exit_code == 0


def test_a_long_ledger_whose_newest_checkpoints_are_all_gone_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    make_record(folder, 18_000)
    assert verify(folder)[0] == 0
    with tampering(folder) as connection:
        connection.execute("DELETE FROM ledger_checkpoints WHERE size > 1000")
        connection.execute("DELETE FROM ledger_nodes WHERE (number + 1) * (1 << level) > 1000")
    code, said = verify(folder)
    assert code == 1
    assert any("2000" in line and "not there any more" in line for line in said)

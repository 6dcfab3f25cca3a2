"""Acceptance case 25 on PostgreSQL: `verify`, `ledger rebuild`, `export audit` look at the database of server.toml."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from support.audit_bundles import offline, removed_record
from support.postgres import PostgresServer, Template
from support.sealed_record import without_triggers
from support.signed_ledger import make_record
from typer.testing import CliRunner, Result

from assembly.cli import app
from assembly.starting import starter_text
from coldchain.entries import entry_hash
from coldchain.errors import ColdchainError
from stores.postgres import open_postgres

ENTRIES = 20_000


@pytest.fixture(scope="module")
def original(postgres_template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url = postgres_template.copy()
    make_record(tmp_path_factory.mktemp("keys"), ENTRIES, open_postgres(url))
    yield url
    postgres_template.server.drop(url)


@pytest.fixture
def url(postgres: PostgresServer, original: str) -> Iterator[str]:
    copy = postgres.fresh(original.rpartition("/")[2])
    yield copy
    postgres.drop(copy)


@pytest.fixture
def config(url: str, tmp_path: Path) -> Path:
    path = tmp_path / "server.toml"
    path.write_text(starter_text("server.toml") + f'\n[store]\nurl = "{url}"\n', encoding="utf-8")
    return path


def run(config: Path, *arguments: object) -> Result:
    answer = CliRunner().invoke(app, [*map(str, arguments), "--config", str(config)])
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    return answer


def verify(config: Path, *more: str) -> tuple[int, list[str]]:
    answer = run(config, "verify", *more)
    return answer.exit_code, answer.output.splitlines()


def test_an_untouched_record_verifies_while_its_writer_runs(config: Path, url: str) -> None:
    writer = open_postgres(url)
    code, lines = verify(config, "--projections")
    writer.close()
    assert code == 0, lines
    assert lines[0].startswith("20000 entries, 21 checkpoints up to entry 20000, root ")
    assert lines[-1] == "Nothing was changed. / 未发现改动。"


CHANGES = [
    ("UPDATE ledger SET payload = payload || ' ' WHERE seq = 5000", "entry / 条目 5000: the entry was changed"),
    ("UPDATE ledger SET kind = 'no-such-kind' WHERE seq = 7", "entry / 条目 7: the entry was changed"),
    ("DELETE FROM ledger WHERE seq = 20000", "entry / 条目 20000: the ledger ends before what a checkpoint covers"),
    ("DELETE FROM ledger WHERE seq BETWEEN 41 AND 43", "entry / 条目 41-43: entries are missing"),
    ("UPDATE ledger_checkpoints SET root = note WHERE size = 3000", "entry / 条目 2001-3000: entries in this interval"),
    (
        "DELETE FROM ledger_checkpoints WHERE size = 3000",
        "entry / 条目 3000: a checkpoint that was signed is not there",
    ),
    ("DELETE FROM ledger_checkpoints WHERE size = 20000", "entry / 条目 19001-20000: a checkpoint that was signed"),
    ("UPDATE ledger_nodes SET hash = '' WHERE level = 4 AND number = 3", "entry / 条目 49-64: a kept node"),
]


@pytest.mark.parametrize(("statement", "told"), CHANGES)
def test_whatever_was_changed_is_told_by_its_entry(config: Path, url: str, statement: str, told: str) -> None:
    with without_triggers(url) as connection:
        assert connection.execute(statement.encode()).rowcount
    code, lines = verify(config)
    assert code == 1
    assert lines[2].startswith(told)


def test_hashes_rebuilt_after_an_edit_do_not_lead_to_the_signed_root(config: Path, url: str) -> None:
    with without_triggers(url) as connection:
        connection.execute("UPDATE ledger SET actor = 'somebody' WHERE seq = 5000")
        columns = "seq, record_ms, actor, site, kind, payload"
        row = connection.execute(f"SELECT {columns} FROM ledger WHERE seq = 5000".encode()).fetchone()
        assert row is not None
        connection.execute("UPDATE ledger SET hash = %s WHERE seq = 5000", (entry_hash(*row),))
    code, lines = verify(config)
    assert code == 1
    assert lines[2].startswith("entry / 条目 4001-5000: entries in this interval are not those that were signed")


def test_a_changed_table_is_found_and_made_anew(config: Path, url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE gaps SET from_ms = from_ms + 1 WHERE number = 7")
    code, lines = verify(config, "--projections")
    assert (code, lines[2].endswith("(gaps)")) == (1, True)
    found = run(config, "ledger", "rebuild", "--check")
    assert (found.exit_code, found.output.partition(":")[0]) == (1, "gaps")
    assert run(config, "ledger", "rebuild").exit_code == 0
    assert run(config, "ledger", "rebuild", "--check").exit_code == 0


def test_the_auditors_bundle_is_made_from_the_database_and_recorded_there(
    config: Path, url: str, tmp_path: Path
) -> None:
    bundle = tmp_path / "audit.zip"
    with without_triggers(url) as connection:
        connection.execute("UPDATE ledger SET actor = 'somebody' WHERE seq = 5000")  # others prove themselves still
    made = run(config, "export", "audit", bundle, "--from", "2026-09-21T14:13:25", "--to", "2026-09-21T14:13:26")
    assert "proved up to entry 20000" in made.output
    program = [sys.executable, "-m", "assembly.audit_verifier"]
    checked = subprocess.run([*program, bundle], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT seq FROM exports").fetchall() == [(20_001,)]


def test_a_bundle_of_the_database_tells_a_removal_by_policy_from_a_loss(
    postgres_template: Template, tmp_path: Path
) -> None:
    url, config = postgres_template.copy(), tmp_path / "server.toml"
    config.write_text(starter_text("server.toml") + f'\n[store]\nurl = "{url}"\n', encoding="utf-8")
    removed_record(tmp_path / "keys", made=open_postgres(url))
    whole = ("--from", "1980-01-01", "--to", "2040-01-01")
    assert run(config, "export", "audit", tmp_path / "policy.zip", *whole).exit_code == 0
    code, said = offline(tmp_path / "policy.zip")
    assert code == 0, said
    assert said.count("removed by policy") == 2
    with without_triggers(url) as connection:
        connection.execute("DELETE FROM block_rests")
        connection.execute("DELETE FROM block_bodies")
    assert run(config, "export", "audit", tmp_path / "loss.zip", *whole).exit_code == 0
    code, said = offline(tmp_path / "loss.zip")
    assert code == 1
    assert said.startswith("LOST / 缺失  probe ")
    postgres_template.server.drop(url)


def test_a_database_that_is_not_there_or_empty_is_told(config: Path, url: str, postgres: PostgresServer) -> None:
    empty = postgres.fresh()
    for other in (empty, url + "_no"):
        config.write_text(config.read_text(encoding="utf-8").replace(url, other), encoding="utf-8")
        answer = CliRunner().invoke(app, ["verify", "--config", str(config)])
        assert isinstance(answer.exception, ColdchainError)
        assert "database postgresql://owner@127.0.0.1" in str(answer.exception)
        config.write_text(config.read_text(encoding="utf-8").replace(other, url), encoding="utf-8")
    postgres.drop(empty)

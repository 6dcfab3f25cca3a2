"""SIGKILL at any moment: what was said to be committed is there, whole, and what was not left no part of itself."""

import random
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support import commit_loop, full_store
from support.children import environment
from support.killing import run_and_kill

import coldchain
from assembly import record_copies
from assembly.starting import starter_text
from coldchain.entries import entry_hash, payload_bytes
from coldchain.ports import Session
from stores.sqlite import open_store

KILLS = 3  # of one file, one after the other


def expect_exactly(session: Session, seed: int, done: int) -> None:
    """Compare the file with transactions 1 to done."""
    entries = session.ledger.entries(0, 10**9)
    expected = [commit_loop.content(seed, k) for k in range(1, done + 1)]
    drafts = [draft for _, _, made in expected for draft in made]
    assert [entry.payload for entry in entries] == [payload_bytes(draft.payload) for draft in drafts]
    assert [entry.seq for entry in entries] == list(range(1, len(drafts) + 1))
    for entry in entries:
        assert entry.hash == entry_hash(entry.seq, entry.record_ms, entry.actor, entry.site, entry.kind, entry.payload)
    counts = session.readings.counts()
    assert counts.samples == sum(len(row.seq) for rows, _, _ in expected for row in rows)
    assert counts.tag_summaries == sum(len(tags.summaries) for _, tags, _ in expected)
    found = session.readings.history("fridge-1-load", 0, 10**15).taken_ms.tolist()
    assert found == [ms for rows, _, _ in expected for ms in rows[0].taken_ms]
    assert len(session.readings.tag_summaries("fridge-1-reader", 0, 10**15)) == counts.tag_summaries


def kill_and_compare(where: str, seed: int) -> None:
    chance, said = random.Random(seed), 0
    for _ in range(KILLS):
        said = max(said, run_and_kill(commit_loop.__file__, where, seed, chance))
        with closing(commit_loop.open_any(where)) as store:
            with store.reading() as session:
                done = session.books.cursor(commit_loop.CURSOR)
                assert done in {said, said + 1}, "killed after the commit and before it said so, or it lied"
                expect_exactly(session, seed, done)
            before = store.projection_dump()
            store.rebuild_projections()
            assert store.projection_dump() == before
        said = done


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_writer_loses_nothing_that_it_said_and_leaves_nothing_half(path: Path, seed: int) -> None:
    kill_and_compare(str(path), seed)


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_writer_to_postgres_loses_nothing_and_leaves_nothing_half(postgres_url: str, seed: int) -> None:
    kill_and_compare(postgres_url, seed)


def test_a_child_runs_the_product_that_is_tested_and_no_installed_one(tmp_path: Path) -> None:
    (tmp_path / "coldchain").mkdir()
    (tmp_path / "coldchain" / "__init__.py").write_text("", encoding="utf-8")
    command = [sys.executable, "-c", "import coldchain, support; print(coldchain.__file__)"]
    for product in (tmp_path, Path(coldchain.__file__).parents[1]):
        child = subprocess.run(
            command, cwd="/", env=environment(product), capture_output=True, text=True, check=True, timeout=60
        )
        assert child.stdout.strip() == str(product.resolve() / "coldchain" / "__init__.py")


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_backup_leaves_no_file_that_looks_like_one(path: Path, tmp_path: Path, seed: int) -> None:
    store, chance = open_store(path), random.Random(seed)
    full_store.fill(store, range(1, 40))
    config = tmp_path / "server.toml"
    config.write_text(starter_text("server.toml").replace('"data"', f'"{path.parent}"'), encoding="utf-8")
    command = [sys.executable, "-m", "assembly.cli", "backup", str(tmp_path / "disk"), "--config", str(config)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment())
    with child:
        while child.poll() is None and not list((tmp_path / "disk").glob("*")):
            pass  # until it writes
        for _ in range(chance.randrange(1_000_000)):
            pass
        child.send_signal(signal.SIGKILL)
        assert child.stdout is not None
        said = child.stdout.read()
    for file in (tmp_path / "disk").iterdir():
        if file.suffix == ".sqlite":
            assert record_copies.check_file(file)
    assert list((tmp_path / "disk").iterdir()), said
    full_store.fill(store, range(40, 42))
    store.close()


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3, 23))
def test_a_killed_writer_loses_nothing_over_many_seeds(path: Path, seed: int) -> None:
    kill_and_compare(str(path), seed)

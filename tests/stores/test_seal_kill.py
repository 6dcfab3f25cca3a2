"""SIGKILL at any moment of sealing: nothing is torn, nothing is missing."""

import random
from contextlib import closing
from pathlib import Path

import pytest
from support import seal_loop
from support.killing import run_and_kill
from support.memory_store import MemoryStore

from coldchain.blocks import DAY_MS
from coldchain.entries import EntryKind
from stores.sqlite import open_store
from stores.verify_blocks import verify_blocks

KILLS = 4  # of one file, one after the other


def kill_and_compare(path: Path, seed: int) -> None:
    chance, said, blocks = random.Random(seed), 0, 0
    for _ in range(KILLS):
        said = max(said, run_and_kill(seal_loop.__file__, path, seed, chance))
        with closing(open_store(path)) as store:
            with store.reading() as session:
                done = session.books.cursor(seal_loop.CURSOR)
                assert done in {said, said + 1}, (
                    "the child was killed after the commit and before it said so, or it lied"
                )
                fake = MemoryStore()
                with fake.writing() as expected:
                    for k in range(1, done + 1):
                        for row in seal_loop.content(seed, k):
                            expected.readings.append_samples(row)
                    log, wanted = session.readings, expected.readings
                    assert log.samples_after(0, 10**6) == wanted.samples_after(0, 10**6)
                    begin, end = seal_loop.DAY0 * DAY_MS, (seal_loop.DAY0 + done) * DAY_MS
                    found = log.tally(seal_loop.PROBE, begin, end, seal_loop.HOLD_MS)
                    assert (
                        found.held_ms.tolist()
                        == wanted.tally(seal_loop.PROBE, begin, end, seal_loop.HOLD_MS).held_ms.tolist()
                    )
                assert verify_blocks(session) is None
                blocks = sum(entry.kind is EntryKind.BLOCK for entry in session.ledger.entries(0, 10**6))
            before = store.projection_dump()
            store.rebuild_projections()
            assert store.projection_dump() == before
        said = done
    assert blocks, "it was never killed after sealing"


@pytest.mark.parametrize("seed", range(3))
def test_a_kill_while_days_are_sealed_tears_nothing(path: Path, seed: int) -> None:
    kill_and_compare(path, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3, 43))
def test_kills_while_days_are_sealed_tear_nothing_over_many_seeds(path: Path, seed: int) -> None:
    kill_and_compare(path, seed)

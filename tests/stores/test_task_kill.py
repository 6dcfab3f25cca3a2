"""SIGKILL at any moment: no hold is without its message to the issuing system, and none is without its task."""

import random
from pathlib import Path

import pytest
from support import task_loop
from support.killing import run_and_kill

from coldchain.decisions import standing_holds
from coldchain.entries import EntryKind
from coldchain.ports import Store
from coldchain.tasks import TaskKind
from ingest.tasks import CURSOR
from stores.sqlite import open_store

KILLS = 4


def expect_whole(store: Store) -> int:
    """Check that holds, messages and tasks fit each other; return how many holds were recorded."""
    with store.reading() as session:
        entries = session.ledger.entries(0, 100_000)
        holds = [one.seq for one in entries if one.kind is EntryKind.HOLD]
        sent = [one.number for one in session.records.hold_changes(0, 100_000)]
        assert sent == holds
        assert session.books.cursor(CURSOR) == (sent[-1] if sent else 0)
        tasks = [one for one in session.records.open_tasks() if one.kind is TaskKind.ISOLATE]
        assert len({one.place for one in tasks}) == len(tasks)
        asked = {unit for one in tasks for unit in one.units}
        for held in session.records.units_on_hold(1_000):
            assert standing_holds(session.records.holds_of_unit(held.unit))
            assert held.unit in asked or session.records.ticks_of_unit(held.unit)
    return len(holds)


@pytest.mark.parametrize("seed", range(2))
def test_a_kill_leaves_no_hold_without_its_message_and_its_task(path: Path, seed: int) -> None:
    chance = random.Random(seed)
    counted = 0
    for _ in range(KILLS):
        run_and_kill(task_loop.__file__, str(path), seed, chance)
        store = open_store(path)
        counted = expect_whole(store)
        before = store.projection_dump()
        store.rebuild_projections()
        assert store.projection_dump() == before
        store.close()
    store = open_store(path)
    pipeline = task_loop.pipeline_of(store)
    with store.reading() as session:
        k = session.books.cursor(task_loop.CURSOR)
    for step in range(k + 1, k + 9):
        task_loop.step(pipeline, store, step)
    assert expect_whole(store) > counted
    store.close()

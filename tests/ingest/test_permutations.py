"""Promise 2: findings and exposures are a function of the set of facts, however they arrive."""

import random
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.intake import END, START, a_day, people, pipeline_on, send, verdicts
from support.memory_store import MemoryStore

from coldchain.facts import Fact
from coldchain.ports import Store
from coldchain.units import Exposure, Finding
from stores.sqlite import open_store

Verdicts = tuple[list[Finding], list[Exposure]]


def stuck_at(seed: int) -> int | None:
    """Return from when on one row is stuck in the gateway's spool for good (None: nothing is)."""
    chance = random.Random(seed)
    return None if seed % 3 == 0 else START + chance.randrange(END - START)


def undisturbed(seed: int, stuck_ms: int | None = None) -> Verdicts:
    store = MemoryStore()
    pipeline = pipeline_on(store)
    for fact in people():
        pipeline.record(fact, END)
    facts = a_day(seed)
    for start in range(0, len(facts), 100):
        rest = facts[start + 100 :]
        send(pipeline, facts[start : start + 100], mark_ms=earliest([f.taken_ms for f in rest], stuck_ms))
    return verdicts(store)


def earliest(times: Iterable[int], stuck_ms: int | None) -> int | None:
    return min([*times, *([] if stuck_ms is None else [stuck_ms])], default=None)


def disturbed(facts: list[Fact], chance: random.Random, store: Store, stuck_ms: int | None = None) -> Verdicts:
    """Deliver in any order, cut at random, some batches twice, people's facts somewhere in between."""
    pipeline = pipeline_on(store)
    words = people()
    batches = cut(facts, chance)
    batches += chance.sample(batches, k=min(len(batches), 5))
    for _ in range(3):  # and stretches that were cut otherwise before the gateway was killed
        at = chance.randrange(len(facts))
        batches.append(facts[at : at + chance.randint(1, 300)])
    chance.shuffle(batches)
    missing = {fact.seq: fact.taken_ms for fact in facts}
    told = sorted(chance.randrange(len(batches) + 1) for _ in words)
    overlapping = {number for number in range(len(batches)) if chance.random() < 0.3}
    for number, batch in enumerate(batches):
        while told and told[0] <= number:
            told.pop(0)
            pipeline.record(words.pop(0), END)
        if number in overlapping:  # the gateway went back, and the ack for a part of this came in between
            batch = [fact for fact in batch if fact.seq in missing or chance.random() < 0.5] or batch
        for fact in batch:
            missing.pop(fact.seq, None)
        mark = earliest(missing.values(), stuck_ms)
        if mark is not None and chance.random() < 0.3:
            mark -= chance.randrange(10**7)
        send(pipeline, batch, mark_ms=mark)
    for word in words:
        pipeline.record(word, END)
    send(pipeline, [], mark_ms=stuck_ms)  # the sign of life by which the last mark is known in the end
    return verdicts(store)


def cut(facts: list[Fact], chance: random.Random) -> list[list[Fact]]:
    """Cut a day into batches of any size, each one stretch of the spool."""
    batches = []
    while facts:
        size = chance.choice([1, 7, 60, 250, 500])
        batches.append(facts[:size])
        facts = facts[size:]
    return batches


@pytest.mark.parametrize("seed", range(4))
def test_the_day_has_something_to_find(seed: int) -> None:
    findings, exposures = undisturbed(seed)
    assert len(findings) > 5
    assert len({finding.kind for finding in findings}) >= 2
    assert any(exposure.certain for exposure in exposures)
    assert any(not exposure.certain for exposure in exposures)


@settings(max_examples=60)
@given(st.integers(0, 3), st.integers(0, 10**9))
def test_any_permutation_split_and_duplication_gives_equal_verdicts(day: int, seed: int) -> None:
    chance = random.Random(seed)
    stuck_ms = stuck_at(seed)
    assert disturbed(a_day(day), chance, MemoryStore(), stuck_ms) == undisturbed(day, stuck_ms)


@pytest.mark.parametrize("seed", range(4))
def test_the_same_on_sqlite_and_the_projections_are_rebuilt_byte_for_byte(seed: int, tmp_path: Path) -> None:
    store = open_store(tmp_path / "hot.sqlite")
    try:
        assert disturbed(a_day(seed), random.Random(seed), store) == undisturbed(seed)
        before = store.projection_dump()
        store.rebuild_projections()
        assert store.projection_dump() == before
    finally:
        store.close()

"""Promise 2 at a storage point: doors, defrosts, boxes, packing lists and issues in any order give one verdict."""

import random
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from support.failing_rules import Failing
from support.intake import END, START, verdicts
from support.memory_store import MemoryStore
from support.point_story import PLACES, UNTIL_MS, spools, words
from support.storage_point import BOX, POINT, batch, storage_point

from coldchain.facts import Fact
from coldchain.places import Contact, Reader
from coldchain.ports import Store
from coldchain.units import Exposure, Finding
from ingest.counters import Counters
from ingest.excuses import READ_MS
from ingest.pipeline import Pipeline
from stores.sqlite import open_store

Verdicts = tuple[list[Finding], list[Exposure]]
DAYS = range(6)


@cache
def plain(day: int) -> Verdicts:
    """Return the verdict of a day that was told in order: people first, then one gateway after the other."""
    store = MemoryStore()
    pipeline = Pipeline(store, Counters())
    pipeline.set_up(storage_point(PLACES), START)
    for fact in words(day):
        pipeline.record(fact, END)
    for gateway, facts in spools(day).items():
        for start in range(0, len(facts), 100):
            told(pipeline, gateway, facts[start : start + 100], facts[start + 100 :])
    return verdicts(store)


def told(pipeline: Pipeline, gateway: str, facts: list[Fact], missing: Iterable[Fact]) -> None:
    mark_ms = min((fact.taken_ms for fact in missing), default=None)
    pipeline.process([batch(gateway, facts, mark_ms=mark_ms, sent_ms=UNTIL_MS)], END)


def cut(facts: list[Fact], chance: random.Random) -> list[list[Fact]]:
    parts = []
    while facts:
        size = chance.choice([1, 7, 40, 150, 500])
        parts.append(facts[:size])
        facts = facts[size:]
    return parts


def disturbed(day: int, chance: random.Random, store: Store, failing: Failing | None = None) -> Verdicts:
    """Tell the day in any order; contacts and readers are registered late, the centre is started anew."""
    failing = failing or Failing(chance)
    counters = Counters()
    pipelines = [Pipeline(store, counters)]
    late = [thing for thing in storage_point(PLACES) if isinstance(thing, Contact | Reader) and chance.random() < 0.4]
    pipelines[-1].set_up([thing for thing in storage_point(PLACES) if thing not in late], START)
    missing = {gateway: {fact.seq: fact for fact in facts} for gateway, facts in spools(day).items()}
    acts: list[Callable[[], Any]] = []
    for gateway, facts in spools(day).items():
        parts = cut(facts, chance)
        parts += chance.sample(parts, k=min(3, len(parts)))
        acts += [lambda g=gateway, p=part: arrive(pipelines[-1], g, p, missing[g]) for part in parts]  # type: ignore[misc]
    chance.shuffle(acts)
    others: list[Callable[[], Any]] = [
        lambda: pipelines.append(Pipeline(store, counters)),
        lambda: pipelines[-1].readmit(END),
        *(lambda t=thing: pipelines[-1].set_up([t], END) for thing in late),
    ]
    for act in others:
        acts.insert(chance.randrange(len(acts) + 1), act)
    spots = sorted(chance.randrange(len(acts) + 1) for _ in words(day))
    for number, (spot, fact) in enumerate(zip(spots, words(day), strict=True)):
        acts.insert(spot + number, lambda f=fact: pipelines[-1].record(f, END))  # type: ignore[misc]
    for act in acts:
        act()
    failing.rate = 0.0
    for gateway in (POINT, BOX):  # the sign of life by which the last mark is known in the end
        told(pipelines[-1], gateway, [], [])
    pipelines[-1].readmit(END)
    assert pipelines[-1].catch_up(END) == 0
    with store.reading() as session:
        assert session.books.quarantine_size() == 0
        assert session.books.cursors("to-judge") == {}
    return verdicts(store)


def arrive(pipeline: Pipeline, gateway: str, part: list[Fact], missing: dict[int, Fact]) -> None:
    for fact in part:
        missing.pop(fact.seq, None)
    told(pipeline, gateway, part, missing.values())


def test_the_days_have_all_that_a_storage_point_can_show() -> None:
    findings = [finding for day in DAYS for finding in plain(day)[0]]
    exposures = [exposure for day in DAYS for exposure in plain(day)[1]]
    assert {finding.rule for finding in findings} == {"A01", "A02", "A03", "A05", "A30"}
    assert {finding.place for finding in findings if finding.rule == "A03"} == {BOX}
    assert {exposure.place for exposure in exposures} == {"fridge-1", "fridge-2", "freezer-1", BOX}
    assert {exposure.certain for exposure in exposures} == {True, False}


def test_the_days_have_excuses_that_count(monkeypatch: pytest.MonkeyPatch) -> None:
    excused = [plain(day) for day in DAYS]
    monkeypatch.setattr("ingest.excuses.excused_spans", lambda *_: [])
    plain.cache_clear()
    assert all(plain(day) != excused[day] for day in DAYS)
    plain.cache_clear()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(DAYS), st.integers(0, 10**9), st.sampled_from([READ_MS, 600_000]))
def test_any_order_of_readings_doors_boxes_lists_and_issues_gives_equal_verdicts(
    monkeypatch: pytest.MonkeyPatch, day: int, seed: int, read_ms: int
) -> None:
    expected = plain(day)
    with monkeypatch.context() as patch:
        patch.setattr("ingest.excuses.READ_MS", read_ms)
        assert disturbed(day, random.Random(seed), MemoryStore()) == expected


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(DAYS), st.integers(0, 10**9))
def test_rules_that_fail_on_the_way_change_nothing_in_the_end(
    monkeypatch: pytest.MonkeyPatch, day: int, seed: int
) -> None:
    expected, chance = plain(day), random.Random(seed)
    failing = Failing(chance)
    failing.rate = 0.3
    with monkeypatch.context() as patch, capture_logs():  # a thousand tracebacks on a terminal take most of the time
        patch.setattr("ingest.pipeline.judge", failing)
        assert disturbed(day, chance, MemoryStore(), failing) == expected


@pytest.mark.parametrize("day", DAYS[:3])
def test_the_same_on_sqlite_and_the_projections_are_rebuilt_byte_for_byte(day: int, tmp_path: Path) -> None:
    store = open_store(tmp_path / "hot.sqlite")
    try:
        assert disturbed(day, random.Random(day), store) == plain(day)
        before = store.projection_dump()
        store.rebuild_projections()
        assert store.projection_dump() == before
    finally:
        store.close()

"""Everything at once: a day in any order, while clocks, the centre and its rules fail, ends like a plain one."""

import random
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.failing_rules import Failing
from support.intake import END, HOUR, START, a_day, message, people, setup, verdicts
from support.memory_store import MemoryStore

from coldchain.facts import Fact
from coldchain.places import Reader
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from ingest.setup import Setup

LATER = END + 100 * HOUR
FOREVER = 10**12


def stamped(facts: list[Fact]) -> list[Fact]:
    """Give each fact the boot clock that fits its wall clock, as a gateway does that was never restarted."""
    return [msgspec.structs.replace(fact, boottime_ms=fact.taken_ms - START + HOUR) for fact in facts]


def batch(pipeline: Pipeline, facts: list[Fact], mark_ms: int | None, now_ms: int, skew_ms: int = 0) -> None:
    boottime_ms = now_ms - START + HOUR
    sent = message(
        facts, mark_ms=mark_ms, sent_ms=now_ms + skew_ms, received_ms=now_ms, sent_boottime_ms=boottime_ms + skew_ms
    )
    pipeline.process([sent], now_ms)


def plain(day: int) -> object:
    store = MemoryStore()
    pipeline = Pipeline(store, Counters())
    pipeline.set_up(setup(), START)
    for fact in people():
        pipeline.record(fact, END)
    facts = stamped(a_day(day))
    for start in range(0, len(facts), 500):
        batch(pipeline, facts[start : start + 500], START, LATER)
    batch(pipeline, [], None, LATER)
    return verdicts(store)


def mixed(day: int, chance: random.Random, failing: Failing) -> object:
    store = MemoryStore()
    counters = Counters()
    pipelines = [Pipeline(store, counters)]
    late: list[Setup] = [thing for thing in setup() if isinstance(thing, Reader)]
    pipelines[-1].set_up([thing for thing in setup() if thing not in late], START)
    now_ms = END
    acts: list[Callable[[], object]] = []
    facts = stamped(a_day(day))
    while facts:
        size = chance.choice([1, 7, 60, 250, 500])
        part, facts = facts[:size], facts[size:]
        # With a clock ten minutes fast nothing is believed until a batch of the same boot shows that it is right.
        skew_ms = chance.choice([0, 0, 0, 600_000])
        acts.append(lambda part=part, skew_ms=skew_ms: batch(pipelines[-1], part, START, now_ms, skew_ms))  # type: ignore[misc]
    acts += chance.sample(acts, k=min(3, len(acts)))
    chance.shuffle(acts)
    extras: tuple[Callable[[], object], ...] = (
        lambda: pipelines[-1].set_up(late, START),
        lambda: pipelines.append(Pipeline(store, counters)),  # the centre is started anew
        lambda: pipelines[-1].watch_gateways(now_ms, FOREVER),
        lambda: pipelines[-1].readmit(now_ms),
        lambda: pipelines[-1].catch_up(now_ms),
    )
    for act in extras:
        acts.insert(chance.randrange(len(acts) + 1), act)
    spots = sorted(chance.randrange(len(acts) + 1) for _ in people())
    for number, (spot, fact) in enumerate(zip(spots, people(), strict=True)):
        acts.insert(spot + number, lambda fact=fact: pipelines[-1].record(fact, now_ms))  # type: ignore[misc]
    for act in acts:
        failing.rate = chance.choice([0.0, 0.3])
        act()
        now_ms += chance.choice([0, 1_000, 5 * HOUR]) if now_ms < LATER - 10 * HOUR else 0
    failing.rate = 0.0
    batch(pipelines[-1], [], None, LATER)
    for _ in range(3):
        pipelines[-1].readmit(LATER)
        assert pipelines[-1].catch_up(LATER) == 0
    with store.reading() as session:
        assert session.books.quarantine_size() == 0
    return verdicts(store)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 3), st.integers(0, 10**9))
def test_whatever_happens_on_the_way_the_verdict_is_that_of_a_plain_day(
    monkeypatch: pytest.MonkeyPatch, day: int, seed: int
) -> None:
    chance = random.Random(seed)
    failing = Failing(chance)
    monkeypatch.setattr("ingest.pipeline.judge", failing)
    assert mixed(day, chance, failing) == plain(day)

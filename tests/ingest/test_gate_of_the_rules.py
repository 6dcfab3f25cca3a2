"""The gate: a day's facts in any order, cut, doubled and delayed, end in equal findings, exposures and alarms by key.

And what is true in the end is said within a minute of its last fact, whatever the way there was.
"""

import random
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.alarm_scene import alarms_of_findings
from support.intake import END, a_day, people, pipeline_on, send, verdicts
from support.memory_store import MemoryStore

from coldchain.facts import Fact
from coldchain.units import FindingStatus

MINUTE = 60_000
SIZES = (1, 7, 40, 150, 500)


def cut(facts: list[Fact], chance: random.Random) -> list[list[Fact]]:
    """Cut facts into batches of uneven size."""
    parts = []
    while facts:
        size = chance.choice(SIZES)
        parts.append(facts[:size])
        facts = facts[size:]
    return parts


def by_key(store: MemoryStore) -> Counter[Any]:
    """Return the alarms that stand or stood, by what they are about and since when, beside what became of them."""
    return alarms_of_findings(store)


def told(facts: list[Fact], chance: random.Random | None) -> MemoryStore:
    """Tell a day, in order at once or in any way; what people say comes somewhere in between."""
    store = MemoryStore()
    pipeline = pipeline_on(store)
    parts = cut(facts, chance or random.Random(0))
    said = list(people())
    if chance is None:
        for word in said:
            pipeline.record(word, END)
        said = []
    else:
        chance.shuffle(parts)
        parts += chance.sample(parts, k=min(3, len(parts)))
    missing = {fact.seq: fact.taken_ms for fact in facts}
    now_ms = END
    for nth, part in enumerate(parts):
        now_ms += 0 if chance is None else chance.choice([0, 1_000, 40 * MINUTE])
        for fact in part:
            missing.pop(fact.seq, None)
        send(pipeline, part, mark_ms=min(missing.values(), default=None), sent_ms=now_ms)
        if chance is not None and said and chance.random() < (nth + 1) / len(parts):
            pipeline.record(said.pop(0), now_ms)
    for word in said:
        pipeline.record(word, now_ms)
    send(pipeline, [], sent_ms=now_ms)
    return store


@settings(max_examples=20)
@given(st.integers(0, 5), st.integers(0, 10**9))
def test_any_way_of_the_same_facts_ends_in_the_same_findings_exposures_and_alarms(day: int, seed: int) -> None:
    facts = a_day(day)
    plain, other = told(facts, None), told(facts, random.Random(seed))
    findings, exposures = verdicts(plain)
    assert findings
    assert exposures
    settled = [one for one in findings if one.end_ms is not None]
    found, touched = verdicts(other)
    assert [one for one in found if one.end_ms is not None] == settled
    assert [one for one in touched if one.to_ms is not None] == [one for one in exposures if one.to_ms is not None]
    assert ended(by_key(other)) == ended(by_key(plain))


def ended(alarms: Counter[Any]) -> Counter[Any]:
    """Return those that have cleared: the rest goes on with the clock of whoever looks."""
    return Counter({key: number for key, number in alarms.items() if key[3] is not None})


@settings(max_examples=10)
@given(st.integers(0, 5), st.integers(0, 10**9))
def test_what_is_true_in_the_end_is_an_alarm_a_minute_after_its_last_fact(day: int, seed: int) -> None:
    facts = a_day(day)
    store = told(facts, random.Random(seed))
    with store.reading() as session:
        findings = [one for one in session.records.findings() if one.status is not FindingStatus.WITHDRAWN]
        alarms = {one.finding for one in session.records.alarms(10_000) if not one.withdrawn}
        last = {one.id: one.condition_ms for one in findings}
    assert findings
    assert last.keys() <= alarms

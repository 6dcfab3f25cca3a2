"""A mark that says nothing new of a probe is passed over: at every step it comes to what judging all of them gives."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.alarm_scene import alarms_of_findings
from support.intake import END, START, a_day, people, pipeline_on, sample, send, verdicts
from support.memory_store import MemoryStore

from coldchain.facts import Fact
from coldchain.places import Probe
from coldchain.ports import Session
from ingest import judge
from ingest.findings import refind
from ingest.known import Known
from ingest.pipeline import Pipeline

MINUTE = 60_000


def steps(facts: list[Fact], chance: random.Random) -> Iterator[tuple[list[Fact], int | None, int]]:
    """Give a day as it comes live: batches, signs of life, a mark that lags behind, and a silence at the end."""
    at = 0
    while at < len(facts):
        size = chance.choice([1, 2, 5, 40])
        part, at = facts[at : at + size], at + size
        now_ms = part[-1].taken_ms + chance.choice([1_000, 2 * MINUTE, 30 * MINUTE])
        mark_ms = None if chance.random() < 0.7 else part[-1].taken_ms - chance.choice([MINUTE, 90 * MINUTE])
        yield part, mark_ms, now_ms
        if chance.random() < 0.3:
            yield [], None, now_ms + MINUTE
    for minutes in (1, 10, 45, 200):
        yield [], None, END + minutes * MINUTE


def told(part: list[Fact], mark_ms: int | None, now_ms: int, *pipelines: Pipeline) -> None:
    for pipeline in pipelines:
        send(pipeline, part, mark_ms=mark_ms, sent_ms=now_ms)


@settings(max_examples=8)
@given(st.integers(0, 5), st.integers(0, 10**9))
def test_what_is_passed_over_would_have_changed_nothing(day: int, seed: int) -> None:
    chance = random.Random(seed)
    stores = MemoryStore(), MemoryStore()
    one, other = (pipeline_on(store) for store in stores)
    for word in people():
        one.record(word, END)
        other.record(word, END)
    begin = chance.randrange(0, 900)
    facts = a_day(day, 240_000)[begin : begin + 160]
    for part, mark_ms, now_ms in steps(facts, chance):
        told(part, mark_ms, now_ms, one)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(judge, "still", lambda *_: False)
            told(part, mark_ms, now_ms, other)
        assert verdicts(stores[0]) == verdicts(stores[1])
    assert alarms_of_findings(stores[0]) == alarms_of_findings(stores[1])


def test_a_calm_probe_is_not_judged_for_every_mark_and_a_silent_one_is_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = MemoryStore()
    pipeline = pipeline_on(store)
    asked: list[str] = []

    def noted(session: Session, known: Known, probe: Probe, *rest: Any) -> dict[str, set[str] | None]:
        asked.append(probe.id)
        return refind(session, known, probe, *rest)

    monkeypatch.setattr(judge, "refind", noted)
    for n, probe in enumerate(("fridge-1-load", "fridge-1-air"), 1):
        send(pipeline, [sample(n, START, 4_000_000, probe)], sent_ms=START + 1_000)
    asked.clear()
    for seconds in range(2, 60):
        send(pipeline, [], sent_ms=START + seconds * 1_000)
    assert asked == []
    send(pipeline, [], sent_ms=START + 300 * MINUTE)
    assert sorted(asked) == ["fridge-1-air", "fridge-1-load"]
    assert [one.kind for one in verdicts(store)[0]] == ["unmeasured", "unmeasured"]

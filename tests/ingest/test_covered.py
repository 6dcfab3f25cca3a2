"""Two probes of a fridge: while one is blind the other decides, and only time that none of them measured holds bags."""

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.intake import END, HOUR, PLACE, START, people, sample, send, setup, verdicts
from support.memory_store import MemoryStore

from coldchain.commission import WorkKind
from coldchain.facts import Fact
from coldchain.places import Probe
from coldchain.ports import Store
from coldchain.units import Exposure, FindingKind, FindingStatus, SayWork
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from stores.sqlite import open_store

MINUTE = 60_000
LOAD, AIR = "fridge-1-load", "fridge-1-air"


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store = MemoryStore() if request.param == "memory" else open_store(tmp_path / "hot.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def pipeline(store: Store) -> Pipeline:
    return centre(store)


def centre(store: Store) -> Pipeline:
    made = Pipeline(store, Counters())
    made.set_up(
        [msgspec.structs.replace(one, since_ms=START) if isinstance(one, Probe) else one for one in setup()], START
    )
    for fact in people():
        made.record(fact, END)
    return made


def every_five_minutes(probe: str, hours: float, seq: int, first: float = 0.0, micro: int = 4_000_000) -> list[Fact]:
    """Return readings of a probe from hour `first` to hour `hours`."""
    times = range(round(first * 12), round(hours * 12))
    return [sample(seq + n, START + at * 5 * MINUTE, micro, probe) for n, at in enumerate(times)]


def exposures(store: Store, unit: str = "u-4") -> list[Exposure]:
    with store.reading() as session:
        return [one for one in session.records.exposures_of_unit(unit) if not one.withdrawn]


def gaps(store: Store) -> list[str]:
    with store.reading() as session:
        found = session.records.findings(place=PLACE)
    return [
        one.probe
        for one in found
        if one.kind is FindingKind.UNMEASURED and not one.detail and one.status is not FindingStatus.WITHDRAWN
    ]


def test_a_blind_probe_is_a_finding_and_holds_nothing_while_the_other_measures(
    pipeline: Pipeline, store: Store
) -> None:
    send(pipeline, every_five_minutes(AIR, 10, 1), mark_ms=START + 10 * HOUR)
    assert gaps(store) == [LOAD]
    assert exposures(store) == []


def test_when_the_other_falls_silent_too_only_that_time_touches_the_bags(pipeline: Pipeline, store: Store) -> None:
    send(pipeline, every_five_minutes(AIR, 10, 1), mark_ms=START + 10 * HOUR)
    send(pipeline, [], mark_ms=START + 12 * HOUR)
    assert exposures(store) == [], "two hours of nobody are no gap yet"
    send(pipeline, [], mark_ms=START + 15 * HOUR)
    assert sorted(gaps(store)) == [AIR, LOAD]
    both = exposures(store)
    assert len(both) == 2
    assert {one.from_ms for one in both} == {START + 10 * HOUR}
    assert all(one.to_ms is None for one in both)
    send(pipeline, every_five_minutes(AIR, 16, 500, first=15), mark_ms=START + 16 * HOUR)
    ended = exposures(store)
    assert {(one.from_ms, one.to_ms) for one in ended} == {(START + 10 * HOUR, START + 15 * HOUR)}
    assert {one.unknown_ms_max for one in ended} == {5 * HOUR}


def test_readings_of_the_other_that_come_late_take_the_exposure_back(pipeline: Pipeline, store: Store) -> None:
    facts = every_five_minutes(AIR, 16, 1)
    send(pipeline, facts[:36], mark_ms=START + 3 * HOUR)
    send(pipeline, facts[-12:], mark_ms=START + 16 * HOUR)
    assert len(exposures(store)) == 2
    send(pipeline, facts[36:-12], mark_ms=START + 16 * HOUR)
    assert gaps(store) == [LOAD]
    assert exposures(store) == []
    with store.reading() as session:
        held = [hold for hold in session.records.holds() if hold.unit == "u-4"]
    assert held
    assert not any(hold.basis_stands for hold in held), "a hold stays, and says that its basis is gone"


def test_what_is_awaited_of_the_other_decides_nothing_yet(pipeline: Pipeline, store: Store) -> None:
    facts = every_five_minutes(LOAD, 16, 1) + every_five_minutes(AIR, 3, 500)
    send(pipeline, facts[:12], mark_ms=START + HOUR)
    send(pipeline, facts[-36:], mark_ms=START + HOUR)
    send(pipeline, facts[180:192], mark_ms=START + HOUR)
    assert exposures(store) == []


def test_an_excursion_of_either_probe_touches_everybody(pipeline: Pipeline, store: Store) -> None:
    send(pipeline, every_five_minutes(AIR, 10, 1), mark_ms=START + 10 * HOUR)
    send(pipeline, every_five_minutes(AIR, 11, 500, first=10, micro=7_000_000), mark_ms=START + 11 * HOUR)
    (found,) = exposures(store)
    with store.reading() as session:
        finding = session.records.finding(found.finding)
    assert finding is not None
    assert (finding.kind, finding.probe) == (FindingKind.EXCURSION, AIR)


def check(hour: float, *, begins: bool, probe: str = AIR) -> SayWork:
    at_ms = START + round(hour * HOUR)
    return SayWork(
        kind=WorkKind.UNDER_CHECK,
        place=PLACE,
        at_ms=at_ms,
        begins=begins,
        reason="ice bath",
        name="Li",
        post="nurse",
        actor="Li",
        probe=probe,
        until_ms=at_ms + 10 * HOUR if begins else None,
        counted_empty=False,
    )


@pytest.mark.parametrize("told", ["in time", "late"])
def test_a_probe_that_rests_covers_nobody_whenever_the_word_was_told(
    pipeline: Pipeline, store: Store, told: str
) -> None:
    words = [(4, check(4, begins=True)), (12, check(12, begins=False))]
    send(pipeline, every_five_minutes(LOAD, 2, 1) + every_five_minutes(AIR, 4, 100), mark_ms=START + 4 * HOUR)
    for hour, word in words if told == "in time" else ():
        pipeline.record(word, START + hour * HOUR)
    send(pipeline, every_five_minutes(AIR, 14, 300, first=4), mark_ms=START + 14 * HOUR)
    for _, word in words if told == "late" else ():
        pipeline.record(word, START + 15 * HOUR)
    assert gaps(store) == [LOAD]
    assert {(one.from_ms, one.to_ms) for one in exposures(store)} == {(START + 4 * HOUR, START + 12 * HOUR)}


def test_a_rest_beside_a_blind_probe_touches_the_bags_while_it_lasts(pipeline: Pipeline, store: Store) -> None:
    send(pipeline, every_five_minutes(LOAD, 2, 1) + every_five_minutes(AIR, 8, 100), mark_ms=START + 8 * HOUR)
    pipeline.record(check(8, begins=True), START + 8 * HOUR)
    send(pipeline, every_five_minutes(AIR, 11, 300, first=8), mark_ms=START + 11 * HOUR)
    assert exposures(store) == [], "three hours of nobody are no gap yet"
    send(pipeline, every_five_minutes(AIR, 17, 400, first=11), mark_ms=START + 17 * HOUR)
    assert {(one.from_ms, one.to_ms) for one in exposures(store)} == {(START + 8 * HOUR, None)}
    pipeline.record(check(17, begins=False), START + 17 * HOUR)
    send(pipeline, every_five_minutes(AIR, 19, 500, first=17), mark_ms=START + 19 * HOUR)
    assert {(one.from_ms, one.to_ms) for one in exposures(store)} == {(START + 8 * HOUR, START + 17 * HOUR)}


@cache
def told_first(day: int) -> object:
    return told(MemoryStore(), day, None)


def told(store: Store, day: int, chance: random.Random | None) -> object:
    """Tell a day of which one probe misses much, and checks of the other, in the order of `chance`."""
    made, luck = centre(store), random.Random(day)
    blind = luck.uniform(1, 8)
    facts = every_five_minutes(AIR, 26, 1)
    facts += every_five_minutes(LOAD, blind, len(facts) + 1)
    facts += every_five_minutes(LOAD, 26, len(facts) + 1, first=blind + 14)
    words = [check(luck.uniform(3, 9), begins=True), check(luck.uniform(14, 22), begins=False)]
    steps: list[SayWork | list[Fact]] = [*words, *(facts[at : at + 40] for at in range(0, len(facts), 40))]
    if chance is not None:
        chance.shuffle(steps)
    unsent = {fact.seq: fact.taken_ms for fact in facts}
    for step in steps:
        if isinstance(step, SayWork):
            made.record(step, END)
            continue
        for fact in step:
            del unsent[fact.seq]
        send(made, step, mark_ms=min(unsent.values(), default=None))
    return verdicts(store)


@settings(max_examples=40)
@given(st.integers(0, 5), st.integers(0, 10**9))
def test_whom_a_gap_touches_does_not_depend_on_the_order_of_facts_and_words(day: int, seed: int) -> None:
    assert told(MemoryStore(), day, random.Random(seed)) == told_first(day)


def test_days_of_that_are_not_all_the_same() -> None:
    assert len({repr(told_first(day)) for day in range(6)}) > 1

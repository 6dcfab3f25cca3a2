"""What gateways say of their clocks makes findings and bags inside certain or possible, in whatever order it comes."""

import random
from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.intake import (
    END,
    GATEWAY,
    HOUR,
    PLACE,
    SITE,
    START,
    a_day,
    message,
    people,
    pipeline_on,
    presence,
    sample,
    send,
    unit,
    verdicts,
)
from support.memory_store import MemoryStore

from coldchain.clock_doubt import ClockDoubt
from coldchain.decisions import evidence_of
from coldchain.facts import ClockState, DeviceEvent, EventKind, Fact, Sample
from coldchain.places import Gateway, Probe, ProbeRole, Reader
from coldchain.ports import Store
from coldchain.units import Exposure, Finding, FindingKind, FindingStatus, PlaceUnit, Reason, RegisterUnit
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from stores.sqlite import open_store

MINUTE = 60_000
LOAD = "fridge-1-load"
BEGAN, OVER = START + 90 * MINUTE, START + 100 * MINUTE  # of the warm stretch of `warm()`


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store = MemoryStore() if request.param == "memory" else open_store(tmp_path / "hot.sqlite")
    yield opened
    opened.close()


def says(seq: int, kind: EventKind, at_ms: int, origin: str = GATEWAY, **details: int | str) -> DeviceEvent:
    return DeviceEvent(
        seq=seq, origin=origin, taken_ms=at_ms, boottime_ms=1, kind=kind, latest_ms=at_ms, details=details
    )


def drift(seq: int, at_ms: int, offset_ms: int, off_ms: int = 30, origin: str = GATEWAY) -> DeviceEvent:
    return says(seq, EventKind.CLOCK_DRIFT, at_ms, origin, offset_ms=offset_ms, uncertainty_ms=off_ms)


def warm(minutes: int = 10, seq: int = 1) -> list[Fact]:
    values = [*[4_000_000] * 90, *[6_600_000] * minutes, *[4_000_000] * 30]
    return [sample(seq + n, START + n * MINUTE, value) for n, value in enumerate(values)]


def excursions(store: Store) -> list[Finding]:
    with store.reading() as session:
        found = session.records.findings()
    return [one for one in found if one.kind is FindingKind.EXCURSION and one.status is not FindingStatus.WITHDRAWN]


def inside(store: Store, name: str) -> Exposure | None:
    (finding,) = excursions(store)
    with store.reading() as session:
        found = [one for one in session.records.exposures_of_unit(name) if one.finding == finding.id]
    return next((one for one in found if not one.withdrawn), None)


def test_of_a_gateway_that_says_nothing_of_its_clock_nothing_is_known(store: Store) -> None:
    send(pipeline_on(store), warm())
    assert [one.clock for one in excursions(store)] == [None]


@pytest.mark.parametrize("late", [False, True])
def test_a_finding_says_how_far_its_clock_may_be_off_whenever_the_words_come(
    store: Store,
    late: bool,
) -> None:
    pipeline, words = pipeline_on(store), [drift(500, START, 40_000), drift(501, START + 2 * HOUR, 40_000)]
    send(pipeline, [*warm(), *words] if not late else warm())
    if late:
        (before,) = excursions(store)
        assert (before.version, before.clock) == (1, None)
        send(pipeline, words)
    (finding,) = excursions(store)
    assert finding.clock == ClockDoubt(early_ms=50_000, late_ms=0, span_ms=5_000, reached=True)
    assert (finding.start_ms, finding.end_ms, finding.version) == (BEGAN, OVER, 2 if late else 1)
    send(pipeline, words)
    assert excursions(store) == [finding], "said twice it changes nothing"


@pytest.mark.parametrize(("minutes", "reached"), [(5, False), (6, True)])
def test_a_delay_that_was_only_just_reached_is_possible_only(
    store: Store,
    minutes: int,
    reached: bool,
) -> None:
    send(pipeline_on(store), [*warm(minutes), drift(500, START, 0), drift(501, START + 2 * HOUR, 0)])
    (finding,) = excursions(store)
    assert finding.clock == ClockDoubt(early_ms=3_000, late_ms=3_000, span_ms=5_000, reached=reached)


def test_a_finding_that_lasts_says_how_its_beginning_was_and_no_word_of_later_makes_a_version(store: Store) -> None:
    pipeline = pipeline_on(store)
    send(pipeline, [*warm()[:97], drift(500, START, 0)])
    (finding,) = excursions(store)
    assert (finding.end_ms, finding.clock) == (None, ClockDoubt(early_ms=3_000, late_ms=3_000))
    send(pipeline, [drift(510, START + 95 * MINUTE, 20)])
    assert excursions(store) == [finding]
    send(pipeline, [drift(505, START + 94 * MINUTE, 7_000)])
    (again,) = excursions(store)
    assert (again.version, again.clock) == (2, ClockDoubt(early_ms=10_000, late_ms=3_000))


def test_by_the_clock_of_the_probe_itself_a_bag_is_certainly_inside_however_wrong_it_is(store: Store) -> None:
    pipeline = pipeline_on(store)
    for fact in people():
        pipeline.record(fact, END)
    came = presence(600, EventKind.ARRIVED, 1, OVER - 3 * MINUTE, OVER - 2 * MINUTE)
    send(pipeline, [*warm(), came, drift(700, START, 60_000), drift(701, START + 2 * HOUR, 60_000)])
    seen = inside(store, "u-1")
    assert seen is not None
    assert (seen.certain, seen.reason, seen.out_ms_min, seen.out_ms_max) == (
        *(True, Reason.CERTAIN),
        *(2 * MINUTE, 3 * MINUTE),
    )


def reason_of_clock(store: Store, name: str) -> Reason | None:
    found = inside(store, name)
    return None if found is None else found.reason


def other_reader(pipeline: Pipeline) -> None:
    """Let the fridge have a reader with a clock of its own only."""
    pipeline.set_up([Gateway(id="gw-2", site=SITE), Reader(id="fridge-1-reader-2", place=PLACE, gateway="gw-2")], END)


def test_by_another_clock_a_bag_at_the_edge_is_possibly_inside(store: Store) -> None:
    pipeline = pipeline_on(store)
    other_reader(pipeline)
    for fact in people():
        pipeline.record(fact, END)
    came = presence(600, EventKind.ARRIVED, 1, OVER - 30_000, OVER - 20_000)
    late = presence(601, EventKind.ARRIVED, 3, OVER + 10_000, OVER + 20_000)
    send(pipeline, [*warm(), came, late])
    seen = inside(store, "u-1")
    assert seen is not None
    assert (seen.certain, seen.out_ms_min) == (True, 20_000)
    assert inside(store, "u-3") is None
    # The clock of the probe: up to 60 s ahead, so what it stamped may have been earlier. The reader's is not known.
    send(pipeline, [drift(700, START, 0), drift(701, START + 2 * HOUR, 60_000)])
    edge, after = inside(store, "u-1"), inside(store, "u-3")
    assert edge is not None
    assert (edge.certain, edge.reason, edge.out_ms_min) == (False, Reason.CLOCK_UNCERTAIN, 0)
    assert after is None
    # And the reader's: up to 60 s ahead as well, so who came after the end by it may have come before.
    send(
        pipeline, [drift(1, START, 0, origin="gw-2"), drift(2, START + 2 * HOUR, 60_000, origin="gw-2")], gateway="gw-2"
    )


def test_a_bag_that_a_person_put_in_at_the_edge_is_possibly_inside_and_held(store: Store) -> None:
    pipeline = pipeline_on(store)
    pipeline.record(RegisterUnit(unit=unit("u-9", "0160726029789"), actor="tech"), END)
    pipeline.record(PlaceUnit(unit="u-9", place=PLACE, at_ms=OVER + 5_000, actor="tech"), END)
    send(pipeline, warm())
    assert inside(store, "u-9") is None
    send(pipeline, [drift(700, START, -20_000), drift(701, START + 2 * HOUR, 0)])
    found = inside(store, "u-9")
    assert found is not None
    assert (found.certain, found.reason) == (False, Reason.CLOCK_UNCERTAIN)
    with store.reading() as session:
        (hold,) = [one for one in session.records.holds_of_unit("u-9") if one.finding == found.finding]
    assert (hold.certain, hold.reason) == (False, Reason.CLOCK_UNCERTAIN)
    # A placement that comes only now meets it as well.
    pipeline.record(RegisterUnit(unit=unit("u-8", "0160726029788"), actor="tech"), END)
    pipeline.record(PlaceUnit(unit="u-8", place=PLACE, at_ms=OVER + 6_000, actor="tech"), END)
    assert inside(store, "u-8") is not None


def test_times_that_were_worked_out_have_the_doubt_of_their_anchor_and_a_sure_length(store: Store) -> None:
    pipeline = pipeline_on(store)
    wrong = [
        msgspec.structs.replace(one, taken_ms=5_000 + n, boottime_ms=HOUR + n * MINUTE) for n, one in enumerate(warm(5))
    ]
    for at in range(0, len(wrong), 40):
        pipeline.process([message(wrong[at : at + 40], clock=ClockState.UNSET)], END)
    # By the centre's clock the readings began at START: it was set three hours later.
    word = says(len(wrong) + 1, EventKind.CLOCK_SET, START + 3 * HOUR, source="centre", uncertainty_ms=45_000)
    send(pipeline, [msgspec.structs.replace(word, boottime_ms=4 * HOUR)])
    while pipeline.readmit(END):
        pass
    (finding,) = excursions(store)
    assert (finding.start_ms, finding.end_ms) == (BEGAN, BEGAN + 5 * MINUTE)
    # 100 ppm of 90 minutes to the anchor beside its 45 s; of five minutes 30 ms, which is rounded up.
    assert finding.clock == ClockDoubt(early_ms=50_000, late_ms=50_000, span_ms=1_000, reached=False)


def test_a_finding_of_which_nobody_said_anything_is_the_evidence_that_it_was() -> None:
    store = MemoryStore()
    pipeline = pipeline_on(store)
    for fact in people():
        pipeline.record(fact, END)
    send(pipeline, warm())
    (finding,) = excursions(store)
    with store.reading() as session:
        bag = session.records.unit("u-4")
        exposures = session.records.exposures_of_unit("u-4")
    assert bag is not None
    known = evidence_of(bag, exposures, {finding.id: finding}, [])
    told = msgspec.structs.replace(finding, clock=ClockDoubt(early_ms=1_000, late_ms=0))
    assert evidence_of(bag, exposures, {finding.id: told}, []).version != known.version
    assert known.version.startswith("9ec7e2fec5b6"), "as it was before clocks were asked"


def words_of_a_day(seed: int, seq: int) -> list[Fact]:
    """Return what the gateway says of its clock in a day: sometimes right, sometimes up to two minutes off."""
    chance = random.Random(seed)
    found: list[Fact] = []
    for _ in range(chance.randint(1, 30)):
        at_ms, off_ms = START + chance.randrange(END - START), chance.choice([20, 1_000, 60_000])
        ahead_ms = chance.choice([0, 40, -900, 5_000, 100_000, -70_000])
        kind = chance.choice([EventKind.CLOCK_SET, EventKind.CLOCK_STEPPED, *[EventKind.CLOCK_DRIFT] * 3])
        details: dict[str, int | str] = {"offset_ms": ahead_ms, "delta_ms": ahead_ms, "uncertainty_ms": off_ms}
        origin = chance.choice([GATEWAY, GATEWAY, "gw-2"])
        found.append(msgspec.structs.replace(says(seq + len(found), kind, at_ms, origin), details=details))
    return found


def cut(facts: Sequence[Fact], chance: random.Random) -> list[list[Fact]]:
    batches, rest = [], list(facts)
    while rest:
        size = chance.choice([1, 7, 60, 250])
        batches.append(rest[:size])
        rest = rest[size:]
    return batches


def told_in_order(day: int, words: Sequence[Fact]) -> tuple[list[Finding], list[Exposure]]:
    store = MemoryStore()
    pipeline = pipeline_on(store)
    other_reader(pipeline)
    for fact in people():
        pipeline.record(fact, END)
    for word in words:
        send(pipeline, [word], gateway=word.origin)
    facts = a_day(day)
    for at in range(0, len(facts), 200):
        mark_ms = facts[at + 200].taken_ms if at + 200 < len(facts) else None
        send(pipeline, facts[at : at + 200], mark_ms=mark_ms)
    return verdicts(store)


@settings(max_examples=25)
@given(st.integers(0, 3), st.integers(0, 10**9))
def test_words_on_the_clock_in_any_order_and_one_by_one_give_equal_verdicts(day: int, seed: int) -> None:
    chance = random.Random(seed)
    words = words_of_a_day(seed, 1 + len(a_day(day)))
    store = MemoryStore()
    pipeline = pipeline_on(store)
    other_reader(pipeline)
    batches = [*cut(a_day(day), chance), *([word] for word in words)]
    batches += chance.sample(batches, k=min(len(batches), 5))
    chance.shuffle(batches)
    named = people()
    for batch in batches:
        if named and chance.random() < 0.2:
            pipeline.record(named.pop(0), END)
        theirs = batch[0].origin == "gw-2"
        send(pipeline, batch, mark_ms=START, gateway="gw-2" if theirs else GATEWAY)
    for fact in named:
        pipeline.record(fact, END)
    send(pipeline, [])
    found = verdicts(store)
    assert found == told_in_order(day, words)
    assert any(one.clock is not None for one in found[0]) or all(word.origin == "gw-2" for word in words)


def test_words_that_could_not_be_judged_are_judged_later(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    pipeline = pipeline_on(store)
    send(pipeline, warm())
    with monkeypatch.context() as broken:

        def fails(*_: object) -> list[str]:
            raise RuntimeError("a fault of ours")

        broken.setattr("ingest.judge.reclocked", fails)
        send(pipeline, [drift(500, START, 0), drift(501, START + 2 * HOUR, 0)])
        assert [one.clock for one in excursions(store)] == [None]
    assert Pipeline(store, Counters()).catch_up(END) == 0
    assert [one.clock for one in excursions(store)] == [
        ClockDoubt(early_ms=3_000, late_ms=3_000, span_ms=5_000, reached=True)
    ]


def test_the_projections_are_rebuilt_byte_for_byte(tmp_path: Path) -> None:
    store = open_store(tmp_path / "hot.sqlite")
    try:
        pipeline = pipeline_on(store)
        for fact in people():
            pipeline.record(fact, END)
        words = [word for word in words_of_a_day(7, 100_000) if word.origin == GATEWAY]
        for batch in cut([*a_day(1), *words], random.Random(1)):
            send(pipeline, batch)
        before = store.projection_dump()
        store.rebuild_projections()
        assert store.projection_dump() == before
        assert any(one.clock for one in excursions(store))
    finally:
        store.close()


def test_a_probe_of_another_gateway_is_not_touched(store: Store) -> None:
    pipeline = pipeline_on(store)
    other_reader(pipeline)
    pipeline.set_up([Probe(id="fridge-1-far", place=PLACE, gateway="gw-2", role=ProbeRole.LOAD)], END)
    send(pipeline, warm())
    send(pipeline, [drift(1, START, 0, origin="gw-2")], gateway="gw-2")
    assert [one.clock for one in excursions(store) if one.probe == LOAD] == [None]


def test_unset_rows_and_their_anchors_in_any_order_leave_the_same_open() -> None:
    def unset(seq: int, number: int, value: int) -> Fact:
        one = sample(seq, 5_000 + number, value, boottime_ms=HOUR + number * MINUTE)
        assert isinstance(one, Sample)
        return one

    def anchor(seq: int, number: int, off_ms: int) -> Fact:
        at_ms = START + number * MINUTE
        word = says(seq, EventKind.CLOCK_SET, at_ms, source="centre", uncertainty_ms=off_ms)
        return msgspec.structs.replace(word, boottime_ms=HOUR + number * MINUTE)

    values = [4_000_000] * 5 + [6_600_000] * 12 + [4_000_000] * 5
    early = [unset(n + 1, n, value) for n, value in enumerate(values[:10])]
    late = [unset(n + 2, n, value) for n, value in enumerate(values) if n >= 10]
    batches = [
        message(early[:5], clock=ClockState.UNSET),
        message(early[5:], clock=ClockState.UNSET),
        message([anchor(11, 10, 45_000)]),
        message(late, clock=ClockState.UNSET),
        message([anchor(len(values) + 2, 60, 1_500)]),
    ]
    seen = []
    for order in permutations(batches):
        store = MemoryStore()
        pipeline = pipeline_on(store)
        for batch in order:
            pipeline.process([batch], END)
            pipeline.readmit(END)
        while pipeline.readmit(END):
            pass
        (finding,) = [one for one in verdicts(store)[0] if one.kind is FindingKind.EXCURSION]
        seen.append(finding)
    assert seen == seen[:1] * len(seen)
    # It began by the first anchor and ended by the second one, so its length has the doubts of both.
    assert seen[0].clock == ClockDoubt(early_ms=50_000, late_ms=50_000, span_ms=50_000, reached=True)

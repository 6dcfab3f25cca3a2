"""The right probe in the right fridge: until somebody confirmed it nothing counts, and work is not judged."""

import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.intake import END, HOUR, PLACE, START, a_day, people, pipeline_on, presence, sample, send, setup, verdicts
from support.memory_store import MemoryStore

from coldchain.commission import WorkKind
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.facts import EventKind, Fact
from coldchain.places import Probe
from coldchain.ports import Store
from coldchain.units import CommissionProbe, FindingKind, PersonFact, SayWork
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from rules.counted import counted_in, work_of
from rules.intervals import OPEN_END_MS
from stores.sqlite import open_store

LOAD, AIR = "fridge-1-load", "fridge-1-air"
MINUTE = 60_000
BEGAN = START + 2 * HOUR
AT = BEGAN + 2 * MINUTE
COUNTS = AT + 20 * MINUTE  # by then it is cold again


def centre(store: Store, *, required: bool = True) -> Pipeline:
    pipeline = Pipeline(store, Counters())
    pipeline.set_up(setup(), START, commissioning=required)
    return pipeline


def readings(
    hours: float,
    celsius: float = 4.0,
    *,
    probe: str = LOAD,
    first: float = 0,
    seq: int = 1,
    warmed: float | None = None,
) -> list[Fact]:
    """One reading a minute; in the hand at `warmed` hours for three minutes."""
    facts: list[Fact] = []
    for n in range(round((hours - first) * 60)):
        at_ms = START + round(first * HOUR) + n * MINUTE
        held = warmed is not None and 0 <= at_ms - (START + warmed * HOUR) < 3 * MINUTE
        facts.append(sample(seq + n, at_ms, round((celsius + (9.0 if held else 0.0)) * 1_000_000), probe))
    return facts


def confirm(**changed: object) -> CommissionProbe:
    fact = CommissionProbe(probe=LOAD, began_ms=BEGAN, at_ms=AT, name="Li", post="nurse", actor="Li")
    return replace(fact, **changed)


def work(hours: float, *, begins: bool = True, kind: WorkKind = WorkKind.UNDER_CHECK, probe: str = LOAD) -> SayWork:
    at_ms = START + round(hours * HOUR)
    return SayWork(
        kind=kind,
        place=PLACE,
        at_ms=at_ms,
        begins=begins,
        reason="ice bath",
        name="Li",
        post="nurse",
        actor="Li",
        probe=probe if kind is WorkKind.UNDER_CHECK else "",
        until_ms=at_ms + HOUR if begins else None,
        counted_empty=True,
    )


def found(store: Store, probe: str = LOAD) -> list[tuple[FindingKind, int, int | None]]:
    return [(one.kind, one.start_ms, one.end_ms) for one in verdicts(store)[0] if one.probe == probe]


def test_until_it_is_confirmed_a_new_probe_measures_nothing(store: MemoryStore) -> None:
    pipeline = centre(store)
    send(pipeline, readings(2.5, 9.0, warmed=2.0), sent_ms=START + 2 * HOUR + 30 * MINUTE)
    assert found(store) == []
    pipeline.record(confirm(), AT)
    assert found(store) == [(FindingKind.EXCURSION, COUNTS, None)]
    send(pipeline, readings(26, 9.0, first=2.5, seq=1_000), sent_ms=END)
    assert found(store) == [(FindingKind.EXCURSION, COUNTS, None)]


def test_without_a_confirmation_nobody_measured_and_bags_are_held(store: MemoryStore) -> None:
    pipeline = centre(store)
    for fact in people()[:2]:
        pipeline.record(fact, START)
    send(pipeline, [presence(1, EventKind.ARRIVED, 1, START, START + MINUTE)], sent_ms=START + HOUR)
    for hour in range(5):
        part = readings(hour + 1, first=hour, seq=10 + 100 * hour)
        send(pipeline, part, sent_ms=START + (hour + 1) * HOUR)
    assert found(store) == [(FindingKind.UNMEASURED, START, None)]
    with store.reading() as session:
        assert {hold.unit for hold in session.records.holds()} == {"u-1"}
    counting = MemoryStore()
    send(centre(counting, required=False), readings(5, seq=10), sent_ms=START + 5 * HOUR)
    assert found(counting) == []


def test_a_slip_in_the_time_of_work_does_not_unsay_what_was_found(store: MemoryStore) -> None:
    pipeline = centre(store, required=False)
    send(pipeline, readings(5, 12.0), sent_ms=START + 5 * HOUR)
    send(pipeline, readings(5, probe=AIR, seq=1_000), sent_ms=START + 5 * HOUR)
    excursion = found(store)
    assert excursion == [(FindingKind.EXCURSION, START, None)]
    seconds = replace(work(5), at_ms=START // 1_000, until_ms=START // 1_000 + HOUR)
    with pytest.raises(InvalidValueError, match="UTC milliseconds"):
        pipeline.record(seconds, START + 5 * HOUR)
    pipeline.record(work(5), START + 5 * HOUR)
    with pytest.raises(InvalidValueError, match="say a later end"):  # else it would be recorded and end nothing
        pipeline.record(work(5, begins=False), START + 5 * HOUR)
    assert [one[:2] for one in found(store)] == [one[:2] for one in excursion]


def test_a_late_confirmation_makes_earlier_time_good_only_where_somebody_says_so_and_why(store: MemoryStore) -> None:
    pipeline = centre(store)
    send(pipeline, readings(2.5, 9.0, warmed=2.0), sent_ms=START + 3 * HOUR)
    with pytest.raises(InvalidValueError, match="say why"):
        pipeline.record(confirm(good_from_ms=START + HOUR), AT)
    with pytest.raises(InvalidValueError, match="cannot count from before"):
        pipeline.record(confirm(good_from_ms=START - 1, reason="I hung it there"), AT)
    pipeline.record(confirm(good_from_ms=START + HOUR, reason="I hung it there"), AT)
    assert found(store) == [(FindingKind.EXCURSION, START + HOUR, None)]
    with store.reading() as session:
        before = session.ledger.next_seq()
    pipeline.record(confirm(good_from_ms=START + HOUR, reason="I hung it there"), AT)
    with store.reading() as session:
        assert session.ledger.next_seq() == before


def test_only_the_probe_that_was_warmed_can_be_confirmed(store: MemoryStore) -> None:
    pipeline = centre(store)
    both = readings(2.5, warmed=2.0) + readings(2.5, probe=AIR, seq=1_000)
    send(pipeline, both, sent_ms=START + 3 * HOUR)
    with pytest.raises(ConflictError, match="it was probe fridge-1-load that rose"):
        pipeline.record(confirm(probe=AIR), AT)
    with pytest.raises(ConflictError, match="no probe rose"):
        pipeline.record(confirm(began_ms=BEGAN - HOUR, at_ms=AT - HOUR), AT)
    with pytest.raises(InvalidValueError, match="30 min"):
        pipeline.record(confirm(began_ms=BEGAN - HOUR), AT)
    with pytest.raises(InvalidValueError, match="sign"):
        pipeline.record(confirm(name=" "), AT)
    with pytest.raises(UnknownThingError, match="not known"):
        pipeline.record(confirm(probe="nobody"), AT)
    with store.reading() as session:
        assert session.records.commissionings_in(PLACE) == ()
    pipeline.record(confirm(), AT)
    with store.reading() as session:
        (one,) = session.records.commissionings_in(PLACE)
    assert (one.rise_micro_celsius, one.second_micro_celsius, one.name) == (9_000_000, 0, "Li")


def test_two_that_rise_together_are_ambiguous(store: MemoryStore) -> None:
    pipeline = centre(store)
    both = readings(2.5, warmed=2.0) + readings(2.5, probe=AIR, seq=1_000, warmed=2.0)
    send(pipeline, both, sent_ms=START + 3 * HOUR)
    with pytest.raises(ConflictError, match="more than one"):
        pipeline.record(confirm(), AT)
    assert found(store) == []


def test_another_serial_number_has_to_be_confirmed_again_and_history_follows_it(store: MemoryStore) -> None:
    pipeline = centre(store)
    send(pipeline, readings(2.5, warmed=2.0), sent_ms=START + 3 * HOUR)
    pipeline.record(confirm(), AT)
    probe = next(one for one in setup() if isinstance(one, Probe) and one.id == LOAD)
    told = replace(probe, serial="s-1", line="bus 1")
    assert pipeline.set_up([told], START + 3 * HOUR, commissioning=True) == 2
    send(pipeline, readings(3.5, 9.0, first=3.2, seq=5_000), sent_ms=START + 4 * HOUR)
    assert [kind for kind, _, _ in found(store)] == [FindingKind.EXCURSION], "what was never said may be said"
    swapped = replace(told, serial="s-2")
    pipeline.set_up([swapped], START + 4 * HOUR, commissioning=True)
    send(pipeline, readings(10, 12.0, first=4.1, seq=6_000), sent_ms=START + 10 * HOUR)
    with store.reading() as session:
        assert [one.from_ms for one in session.records.positions_of_serial("s-1")] == [START]
        assert [one.from_ms for one in session.records.positions_of_serial("s-2")] == [START + 4 * HOUR]
        counted = counted_in(work_of(session.records, PLACE, session.records.probes()))[LOAD]
        head = session.books.head(LOAD)
    assert counted.gaps[-1] == (START + 4 * HOUR, OPEN_END_MS), "what the second instrument measures says nothing"
    assert head is not None
    assert head.last_taken_ms < START + 4 * HOUR
    assert FindingKind.UNMEASURED in {kind for kind, _, _ in found(store)}
    assert pipeline.set_up([swapped], START + 11 * HOUR, commissioning=True) == 0


def test_a_place_goes_out_of_use_only_when_it_is_empty(store: MemoryStore) -> None:
    pipeline = centre(store, required=False)
    for fact in people()[:2]:
        pipeline.record(fact, START)
    unused = work(2.0, kind=WorkKind.OUT_OF_USE)
    with pytest.raises(ConflictError, match="look into place"):
        pipeline.record(replace(unused, counted_empty=False), START + 2 * HOUR)
    send(pipeline, [presence(1, EventKind.ARRIVED, 1, START, START + MINUTE)], sent_ms=START + 2 * HOUR)
    with pytest.raises(ConflictError, match="1 units are, or may be"):
        pipeline.record(unused, START + 2 * HOUR)
    send(pipeline, [presence(2, EventKind.LEFT, 1, START + HOUR, START + HOUR + MINUTE)], sent_ms=START + 2 * HOUR)
    pipeline.record(unused, START + 2 * HOUR)
    send(pipeline, readings(8, 20.0, first=2.1, seq=100), sent_ms=START + 8 * HOUR)
    assert found(store) == []


def test_a_bag_in_a_place_out_of_use_is_judged_by_what_is_measured_there(store: MemoryStore) -> None:
    pipeline = centre(store, required=False)
    for fact in people()[:2]:
        pipeline.record(fact, START)
    pipeline.record(work(2.0, kind=WorkKind.OUT_OF_USE), START + 2 * HOUR)
    send(pipeline, readings(8, 20.0, first=2.1, seq=100), sent_ms=START + 8 * HOUR)
    entered = presence(2, EventKind.ARRIVED, 1, START + 3 * HOUR, START + 3 * HOUR + MINUTE)
    send(pipeline, [entered], sent_ms=START + 8 * HOUR)
    assert found(store) == [(FindingKind.EXCURSION, START + 3 * HOUR, None)]
    with store.reading() as session:
        assert {hold.unit for hold in session.records.holds()} == {"u-1"}


def test_words_about_work_that_make_no_sense_are_refused(pipeline: Pipeline) -> None:
    with pytest.raises(UnknownThingError, match="is not one of place"):
        pipeline.record(work(2.0, probe="nobody"), END)
    with pytest.raises(UnknownThingError, match="not known here"):
        pipeline.record(replace(work(2.0), place="attic"), END)
    with pytest.raises(InvalidValueError, match="planned"):
        pipeline.record(replace(work(2.0), until_ms=None), END)
    with pytest.raises(InvalidValueError, match="say why"):
        pipeline.record(replace(work(2.0), reason=""), END)
    with pytest.raises(InvalidValueError, match="a whole place"):
        pipeline.record(replace(work(2.0, kind=WorkKind.OUT_OF_USE), probe=LOAD), END)
    with pytest.raises(InvalidValueError, match="future"):
        pipeline.record(replace(work(2.0), at_ms=END + HOUR), END)


def words(seed: int) -> list[SayWork]:
    """Checks of both probes and times out of use, some of them over each other."""
    chance = random.Random(seed)
    said = []
    for _ in range(3):
        for kind, probe in ((WorkKind.UNDER_CHECK, LOAD), (WorkKind.UNDER_CHECK, AIR), (WorkKind.OUT_OF_USE, "")):
            begin = chance.random() * 24
            said.append(work(begin, kind=kind, probe=probe))
            said.append(work(begin + chance.random() * 4, kind=kind, probe=probe, begins=False))
    return [replace(one, at_ms=min(one.at_ms, END)) for one in said]


@cache
def told_in_order(seed: int) -> object:
    store = MemoryStore()
    pipeline = pipeline_on(store, START)
    for fact in [*people()[:2], *words(seed)]:
        pipeline.record(fact, END)
    for facts in parts(a_day(seed)):
        send(pipeline, facts)
    return verdicts(store)


def told_in_any_order(store: Store, seed: int, chance: random.Random) -> object:
    pipeline = pipeline_on(store, START)
    for fact in people()[:2]:
        pipeline.record(fact, END)
    steps: list[Sequence[Fact] | PersonFact] = [*parts(a_day(seed)), *words(seed)]
    chance.shuffle(steps)
    for step in steps:
        if isinstance(step, SayWork):
            pipeline.record(step, END)
        else:
            send(pipeline, step, mark_ms=START)  # type: ignore[arg-type]
    send(pipeline, [])
    return verdicts(store)


def parts(facts: list[Fact]) -> list[list[Fact]]:
    return [facts[at : at + 150] for at in range(0, len(facts), 150)]


@pytest.fixture
def admitting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a place is empty is asked when the word comes; what follows from the word is not."""
    monkeypatch.setattr("ingest.commissioning._require_empty", lambda *_: None)


@pytest.mark.usefixtures("admitting")
@pytest.mark.parametrize("days", [3])
def test_findings_and_exposures_do_not_depend_on_when_work_was_told(days: int) -> None:
    @settings(max_examples=30)
    @given(st.integers(0, days - 1), st.integers(0, 10**9))
    def same(day: int, seed: int) -> None:
        assert told_in_any_order(MemoryStore(), day, random.Random(seed)) == told_in_order(day)

    same()
    assert told_in_order(0) != told_in_order(1)


@pytest.mark.usefixtures("admitting")
def test_the_same_on_sqlite_and_projections_are_rebuilt_byte_for_byte(tmp_path: Path) -> None:
    store = open_store(tmp_path / "hot.sqlite")
    try:
        assert told_in_any_order(store, 1, random.Random(5)) == told_in_order(1)
        before = store.projection_dump()
        store.rebuild_projections()
        assert store.projection_dump() == before
    finally:
        store.close()

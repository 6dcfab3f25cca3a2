"""What is said of places, and what screens show, is read through one door: readings that count, corrected."""

from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.intake import END, PLACE, START
from support.memory_store import MemoryStore
from support.storage_point import POINT, deliver, storage_point

from coldchain.alarms import Condition
from coldchain.calibration import Applied, RecordCalibration
from coldchain.commission import WorkKind
from coldchain.evidence import held_reading
from coldchain.facts import POWER_ON_MICRO_CELSIUS, Fact, Sample
from coldchain.places import Place, Probe
from coldchain.register import CalibrationPoint, Certificate, RecordCertificate
from coldchain.standing import PlaceStanding, PlaceState
from coldchain.sums import tally_history
from coldchain.units import SayWork
from ingest import conditions_places
from ingest.conditions import conditions
from ingest.conditions_look import Look
from ingest.counted_tally import counted_tally
from ingest.counters import Counters
from ingest.known import profile_of
from ingest.pipeline import Pipeline
from rules.counted import Counted
from rules.place_facts import Inside, place_facts, registered
from rules.standing import place_standing

MINUTE, DAY = 60_000, 86_400_000
LOAD, AIR = "fridge-1-load", "fridge-1-air"


@pytest.fixture(autouse=True)
def first_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditions_places, "_LOOK", Look())


def centre(store: MemoryStore, offset: int = 0, profile: str = "cn-rbc", version: int = 2) -> Pipeline:
    """Return a centre with one fridge, both of whose probes are corrected by an offset."""
    pipeline = Pipeline(store, Counters())
    things = []
    for one in storage_point({PLACE}):
        if isinstance(one, Place):
            one = msgspec.structs.replace(one, profile=profile, profile_version=version)
        if isinstance(one, Probe):
            one = msgspec.structs.replace(one, serial=f"s-{one.id}", since_ms=START)
        things.append(one)
    pipeline.set_up(things, START)
    for probe in (LOAD, AIR) if offset else ():
        calibrate(pipeline, f"s-{probe}", offset)
    return pipeline


def calibrate(pipeline: Pipeline, serial: str, offset: int) -> None:
    paper = Certificate(
        serial=serial,
        number="C-1",
        lab="CNAS L0000",
        calibrated_ms=START,
        due_ms=END + 30 * DAY,
        points=(CalibrationPoint(at_micro_celsius=4_000_000, as_found_micro_celsius=0),),
        tolerance_micro_celsius=5_000_000,
        name="Li",
        post="tech",
    )
    said = RecordCalibration(
        serial=serial,
        from_ms=START - 1,
        offset_micro_celsius=offset,
        certificate="C-1",
        name="Li",
        post="tech",
        at_ms=START,
        actor="li",
    )
    for fact in (RecordCertificate(certificate=paper, actor="li"), said):
        pipeline.record(fact, START)


def measured(pipeline: Pipeline, value: Callable[[int], int], minutes: range, seq: int = 1) -> int:
    """Send what both probes measure once a minute; return the time of the last reading."""
    facts: list[Fact] = []
    for minute in minutes:
        for probe in (LOAD, AIR):
            at_ms = START + minute * MINUTE
            micro = value(minute) + minute % 2 * 10_000 if value(minute) != POWER_ON_MICRO_CELSIUS else value(minute)
            facts.append(
                Sample(
                    seq=seq + len(facts),
                    origin=probe,
                    taken_ms=at_ms,
                    boottime_ms=minute * MINUTE + 1_000,
                    micro_celsius=micro,
                )
            )
    now_ms = START + minutes[-1] * MINUTE
    for at in range(0, len(facts), 400):
        deliver(pipeline, POINT, facts[at : at + 400], mark_ms=now_ms, sent_ms=now_ms)
    return now_ms


def due(store: MemoryStore, now_ms: int, rule: str) -> list[Condition]:
    with store.reading() as session:
        return [one for one in conditions(session, now_ms) if one.rule == rule and one.due_ms <= now_ms]


def standing(store: MemoryStore, now_ms: int) -> PlaceStanding:
    with store.reading() as session:
        place = session.records.place(PLACE)
        assert place is not None
        inside = Inside(certain=1, possible=0, held=0)
        facts = place_facts(session, registered(session), place, profile_of(session, PLACE), inside, now_ms)
        return place_standing(facts)


def test_a_probe_that_answers_its_power_on_value_is_faulty_on_every_screen(store: MemoryStore) -> None:
    pipeline = centre(store)
    now_ms = measured(pipeline, lambda minute: 85_000_000 if minute >= 55 else 4_000_000, range(60))
    shown = standing(store, now_ms)
    assert shown.state is PlaceState.SENSOR_FAULT
    assert {(one.state, one.micro_celsius) for one in shown.probes} == {(PlaceState.SENSOR_FAULT, None)}
    assert due(store, now_ms, "A04") == []


def test_screens_show_the_corrected_value_that_is_judged(store: MemoryStore) -> None:
    now_ms = measured(centre(store, 1_500_000), lambda _: 5_000_000, range(60))
    shown = standing(store, now_ms)
    assert shown.state is PlaceState.TOO_WARM
    assert {one.micro_celsius for one in shown.probes} == {6_510_000}


@pytest.mark.parametrize("reads_on", [False, True], ids=["at once", "reading on"])
@pytest.mark.parametrize(("raw", "offset", "close"), [(5_600_000, -1_500_000, False), (4_200_000, 1_500_000, True)])
def test_close_to_a_limit_is_what_is_so_when_corrected(
    store: MemoryStore, reads_on: bool, raw: int, offset: int, close: bool
) -> None:
    pipeline = centre(store, offset)
    if reads_on:
        due(store, measured(pipeline, lambda _: raw, range(30)), "A04")
    rest = range(30, 60) if reads_on else range(60)
    found = due(store, measured(pipeline, lambda _: raw, rest, 1 + 2 * rest[0]), "A04")
    assert bool(found) is close
    assert {one.values["micro_celsius"] for one in found} <= {raw + offset + 10_000}


def test_a_vaccine_freezes_when_its_corrected_reading_does(store: MemoryStore) -> None:
    now_ms = measured(centre(store, -500_000, "who-vaccine", 1), lambda _: -100_000, range(90))
    assert {one.values["what"] for one in due(store, now_ms, "A48")} == {"freeze"}


def test_the_kinetic_mean_is_of_corrected_readings_and_of_no_power_on_value(store: MemoryStore) -> None:
    pipeline = centre(store, 1_500_000, "cct", 1)
    now_ms = measured(pipeline, lambda minute: 85_000_000 if minute == 700 else 7_000_000, range(24 * 60 + 1))
    found = due(store, now_ms, "A47")
    assert {one.subject for one in found} == {LOAD, AIR}
    assert {one.values["peak_micro_celsius"] for one in found} == {8_510_000}


def test_one_power_on_value_makes_no_kinetic_mean(store: MemoryStore) -> None:
    pipeline = centre(store, 0, "cct", 1)
    now_ms = measured(pipeline, lambda minute: 85_000_000 if minute == 700 else 5_000_000, range(24 * 60 + 1))
    assert due(store, now_ms, "A47") == []


def test_what_a_probe_measures_in_a_hand_is_in_no_curve(store: MemoryStore) -> None:
    pipeline = centre(store, 0, "who-vaccine", 1)
    for probe in (LOAD, AIR):
        word = SayWork(
            kind=WorkKind.UNDER_CHECK,
            place=PLACE,
            at_ms=START,
            begins=True,
            reason="ice bath",
            name="Li",
            post="tech",
            probe=probe,
            until_ms=START + DAY,
            counted_empty=False,
            actor="li",
        )
        pipeline.record(word, START)
    now_ms = measured(pipeline, lambda _: -1_000_000, range(90))
    assert due(store, now_ms, "A48") == []
    with store.reading() as session:
        assert held_reading(session, LOAD, now_ms, 300_000) is not None
        no_part = Counted(gaps=[(START, START + DAY)])
        assert held_reading(session, LOAD, now_ms, 300_000, no_part.spoken) is None
        corrected = Counted(applied=(Applied(from_ms=START, offset_micro_celsius=7),))
        held = held_reading(session, LOAD, now_ms, 300_000, corrected.spoken)
    assert held is not None
    assert held[0] == -1_000_000 + 10_000 * (89 % 2) + 7


def test_no_power_on_value_is_held(store: MemoryStore) -> None:
    now_ms = measured(centre(store), lambda _: POWER_ON_MICRO_CELSIUS, range(3))
    with store.reading() as session:
        assert held_reading(session, LOAD, now_ms, 300_000) is None


@example(values=[4_000_000], cuts=[0, 1], edges=(2, 3), offset=0, hold_ms=MINUTE)  # it held out of what does not count
@settings(max_examples=60)
@given(
    values=st.lists(st.sampled_from([4_000_000, 5_000_000, POWER_ON_MICRO_CELSIUS]), min_size=1, max_size=60),
    cuts=st.lists(st.integers(0, 70 * MINUTE), max_size=6, unique=True),
    edges=st.tuples(st.integers(0, 70 * MINUTE), st.integers(0, 70 * MINUTE)),
    offset=st.integers(-9, 9),
    hold_ms=st.sampled_from([MINUTE, 300_000, 1_200_000]),
)
def test_a_counted_tally_is_the_sum_over_the_readings_that_count(
    values: list[int], cuts: list[int], edges: tuple[int, int], offset: int, hold_ms: int
) -> None:
    marks = [START + at for at in sorted(cuts)]
    gaps = list(zip(marks[::2], marks[1::2], strict=False))
    counted = Counted(gaps=gaps, applied=(Applied(from_ms=START, offset_micro_celsius=offset),))
    store = MemoryStore()
    pipeline = centre(store)
    measured(pipeline, lambda minute: values[minute], range(len(values)))
    from_ms, to_ms = (START + edge for edge in sorted(edges))
    with store.reading() as session:
        found = counted_tally(session.readings, LOAD, from_ms, to_ms, hold_ms, counted)
        history = counted.measured(lambda begin, end: session.readings.history(LOAD, begin, end))
        every = history(from_ms - hold_ms, to_ms)
    assert set(found.values.tolist()) <= set(np.unique(every.micro_celsius).tolist())
    if not gaps:
        expected = tally_history(every, from_ms, to_ms, hold_ms)
        assert (found.values.tolist(), found.held_ms.tolist()) == (expected.values.tolist(), expected.held_ms.tolist())

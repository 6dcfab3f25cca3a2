"""Findings, exposures and holds are judged on corrected values; a calibration that comes late amends them."""

import random
from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.intake import END, HOUR, START, a_day, people, pipeline_on, send, setup, verdicts
from support.memory_store import MemoryStore

from coldchain.calibration import RecordCalibration
from coldchain.facts import Fact, Quality, Sample
from coldchain.places import Probe
from coldchain.ports import Session, Store
from coldchain.register import CalibrationPoint, Certificate, RecordCertificate
from coldchain.units import Exposure, Finding, FindingKind, FindingStatus, PersonFact
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


def centre(store: Store) -> Pipeline:
    """Return a centre whose probes have serial numbers and certificates."""
    pipeline = Pipeline(store, Counters())
    things = [msgspec.structs.replace(one, serial=f"s-{one.id}") if isinstance(one, Probe) else one for one in setup()]
    pipeline.set_up(things, START - HOUR)
    for probe in (LOAD, AIR):
        pipeline.record(RecordCertificate(certificate=certificate(f"s-{probe}"), actor="li"), END)
    return pipeline


def certificate(serial: str) -> Certificate:
    return Certificate(
        serial=serial,
        number="C-77",
        lab="CNAS L0000",
        calibrated_ms=START - HOUR,
        due_ms=END,
        points=(CalibrationPoint(at_micro_celsius=4_000_000, as_found_micro_celsius=120_000),),
        tolerance_micro_celsius=500_000,
        name="李明",
        post="设备管理",
    )


def calibration(offset: int, from_ms: int = START, probe: str = LOAD, **changed: Any) -> RecordCalibration:
    fact = RecordCalibration(
        serial=f"s-{probe}",
        from_ms=from_ms,
        offset_micro_celsius=offset,
        certificate="C-77",
        name="李明",
        post="设备管理",
        at_ms=END,
        actor="li",
    )
    return msgspec.structs.replace(fact, **changed)


def minutes(*micro: int, probe: str = LOAD, first_seq: int = 1) -> list[Fact]:
    return [
        Sample(
            seq=first_seq + i,
            origin=probe,
            taken_ms=START + i * MINUTE,
            boottime_ms=i * MINUTE,
            micro_celsius=value,
            quality=Quality.GOOD,
        )
        for i, value in enumerate(micro)
    ]


def excursions(store: Store, status: FindingStatus | None = None) -> list[Finding]:
    with store.reading() as session:
        found = session.records.findings(probe=LOAD, status=status)
    return [one for one in found if one.kind is FindingKind.EXCURSION]


def outside(session: Session) -> list[Exposure]:
    """Return the exposures of a unit to what was too warm; the air probe of these tests is silent."""
    return [one for one in session.records.exposures_of_unit("u-4") if one.out_ms_max]


def held(store: Store) -> dict[str, bool]:
    with store.reading() as session:
        return {hold.unit: hold.basis_stands for hold in session.records.holds()}


def test_a_probe_that_reads_too_low_does_not_let_warm_blood_pass(store: Store) -> None:
    pipeline = centre(store)
    for fact in people():
        pipeline.record(fact, END)
    pipeline.record(calibration(300_000), END)
    send(pipeline, minutes(*[4_000_000] * 90, *[5_900_000] * 10, *[4_000_000] * 10))
    (finding,) = excursions(store)
    assert finding.peak_micro_celsius == 6_200_000
    (named,) = finding.calibrations
    assert (named.serial, named.certificate, named.version) == (f"s-{LOAD}", "C-77", 1)
    assert "u-4" in held(store)
    with store.reading() as session:
        assert max(session.readings.history(LOAD, START, END).micro_celsius.tolist()) == 5_900_000, "raw stays"
        (exposure,) = outside(session)
    assert exposure.peak_micro_celsius == 6_200_000
    assert exposure.out_ms_max == 10 * MINUTE


def test_a_calibration_of_the_past_amends_what_was_found_and_only_in_its_span(store: Store) -> None:
    pipeline = centre(store)
    warm = [4_000_000] * 10 + [5_900_000] * 10
    send(pipeline, minutes(*warm, *warm, *warm, 4_000_000))
    assert excursions(store) == []
    pipeline.record(calibration(300_000, START + 15 * MINUTE), END)
    pipeline.record(calibration(0, START + 45 * MINUTE), END)
    first, second = excursions(store, FindingStatus.CLOSED)
    assert (first.start_ms, first.end_ms) == (START + 15 * MINUTE, START + 20 * MINUTE)
    assert (second.start_ms, second.end_ms) == (START + 30 * MINUTE, START + 40 * MINUTE)
    assert [one.status for one in excursions(store)].count(FindingStatus.WITHDRAWN) == 1
    before = {one.id: one.version for one in excursions(store)}
    pipeline.record(calibration(400_000, START + 15 * MINUTE), END)
    after = {one.id: one for one in excursions(store)}
    assert after[first.id].version == before[first.id] + 1
    assert [one.version for one in after[first.id].calibrations] == [2]
    assert after[first.id].peak_micro_celsius == 6_300_000
    pipeline.record(calibration(0, START + 15 * MINUTE), END)
    assert excursions(store, FindingStatus.CLOSED) == []


def test_near_a_limit_a_finding_is_possible_or_certain_as_the_uncertainty_says(store: Store) -> None:
    pipeline = centre(store)
    for fact in people():
        pipeline.record(fact, END)
    pipeline.record(calibration(0, uncertainty_micro_celsius=200_000), END)
    send(pipeline, minutes(*[4_000_000] * 90, *[6_100_000] * 10, *[5_900_000] * 2, *[4_000_000] * 10))
    (possible,) = excursions(store)
    assert (possible.certain, possible.out_ms, possible.out_ms_least) == (False, 10 * MINUTE, 0)
    with store.reading() as session:
        (exposure,) = outside(session)
    assert (exposure.outside_certain, exposure.out_ms_min, exposure.out_ms_max) == (False, 0, 10 * MINUTE)
    pipeline.record(calibration(0, uncertainty_micro_celsius=99_999), END)
    (certain,) = excursions(store)
    assert (certain.certain, certain.out_ms_least) == (True, 10 * MINUTE)
    with store.reading() as session:
        (exposure,) = outside(session)
    assert exposure.outside_certain


SAYINGS = {
    "before": calibration(0, START - 1, uncertainty_micro_celsius=300_000),
    "amid": calibration(0, START + 5 * HOUR, uncertainty_micro_celsius=0),
    "lately": calibration(0, START + 5 * HOUR + 57 * MINUTE, uncertainty_micro_celsius=0),
    "after": calibration(0, START + 8 * HOUR + 10 * MINUTE, uncertainty_micro_celsius=0),
}


def in_order(order: Sequence[str], values: list[int]) -> list[Finding]:
    """Return the excursions of a probe where readings and calibrations come in an order, with no identity."""
    store = MemoryStore()
    pipeline = centre(store)
    for what in order:
        if what in SAYINGS:
            pipeline.record(SAYINGS[what], END)
        else:
            facts = minutes(*values)
            for at in range(0, len(facts), 300):
                send(pipeline, facts[at : at + 300])
    return [msgspec.structs.replace(one, id="", version=0) for one in excursions(store, FindingStatus.CLOSED)]


@pytest.mark.parametrize("changes", ["amid", "after"])
def test_a_calibration_that_ends_amid_a_run_is_named_and_reckoned_in_whatever_order_it_came(changes: str) -> None:
    values = [*[4_000_000] * 120, *[6_100_000] * 360, *[5_900_000] * 150, *[4_000_000] * 120]
    orders = list(permutations(("before", changes, "readings")))
    found = [in_order(order, values) for order in orders]
    (one,) = found[0]
    assert len(one.calibrations) == (2 if changes == "amid" else 1)
    assert one.out_ms_least != one.out_ms
    assert all(other == found[0] for other in found)


def test_what_a_calibration_makes_uncertain_amid_a_run_is_only_possible_whenever_it_came() -> None:
    values = [*[4_000_000] * 120, *[6_100_000] * 241, *[4_000_000] * 60]
    found = [in_order(order, values) for order in permutations(("before", "lately", "readings"))]
    (one,) = found[0]
    assert (one.certain, one.out_ms, one.out_ms_least) == (False, 241 * MINUTE, 4 * MINUTE)
    assert all(other == found[0] for other in found)


def words() -> list[PersonFact]:
    """Return calibrations of one day, one of them said anew."""
    return [
        calibration(250_000, START + 3 * HOUR),
        calibration(-150_000, START + 9 * HOUR, uncertainty_micro_celsius=100_000),
        calibration(500_000, START + 14 * HOUR, AIR),
        calibration(100_000, START + 14 * HOUR, AIR),
        calibration(0, START + 20 * HOUR),
    ]


def of_a_day(day: int, chance: random.Random | None, store: Store) -> Any:
    """Return the verdicts of a day with calibrations: in order, or in pieces as chance has it."""
    pipeline = centre(store)
    facts, said = a_day(day), [*people(), *words()]
    batches = [facts[i : i + 200] for i in range(0, len(facts), 200)]
    told = sorted(chance.randrange(len(batches) + 1) for _ in said) if chance else [0] * len(said)
    if chance:
        batches += chance.sample(batches, k=2)
        chance.shuffle(batches)
    missing = {fact.seq: fact.taken_ms for fact in facts}
    for number, batch in enumerate(batches):
        while told and told[0] <= number:
            told.pop(0)
            pipeline.record(said.pop(0), END)
        for fact in batch:
            missing.pop(fact.seq, None)
        send(pipeline, batch, mark_ms=min(missing.values(), default=None))
    for word in said:
        pipeline.record(word, END)
    return verdicts(store)


@settings(max_examples=25)
@given(st.integers(0, 3), st.integers(0, 10**9))
def test_calibrations_come_whenever_they_do_and_the_verdicts_are_equal(day: int, seed: int) -> None:
    assert of_a_day(day, random.Random(seed), MemoryStore()) == of_a_day(day, None, MemoryStore())


def test_the_calibrations_of_that_day_change_what_is_found() -> None:
    raw = MemoryStore()
    pipeline = pipeline_on(raw)
    for fact in people():
        pipeline.record(fact, END)
    send(pipeline, a_day(0))
    assert of_a_day(0, None, MemoryStore()) != verdicts(raw)

"""Rules beside the fold through the pipeline: found at full hours, amended by what comes late, equal in any order."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.histories import cn_rbc_toml
from support.intake import END, PLACE, START, a_day, people, sample, send, setup, verdicts
from support.memory_store import MemoryStore

from coldchain.calibration import RecordCalibration
from coldchain.facts import Fact
from coldchain.places import Place, Probe
from coldchain.ports import Store
from coldchain.register import CalibrationPoint, Certificate, RecordCertificate
from coldchain.units import Finding, FindingStatus
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from rules.profile import profile_record
from stores.sqlite import open_store

MINUTE = 60_000
LOAD, AIR = "fridge-1-load", "fridge-1-air"
TOML = Path("rules/profiles/cn-rbc-3.toml").read_text(encoding="utf-8")
CUMULATIVE = '\n[cumulative]\noutside_min = 20\nwithin_hours = 6\nsource = "a test"\nevidence = "PROP"\n'


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store = MemoryStore() if request.param == "memory" else open_store(tmp_path / "hot.sqlite")
    yield opened
    opened.close()


def centre(store: Store) -> Pipeline:
    """Return a centre whose fridge keeps red cells version 3, with a budget of 20 min in 6 h."""
    pipeline = Pipeline(store, Counters())
    things: list[Any] = [profile_record(cn_rbc_toml()), profile_record((TOML + CUMULATIVE).encode())]
    for one in setup()[1:]:
        match one:
            case Place():
                things.append(msgspec.structs.replace(one, profile_version=3))
            case Probe():
                things.append(msgspec.structs.replace(one, since_ms=START))
            case _:
                things.append(one)
    pipeline.set_up(things, START)
    return pipeline


def series(*micro: int, probe: str = LOAD, first_seq: int = 1, step_ms: int = MINUTE) -> list[Fact]:
    return [sample(first_seq + i, START + i * step_ms, value, probe) for i, value in enumerate(micro)]


def slow(store: Store) -> list[Finding]:
    with store.reading() as session:
        found = session.records.findings(place=PLACE)
    return [one for one in found if one.detail and one.status is not FindingStatus.WITHDRAWN]


def wavering(count: int) -> list[int]:
    """Return calm readings that are never the same twice in a row."""
    return [4_000_000 + (i % 2) * 100_000 for i in range(count)]


def calibrated_centre(store: Store, uncertainty: int) -> Pipeline:
    pipeline = centre(store)
    load = next(one for one in setup() if isinstance(one, Probe) and one.id == LOAD)
    pipeline.set_up([msgspec.structs.replace(load, since_ms=START, serial="s-1")], START)
    paper = Certificate(
        serial="s-1",
        number="C-1",
        lab="CNAS L0000",
        calibrated_ms=START,
        due_ms=END,
        points=(CalibrationPoint(at_micro_celsius=4_000_000, as_found_micro_celsius=0),),
        tolerance_micro_celsius=500_000,
        name="Li",
        post="tech",
    )
    pipeline.record(RecordCertificate(certificate=paper, actor="li"), START)
    said = RecordCalibration(
        serial="s-1",
        from_ms=START - 1,
        offset_micro_celsius=0,
        uncertainty_micro_celsius=uncertainty,
        certificate="C-1",
        name="Li",
        post="tech",
        at_ms=START,
        actor="li",
    )
    pipeline.record(said, START)
    return pipeline


@pytest.mark.parametrize(
    ("uncertainty", "certain", "least_min"), [(300_000, False, 4), (99_999, True, 24), (0, True, 24)]
)
def test_time_that_adds_up_says_what_of_it_is_certain(
    store: Store, uncertainty: int, certain: bool, least_min: int
) -> None:
    pipeline = calibrated_centre(store, uncertainty)
    warm = [*wavering(26), *[6_100_000] * 4]
    sure = [*wavering(26), *[6_500_000] * 4]
    send(pipeline, series(*[*wavering(20), *warm * 2, *sure, *warm * 3, *wavering(100)]))
    (one,) = slow(store)
    assert (one.rule, one.out_ms, one.certain, one.out_ms_least) == ("A27", 24 * MINUTE, certain, least_min * MINUTE)


def test_short_runs_that_add_up_hold_the_bags_that_were_there(store: Store) -> None:
    pipeline = centre(store)
    for fact in people():
        pipeline.record(fact, END)
    warm = [*wavering(26), *[6_500_000] * 4]
    values = [*wavering(90), *warm * 6, *wavering(60)]
    send(pipeline, series(*values))
    (found,) = [one for one in slow(store) if one.detail == "cumulative"]
    assert (found.rule, found.probe, found.holds) == ("A27", LOAD, True)
    assert (found.start_ms, found.end_ms) == (START + 116 * MINUTE, START + 270 * MINUTE)
    assert found.condition_ms == START + 240 * MINUTE
    assert (found.out_ms, found.samples_out) == (24 * MINUTE, 6)
    with store.reading() as session:
        exposures = session.records.exposures_of_finding(found.id)
        held = {hold.unit for hold in session.records.holds() if hold.finding == found.id}
    assert {one.unit: one.out_ms_max for one in exposures}["u-4"] == 24 * MINUTE
    assert "u-4" in held


def test_one_reading_that_comes_late_amends_what_added_up(store: Store) -> None:
    pipeline = centre(store)
    warm = [*wavering(26), *[6_500_000] * 4]
    facts = series(*wavering(90), *warm * 6, *wavering(60))
    send(pipeline, facts[:200], mark_ms=START + 200 * MINUTE)
    send(pipeline, facts[245:], mark_ms=START + 200 * MINUTE)
    assert slow(store) == []
    send(pipeline, facts[200:245])
    (found,) = slow(store)
    assert found.detail == "cumulative"
    assert found.out_ms == 24 * MINUTE


def test_data_so_sparse_that_nobody_knows_most_of_the_day_is_said_and_holds_nothing(store: Store) -> None:
    pipeline = centre(store)
    send(pipeline, series(*wavering(7), step_ms=239 * MINUTE))
    (found,) = slow(store)
    assert (found.rule, found.detail, found.holds) == ("A05", "sparse", False)
    with store.reading() as session:
        assert [one for one in session.records.holds() if one.finding == found.id] == []


def test_a_stuck_probe_is_said_and_its_excursion_is_not_hidden(store: Store) -> None:
    pipeline = centre(store)
    facts = series(*wavering(60), *[6_500_000] * 60 * 8, *wavering(70))
    send(pipeline, facts[:300])
    send(pipeline, facts[300:])
    (stuck,) = [one for one in slow(store) if one.detail == "stuck"]
    assert (stuck.detail, stuck.rule, stuck.holds) == ("stuck", "A30", False)
    with store.reading() as session:
        rules = {one.rule for one in session.records.findings(probe=LOAD)}
    assert {"A01", "A27", "A30"} <= rules


def test_two_probes_that_disagree_are_one_finding_of_the_one_that_is_believed_less(store: Store) -> None:
    pipeline = centre(store)
    apart = [*wavering(30), *[value + 1_800_000 for value in wavering(60)], *wavering(60)]
    send(pipeline, series(*apart, probe=AIR), mark_ms=START)
    assert slow(store) == []
    send(pipeline, series(*wavering(150), first_seq=200))
    (found,) = slow(store)
    assert (found.detail, found.probe) == (f"siblings:{LOAD}", AIR)
    assert (found.start_ms, found.end_ms) == (START + 30 * MINUTE, START + 90 * MINUTE)


def of_a_day(day: int, chance: random.Random | None, store: Store) -> Any:
    pipeline = centre(store)
    for word in people():
        pipeline.record(word, END)
    facts = a_day(day, step_ms=240_000)
    batches: list[list[Fact]] = []
    at = 0
    while at < len(facts):
        size = chance.choice([1, 20, 150]) if chance else 150
        batches.append(facts[at : at + size])
        at += size
    if chance:
        batches += chance.sample(batches, k=2)
        chance.shuffle(batches)
    missing = {fact.seq: fact.taken_ms for fact in facts}
    for batch in batches:
        for fact in batch:
            missing.pop(fact.seq, None)
        send(pipeline, batch, mark_ms=min(missing.values(), default=None))
    send(pipeline, [])
    return verdicts(store)


def test_the_days_have_something_to_find() -> None:
    found = {one.detail for day in range(4) for one in of_a_day(day, None, MemoryStore())[0]}
    assert {"cumulative", "sparse", f"siblings:{LOAD}", ""} <= found


@settings(max_examples=30)
@given(st.integers(0, 3), st.integers(0, 10**9))
def test_any_order_gives_equal_findings_of_the_slow_rules(day: int, seed: int) -> None:
    assert of_a_day(day, random.Random(seed), MemoryStore()) == of_a_day(day, None, MemoryStore())

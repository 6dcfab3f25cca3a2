"""Two probes of a fridge: while one is blind the other decides, and only time that none of them measured holds bags."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from support.intake import END, HOUR, PLACE, START, people, sample, send, setup
from support.memory_store import MemoryStore

from coldchain.facts import Fact
from coldchain.places import Probe
from coldchain.ports import Store
from coldchain.units import Exposure, FindingKind, FindingStatus
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

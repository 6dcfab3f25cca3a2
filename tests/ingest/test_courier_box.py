"""A courier's box comes home late: its record finds its bags wherever they are, and nothing else (cases 10 and 11)."""

import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from support.intake import HOUR, START, presence, sample, verdicts
from support.memory_store import MemoryStore
from support.storage_point import BOX, POINT, bags, deliver, numbered, point_on, said

from coldchain.facts import EventKind, Fact
from coldchain.ports import Store
from coldchain.units import Direction, Exposure, Finding, FindingKind, FindingStatus, IssueUnit, PackBox, PlaceUnit
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from stores.sqlite import open_store

MINUTE = 60_000
PACKED = START + 2 * HOUR
WARM = PACKED + 70 * MINUTE  # on the road, with a lid that does not close well
HOME = PACKED + 2 * HOUR  # and it stands on the counter until somebody cools it
COOL = HOME + 30 * MINUTE
SHELVED = HOME + 10 * MINUTE  # two bags are put into fridge 2
ISSUED = HOME + 20 * MINUTE  # one goes to a patient, straight out of the box
READ_OUT = HOME + HOUR
PACKED_UNITS = tuple(f"u-{number}" for number in range(1, 9))
IN_FRIDGE_2 = ("u-20", "u-21")


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store = MemoryStore() if request.param == "memory" else open_store(tmp_path / "hot.sqlite")
    yield opened
    opened.close()


def trip(until_ms: int = READ_OUT) -> list[Fact]:
    """Return what the box keeps in its memory: two probes each minute, its lid, its way and its battery."""
    facts: list[Fact] = []
    for at_ms in range(PACKED - 30 * MINUTE, until_ms, MINUTE):
        value = 11_200_000 if WARM <= at_ms < COOL else 4_100_000
        facts += [sample(0, at_ms, value, "box-1-load"), sample(0, at_ms, value - 300_000, "box-1-air")]
    for at_ms in range(PACKED, HOME, 5 * MINUTE):
        facts.append(said(0, BOX, EventKind.POSITION, at_ms, latitude_e7=289_400_000, longitude_e7=1_188_700_000))
    facts.append(said(0, BOX, EventKind.BATTERY, PACKED, percent=64))
    facts += [said(0, "box-1-lid", EventKind.DOOR_OPENED, at_ms) for at_ms in (PACKED - 9 * MINUTE, SHELVED)]
    facts += [said(0, "box-1-lid", EventKind.DOOR_CLOSED, at_ms) for at_ms in (PACKED, SHELVED + 40_000)]
    return numbered(facts)


def until_home(store: Store) -> Pipeline:
    """Let all happen that the centre learns while the box is silent: what it said before it left, and then the rest."""
    pipeline = point_on(store, ("fridge-2", BOX))
    for fact in [*bags(8), *bags(2, first=20)]:
        pipeline.record(fact, PACKED)
    for unit in IN_FRIDGE_2:
        pipeline.record(PlaceUnit(unit=unit, place="fridge-2", at_ms=START, actor="tech"), PACKED)
    shelf = [(20, START + MINUTE), (21, START + MINUTE), (1, SHELVED + 40_000), (2, SHELVED + 40_000)]
    times = range(START, READ_OUT, MINUTE)
    calm = [sample(0, ms, 4_000_000, f"fridge-2-{role}") for ms in times for role in ("load", "air")]
    heard = [presence(0, EventKind.ARRIVED, number, at_ms - 40_000, at_ms) for number, at_ms in shelf]
    heard = [msgspec.structs.replace(event, origin="fridge-2-reader") for event in heard]
    facts = numbered([*calm, *heard])
    for start in range(0, len(facts), 500):
        mark_ms = facts[start + 500].taken_ms if start + 500 < len(facts) else None
        deliver(pipeline, POINT, facts[start : start + 500], mark_ms=mark_ms, sent_ms=READ_OUT)
    listed = PackBox(
        manifest="list-1", box=BOX, units=PACKED_UNITS, at_ms=PACKED, destination="storage-1", actor="courier"
    )
    pipeline.record(listed, READ_OUT)
    pipeline.record(IssueUnit(unit="u-3", to="病房 3", at_ms=ISSUED, actor="tech"), READ_OUT)
    deliver(pipeline, BOX, [fact for fact in trip() if fact.taken_ms < PACKED], sent_ms=PACKED)
    return pipeline


def batches() -> list[list[Fact]]:
    """Return the record in two batches, cut in the middle of the warm time."""
    memory = [fact for fact in trip() if fact.taken_ms >= PACKED]
    cut = next(number for number, fact in enumerate(memory) if fact.taken_ms >= WARM + 20 * MINUTE)
    return [memory[:cut], memory[cut:]]


def found(store: Store) -> list[Finding]:
    with store.reading() as session:
        return [f for f in session.records.findings() if f.status is not FindingStatus.WITHDRAWN]


def exposures(store: Store, finding: Finding) -> dict[str, Exposure]:
    with store.reading() as session:
        return {e.unit: e for e in session.records.exposures_of_finding(finding.id) if not e.withdrawn}


def out_of_limits(from_ms: int, to_ms: int) -> int:
    """Count the time outside by walking through the readings; shares nothing with the rules."""
    readings = [(f.taken_ms, f.micro_celsius) for f in trip() if f.origin == "box-1-load"]  # type: ignore[union-attr]
    total = 0
    for (begin, value), (end, _) in pairwise(readings):
        if value is not None and not 2_000_000 <= value <= 10_000_000:
            total += max(0, min(end, to_ms) - max(begin, from_ms))
    return total


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0, 1), (1, 1, 0, 0)], ids=str)
def test_a_late_record_finds_its_bags_wherever_they_are_and_touches_nothing_else(
    store: Store, order: tuple[int, ...]
) -> None:
    pipeline = until_home(store)
    parts = batches()
    missing = {0, 1}
    acked = []
    for number in order:
        missing.discard(number)
        mark_ms = min((parts[n][0].taken_ms for n in missing), default=None)
        acked += deliver(pipeline, BOX, parts[number], mark_ms=mark_ms, sent_ms=READ_OUT + HOUR)
    assert acked[-1].contiguous_seq == trip()[-1].seq
    load = [finding for finding in found(store) if finding.probe == "box-1-load"]
    assert {finding.probe for finding in found(store)} == {"box-1-load", "box-1-air"}
    (finding,) = load
    assert (finding.kind, finding.rule, finding.place) == (FindingKind.EXCURSION, "A03", BOX)
    assert (finding.direction, finding.peak_micro_celsius) == (Direction.TOO_WARM, 11_200_000)
    assert (finding.start_ms, finding.condition_ms, finding.end_ms) == (WARM, WARM + 10 * MINUTE, COOL)
    shown = exposures(store, finding)
    assert set(shown) == set(PACKED_UNITS)
    for unit, exposure in shown.items():
        least, most = {"u-1": (SHELVED, SHELVED + 40_000), "u-2": (SHELVED, SHELVED + 40_000)}.get(unit, (COOL, COOL))
        least, most = (ISSUED, ISSUED) if unit == "u-3" else (least, most)
        assert exposure.certain
        assert (exposure.out_ms_min, exposure.out_ms_max) == (
            out_of_limits(PACKED, least),
            out_of_limits(PACKED, most),
        )
    assert out_of_limits(PACKED, SHELVED) == 60 * MINUTE
    assert out_of_limits(PACKED, READ_OUT) == 80 * MINUTE
    with store.reading() as session:
        assert {hold.unit for hold in session.records.holds()} == set(PACKED_UNITS)
        assert all(hold.placed_ms == READ_OUT + HOUR for hold in session.records.holds())
        for unit in IN_FRIDGE_2:
            assert session.records.exposures_of_unit(unit) == ()
        assert [one.unit for one in session.records.issues_of_unit("u-3")] == ["u-3"]


def test_as_long_as_the_record_is_on_its_way_the_time_is_awaited_and_nothing_is_found(store: Store) -> None:
    pipeline = until_home(store)
    for at_ms in range(PACKED, PACKED + 4 * HOUR, 10 * MINUTE):
        assert pipeline.watch_gateways(at_ms, listening_ms=99 * HOUR) == []
    assert [finding.place for finding in found(store) if finding.place == BOX] == []
    with store.reading() as session:
        assert session.records.holds() == ()
        assert session.books.horizon(BOX) == PACKED, "what lies behind is awaited"


def test_a_box_that_stays_away_for_longer_than_is_tolerated_is_a_finding_until_its_record_comes(store: Store) -> None:
    pipeline = until_home(store)
    assert BOX not in pipeline.watch_gateways(PACKED + 23 * HOUR, listening_ms=99 * HOUR), "it has a memory"
    lost_ms = PACKED + 25 * HOUR
    assert BOX in pipeline.watch_gateways(lost_ms, listening_ms=99 * HOUR)
    with store.reading() as session:
        gap = {hold.unit for hold in session.records.holds()}
    assert gap == {*PACKED_UNITS, *IN_FRIDGE_2}, "by then the fridges' gateway is lost as well"
    assert {(f.kind, f.status) for f in found(store) if f.place == BOX} == {
        (FindingKind.UNMEASURED, FindingStatus.OPEN)
    }
    for part in batches():
        deliver(pipeline, BOX, part, mark_ms=None if part is batches()[1] else WARM, sent_ms=lost_ms + MINUTE)
    kinds = {(f.probe, f.kind) for f in found(store) if f.place == BOX}
    assert kinds == {("box-1-load", FindingKind.EXCURSION), ("box-1-air", FindingKind.EXCURSION)}
    with store.reading() as session:
        stands = {hold.basis_stands for hold in session.records.holds_of_unit("u-5")}
    assert stands == {True, False}, "the gap was taken back, and its holds stay and say so"


def test_what_a_box_says_of_itself_belongs_to_its_place_and_is_not_believed_of_anybody_else(store: Store) -> None:
    pipeline = until_home(store)
    (_, rest) = batches()
    deliver(pipeline, BOX, batches()[0], mark_ms=rest[0].taken_ms, sent_ms=READ_OUT)
    with store.reading() as session:
        last = session.records.last_event(BOX, READ_OUT, {EventKind.POSITION})
        battery = session.records.last_event(BOX, READ_OUT, {EventKind.BATTERY})
    assert last is not None
    assert battery is not None
    assert (last.place, last.details) == (BOX, {"latitude_e7": 289_400_000, "longitude_e7": 1_188_700_000})
    assert (battery.place, battery.details) == (BOX, {"percent": 64})
    wrong = [said(10_001, "box-1-lid", EventKind.BATTERY, READ_OUT, percent=1)]
    wrong.append(said(10_002, "box-1-lid", EventKind.MAINS_LOST, READ_OUT))
    deliver(pipeline, BOX, wrong, sent_ms=READ_OUT)
    with store.reading() as session:
        assert [item.reason for item in session.books.quarantined()] == ["unknown-device"] * 2


def test_any_cut_of_the_record_in_any_order_gives_the_same_verdict() -> None:
    memory = [fact for fact in trip() if fact.taken_ms >= PACKED]
    plain = MemoryStore()
    pipeline = until_home(plain)
    assert len(memory) <= 500
    deliver(pipeline, BOX, memory, sent_ms=READ_OUT)
    assert {f.probe for f in found(plain)} == {"box-1-load", "box-1-air"}
    for seed in range(12):
        chance = random.Random(seed)
        other = MemoryStore()
        pipeline = until_home(other)
        rest, parts = memory, []
        while rest:
            size = chance.choice([1, 9, 60, 200])
            parts.append(rest[:size])
            rest = rest[size:]
        chance.shuffle(parts)
        missing = {fact.seq: fact.taken_ms for fact in memory}
        for part in [*parts, *chance.sample(parts, k=min(3, len(parts)))]:
            for fact in part:
                missing.pop(fact.seq, None)
            if chance.random() < 0.2:
                pipeline = Pipeline(other, Counters())
            mark_ms = min(missing.values(), default=None)
            deliver(pipeline, BOX, part, mark_ms=mark_ms, sent_ms=READ_OUT)
        assert verdicts(other) == verdicts(plain)

"""Units too long on the road, or in a box beyond its qualified time, are on hold (A20) though nothing is said then."""

from itertools import permutations
from typing import Any

import msgspec
import pytest
from support.intake import END, HOUR, SITE, START, unit
from support.memory_store import MemoryStore
from support.storage_point import BOX, deliver, point_on, said

from coldchain.deciding import DecideUnit, DecisionKind
from coldchain.decisions import standing_holds
from coldchain.errors import ConflictError
from coldchain.evidence import present_evidence
from coldchain.facts import EventKind
from coldchain.places import Place, PlaceKind, Text
from coldchain.ports import Store
from coldchain.units import OF_BOX_TIME, OF_ROAD, Hold, PlaceUnit, RegisterUnit
from ingest.pipeline import Pipeline

CRATE = "crate-9"
SHELF = "shelf"


@pytest.fixture
def point(store: Store) -> Pipeline:
    return road_on(store)


def road_on(store: Store) -> Pipeline:
    pipeline = point_on(store)
    kinds = {CRATE: PlaceKind.CRATE, SHELF: PlaceKind.FRIDGE}
    name = Text(zh="箱", en="Place")
    made = [
        Place(id=one, site=SITE, name=name, profile="cn-rbc", profile_version=2, kind=kind)
        for one, kind in kinds.items()
    ]
    pipeline.set_up(made, START)
    bag = msgspec.structs.replace(unit("u-1", "0160726000001"), profile="cn-rbc", profile_version=2)
    pipeline.record(RegisterUnit(unit=bag, actor="tech"), START)
    return pipeline


def put(point: Pipeline, place: str | None, at_ms: int, now_ms: int) -> None:
    point.record(PlaceUnit(unit="u-1", place=place, at_ms=at_ms, actor="tech"), now_ms)


def held(store: Store, basis: str) -> list[Hold]:
    with store.reading() as session:
        return [one for one in session.records.holds_of_unit("u-1") if one.basis == basis]


def released(store: Store, point: Pipeline, hold: Hold) -> None:
    with store.reading() as session:
        known = session.records.unit("u-1")
        assert known is not None
        seen = present_evidence(session, known).version
    who: dict[str, Any] = {"name": "wang", "post": "quality", "reason": "looked at", "actor": "qa"}
    said: dict[str, Any] = {"decision": DecisionKind.RELEASE_HOLD, "evidence": seen, "at_ms": START + 25 * HOUR}
    two: dict[str, Any] = {"second_name": "li", "second_post": "qa"}
    point.record(DecideUnit(unit="u-1", holds=(hold.id,), **said, **who, **two), START + 25 * HOUR)


def qualified(point: Pipeline, seq: int, at_ms: int, until_ms: int, now_ms: int) -> None:
    word = said(seq, BOX, EventKind.BOX_READY, at_ms, until_ms=until_ms, qualified_min=(until_ms - at_ms) // 60_000)
    deliver(point, BOX, [word], mark_ms=at_ms, sent_ms=now_ms)


def test_a_day_on_the_road_is_within_and_a_millisecond_more_is_on_hold_though_nothing_is_said(
    store: Store, point: Pipeline
) -> None:
    put(point, CRATE, START, START)
    point.catch_up(START + 24 * HOUR)
    assert held(store, OF_ROAD) == []
    point.catch_up(START + 24 * HOUR + 1)
    (hold,) = held(store, OF_ROAD)
    assert (hold.certain, hold.basis_stands, hold.placed_ms) == (True, True, START + 24 * HOUR + 1)
    with store.reading() as session:
        last_seq = session.ledger.next_seq()
    point.catch_up(START + 25 * HOUR)
    with store.reading() as session:
        assert session.ledger.next_seq() == last_seq  # it is judged once
    with pytest.raises(ConflictError, match="still goes on"):
        released(store, point, hold)
    put(point, SHELF, START + 25 * HOUR, START + 25 * HOUR)
    (hold,) = standing_holds(held(store, OF_ROAD))
    assert (hold.basis_stands, hold.spent_ms) == (True, 25 * HOUR)
    released(store, point, hold)
    assert standing_holds(held(store, OF_ROAD)) == ()


@pytest.mark.parametrize("hours", [24, 25])
def test_two_crates_one_after_the_other_are_one_way_in_any_order(hours: int) -> None:
    words = [(CRATE, START), (BOX, START + 10 * HOUR), (SHELF, START + hours * HOUR)]
    for order in permutations(words):
        fresh = MemoryStore()
        point = road_on(fresh)
        for place, at_ms in order:
            put(point, place, at_ms, END)
        assert [one.spent_ms for one in held(fresh, OF_ROAD) if one.basis_stands] == [25 * HOUR] * (hours > 24)


def test_an_arrival_that_comes_late_takes_the_basis_and_leaves_the_hold(store: Store, point: Pipeline) -> None:
    put(point, CRATE, START, START)
    point.catch_up(START + 24 * HOUR + 1)
    put(point, SHELF, START + 3 * HOUR, START + 25 * HOUR)
    (hold,) = standing_holds(held(store, OF_ROAD))
    assert not hold.basis_stands


def test_in_a_box_at_the_end_of_its_qualified_time_it_is_on_hold(store: Store, point: Pipeline) -> None:
    until_ms = START + 6 * HOUR
    qualified(point, 1, START, until_ms, START)
    put(point, BOX, START + 1, START + 1)
    point.catch_up(until_ms - 1)
    assert held(store, OF_BOX_TIME) == []
    point.catch_up(until_ms)
    (hold,) = held(store, OF_BOX_TIME)
    assert (hold.certain, hold.placed_ms) == (True, until_ms)


def test_taken_out_in_time_nothing_holds_it(store: Store, point: Pipeline) -> None:
    qualified(point, 1, START, START + 6 * HOUR, START)
    put(point, BOX, START + 1, START + 1)
    put(point, SHELF, START + 6 * HOUR, START + 6 * HOUR)
    point.catch_up(START + 7 * HOUR)
    assert held(store, OF_BOX_TIME) == []


def test_a_word_of_the_box_that_comes_after_the_load_counts_the_same(store: Store, point: Pipeline) -> None:
    put(point, BOX, START + 1, START + 1)
    put(point, SHELF, START + 8 * HOUR, START + 8 * HOUR)
    qualified(point, 1, START, START + 6 * HOUR, START + 9 * HOUR)
    (hold,) = held(store, OF_BOX_TIME)
    assert (hold.basis_stands, hold.spent_ms) == (True, 2 * HOUR)
    qualified(point, 2, START + 5 * HOUR, START + 11 * HOUR, START + 10 * HOUR)  # packed again on the way
    (hold,) = standing_holds(held(store, OF_BOX_TIME))
    assert not hold.basis_stands

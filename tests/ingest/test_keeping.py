"""Units that were out too long and are back, or lie in a wrong place, are on hold; what only may be is not."""

from typing import Any

import msgspec
import pytest
from support.intake import END, HOUR, SITE, START, sample, send, unit
from support.lineage_story import act, output
from support.memory_store import MemoryStore
from support.storage_point import point_on

from coldchain.deciding import DecideUnit, DecisionKind
from coldchain.decisions import standing_holds
from coldchain.evidence import present_evidence
from coldchain.lineage import Act, DeclareError, ErrorOf, ErrorReason, Said
from coldchain.places import Place, PlaceKind, Text
from coldchain.profiles import ApproveProfile, KeepProfile, ProposeProfile
from coldchain.units import OF_OUTING, OF_PLACE, Hold, IssueUnit, PlaceUnit, RegisterUnit
from ingest.conditions_units import slow_conditions
from ingest.pipeline import Pipeline
from rules.alarm_nearest import takers

MINUTE = 60_000
OUT = START + 5 * HOUR
SHELVES = {
    "shelf": (PlaceKind.FRIDGE, "cn-rbc", 2),
    "shelf-2": (PlaceKind.FRIDGE, "cn-rbc", 2),
    "plates": (PlaceKind.AGITATOR, "cn-plt", 1),
}
OF_KEEPING = {OF_OUTING, OF_PLACE}


@pytest.fixture
def point(store: MemoryStore) -> Pipeline:
    pipeline = point_on(store)
    name = Text(zh="冰箱", en="Shelf")
    shelves = [
        Place(id=shelf, site=SITE, name=name, profile=profile, profile_version=version, kind=kind)
        for shelf, (kind, profile, version) in SHELVES.items()
    ]  # without readers, so that people's words are certain; without probes, so that nothing else holds
    pipeline.set_up(shelves, START)
    return pipeline


def bag(point: Pipeline, profile: str = "uk-rbc", version: int = 1) -> None:
    made = msgspec.structs.replace(unit("u-1", "0160726000001"), profile=profile, profile_version=version)
    point.record(RegisterUnit(unit=made, actor="tech"), END)


def put(point: Pipeline, place: str | None, at_ms: int) -> None:
    point.record(PlaceUnit(unit="u-1", place=place, at_ms=at_ms, actor="tech"), END)


def held(store: MemoryStore, name: str = "u-1") -> list[Hold]:
    with store.reading() as session:
        return [one for one in session.records.holds_of_unit(name) if one.basis in OF_KEEPING]


def out_for(point: Pipeline, ms: int, *, late: bool = False) -> None:
    words: list[tuple[str | None, int]] = [("shelf", START), (None, OUT), ("shelf-2", OUT + ms)]
    for place, at_ms in reversed(words) if late else words:
        put(point, place, at_ms)


@pytest.mark.parametrize("late", [False, True], ids=["in-order", "backwards"])
@pytest.mark.parametrize(("ms", "number"), [(30 * MINUTE, 0), (30 * MINUTE + 1, 1)])
def test_back_after_longer_than_allowed_is_on_hold(
    store: MemoryStore, point: Pipeline, ms: int, number: int, late: bool
) -> None:
    bag(point)
    out_for(point, ms, late=late)
    found = standing_holds(held(store))
    assert [(one.basis, one.certain, one.basis_stands) for one in found] == [(OF_OUTING, True, True)] * number


def test_while_it_is_out_nothing_is_held_and_an_issued_one_is_for_the_rule_of_returns(
    store: MemoryStore, point: Pipeline
) -> None:
    bag(point)
    put(point, "shelf", START)
    put(point, None, OUT)
    assert held(store) == []
    point.record(IssueUnit(unit="u-1", to="ward-3", at_ms=OUT, actor="tech"), END)
    put(point, "shelf", OUT + 2 * HOUR)
    assert held(store) == []


def test_red_cells_between_platelets_are_on_hold_and_stay_so_when_they_are_taken_out(
    store: MemoryStore, point: Pipeline
) -> None:
    bag(point, "cn-rbc", 2)
    put(point, "plates", OUT)
    put(point, "shelf", OUT + MINUTE)
    (hold,) = held(store)
    assert (hold.basis, hold.basis_stands, hold.lifted_by) == (OF_PLACE, True, "")


def test_a_slip_that_is_declared_takes_the_basis_and_leaves_the_hold_to_a_person(
    store: MemoryStore, point: Pipeline
) -> None:
    bag(point, "cn-rbc", 2)
    put(point, "shelf", START)
    put(point, "plates", OUT)
    slip: dict[str, Any] = {
        "reason": ErrorReason.DID_NOT_OCCUR,
        "note": "scanned twice",
        "at_ms": END,
        "name": "li",
        "post": "qa",
    }
    wrong = Said(unit="u-1", at_ms=OUT, object="plates")
    point.record(DeclareError(of=ErrorOf.PLACEMENT, wrong=wrong, instead=None, actor="qa", **slip), END)
    (hold,) = held(store)
    assert (hold.basis_stands, hold.lifted_by) == (False, "")


def test_the_same_story_again_places_nothing_twice(store: MemoryStore, point: Pipeline) -> None:
    bag(point)
    out_for(point, HOUR)
    out_for(point, HOUR)
    put(point, None, OUT + 3 * HOUR)
    put(point, "shelf", OUT + 5 * HOUR)
    assert len(held(store)) == 2


def released(store: MemoryStore, point: Pipeline, name: str = "u-1") -> None:
    with store.reading() as session:
        known = session.records.unit(name)
        assert known is not None
        seen = present_evidence(session, known).version
    said: dict[str, Any] = {"decision": DecisionKind.RELEASE_HOLD, "evidence": seen, "at_ms": END, "actor": "qa"}
    who: dict[str, Any] = {
        "name": "wang",
        "post": "quality",
        "reason": "looked at",
        "second_name": "li",
        "second_post": "qa",
    }
    holds = tuple(one.id for one in standing_holds(held(store, name)))
    point.record(DecideUnit(unit=name, holds=holds, **said, **who), END)
    assert standing_holds(held(store, name)) == ()


def not_put(point: Pipeline, place: str, at_ms: int) -> None:
    who: dict[str, Any] = {"note": "scanned twice", "at_ms": END, "name": "li", "post": "qa", "actor": "qa"}
    wrong = Said(unit="u-1", at_ms=at_ms, object=place)
    of = {"of": ErrorOf.PLACEMENT, "reason": ErrorReason.DID_NOT_OCCUR}
    point.record(DeclareError(**of, wrong=wrong, instead=None, **who), END)  # type: ignore[arg-type]


def test_a_release_does_not_cover_hours_that_nobody_knew_of(store: MemoryStore, point: Pipeline) -> None:
    bag(point)
    out_for(point, 31 * MINUTE)
    released(store, point)
    put(point, "shelf-2", OUT + 10 * HOUR)
    assert standing_holds(held(store)) == ()  # what was signed is as it was
    not_put(point, "shelf-2", OUT + 31 * MINUTE)
    (hold,) = standing_holds(held(store))
    assert (hold.basis, hold.spent_ms) == (OF_OUTING, 10 * HOUR)
    released(store, point)
    put(point, "shelf", OUT + 11 * HOUR)
    assert standing_holds(held(store)) == ()


def test_what_was_made_of_it_is_on_hold_again_too(store: MemoryStore, point: Pipeline) -> None:
    bag(point)
    out_for(point, 31 * MINUTE)
    made = act("a-1", Act.DIVIDE_ALIQUOT, ["u-1"], [output("part", "E4")], OUT + 20 * HOUR)
    point.record(msgspec.structs.replace(made, kept=("u-1",)), END)
    for name in ("part", "u-1"):
        released(store, point, name)
    put(point, "shelf-2", OUT + 10 * HOUR)
    assert standing_holds(held(store, "part")) == ()
    not_put(point, "shelf-2", OUT + 31 * MINUTE)
    (hold,) = standing_holds(held(store, "part"))
    assert (hold.via, hold.spent_ms) == ("u-1", 10 * HOUR)
    released(store, point, "part")


def test_a_minute_between_platelets_that_becomes_a_day_is_on_hold_again(store: MemoryStore, point: Pipeline) -> None:
    bag(point, "cn-rbc", 2)
    put(point, "plates", OUT)
    put(point, "shelf", OUT + MINUTE)
    released(store, point)
    put(point, "shelf", OUT + 10 * HOUR)
    not_put(point, "shelf", OUT + MINUTE)
    (hold,) = standing_holds(held(store))
    assert (hold.basis, hold.basis_stands, hold.spent_ms) == (OF_PLACE, True, 10 * HOUR)


def test_what_an_overtaken_decision_had_released_stands_again_when_its_basis_falls(
    store: MemoryStore, point: Pipeline
) -> None:
    bag(point)
    out_for(point, HOUR)
    released(store, point)
    put(point, None, OUT - HOUR)  # it had left an hour before
    assert {(one.basis_stands, one.lifted_by) for one in held(store)} == {(True, ""), (False, "")}


def keep_platelets(store: MemoryStore, point: Pipeline, place: str, from_ms: int) -> None:
    who = {"name": "li", "post": "quality", "reason": "platelets move in", "actor": "li"}
    point.record(ProposeProfile(profile="cn-plt", version=1, **who), END)
    with store.reading() as session:
        known = session.records.profile("cn-plt", 1)
    assert known is not None
    by = {**who, "name": "wang"}
    point.record(ApproveProfile(profile="cn-plt", version=1, sha256=known.sha256, approved=True, **by), END)
    signed = {**who, "second_name": "wang", "second_post": "quality"}
    point.record(KeepProfile(place=place, profile="cn-plt", version=1, from_ms=from_ms, **signed), END)


def test_bags_in_a_place_that_keeps_platelets_from_now_on_are_on_hold(store: MemoryStore, point: Pipeline) -> None:
    bag(point, "cn-rbc", 2)
    put(point, "shelf", START)
    keep_platelets(store, point, "shelf", END + HOUR)
    put(point, "shelf", START + HOUR)
    assert held(store) == []  # it begins in an hour
    keep_platelets(store, point, "shelf", END)
    (hold,) = held(store)
    assert (hold.basis, hold.certain, hold.basis_stands) == (OF_PLACE, True, True)


def test_bags_inside_are_on_hold_as_soon_as_a_change_said_ahead_begins_and_nothing_else_happens(
    store: MemoryStore, point: Pipeline
) -> None:
    bag(point, "cn-rbc", 2)
    put(point, "shelf", START)
    keep_platelets(store, point, "shelf", END + HOUR)
    point.catch_up(END + HOUR - 1)
    assert held(store) == []
    point.catch_up(END + HOUR)
    (hold,) = held(store)
    assert (hold.basis, hold.placed_ms, hold.basis_stands) == (OF_PLACE, END + HOUR, True)
    with store.reading() as session:
        last_seq = session.ledger.next_seq()
    point.catch_up(END + 2 * HOUR)
    with store.reading() as session:
        assert session.ledger.next_seq() == last_seq  # it is judged once


def misplaced(store: MemoryStore) -> list[str]:
    with store.reading() as session:
        return [one.place for one in slow_conditions(session, END) if one.rule == "A10"]


def test_an_alarm_says_so_by_what_the_place_keeps_now(store: MemoryStore, point: Pipeline) -> None:
    bag(point, "cn-rbc", 2)
    put(point, "shelf", START)
    assert misplaced(store) == []
    keep_platelets(store, point, "shelf", END)
    assert misplaced(store) == ["shelf"]


def can_take(store: MemoryStore) -> list[str]:
    with store.reading() as session:
        places = {one.id: one for one in session.records.places()}
        return [one.id for one, _ in takers(session, places["fridge-1"], places.values(), 1, END)]


def test_bags_are_sent_only_to_a_watched_place_that_keeps_what_they_need_now(
    store: MemoryStore, point: Pipeline
) -> None:
    probes = ("fridge-2-load", "fridge-2-air")
    for at in range(390):  # so many that nothing of them is missing
        both = [sample(2 * at + n, START + 4 * at * MINUTE, 4_000_000, probe) for n, probe in enumerate(probes, 1)]
        send(point, both)
    assert can_take(store) == ["fridge-2"]  # of a shelf without a probe nobody knows how warm it is
    keep_platelets(store, point, "fridge-2", END)
    assert can_take(store) == []

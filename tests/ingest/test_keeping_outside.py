"""A second excursion of one unit (A26), and more than it may bear (A27), hold it beside what each finding holds."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace
from support.intake import END, SITE, START, sample, unit
from support.memory_store import MemoryStore
from support.storage_point import POINT, PROFILES, deliver, point_on

from coldchain.closed_loop import ClockName
from coldchain.deciding import DecideUnit, DecisionKind
from coldchain.decisions import standing_holds
from coldchain.evidence import present_evidence
from coldchain.facts import Fact
from coldchain.places import Place, PlaceKind, Probe, ProbeRole, Text
from coldchain.units import OF_AGAIN, OF_BUDGET, Hold, PlaceUnit, RegisterUnit
from ingest.conditions_units import quick_conditions
from ingest.pipeline import Pipeline
from rules.clocks import clocks
from rules.profile import profile_record
from rules.unit_story import story_of

MINUTE = 60_000
WARM, COLD = 8_000_000, 4_000_000
SHELF, PROBE = "shelf", "shelf-load"  # without a reader, so that people's words are certain
HOURS = 9
BATCH = 180


def shelf_on(store: MemoryStore, profile: str = "cn-rbc", version: int = 2) -> Pipeline:
    point = point_on(store)
    name = Text(zh="冰箱", en="Shelf")
    place = Place(id=SHELF, site=SITE, name=name, profile="cn-rbc", profile_version=2, kind=PlaceKind.FRIDGE)
    point.set_up([place, Probe(id=PROBE, place=SHELF, gateway=POINT, role=ProbeRole.LOAD)], START)
    made = replace(unit("u-1", "0160726000001"), profile=profile, profile_version=version)
    point.record(RegisterUnit(unit=made, actor="tech"), START)
    return point


def put(point: Pipeline) -> None:
    point.record(PlaceUnit(unit="u-1", place=SHELF, at_ms=START, actor="tech"), END)


def hours(first: int, last: int, *warm: tuple[int, int]) -> list[Fact]:
    """Return a reading a minute from one hour to another; `warm`: minutes since START between which it is too warm."""
    return [
        sample(at + 1, START + at * MINUTE, WARM if any(begin <= at < end for begin, end in warm) else COLD, PROBE)
        for at in range(first * 60, last * 60)
    ]


def come(point: Pipeline, facts: Sequence[Fact]) -> None:
    """Let readings come in batches that are judged at once."""
    for at in range(0, len(facts), BATCH):
        batch = facts[at : at + BATCH]
        deliver(point, POINT, batch, mark_ms=batch[-1].taken_ms)


def held(store: MemoryStore, basis: str) -> list[Hold]:
    with store.reading() as session:
        return [one for one in session.records.holds_of_unit("u-1") if one.basis == basis]


def said(store: MemoryStore) -> set[str]:
    with store.reading() as session:
        return {one.rule for one in quick_conditions(session, END)}


@pytest.mark.parametrize(("warm", "number"), [([(60, 80)], 0), ([(60, 80), (200, 220)], 1)])
def test_only_a_second_excursion_is_one_more_hold_and_the_alarm_says_the_same(
    store: MemoryStore, warm: list[tuple[int, int]], number: int
) -> None:
    point = shelf_on(store)
    put(point)
    come(point, hours(0, HOURS, *warm))
    assert [(one.certain, one.basis_stands, one.spent_ms) for one in held(store, OF_AGAIN)] == [
        (True, True, 40 * MINUTE)
    ] * number
    assert ("A26" in said(store)) == bool(number)


def test_the_parts_of_a_day_in_any_order_come_to_the_same_holds() -> None:
    warm = [(60, 80), (200, 220), (400, 420)]
    parts: list[Any] = [hours(3 * part, 3 * part + 3, *warm) for part in range(3)]
    found = set()
    for order in permutations([*parts, None]):
        store = MemoryStore()
        point = shelf_on(store)
        for part in order:
            if part is None:
                put(point)
            else:
                come(point, part)
        found.add(tuple(sorted((one.id, one.spent_ms) for one in held(store, OF_AGAIN) if one.basis_stands)))
    (only,) = found
    assert [spent for _, spent in sorted(only, key=lambda one: one[1] or 0)] == [40 * MINUTE, 60 * MINUTE]


def test_readings_that_come_late_take_the_basis_and_leave_the_hold(store: MemoryStore) -> None:
    point = shelf_on(store)
    put(point)
    day = hours(0, HOURS, (60, 80), (200, 206))
    kept = [one for one in day if one.taken_ms not in {START + at * MINUTE for at in range(201, 206, 2)}]
    come(point, kept)
    assert [one.basis_stands for one in held(store, OF_AGAIN)] == [True]
    late = [sample(2_000 + at, START + at * MINUTE, COLD, PROBE) for at in range(201, 206, 2)]
    come(point, late)  # never outside for five minutes in a row
    assert [(one.basis_stands, one.lifted_by) for one in held(store, OF_AGAIN)] == [(False, "")]


@pytest.mark.parametrize(("minutes", "number"), [(300, 0), (301, 1)])
def test_five_hours_once_are_what_red_cells_bear_in_the_uk_and_no_more(
    store: MemoryStore, minutes: int, number: int
) -> None:
    point = shelf_on(store, "uk-rbc", 1)
    put(point)
    come(point, hours(0, HOURS, (60, 60 + minutes)))
    assert [one.spent_ms for one in held(store, OF_BUDGET)] == [minutes * MINUTE] * number
    assert ("A27" in said(store)) == bool(number)


def released(store: MemoryStore, point: Pipeline) -> None:
    with store.reading() as session:
        known = session.records.unit("u-1")
        assert known is not None
        seen = present_evidence(session, known).version
        holds = tuple(one.id for one in standing_holds(session.records.holds_of_unit("u-1")))
    who = {"name": "wang", "post": "quality", "reason": "looked at", "second_name": "li", "second_post": "qa"}
    said = {"decision": DecisionKind.RELEASE_HOLD, "evidence": seen, "at_ms": END, "actor": "qa"}
    point.record(DecideUnit(unit="u-1", holds=holds, **said, **who), END)  # type: ignore[arg-type]


def test_a_release_covers_the_two_that_were_known_and_not_a_third(store: MemoryStore) -> None:
    point = shelf_on(store)
    put(point)
    come(point, hours(0, 5, (60, 80), (200, 220)))
    released(store, point)
    assert standing_holds(held(store, OF_AGAIN)) == ()
    come(point, hours(5, HOURS, (400, 420)))
    assert len(standing_holds(held(store, OF_AGAIN))) == 2  # what was released without the third stands again


SUMMED = '\n[cumulative]\noutside_min = 20\nwithin_hours = 6\nsource = "a test"\nevidence = "PROP"\n'


def summing_on(store: MemoryStore) -> Pipeline:
    """Return a shelf whose own profile adds up what is outside: 20 min in 6 h."""
    point = shelf_on(store, "uk-rbc", 1)
    toml = (PROFILES / "cn-rbc-3.toml").read_text(encoding="utf-8").replace("version = 3", "version = 9")
    name = Text(zh="冰箱", en="Shelf")
    place = Place(id="sums", site=SITE, name=name, profile="cn-rbc", profile_version=9, kind=PlaceKind.FRIDGE)
    probe = Probe(id="sums-load", place="sums", gateway=POINT, role=ProbeRole.LOAD)
    point.set_up([profile_record((toml + SUMMED).encode()), place, probe], START)
    return point


def budget_of(store: MemoryStore) -> tuple[int, int | None]:
    with store.reading() as session:
        known = session.records.unit("u-1")
        assert known is not None
        found = clocks(story_of(session, known, END))
    (one,) = (one for one in found if one.clock is ClockName.EXCURSIONS)
    spent = [each for each in found if each.clock is ClockName.BUDGET]
    assert all((each.least_ms, each.most_ms) == (46 * MINUTE, 46 * MINUTE) for each in spent)
    return one.occasions or 0, len(spent)


@pytest.mark.parametrize("order", ["as-it-was", "at-once", "backwards"])
def test_a_sum_over_two_excursions_makes_neither_one_of_them_nor_a_third(store: MemoryStore, order: str) -> None:
    point = summing_on(store)
    warm = [(50, 53), (60, 80), (200, 220), (230, 233)]  # of the short ones only the sum tells
    day = [replace(one, origin="sums-load") for one in hours(0, HOURS, *warm)]
    sizes = {"as-it-was": 10, "at-once": 400, "backwards": 180}
    parts = [day[at : at + sizes[order]] for at in range(0, len(day), sizes[order])]
    point.record(PlaceUnit(unit="u-1", place="sums", at_ms=START, actor="tech"), END)
    for part in reversed(parts) if order == "backwards" else parts:
        deliver(point, POINT, part, mark_ms=part[-1].taken_ms)
    assert [one.basis_stands for one in held(store, OF_AGAIN)] == [True]
    assert budget_of(store) == (2, 1)

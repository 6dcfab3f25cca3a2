"""Baskets in fridges, crates in vans: where units were follows their container; the box with a probe is its own."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.intake import END, HOUR, PLACE, SITE, START, pipeline_on, sample, send, unit
from support.lineage_story import ended, holds, stays
from support.memory_store import MemoryStore

import rules
from coldchain.errors import ConflictError, InvalidValueError
from coldchain.lineage import Action, Aggregate, Containment, EndHow
from coldchain.places import Place, PlaceKind, Text
from coldchain.units import PackBox, PlaceUnit, RegisterUnit, Stay
from ingest.pipeline import Pipeline
from rules.containers import carry, stood
from rules.intervals import OPEN_END_MS
from rules.profile import profile_record

CONTAINERS = ("basket", "crate", "van", "lorry", "ferry")


def put(parent: str, at_ms: int, *, units: Sequence[str] = (), containers: Sequence[str] = ()) -> Aggregate:
    return Aggregate(
        action=Action.ADD, parent=parent, at_ms=at_ms, actor="t", units=tuple(units), containers=tuple(containers)
    )


def take(parent: str, at_ms: int, *, units: Sequence[str] = (), containers: Sequence[str] = ()) -> Aggregate:
    return Aggregate(
        action=Action.DELETE, parent=parent, at_ms=at_ms, actor="t", units=tuple(units), containers=tuple(containers)
    )


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def centre(store: MemoryStore) -> Pipeline:
    pipeline = pipeline_on(store)
    name = Text(zh="篮", en="Basket")
    kept = {"site": SITE, "name": name, "profile": "cn-rbc", "profile_version": 2, "kind": PlaceKind.BOX}
    toml = (Path(rules.__file__).parent / "profiles" / "cn-rbc-2.toml").read_bytes()
    pipeline.set_up([profile_record(toml), *(Place(id=one, **kept) for one in CONTAINERS)], END)  # type: ignore[arg-type]
    for nth in (1, 2):
        pipeline.record(RegisterUnit(unit=unit(f"u-{nth}", f"016072602978{nth}"), actor="t"), END)
    return pipeline


def test_a_unit_in_a_basket_is_where_the_basket_stands_and_is_exposed_there(
    centre: Pipeline, store: MemoryStore
) -> None:
    centre.record(put("basket", START, units=["u-1"]), END)
    assert stays(store, "u-1") == [("basket", START, None)]
    centre.record(put(PLACE, START + HOUR, containers=["basket"]), END)
    assert stays(store, "u-1") == [("basket", START, START + HOUR), (PLACE, START + HOUR, None)]
    send(centre, [sample(n, START + 2 * HOUR + n * 60_000, 12_000_000) for n in range(1, 60)], mark_ms=END)
    assert holds(store, "u-1")
    assert holds(store, "u-2") == []
    centre.record(take(PLACE, START + 6 * HOUR, containers=["basket"]), END)
    assert stays(store, "u-1")[-1] == ("basket", START + 6 * HOUR, None)


def test_nested_containers_and_a_word_that_comes_late(centre: Pipeline, store: MemoryStore) -> None:
    centre.record(put("basket", START, units=["u-1", "u-2"]), END)
    centre.record(put("crate", START + HOUR, containers=["basket"]), END)
    centre.record(put(PLACE, START + 2 * HOUR, containers=["crate"]), END)
    assert stays(store, "u-1")[-1] == (PLACE, START + 2 * HOUR, None)
    centre.record(take("basket", START + 4 * HOUR, units=["u-1"]), END)
    assert stays(store, "u-1")[-1] == (PLACE, START + 2 * HOUR, START + 4 * HOUR)
    centre.record(take(PLACE, START + 3 * HOUR, containers=["crate"]), END)
    assert stays(store, "u-2")[-1] == ("crate", START + 3 * HOUR, None)
    with store.reading() as session:
        assert all(stay.via == "basket" for stay in session.records.stays_of_unit("u-2") if stay.place == PLACE)


def test_said_again_nothing_changes(centre: Pipeline) -> None:
    facts = [put("basket", START, units=["u-1"]), put(PLACE, START, containers=["basket"])]
    facts.append(take(PLACE, START + HOUR, containers=["basket"]))
    for fact in facts:
        assert centre.record(fact, END) == centre.record(fact, END)


def test_circles_towers_and_what_is_not_inside_are_refused(centre: Pipeline) -> None:
    for inner, outer in (("basket", "crate"), ("crate", "van"), ("van", "lorry")):
        centre.record(put(outer, START, containers=[inner]), END)
    with pytest.raises(ConflictError, match="cannot stand in"):
        centre.record(put("basket", START + 1, containers=["lorry"]), END)
    with pytest.raises(ConflictError, match="more than 4"):
        centre.record(put("ferry", START + 1, containers=["lorry"]), END)
    with pytest.raises(ConflictError, match="nothing to take out"):
        centre.record(take("lorry", START + 1, containers=["basket"]), END)
    with pytest.raises(ConflictError, match="nothing to take out"):
        centre.record(take("basket", START + 1, units=["u-1"]), END)
    with pytest.raises(ConflictError, match="no container"):
        centre.record(put("basket", START + 1, containers=[PLACE]), END)
    with pytest.raises(InvalidValueError):
        centre.record(put("basket", START + 1), END)


def test_placing_a_unit_elsewhere_takes_it_out_of_its_basket(centre: Pipeline, store: MemoryStore) -> None:
    centre.record(put("basket", START, units=["u-1"]), END)
    centre.record(PlaceUnit(unit="u-1", place=PLACE, at_ms=START + HOUR, actor="t"), END)
    assert stays(store, "u-1")[0] == ("basket", START, START + HOUR)


spans = st.lists(st.tuples(st.integers(0, 50), st.sampled_from([None, "f", "g"])), max_size=5, unique_by=lambda x: x[0])


@given(spans, st.integers(0, 50), st.none() | st.integers(1, 20))
def test_pieces_of_a_stay_are_without_gap_or_overlap_and_certain_as_before(
    said: list[tuple[int, str | None]], from_ms: int, lasts: int | None
) -> None:
    words = [Containment(container="c", parent=parent, at_ms=at_ms) for at_ms, parent in said]
    to_ms = None if lasts is None else from_ms + lasts
    stay = Stay(
        unit="u",
        place="c",
        possible_from_ms=from_ms,
        certain_from_ms=from_ms,
        certain_to_ms=to_ms,
        possible_to_ms=to_ms,
        entered_by="person",
        left_by=None,
    )
    pieces = carry(stay, stood("c", lambda name: words if name == "c" else [], lambda _: False))
    assert pieces[0].possible_from_ms == from_ms
    assert pieces[-1].possible_to_ms == to_ms
    for one, following in pairwise(pieces):
        assert one.possible_to_ms == one.certain_to_ms == following.possible_from_ms == following.certain_from_ms
    for piece in pieces:
        told = [word for word in words if word.at_ms <= piece.possible_from_ms]
        parent = max(told, key=lambda word: word.at_ms).parent if told else None
        assert piece.place == (parent or "c")
        assert piece.via == ("c" if parent else "")
    assert OPEN_END_MS not in [piece.possible_to_ms for piece in pieces]


def test_what_is_no_more_is_put_nowhere(centre: Pipeline) -> None:
    centre.record(ended("u-1", EndHow.DISCARDED, START), END)
    with pytest.raises(ConflictError, match="came to its end"):
        centre.record(put("basket", START + 1, units=["u-1"]), END)
    packed = PackBox(manifest="m-1", box="basket", units=("u-1",), at_ms=START + 1, destination="S3", actor="t")
    with pytest.raises(ConflictError, match="came to its end"):
        centre.record(packed, END)


def test_a_late_word_that_closes_a_circle_later_on_is_refused(centre: Pipeline) -> None:
    """The crate was put into the basket at two; that the basket went into the crate at three is already recorded."""
    centre.record(put("crate", START + 3 * HOUR, containers=["basket"]), END)
    with pytest.raises(ConflictError, match="cannot stand in"):
        centre.record(put("basket", START + 2 * HOUR, containers=["crate"]), END)
    centre.record(take("crate", START + 4 * HOUR, containers=["basket"]), END)
    centre.record(put("basket", START + 5 * HOUR, containers=["crate"]), END)


def test_what_once_stood_in_a_container_makes_no_tower_of_it(centre: Pipeline) -> None:
    """Over the years crates stand in many others, also the other way round: only what stands there now counts."""
    for hour in range(0, 12, 4):
        for inner, outer, at in (("basket", "crate", hour), ("crate", "basket", hour + 2)):
            centre.record(put(outer, START + at * HOUR, containers=[inner]), END)
            centre.record(take(outer, START + (at + 1) * HOUR, containers=[inner]), END)
    centre.record(put(PLACE, START + 13 * HOUR, containers=["basket"]), END)


def test_a_unit_or_container_that_is_named_twice_is_moved_once(centre: Pipeline, store: MemoryStore) -> None:
    centre.record(put("basket", START, units=["u-1", "u-1"]), END)
    centre.record(put(PLACE, START + HOUR, containers=["basket", "basket"]), END)
    assert stays(store, "u-1")[-1] == (PLACE, START + HOUR, None)
    with pytest.raises(InvalidValueError, match="at once"):
        centre.record(put("basket", START, units=["u-1"] * 1_001), END)

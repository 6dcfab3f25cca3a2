"""Crates, baskets, boxes and vehicles: which limits hold in them, and what goes into what."""

from itertools import pairwise
from pathlib import Path

import pytest
from support.intake import END, HOUR, PLACE, SITE, START, pipeline_on, unit
from support.lineage_story import stays
from support.memory_store import MemoryStore

import rules
from api.texts import TEXTS
from coldchain.errors import ConflictError
from coldchain.lineage import Action, Aggregate
from coldchain.places import CONTAINERS, ON_THE_ROAD, Place, PlaceKind, Text
from coldchain.units import RegisterUnit
from ingest.pipeline import Pipeline
from rules.profile import load_profile, profile_record

KINDS = (PlaceKind.BASKET, PlaceKind.BOX, PlaceKind.CRATE, PlaceKind.VEHICLE)  # the inner first
TOML = (Path(rules.__file__).parent / "profiles" / "cn-rbc-2.toml").read_bytes()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def centre(store: MemoryStore) -> Pipeline:
    pipeline = pipeline_on(store)
    kept = {"site": SITE, "name": Text(zh="容器", en="Container"), "profile": "cn-rbc", "profile_version": 2}
    pipeline.set_up([profile_record(TOML), *(Place(id=f"{kind}-1", kind=kind, **kept) for kind in KINDS)], END)  # type: ignore[arg-type]
    pipeline.record(RegisterUnit(unit=unit("u-1", "0160726029781"), actor="t"), END)
    return pipeline


def put(inner: str, outer: str, at_ms: int) -> Aggregate:
    units, containers = ((inner,), ()) if inner == "u-1" else ((), (inner,))
    return Aggregate(action=Action.ADD, parent=outer, at_ms=at_ms, actor="t", units=units, containers=containers)


def test_a_bag_in_a_basket_in_a_box_in_a_crate_in_a_vehicle_is_where_the_vehicle_is(
    centre: Pipeline, store: MemoryStore
) -> None:
    chain = ["u-1", *(f"{kind}-1" for kind in KINDS)]
    for nth, (inner, outer) in enumerate(pairwise(chain)):
        centre.record(put(inner, outer, START + nth), END)
    assert stays(store, "u-1")[-1] == ("vehicle-1", START + 3, None)
    with pytest.raises(ConflictError, match="more than 4"):
        centre.record(put("vehicle-1", PLACE, START + HOUR), END)


@pytest.mark.parametrize("outer", ["basket-1", "box-1", "crate-1"])
def test_a_vehicle_goes_into_no_crate(centre: Pipeline, store: MemoryStore, outer: str) -> None:
    before = store.projection_dump()
    with pytest.raises(ConflictError, match="vehicle vehicle-1 does not go into"):
        centre.record(put("vehicle-1", outer, START), END)
    assert store.projection_dump() == before


def test_transport_limits_hold_on_the_road_and_storage_limits_in_a_basket() -> None:
    profile = load_profile(TOML)
    highs = {kind: profile.at(kind).high_micro_celsius for kind in PlaceKind}
    assert {kind for kind, high in highs.items() if high == 10_000_000} == ON_THE_ROAD
    assert {high for kind, high in highs.items() if kind not in ON_THE_ROAD} == {6_000_000}
    assert ON_THE_ROAD < CONTAINERS == set(KINDS)


def test_every_kind_has_a_name_in_both_languages() -> None:
    named = {kind: TEXTS[f"kind.{kind}"] for kind in PlaceKind}
    assert len({text.zh for text in named.values()}) == len({text.en for text in named.values()}) == len(PlaceKind)

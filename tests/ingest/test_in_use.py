"""What is in use cannot be made another thing: its past would change with it."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from support.intake import END, SITE, START, pipeline_on, unit
from support.memory_store import MemoryStore

import rules
from coldchain.errors import ConflictError
from coldchain.lineage import Action, Aggregate
from coldchain.places import Place, PlaceKind, Text
from coldchain.units import PersonFact, PlaceUnit, RegisterUnit
from ingest.pipeline import Pipeline
from rules.profile import profile_record

NAME = Text(zh="周转箱一", en="Crate one")
CRATE = Place(id="crate-1", site=SITE, name=NAME, profile="cn-rbc", profile_version=2, kind=PlaceKind.CRATE)
VAN = Place(id="van-1", site=SITE, name=NAME, profile="cn-rbc", profile_version=2, kind=PlaceKind.VEHICLE)
CHANGES: list[dict[str, Any]] = [{"site": "storage-2"}, {"kind": PlaceKind.FRIDGE}, {"profile": "cn-ffp"}]
PUT = (
    RegisterUnit(unit=unit("bag-1", "A1"), actor="t"),
    PlaceUnit(unit="bag-1", place=CRATE.id, at_ms=START, actor="t"),
)
USES: dict[str, tuple[PersonFact, ...]] = {
    "a unit is inside": PUT,
    "a unit was inside": (*PUT, PlaceUnit(unit="bag-1", place=None, at_ms=START + 1, actor="t")),
    "it was put into a vehicle": (
        Aggregate(action=Action.ADD, parent=VAN.id, at_ms=START, actor="t", containers=(CRATE.id,)),
    ),
}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def pipeline(store: MemoryStore) -> Pipeline:
    made = pipeline_on(store)
    profile = (Path(rules.__file__).parent / "profiles" / "cn-rbc-2.toml").read_bytes()
    made.set_up([profile_record(profile), CRATE, VAN], START)
    return made


@pytest.mark.parametrize("facts", USES.values(), ids=USES)
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_a_place_without_probes_keeps_its_home_once_anything_lay_in_it(
    store: MemoryStore, pipeline: Pipeline, facts: tuple[PersonFact, ...], change: dict[str, Any]
) -> None:
    for fact in facts:
        pipeline.record(fact, START + 2)
    with pytest.raises(ConflictError, match="cannot change once it is in use"):
        pipeline.set_up([replace(CRATE, **change)], END)
    renamed = replace(CRATE, name=Text(zh="周转箱二", en="Crate two"))
    pipeline.set_up([renamed], END)
    with store.reading() as session:
        assert session.records.place(CRATE.id) == renamed


def test_a_place_that_nothing_was_ever_in_may_still_be_set_right(store: MemoryStore, pipeline: Pipeline) -> None:
    moved = replace(CRATE, site="storage-2")
    pipeline.set_up([moved], END)
    with store.reading() as session:
        assert session.records.place(CRATE.id) == moved

"""Holds over the lineage against decisions: what is on hold stays so until a person decides on all of the evidence."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from support.intake import END, HOUR, PLACE, START, pipeline_on, sample, send
from support.lineage_story import act, bag, donation, output, recalled
from support.memory_store import MemoryStore

from coldchain.deciding import DecideUnit, DecisionKind
from coldchain.decisions import standing_holds
from coldchain.errors import ConflictError
from coldchain.evidence import present_evidence
from coldchain.lineage import Act
from coldchain.ports import Store
from coldchain.units import Hold, PlaceUnit, RegisterUnit
from ingest.pipeline import Pipeline
from stores.sqlite import open_store

MINUTE = 60_000
SCHEME = "local"
PART = START + 4 * HOUR  # when a part is taken


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store = MemoryStore() if request.param == "memory" else open_store(tmp_path / "hot.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def pipeline(store: Store) -> Pipeline:
    """A bag in a fridge from START on."""
    made = pipeline_on(store)
    made.record(RegisterUnit(unit=bag("p", SCHEME, 1), actor="t"), END)
    made.record(PlaceUnit(unit="p", place=PLACE, at_ms=START, actor="t"), END)
    return made


def warm(pipeline: Pipeline, from_ms: int, minutes: int, first: int, micro_celsius: int = 7_000_000) -> None:
    """Readings every two minutes, too warm for so long, then good again; numbered from `first` on."""
    facts = [sample(first + n, from_ms + 2 * n * MINUTE, micro_celsius) for n in range(minutes // 2)]
    send(pipeline, [*facts, sample(first + minutes, from_ms + minutes * MINUTE, 4_000_000)], mark_ms=START)


def part(name: str = "c", of: str = "p", at_ms: int = PART, product: str = "E4") -> Any:
    return replace(act(f"a-{name}", Act.DIVIDE_ALIQUOT, [of], [output(name, product)], at_ms), kept=(of,))


def standing(store: Store, name: str) -> set[str]:
    with store.reading() as session:
        return {hold.finding for hold in standing_holds(session.records.holds_of_unit(name))}


def release(pipeline: Pipeline, store: Store, name: str, at_ms: int = END) -> None:
    with store.reading() as session:
        unit = session.records.unit(name)
        assert unit is not None
        evidence = present_evidence(session, unit)
        names = tuple(hold.id for hold in standing_holds(session.records.holds_of_unit(name)))
    said = DecideUnit(
        unit=name,
        holds=names,
        decision=DecisionKind.RELEASE_HOLD,
        evidence=evidence.version,
        seen=evidence.marks,
        at_ms=at_ms,
        name="王敏",
        post="quality manager",
        reason="judged by the station",
        actor="王敏",
    )
    pipeline.record(said, END)


def hold_of(store: Store, name: str) -> Hold:
    with store.reading() as session:
        (hold,) = session.records.holds_of_unit(name)
    return hold


def test_what_was_made_of_a_part_is_held_also_if_its_name_comes_first_and_the_act_above_it_last(
    pipeline: Pipeline, store: Store
) -> None:
    """A recalled bag p; b was made of it and a of b; that b came from p is recorded last."""
    pipeline.record(recalled(SCHEME), END)
    made = bag("b", SCHEME, 9, "E4", component="red cells", profile="cn-rbc")
    pipeline.record(RegisterUnit(unit=made, actor="t"), END)
    pipeline.record(part("a", "b", PART + HOUR, "E5"), END)
    above = replace(part("b"), outputs=(replace(output("b", "E4"), donation_number=donation(SCHEME, 9)),))
    with store.reading() as session:
        known = session.records.unit("b")
        assert known is not None
    above = replace(above, outputs=(replace(above.outputs[0], label_expires_ms=known.expires_ms),))
    pipeline.record(above, END)
    assert [standing(store, name) for name in ("p", "b", "a")] == [{"r-1"}] * 3


def test_a_finding_that_turns_out_to_have_begun_before_the_part_was_taken_holds_the_part(
    pipeline: Pipeline, store: Store
) -> None:
    pipeline.record(part(), END)
    warm(pipeline, PART + 4 * MINUTE, 20, 100)
    assert standing(store, "p")
    (of,) = standing(store, "p")
    before = {hold.finding for hold in _inherited(store, "c")}
    send(pipeline, [sample(50, PART - 2 * MINUTE, 7_000_000), sample(51, PART + 2 * MINUTE, 7_000_000)], mark_ms=START)
    assert before == set()
    assert {hold.finding for hold in _inherited(store, "c")} == standing(store, "p") == {of}


def _inherited(store: Store, name: str) -> list[Hold]:
    with store.reading() as session:
        return [hold for hold in session.records.holds_of_unit(name) if hold.via]


def test_a_release_of_a_part_is_overtaken_when_what_happened_to_the_whole_grows(
    pipeline: Pipeline, store: Store
) -> None:
    pipeline.record(replace(part(), place=""), END)
    warm(pipeline, START + HOUR, 20, 100)
    release(pipeline, store, "c")
    assert standing(store, "c") == set()
    send(pipeline, [sample(50, START + HOUR + 5 * MINUTE, 15_000_000)], mark_ms=START)
    assert standing(store, "c") == standing(store, "p") != set()
    with store.reading() as session:
        (one,) = session.records.decisions_of_unit("c")
    assert (one.stands, one.overtaken_by) == (False, hold_of(store, "c").finding)
    release(pipeline, store, "c", END + 1)
    assert standing(store, "c") == set()
    warm(pipeline, START + 10 * HOUR, 20, 200)
    assert standing(store, "c") == set(), "what befell the rest after the part was taken says nothing of the part"


def test_what_a_person_saw_of_the_whole_is_part_of_the_evidence_against_the_part(
    pipeline: Pipeline, store: Store
) -> None:
    pipeline.record(replace(part(), place=""), END)
    warm(pipeline, START + HOUR, 20, 100)
    with store.reading() as session:
        unit = session.records.unit("c")
        assert unit is not None
        seen = present_evidence(session, unit)
    pipeline.record(PlaceUnit(unit="p", place=None, at_ms=START + HOUR + 10 * MINUTE, actor="t"), END)
    with store.reading() as session:
        assert present_evidence(session, unit) != seen, "the bag was out of the fridge for half of it"


def test_a_part_of_a_bag_whose_finding_was_withdrawn_is_on_hold_as_the_bag_is(pipeline: Pipeline, store: Store) -> None:
    warm(pipeline, START + HOUR, 20, 100)
    later = [sample(300 + n, START + HOUR + (2 * n + 1) * MINUTE, 4_000_000) for n in range(10)]
    send(pipeline, later, mark_ms=START)
    assert not hold_of(store, "p").basis_stands
    pipeline.record(replace(part(), place=""), END)
    assert standing(store, "c") == standing(store, "p") != set()
    assert not hold_of(store, "c").basis_stands


def test_a_release_frees_what_is_made_after_it_and_not_what_was_made_before_and_told_late(
    pipeline: Pipeline, store: Store
) -> None:
    warm(pipeline, START + HOUR, 20, 100)
    release(pipeline, store, "p", END)
    pipeline.record(replace(part("before", at_ms=PART - HOUR), place=""), END)
    pipeline.record(replace(part("after", at_ms=END + MINUTE, product="E5"), place=""), END)
    assert standing(store, "p") == standing(store, "after") == set()
    assert standing(store, "before")


def test_a_pool_stands_on_what_stands_of_any_of_its_bags(pipeline: Pipeline, store: Store) -> None:
    """Two bags were in the same warm fridge; that one of them was not there at all changes nothing for the pool."""
    pipeline.record(RegisterUnit(unit=bag("q", SCHEME, 2), actor="t"), END)
    pipeline.record(PlaceUnit(unit="q", place=PLACE, at_ms=START, actor="t"), END)
    pooled = output("pool", "E9", donation_number=donation(SCHEME, 90))
    pipeline.record(replace(act("a-1", Act.POOL, ["p", "q"], [pooled], PART), place=""), END)
    warm(pipeline, START + HOUR, 20, 100)
    assert hold_of(store, "pool").via == "p"
    pipeline.record(PlaceUnit(unit="p", place=None, at_ms=START + 1, actor="t"), END)
    assert hold_of(store, "pool").basis_stands
    pipeline.record(PlaceUnit(unit="q", place=None, at_ms=START + 1, actor="t"), END)
    assert not hold_of(store, "pool").basis_stands
    assert standing(store, "pool")


def test_a_released_hold_of_a_recall_stands_again_after_another_recall(pipeline: Pipeline, store: Store) -> None:
    pipeline.record(replace(part(), place=""), END)
    pipeline.record(recalled(SCHEME), END)
    release(pipeline, store, "c")
    release(pipeline, store, "p")
    pipeline.record(recalled(SCHEME, name="r-2"), END)
    assert standing(store, "c") == standing(store, "p") == {"r-1", "r-2"}
    before = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == before
    with pytest.raises(ConflictError, match="already recorded"):
        pipeline.record(recalled(SCHEME, 2), END)

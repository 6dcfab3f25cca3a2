"""Acts on bags: what is made, what ends, what is held; recalls over the lineage; ends; on every store and scheme."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from support.intake import END, HOUR, PLACE, START, epc, presence, sample, send
from support.lineage_story import (
    SCHEMES,
    SIGNED,
    act,
    bag,
    centre,
    donation,
    ended,
    held,
    holds,
    output,
    recalled,
    stays,
)
from support.memory_store import MemoryStore

from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.facts import EventKind
from coldchain.lineage import Act, EndHow, TransferOwnership
from coldchain.ports import Store
from coldchain.units import BindTag, PlaceUnit, RegisterUnit
from ingest.pipeline import Pipeline
from rules.lineage import DEPTH_MAX
from stores.sqlite import open_store


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "hot.sqlite"
    open_store(path).close()
    return path


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path) -> Iterator[Store]:
    opened: Store = MemoryStore()
    if request.param == "sqlite":
        opened = open_store(Path(shutil.copy(migrated, tmp_path)))
    yield opened
    opened.close()


@pytest.fixture(params=SCHEMES)
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pipeline(store: Store, scheme: str) -> Pipeline:
    return centre(store, scheme)


def test_what_was_wholly_used_ends_and_leaves_and_what_was_made_lies_where_it_was_put(
    store: Store, pipeline: Pipeline
) -> None:
    assert stays(store, "wb-1") == [(PLACE, START, START + HOUR)]
    assert stays(store, "pt-1") == [(PLACE, START + HOUR, START + 2 * HOUR)]
    assert stays(store, "pool-1") == [(PLACE, START + 2 * HOUR, None)]
    with store.reading() as session:
        end = session.records.unit_end("wb-1")
        assert end is not None
        assert (end.how, end.act) == (EndHow.USED, "a-1")
        assert [edge.parent for edge in session.records.made_from("pool-1")] == [f"pt-{n}" for n in range(1, 7)]
        assert [edge.child for edge in session.records.made_of("wb-1")] == ["pl-1", "pt-1", "rc-1"]


def test_an_act_that_is_sent_again_is_once_and_another_under_its_number_is_refused(
    store: Store, pipeline: Pipeline, scheme: str
) -> None:
    again = act("a-9", Act.WASH, ["rc-2"], [output("rc-2-w", "E0400V00")], START + 5 * HOUR)
    assert pipeline.record(again, END) == pipeline.record(again, END)
    with pytest.raises(ConflictError, match="a-9 is already recorded"):
        pipeline.record(act("a-9", Act.WASH, ["rc-3"], [output("x", "E0400V00")], START + 5 * HOUR), END)


@pytest.mark.parametrize(
    ("made", "error", "words"),
    [
        (act("x", Act.WASH, ["wb-1"], [output("n", "E9")]), ConflictError, "came to its end"),
        (act("x", Act.WASH, ["nobody"], [output("n", "E9")]), UnknownThingError, "not registered"),
        (act("x", Act.WASH, ["rc-2"], [output("rc-3", "E9")], START + HOUR), ConflictError, "other data"),
        (act("x", Act.WASH, ["rc-2"], [output("n", "E9")], START + HOUR - 1), ConflictError, "itself made at"),
        (act("x", Act.WASH, ["rc-2"], [output("rc-2", "E9")]), InvalidValueError, "named twice"),
        (act("x", Act.POOL, ["rc-2"], [output("n", "E9")]), InvalidValueError, "pool takes 2"),
        (
            act("x", Act.POOL, ["rc-2", "rc-3"], [output("n", "E9")], START + HOUR),
            InvalidValueError,
            "number of its own",
        ),
        (act("x", Act.SPLIT, ["rc-2"], [output("n", "E9")]), InvalidValueError, "makes 2 to"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(
    store: Store, pipeline: Pipeline, made: object, error: type[Exception], words: str
) -> None:
    before = store.projection_dump()
    with pytest.raises(error, match=words):
        pipeline.record(made, END)  # type: ignore[arg-type]
    assert store.projection_dump() == before


def test_a_circle_is_refused(store: Store, pipeline: Pipeline, scheme: str) -> None:
    """A unit that was registered beforehand cannot be made of what was made of it."""
    pipeline.record(RegisterUnit(unit=bag("c-1", scheme, 50, "E1"), actor="t"), END)
    first = act("c-a", Act.DIVIDE_ALIQUOT, ["c-1"], [output("c-2", "E2")], START)
    pipeline.record(type(first)(**{n: getattr(first, n) for n in first.__struct_fields__} | {"kept": ("c-1",)}), END)
    back = act("c-b", Act.FILTER, ["c-2"], [output("c-1", "E1", component="悬浮红细胞 2U")], START + HOUR)
    with pytest.raises(ConflictError, match="cannot be made of"):
        pipeline.record(back, END)


def test_an_output_expires_with_the_first_of_label_rule_and_inputs(
    store: Store, pipeline: Pipeline, scheme: str
) -> None:
    soon, late = START + 10 * HOUR, START + 900 * HOUR
    pipeline.record(RegisterUnit(unit=bag("e-1", scheme, 51, "E1", expires_ms=soon), actor="t"), END)
    pipeline.record(RegisterUnit(unit=bag("e-2", scheme, 52, "E1", expires_ms=late), actor="t"), END)
    for nth in (1, 2):
        pipeline.record(act(f"e-{nth}", Act.WASH, [f"e-{nth}"], [output(f"e-{nth}-w", "E2")], START), END)
    with store.reading() as session:
        expiries = [session.records.unit(f"e-{nth}-w") for nth in (1, 2)]
        assert [one and one.expires_ms for one in expiries] == [soon, START + 24 * HOUR]
        washed = session.records.transformation("e-1")
        assert washed is not None
        assert (washed.washed_ms, washed.thawed_ms) == (START, None)


def test_a_recall_holds_the_donation_and_what_was_made_of_it_and_no_pool_mate(
    store: Store, pipeline: Pipeline, scheme: str
) -> None:
    pipeline.record(recalled(scheme), END)
    assert held(store) == {"wb-1", "rc-1", "pt-1", "pl-1", "pool-1"}
    [hold] = holds(store, "pool-1")
    assert (hold.basis, hold.finding, hold.via, hold.placed_ms) == ("recall", "r-1", "pt-1", END)
    assert pipeline.record(recalled(scheme), END) == pipeline.record(recalled(scheme), END + 1)
    with pytest.raises(ConflictError):
        pipeline.record(recalled(scheme, 2), END)


def test_what_is_registered_or_made_after_a_recall_is_held_too(store: Store, pipeline: Pipeline, scheme: str) -> None:
    pipeline.record(recalled(scheme), END)
    pipeline.record(RegisterUnit(unit=bag("late-1", scheme, 1, "E0777V00"), actor="t"), END)
    pipeline.record(
        act("w-1", Act.FILTER, ["pool-1"], [output("pool-1-f", "E4", donation_number="p")], START + 3 * HOUR), END
    )
    assert held(store) == {"wb-1", "rc-1", "pt-1", "pl-1", "pool-1", "late-1", "pool-1-f"}


def test_holds_of_a_finding_go_on_to_what_was_made_also_if_the_readings_come_late(
    store: Store, pipeline: Pipeline
) -> None:
    """The bag was too warm before it was washed; the readings of that time arrive when the washed bag is in stock."""
    pipeline.record(act("w-1", Act.WASH, ["rc-2"], [output("rc-2-w", "E4")], START + 10 * HOUR), END)
    warm = [sample(n, START + 5 * HOUR + n * 60_000, 12_000_000) for n in range(1, 60)]
    send(pipeline, warm, mark_ms=END)
    own = {hold.finding for hold in holds(store, "rc-2")}
    assert own
    assert {hold.finding for hold in holds(store, "rc-2-w") if hold.via == "rc-2"} == own
    assert holds(store, "rc-1") == [], "transfused before"


def test_an_end_closes_the_stay_and_a_later_read_of_its_tag_is_an_alert(store: Store, pipeline: Pipeline) -> None:
    pipeline.record(BindTag(epc=epc(7), unit="rc-2", from_ms=START, actor="t"), END)
    send(pipeline, [presence(1, EventKind.ARRIVED, 7, START + 5 * HOUR, START + 5 * HOUR + 9)])
    over = START + 6 * HOUR
    pipeline.record(ended("rc-2", EndHow.DISCARDED, over), END)
    assert stays(store, "rc-2")[-1][2] == over
    send(pipeline, [presence(2, EventKind.ARRIVED, 7, over + HOUR, over + HOUR + 9)])
    assert stays(store, "rc-2")[-1][2] == over, "nothing is anywhere once it has been destroyed"
    with store.reading() as session:
        assert [(one.kind, one.place) for one in session.records.tag_conflicts(5)] == [("ended-seen", PLACE)]
    with pytest.raises(ConflictError, match="came to its end"):
        pipeline.record(PlaceUnit(unit="rc-2", place=PLACE, at_ms=over + 1, actor="t"), END)
    with pytest.raises(ConflictError, match="came to its end"):
        pipeline.record(ended("rc-2", EndHow.TRANSFUSED, over), END)


def test_a_tag_of_a_used_bag_may_be_bound_to_what_was_made_of_it(store: Store, pipeline: Pipeline) -> None:
    pipeline.record(BindTag(epc=epc(7), unit="rc-2", from_ms=START, actor="t"), END)
    made = START + 6 * HOUR
    pipeline.record(act("i-1", Act.IRRADIATE, ["rc-2"], [output("rc-2-i", "E4")], made), END)
    pipeline.record(BindTag(epc=epc(7), unit="rc-2-i", from_ms=made, actor="t"), END)
    send(pipeline, [presence(1, EventKind.SEEN_AGAIN, 7, made + HOUR, made + HOUR)])
    with store.reading() as session:
        assert session.records.tag_conflicts(5) == ()
    assert stays(store, "rc-2-i")[0][0] == PLACE


def test_ends_that_the_record_says_itself_and_unsigned_words_are_refused(pipeline: Pipeline) -> None:
    with pytest.raises(InvalidValueError, match="said by the record"):
        pipeline.record(ended("rc-2", EndHow.USED, START), END)
    unsigned = recalled("local")
    with pytest.raises(InvalidValueError, match="sign with"):
        pipeline.record(
            type(unsigned)(**{n: getattr(unsigned, n) for n in unsigned.__struct_fields__} | {"name": " "}), END
        )


def test_a_unit_may_belong_to_somebody_else_than_the_place_where_it_lies(store: Store, pipeline: Pipeline) -> None:
    given = TransferOwnership(unit="rc-2", owner="hospital-3", at_ms=START, actor="t")
    assert pipeline.record(given, END) == pipeline.record(given, END)
    with store.reading() as session:
        assert [one.owner for one in session.records.owners_of_unit("rc-2")] == ["hospital-3"]
    with pytest.raises(ConflictError):
        pipeline.record(TransferOwnership(unit="rc-2", owner="another", at_ms=START, actor="t"), END)


def test_projections_made_anew_from_the_ledger_are_the_same(store: Store, pipeline: Pipeline, scheme: str) -> None:
    pipeline.record(recalled(scheme), END)
    before = store.projection_dump()
    store.rebuild_projections()
    assert store.projection_dump() == before
    assert donation(scheme, 1).encode() in before
    assert SIGNED["name"]


@pytest.mark.parametrize("typed", ["=G123498654301000", "G1234 98 654301", "g123498654301", "G12349865430"])
def test_a_recall_of_what_is_no_donation_number_would_reach_nothing_and_is_refused(
    store: Store, pipeline: Pipeline, typed: str
) -> None:
    before = store.projection_dump()
    with pytest.raises(InvalidValueError, match="no ISBT 128 donation number"):
        pipeline.record(replace(recalled("isbt128"), donation_number=typed), END)
    assert store.projection_dump() == before


def test_a_bag_is_not_used_up_before_a_part_of_it_was_taken(store: Store, pipeline: Pipeline) -> None:
    taken = START + 5 * HOUR
    part = replace(act("d-1", Act.DIVIDE_ALIQUOT, ["rc-2"], [output("rc-2-a", "E4")], taken), kept=("rc-2",))
    pipeline.record(part, END)
    before = store.projection_dump()
    with pytest.raises(ConflictError, match="of unit rc-2 something was made at"):
        pipeline.record(act("w-1", Act.WASH, ["rc-2"], [output("rc-2-w", "E5")], taken - 1), END)
    assert store.projection_dump() == before
    earlier = replace(part, id="d-2", outputs=(output("rc-2-b", "E4", "B0"),), at_ms=taken - HOUR)
    pipeline.record(earlier, END)
    pipeline.record(act("w-1", Act.WASH, ["rc-2"], [output("rc-2-w", "E5")], taken), END)


@pytest.mark.parametrize("changed", [{"label_expires_ms": START + 9}, {"product_code": "E7"}, {"component": "other"}])
def test_an_act_that_is_sent_again_with_another_output_is_refused(
    store: Store, pipeline: Pipeline, changed: dict[str, str | int | None]
) -> None:
    made = output("rc-2-w", "E0400V00", label_expires_ms=START + 20 * HOUR)
    washed = act("a-9", Act.WASH, ["rc-2"], [made], START + 5 * HOUR)
    pipeline.record(washed, END)
    before = store.projection_dump()
    with pytest.raises(ConflictError, match="a-9 is already recorded"):
        pipeline.record(replace(washed, outputs=(replace(made, **changed),)), END)
    pipeline.record(washed, END)
    assert store.projection_dump() == before


def test_an_act_behind_which_lies_more_than_can_be_followed_is_refused(
    store: Store, pipeline: Pipeline, scheme: str
) -> None:
    pipeline.record(RegisterUnit(unit=bag("n-0", scheme, 60, "E1"), actor="t"), END)
    for nth in range(DEPTH_MAX + 1):
        made = act(f"n-{nth}", Act.FILTER, [f"n-{nth}"], [output(f"n-{nth + 1}", "E2", f"{nth:02d}")], START + nth)
        pipeline.record(made, END)
    last = DEPTH_MAX + 1
    with pytest.raises(ConflictError, match="more than 32 acts in a row"):
        pipeline.record(act("n-x", Act.FILTER, [f"n-{last}"], [output("n-y", "E3")], START + last), END)
    with store.reading() as session:
        assert session.records.unit("n-y") is None


def test_a_bag_of_which_a_part_was_taken_does_not_come_into_being_after_that(
    store: Store, pipeline: Pipeline, scheme: str
) -> None:
    """It was registered beforehand, and a part was taken of it: an act that made it only later cannot be."""
    early, late = START + 5 * HOUR, START + 6 * HOUR
    made = bag("o-1", scheme, 2, "E5", profile_version=1)
    pipeline.record(RegisterUnit(unit=made, actor="t"), END)
    part = act("d-1", Act.DIVIDE_ALIQUOT, ["o-1"], [output("o-1-a", "E6")], early)
    pipeline.record(replace(part, kept=("o-1",)), END)
    as_registered = output("o-1", "E5", component=made.component, profile_version=1)
    before = store.projection_dump()
    with pytest.raises(ConflictError, match=r"of unit o-1 something was made at .*, before that act"):
        pipeline.record(act("f-1", Act.FILTER, ["rc-2"], [as_registered], late), END)
    assert store.projection_dump() == before
    pipeline.record(act("f-1", Act.FILTER, ["rc-2"], [as_registered], early), END)
    with store.reading() as session:
        assert [edge.parent for edge in session.records.made_from("o-1")] == ["rc-2"]


@pytest.mark.parametrize(
    ("changed", "differs"),
    [
        ({"place": ""}, "place"),
        ({"place": "fridge-9"}, "place"),
        ({"name": "王芳", "post": "qm"}, "name, post"),
        ({"outputs": (output("rc-2-w", "E0400V00", label_expires_ms=START + 6 * HOUR),)}, "outputs"),
    ],
)
def test_an_act_that_is_sent_again_and_differs_is_told_in_what(
    store: Store, pipeline: Pipeline, changed: dict[str, object], differs: str
) -> None:
    washed = act("a-9", Act.WASH, ["rc-2"], [output("rc-2-w", "E0400V00")], START + 5 * HOUR)
    pipeline.record(washed, END)
    before = store.projection_dump()
    with pytest.raises(ConflictError, match=rf"a-9 is already recorded with other content \({differs}\)"):
        pipeline.record(replace(washed, **changed), END)
    assert store.projection_dump() == before

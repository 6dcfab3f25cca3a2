"""Packing lists and issues: what people say of a box, and of the way out to a patient."""

from typing import Any

import msgspec
import pytest
from support.intake import END, HOUR, START, presence, sample
from support.memory_store import MemoryStore
from support.storage_point import BOX, POINT, bags, deliver, point_on

from coldchain.entries import EntryKind, Issue, Manifest, StayRecord
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.facts import DeviceEvent, EventKind
from coldchain.lineage import DeclareError, ErrorOf, ErrorReason, Said
from coldchain.units import OF_PLACE, IssueUnit, PackBox, PlaceUnit
from ingest.people import PACKED_UNITS_MAX
from ingest.pipeline import Pipeline

LIST = PackBox(manifest="list-1", box=BOX, units=("u-1", "u-2"), at_ms=START + HOUR, destination=POINT, actor="tech")


@pytest.fixture
def point(store: MemoryStore) -> Pipeline:
    pipeline = point_on(store)
    for fact in bags(4):
        pipeline.record(fact, END)
    return pipeline


def kinds(store: MemoryStore, after_seq: int) -> list[EntryKind]:
    with store.reading() as session:
        return [entry.kind for entry in session.ledger.entries(after_seq, 1_000)]


def stays(store: MemoryStore, unit: str) -> list[StayRecord]:
    with store.reading() as session:
        return [stay for stay in session.records.stays_of_unit(unit) if not stay.withdrawn]


def heard(seq: int, fridge: str, kind: EventKind, number: int, earliest_ms: int | None, at_ms: int) -> DeviceEvent:
    return msgspec.structs.replace(presence(seq, kind, number, earliest_ms, at_ms), origin=f"{fridge}-reader")


def test_a_packing_list_is_one_entry_and_puts_each_unit_into_the_box_for_certain(
    point: Pipeline, store: MemoryStore
) -> None:
    before = point.record(bags(1)[0], END).seq
    assert point.record(LIST, END).seq > before
    made = kinds(store, before)
    assert made == [EntryKind.MANIFEST, *[EntryKind.PLACEMENT] * 2, *[EntryKind.STAY] * 2]
    with store.reading() as session:
        listed = Manifest(id="list-1", box=BOX, units=("u-1", "u-2"), packed_ms=START + HOUR, destination=POINT)
        assert session.records.manifests(BOX) == (listed,)
    (box,) = stays(store, "u-1")
    assert (box.place, box.certain_from_ms, box.possible_to_ms) == (BOX, START + HOUR, None)


@pytest.mark.parametrize("units", [("u-1", "u-2"), ("u-2", "u-1")])
def test_the_same_list_again_changes_nothing_in_whatever_order_it_names_its_units(
    point: Pipeline, store: MemoryStore, units: tuple[str, ...]
) -> None:
    first = point.record(LIST, END)
    assert point.record(msgspec.structs.replace(LIST, units=units, actor="courier"), END) == first


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"units": ("u-1",)}, ConflictError, "list-1 is already recorded with other content"),
        ({"at_ms": START + HOUR + 1}, ConflictError, "list-1"),
        ({"destination": "storage-9"}, ConflictError, "list-1"),
        ({"expected_ms": START + 2 * HOUR}, ConflictError, "list-1"),
        ({"manifest": "list-2", "expected_ms": START + HOUR}, InvalidValueError, "list-2 is expected before"),
        ({"manifest": "list-2", "units": ("u-1", "u-77")}, UnknownThingError, "u-77"),
        ({"manifest": "list-2", "box": "box-9"}, UnknownThingError, "box-9"),
        ({"manifest": "list-2", "box": "fridge-2"}, ConflictError, "fridge-2 is a fridge and not a box"),
        ({"manifest": "list-2", "units": ()}, InvalidValueError, "names 0 units"),
        ({"manifest": "list-2", "units": ("u-1", "u-2", "u-1")}, InvalidValueError, "u-1 more than once"),
        ({"manifest": "list-2", "at_ms": END + HOUR}, InvalidValueError, "future"),
    ],
)
def test_what_contradicts_or_names_nothing_of_ours_is_refused_whole(
    point: Pipeline, store: MemoryStore, change: dict[str, Any], error: type[Exception], told: str
) -> None:
    recorded = point.record(LIST, END)
    with pytest.raises(error, match=told):
        point.record(msgspec.structs.replace(LIST, **change), END)
    assert kinds(store, recorded.seq) == []


def test_another_list_brings_no_packing_back_that_was_declared_an_error(point: Pipeline, store: MemoryStore) -> None:
    point.record(LIST, END)
    never = DeclareError(
        of=ErrorOf.PLACEMENT,
        wrong=Said(unit="u-1", at_ms=LIST.at_ms, object=BOX),
        reason=ErrorReason.DID_NOT_OCCUR,
        note="it stayed in the fridge",
        at_ms=END,
        name="王芳",
        post="quality manager",
        actor="qm",
    )
    point.record(never, END)
    assert stays(store, "u-1") == []
    before = store.projection_dump()
    for units in (("u-1", "u-2"), ("u-1",), ("u-3", "u-1")):
        with pytest.raises(ConflictError, match="placement of unit u-1 was declared an error"):
            point.record(msgspec.structs.replace(LIST, manifest="list-2", units=units), END)
    assert store.projection_dump() == before
    point.record(msgspec.structs.replace(LIST, manifest="list-2", at_ms=LIST.at_ms + 1), END)
    assert [one.certain_from_ms for one in stays(store, "u-1")] == [LIST.at_ms + 1], "a new packing, at its own time"


def test_a_list_has_so_many_units_and_no_more(point: Pipeline) -> None:
    names = tuple(f"u-{number}" for number in range(1, PACKED_UNITS_MAX + 2))
    for fact in bags(PACKED_UNITS_MAX + 1):
        point.record(fact, END)
    with pytest.raises(InvalidValueError, match=f"1 to {PACKED_UNITS_MAX}"):
        point.record(msgspec.structs.replace(LIST, units=names), END)
    assert point.record(msgspec.structs.replace(LIST, units=names[:-1]), END).seq > 0


def test_a_bag_that_a_fridge_hears_has_left_the_box_between_door_and_door(point: Pipeline, store: MemoryStore) -> None:
    point.record(LIST, END)
    home = START + 5 * HOUR
    deliver(point, POINT, [heard(1, "fridge-2", EventKind.ARRIVED, 1, home, home + 60_000)], mark_ms=START)
    box, fridge = stays(store, "u-1")
    assert (box.place, box.certain_to_ms, box.possible_to_ms, box.left_by) == (BOX, home, home + 60_000, "reader")
    assert (fridge.place, fridge.certain_from_ms, fridge.possible_to_ms) == ("fridge-2", home + 60_000, None)
    assert [stay.possible_to_ms for stay in stays(store, "u-2")] == [None], "the other bag is still in the box"


def test_a_bag_of_a_fridge_that_is_packed_stays_possibly_there_until_its_reader_sees_it_gone(
    point: Pipeline, store: MemoryStore
) -> None:
    arrived = heard(1, "fridge-1", EventKind.ARRIVED, 1, None, START)
    deliver(point, POINT, [arrived], mark_ms=START)
    point.record(LIST, END)
    fridge, box = stays(store, "u-1")
    assert (fridge.certain_to_ms, fridge.possible_to_ms) == (START + HOUR, None)
    assert (box.place, box.certain_from_ms, box.possible_to_ms) == (BOX, START + HOUR, None)
    gone = heard(2, "fridge-1", EventKind.LEFT, 1, START + HOUR - 9_000, START + HOUR + 30_000)
    deliver(point, POINT, [gone], mark_ms=START)
    fridge, _ = stays(store, "u-1")
    assert (fridge.certain_to_ms, fridge.possible_to_ms) == (START + HOUR - 9_000, START + HOUR + 30_000)


def issue(unit: str, at_ms: int, to: str = "病房 3") -> IssueUnit:
    return IssueUnit(unit=unit, to=to, at_ms=at_ms, actor="tech")


def test_a_bag_that_is_issued_out_of_a_box_has_left_it_for_certain(point: Pipeline, store: MemoryStore) -> None:
    point.record(LIST, END)
    point.record(issue("u-1", START + 2 * HOUR), END)
    (box,) = stays(store, "u-1")
    assert (box.certain_to_ms, box.possible_to_ms, box.left_by) == (START + 2 * HOUR, START + 2 * HOUR, "person")
    with store.reading() as session:
        assert session.records.issues_of_unit("u-1") == (Issue(unit="u-1", to="病房 3", at_ms=START + 2 * HOUR),)


def test_a_bag_that_is_issued_out_of_a_watched_fridge_is_possibly_inside_until_it_is_seen_gone(
    point: Pipeline, store: MemoryStore
) -> None:
    deliver(point, POINT, [heard(1, "fridge-1", EventKind.ARRIVED, 1, None, START)], mark_ms=START)
    point.record(issue("u-1", START + HOUR), END)
    (fridge,) = stays(store, "u-1")
    assert (fridge.certain_to_ms, fridge.possible_to_ms) == (START + HOUR, None)


def test_an_issue_again_changes_nothing_and_one_to_somebody_else_is_recorded_too(
    point: Pipeline, store: MemoryStore
) -> None:
    first = point.record(issue("u-1", START + HOUR), END)
    assert point.record(issue("u-1", START + HOUR), END) == first
    point.record(issue("u-1", START + 3 * HOUR, to="hospital-2"), END)
    with store.reading() as session:
        assert [one.to for one in session.records.issues_of_unit("u-1")] == ["病房 3", "hospital-2"]
    with pytest.raises(UnknownThingError, match="u-77"):
        point.record(issue("u-77", START), END)
    with pytest.raises(InvalidValueError, match="future"):
        point.record(issue("u-1", END + HOUR), END)


def test_what_was_handed_out_is_recorded_although_it_is_on_hold(point: Pipeline, store: MemoryStore) -> None:
    point.record(PlaceUnit(unit="u-1", place="freezer-1", at_ms=START, actor="tech"), END)
    warm = [sample(n, START + n * 60_000, -5_000_000, "freezer-1-load") for n in range(1, 90)]
    deliver(point, POINT, warm, mark_ms=START + HOUR)
    with store.reading() as session:
        assert {(hold.unit, hold.basis) for hold in session.records.holds()} == {("u-1", "finding"), ("u-1", OF_PLACE)}
    point.record(issue("u-1", END - HOUR), END)
    with store.reading() as session:
        assert session.records.issues_of_unit("u-1")
        assert session.records.holds_of_unit("u-1")

"""Contacts say what their kind says and belong where they were registered; what is in use does not change its kind."""

import msgspec
import pytest
from support.intake import END, HOUR, START, sample, waiting
from support.memory_store import MemoryStore
from support.storage_point import BOX, CONTACTS, POINT, bags, deliver, point_on, said, storage_point

from coldchain.errors import ConflictError
from coldchain.facts import EventKind
from coldchain.places import CONTACT_WORDS, Contact, ContactKind, Place, PlaceKind, Probe, ProbeRole
from coldchain.units import PackBox
from ingest.counters import Counters
from ingest.pipeline import Pipeline
from rules.contacts import CONTACT_KINDS

OLD = "old-door"


@pytest.fixture
def point(store: MemoryStore) -> Pipeline:
    pipeline = point_on(store)
    pipeline.set_up([Contact(id=OLD, place="fridge-1", gateway=POINT)], START)
    return pipeline


@pytest.mark.parametrize("contact", [*CONTACTS, OLD])
def test_a_contact_says_the_two_words_of_its_kind_and_no_others(
    point: Pipeline, store: MemoryStore, contact: str
) -> None:
    gateway = BOX if contact == "box-1-lid" else POINT
    place, kind = CONTACTS.get(contact, ("fridge-1", None))
    own = CONTACT_KINDS if kind is None else {CONTACT_WORDS[kind].on, CONTACT_WORDS[kind].off}
    others = {EventKind.POSITION, EventKind.ARRIVED, EventKind.GATEWAY_STARTED}
    every = [EventKind(kind) for kind in sorted(CONTACT_KINDS | others)]
    deliver(point, gateway, [said(n, contact, kind, START + n * HOUR) for n, kind in enumerate(every, 1)])
    with store.reading() as session:
        known = session.records.events_of(contact, 0, END)
        assert {event.kind for event in known} == own
        assert {event.place for event in known} == {place}
    assert waiting(store) == ["unknown-device"] * (len(every) - len(own))


def test_no_two_kinds_of_contacts_that_differ_share_a_word() -> None:
    words = [(w.on, w.off) for w in CONTACT_WORDS.values()]
    assert len(CONTACT_KINDS) == 2 * len(set(words))


def test_a_gateway_whose_probes_lie_in_one_box_is_that_box_and_no_other_gateway_is(
    point: Pipeline, store: MemoryStore
) -> None:
    where = [said(1, gateway, EventKind.POSITION, END - HOUR) for gateway in (BOX, POINT)]
    started = [said(2, gateway, EventKind.GATEWAY_STARTED, END - HOUR) for gateway in (BOX, POINT)]
    for gateway, *facts in zip((BOX, POINT), where, started, strict=True):
        deliver(point, gateway, facts)
    with store.reading() as session:
        assert {event.place for event in session.records.events_of(BOX, 0, END)} == {BOX}
        assert {event.place for event in session.records.events_of(POINT, 0, END)} == {""}
    stray = Probe(id="stray", place="fridge-1", gateway=BOX, role=ProbeRole.AIR)
    point.set_up([stray], START)
    deliver(point, BOX, [said(3, BOX, EventKind.BATTERY, END - HOUR + 1, percent=9)])
    with store.reading() as session:
        last = session.records.last_event(BOX, END)
    assert last is not None
    assert (last.kind, last.place) == ("battery", ""), "with a probe in a fridge too, nobody knows where it is"


@pytest.mark.parametrize("origin", ["box-1-load", "box-1-lid", "fridge-1-reader", "gw-1"])
def test_nobody_but_a_box_itself_says_where_it_is(point: Pipeline, store: MemoryStore, origin: str) -> None:
    deliver(
        point, BOX, [said(1, origin, EventKind.POSITION, END - HOUR), said(2, origin, EventKind.BATTERY, END - HOUR)]
    )
    assert waiting(store) == ["unknown-device"] * 2


def test_a_kind_may_be_filled_in_once_and_is_fixed_then(point: Pipeline, store: MemoryStore) -> None:
    door = Contact(id=OLD, place="fridge-1", gateway=POINT, kind=ContactKind.DOOR)
    assert point.set_up([door], END) == 1
    assert point.set_up([door], END) == 0
    for kind in (ContactKind.MAINS, None):
        with pytest.raises(ConflictError, match="contact old-door: kind cannot change"):
            point.set_up([msgspec.structs.replace(door, kind=kind)], END)
    with store.reading() as session:
        assert door in session.records.contacts()


def test_a_kind_that_contradicts_what_a_contact_has_said_is_refused(point: Pipeline) -> None:
    silent = said(2, OLD, EventKind.DEVICE_SILENT, START + 2 * HOUR)
    deliver(point, POINT, [said(1, OLD, EventKind.MAINS_LOST, START + HOUR), silent])
    old = Contact(id=OLD, place="fridge-1", gateway=POINT, kind=ContactKind.DOOR)
    with pytest.raises(ConflictError, match="old-door has said mains-lost, which a contact of kind door never does"):
        point.set_up([old], END)
    assert point.set_up([msgspec.structs.replace(old, kind=ContactKind.MAINS)], END) == 1


def place_of(name: str) -> Place:
    return next(thing for thing in storage_point() if isinstance(thing, Place) and thing.id == name)


def test_the_kind_of_a_place_is_fixed_once_it_has_measured_or_was_packed(point: Pipeline) -> None:
    fridge = msgspec.structs.replace(place_of("fridge-1"), kind=PlaceKind.AGITATOR)
    assert point.set_up([fridge], START) == 1
    deliver(point, POINT, [sample(1, START, 4_000_000)])
    with pytest.raises(ConflictError, match="place fridge-1: kind cannot change"):
        point.set_up([place_of("fridge-1")], END)
    for fact in bags(1):
        point.record(fact, END)
    listed = PackBox(manifest="list-1", box=BOX, units=("u-1",), at_ms=START, destination="s", actor="tech")
    point.record(listed, END)
    with pytest.raises(ConflictError, match="place box-1: kind cannot change"):
        point.set_up([msgspec.structs.replace(place_of(BOX), kind=PlaceKind.FRIDGE)], END)


def test_a_box_needs_limits_for_the_road(store: MemoryStore) -> None:
    things = [
        msgspec.structs.replace(thing, profile_version=1) if isinstance(thing, Place) and thing.id == BOX else thing
        for thing in storage_point()
    ]
    pipeline = Pipeline(store, Counters())
    with pytest.raises(ConflictError, match=r"place box-1: profile cn-rbc version 1 has no \[transport\] limits"):
        pipeline.set_up(things, START)
    with store.reading() as session:
        assert session.records.places() == (), "nothing of it was kept"

"""A crate that was unpacked where no tunnel stands: whom its list expects follows from what a shelf's reader reads."""

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.intake import END, HOUR, SITE, START, epc, presence, sample, unit, verdicts
from support.memory_store import MemoryStore
from support.storage_point import BOX, POINT, deliver, numbered, point_on

from coldchain.entries import Manifest, StayRecord
from coldchain.facts import DeviceEvent, EventKind, Fact
from coldchain.lineage import DeclareError, ErrorOf, ErrorReason, Said
from coldchain.places import Reader, ReaderPurpose
from coldchain.ports import Session
from coldchain.units import (
    BindTag,
    Hold,
    IssueUnit,
    PackBox,
    PersonFact,
    PlaceUnit,
    Reason,
    ReceiveCrate,
    RegisterUnit,
    RetireTag,
)
from ingest.conditions_units import unit_conditions
from ingest.known import Known
from ingest.pipeline import Pipeline
from ingest.stays import Restayed, restay
from ingest.unpacked import Lists
from rules.expected import UNPACKED_MS

MINUTE = 60_000
PACKED = START + HOUR
OPENED = PACKED + 2 * HOUR
BAGS = ("u-1", "u-2", "u-3")


def read(number: int, at_ms: int, fridge: str = "fridge-1", kind: EventKind = EventKind.ARRIVED) -> DeviceEvent:
    event = presence(number, kind, number, at_ms - 30_000, at_ms)
    return msgspec.structs.replace(event, origin=f"{fridge}-reader")


def packed(destination: str = SITE, at_ms: int = PACKED, manifest: str = "list-1") -> PackBox:
    return PackBox(manifest=manifest, box=BOX, units=BAGS, at_ms=at_ms, destination=destination, actor="courier")


def never_packed(name: str, at_ms: int = PACKED, instead: Said | None = None) -> DeclareError:
    """Return the word that a bag was not put into the box, but elsewhere or nowhere."""
    return DeclareError(
        of=ErrorOf.PLACEMENT,
        wrong=Said(unit=name, at_ms=at_ms, object=BOX),
        reason=ErrorReason.DID_NOT_OCCUR if instead is None else ErrorReason.INCORRECT_DATA,
        instead=instead,
        note="scanned with another box",
        at_ms=END,
        name="王芳",
        post="quality manager",
        actor="qm",
    )


def people(destination: str = SITE) -> list[PersonFact]:
    facts: list[PersonFact] = []
    for number, name in enumerate(BAGS, 1):
        facts.append(RegisterUnit(unit=unit(name, f"01607260{number:05}"), actor="tech"))
        facts.append(BindTag(epc=epc(number), unit=name, from_ms=START, actor="tech"))
    return [*facts, packed(destination)]


class Point:
    """A storage point to which a box of three bags goes."""

    def __init__(self, *facts: PersonFact) -> None:
        self.store = MemoryStore()
        self.pipeline: Pipeline = point_on(self.store)
        self.heard: list[Fact] = []
        self.say(*(facts or people()))

    def say(self, *facts: PersonFact) -> None:
        for fact in facts:
            self.pipeline.record(fact, END)

    def hears(self, *facts: Fact) -> None:
        for fact in facts:
            fact = msgspec.structs.replace(fact, seq=len(self.heard) + 1)
            self.heard.append(fact)
            deliver(self.pipeline, POINT, [fact], mark_ms=START)

    def stays(self, name: str) -> list[StayRecord]:
        with self.store.reading() as session:
            return [one for one in session.records.stays_of_unit(name) if not one.withdrawn]

    def expected(self, name: str) -> list[tuple[str, int, str]]:
        return [(one.place, one.possible_from_ms, one.listed) for one in self.stays(name) if one.entered_by == "list"]

    def holds(self) -> dict[str, Hold]:
        with self.store.reading() as session:
            return {one.unit: one for one in session.records.holds()}


def hot(from_ms: int, minutes: int = 30) -> list[Fact]:
    times = range(from_ms, from_ms + minutes * MINUTE, MINUTE)
    end = sample(0, times[-1] + MINUTE, 4_000_000)
    return [sample(0, START, 4_000_000), *(sample(0, ms, 12_000_000) for ms in times), end]


def test_the_bags_of_a_list_that_no_reader_found_are_expected_where_others_of_it_were_read() -> None:
    point = Point()
    point.hears(read(1, OPENED))
    assert (point.expected("u-1"), point.expected("u-2")) == ([], [("fridge-1", OPENED, "list-1")])
    point.hears(read(2, OPENED + MINUTE, "fridge-2"))
    assert point.expected("u-3") == [("fridge-1", OPENED, "list-1"), ("fridge-2", OPENED + MINUTE, "list-1")]
    (there,) = (one for one in point.stays("u-2") if one.place == "fridge-2")
    assert (there.certain_from_ms, there.entered_by) == (OPENED + MINUTE, "reader")
    (gone,) = (one for one in point.stays("u-2") if one.place == "fridge-1")
    assert gone.possible_to_ms is not None, "the other shelf's reader has it: it is in the first one no more"


def test_a_hold_reaches_the_bag_that_no_reader_found_and_says_by_which_list() -> None:
    point = Point()
    point.hears(read(1, OPENED), read(2, OPENED))
    deliver(point.pipeline, POINT, numbered(hot(OPENED + HOUR)), mark_ms=OPENED + 2 * HOUR)
    held = point.holds()
    assert {name: one.reason for name, one in held.items()} == {
        "u-1": Reason.CERTAIN,
        "u-2": Reason.CERTAIN,
        "u-3": Reason.EXPECTED,
    }
    assert (held["u-3"].certain, held["u-3"].listed) == (False, "list-1")


def test_one_that_a_late_read_finds_in_another_fridge_was_not_there_and_its_hold_says_so() -> None:
    point = Point()
    point.hears(read(1, OPENED))
    deliver(point.pipeline, POINT, numbered(hot(OPENED + HOUR)), mark_ms=OPENED + 2 * HOUR)
    assert set(point.holds()) == set(BAGS)
    events = [read(number, OPENED, f"fridge-{number - 1}") for number in (2, 3)]
    late = [msgspec.structs.replace(one, seq=900 + one.seq) for one in events]
    deliver(point.pipeline, POINT, late, mark_ms=OPENED + 2 * HOUR)
    held = point.holds()
    assert (held["u-2"].reason, held["u-2"].basis_stands) == (Reason.CERTAIN, True)
    with point.store.reading() as session:
        findings = {one.id for one in session.records.findings(place="fridge-1")}
        there = [one for one in session.records.holds_of_unit("u-3") if one.finding in findings]
    assert {(one.basis_stands, one.lifted_by) for one in there} == {(False, "")}, "a person decides, the system holds"


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (read(1, PACKED), "read at the very time of packing it is still where it was"),
        (read(1, PACKED + UNPACKED_MS + 1), "three days later a read tells nothing of the crate"),
        (read(1, OPENED, kind=EventKind.UNCERTAIN), "nobody knows whether it came"),
    ],
)
def test_what_does_not_say_that_the_crate_was_opened_there_expects_nobody(event: DeviceEvent, why: str) -> None:
    point = Point()
    point.hears(event)
    assert [point.expected(name) for name in BAGS] == [[], [], []], why


def test_a_read_elsewhere_than_at_the_end_of_the_way_expects_nobody() -> None:
    point = Point(*people("hospital-2"))
    point.hears(read(1, OPENED))
    assert point.expected("u-2") == []
    named = Point(*people("fridge-2"))
    named.hears(read(1, OPENED), read(2, OPENED + MINUTE, "fridge-2"))
    assert named.expected("u-3") == [("fridge-2", OPENED + MINUTE, "list-1")], "a list may name the place itself"


def test_one_that_was_taken_out_or_issued_before_is_in_no_crate() -> None:
    point = Point()
    point.say(PlaceUnit(unit="u-2", place="freezer-1", at_ms=OPENED - HOUR, actor="tech"))
    point.say(IssueUnit(unit="u-3", to="ward", at_ms=OPENED - HOUR, actor="tech"))
    point.hears(read(1, OPENED))
    assert (point.expected("u-2"), point.expected("u-3")) == ([], [])


def test_it_ends_when_a_person_says_where_it_is() -> None:
    point = Point()
    point.hears(read(1, OPENED))
    point.say(PlaceUnit(unit="u-2", place="freezer-1", at_ms=OPENED + HOUR, actor="tech"))
    (gone,) = (one for one in point.stays("u-2") if one.entered_by == "list")
    assert gone.possible_to_ms == OPENED + HOUR


def tunnel(point: Point, at_ms: int, manifest: str = "list-1") -> None:
    """Receive the crate past a tunnel that has read nothing of it."""
    reader = Reader(id="tunnel-1", place="fridge-1", gateway=POINT, purpose=ReaderPurpose.TUNNEL)
    point.pipeline.set_up([reader], START)
    said: dict[str, Any] = {"reader": "tunnel-1", "place": "fridge-1", "units": (), "actor": "tech"}
    point.say(ReceiveCrate(receipt="r-1", manifest=manifest, from_ms=at_ms - MINUTE, to_ms=at_ms, **said))


def test_a_crate_received_past_a_tunnel_expects_none_that_a_shelf_had_read_before() -> None:
    point = Point()
    point.hears(read(1, OPENED, "fridge-2"), read(1, OPENED + MINUTE, "fridge-2", EventKind.LEFT))
    tunnel(point, OPENED + 2 * MINUTE)
    assert [one[0] for one in point.expected("u-1")] == [], "it was read, put away, and taken out again"
    assert ("fridge-1", OPENED + 2 * MINUTE, "list-1") in point.expected("u-2")


def test_what_was_put_away_before_its_crate_was_received_is_not_missing() -> None:
    point = Point()
    point.hears(read(1, OPENED, "fridge-2"))
    tunnel(point, OPENED + 2 * MINUTE)
    with point.store.reading() as session:
        (missing,) = [one for one in unit_conditions(session, END) if one.rule == "A19"]
    assert (missing.values["number"], missing.values["unit"]) == (2, "u-2")


def story(chance: random.Random) -> tuple[list[PersonFact], list[Fact]]:
    """Return what people and readers say of two lists in one box and of bags that come and go."""
    said: list[PersonFact] = [*people(), packed(at_ms=PACKED + 9 * HOUR, manifest="list-2")]
    if chance.random() < 0.5:
        said.append(PlaceUnit(unit="u-3", place="freezer-1", at_ms=PACKED + chance.randrange(20 * HOUR), actor="tech"))
    if chance.random() < 0.5:
        said.append(IssueUnit(unit="u-2", to="ward", at_ms=PACKED + chance.randrange(20 * HOUR), actor="tech"))
    kinds = [EventKind.ARRIVED, EventKind.ARRIVED, EventKind.LEFT, EventKind.SEEN_AGAIN, EventKind.UNCERTAIN]
    events: list[Fact] = [
        read(number, START + chance.randrange(22 * HOUR), f"fridge-{chance.randint(1, 2)}", chance.choice(kinds))
        for number in (1, 2, 3)
        for _ in range(chance.randint(0, 4))
    ]
    events += [one for at in (3, 12) for one in hot(START + at * HOUR)]
    for at_ms in (PACKED, PACKED + 9 * HOUR):
        if chance.random() < 0.4:
            elsewhere = Said(unit="u-1", at_ms=at_ms + MINUTE, object=chance.choice(["freezer-1", "fridge-2"]))
            name, instead = chance.choice([("u-1", None), ("u-1", elsewhere), ("u-2", None), ("u-3", None)])
            said.append(never_packed(name, at_ms, instead))
    return said, numbered(events)


def shuffled(acts: list[Any], order: random.Random) -> list[Any]:
    """Return acts in another order, in which nobody takes back what has not been said yet."""
    acts = order.sample(acts, len(acts))
    for error in [one for one in acts if isinstance(one, DeclareError)]:
        (word,) = (one for one in acts if isinstance(one, PackBox) and one.at_ms == error.wrong.at_ms)
        first, second = sorted((acts.index(error), acts.index(word)))
        acts[first], acts[second] = word, error
    return acts


def told(seed: int, order: random.Random | None) -> Any:
    said, heard = story(random.Random(seed))
    point = Point(*people()[:-1])
    acts: list[Any] = [*said[len(people()) - 1 :]]
    acts += [heard[at : at + 5] for at in range(0, len(heard), 5)]
    for act in acts if order is None else shuffled(acts, order):
        if isinstance(act, list):
            deliver(point.pipeline, POINT, act, mark_ms=START)
        else:
            point.say(act)
    deliver(point.pipeline, POINT, [], sent_ms=END)
    point.pipeline.catch_up(END)
    stays = {name: sorted(_plain(one) for one in point.stays(name)) for name in BAGS}
    return stays, verdicts(point.store)


def _plain(one: StayRecord) -> tuple[str, ...]:
    return tuple(str(getattr(one, name)) for name in one.__struct_fields__ if name != "number")


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_whom_a_list_expects_does_not_depend_on_the_order_of_arrival(seed: int, order: int) -> None:
    assert told(seed, random.Random(order)) == told(seed, None)


def read_plainly(session: Session, manifest: Manifest) -> dict[str, int]:
    """Return in which places units of a list were first read at the end of its way, each unit looked at by itself."""
    found: dict[str, int] = {}
    for name in manifest.units:
        put = session.records.placements_of_unit(name)
        if (manifest.box, manifest.packed_ms) not in {(one.place, one.at_ms) for one in put}:
            continue
        begun = [
            (one.certain_from_ms, one.place)
            for one in session.records.stays_of_unit(name)
            if not one.withdrawn and one.entered_by in {"reader", "both"} and one.certain_from_ms is not None
        ]
        ends = [one for one in begun if one[1].startswith("fridge") and 0 < one[0] - manifest.packed_ms <= 72 * HOUR]
        for at_ms, place in sorted(ends)[:1]:
            found[place] = min(at_ms, found.get(place, at_ms))
    return found


def as_worked_out_from_nothing(store: MemoryStore) -> set[str]:
    """Return the places that lists name; assert that nothing changes if each bag is worked out by what is recorded."""
    named: set[str] = set()
    with store.writing() as session:
        for name in BAGS:
            lists = Lists(session)
            touched = restay(session, Known(session, END), name, END, lists)
            assert (touched.places, touched.read) == ({}, None), name
            for one in lists.of_unit(name):
                said = {one.place: one.at_ms for one in lists.unpacked(one, name)}
                assert said == read_plainly(session, one)
                named |= set(said)
    return named


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 7), st.integers(0, 10**6))
def test_after_every_word_whom_lists_expect_is_what_working_it_out_from_nothing_gives(
    seed: int, size: int, order: int
) -> None:
    said, heard = story(random.Random(seed))
    point = Point(*people()[:-1])
    acts: list[Any] = [*said[len(people()) - 1 :]]
    acts += [[one for one in heard[at : at + size] if isinstance(one, DeviceEvent)] for at in range(0, 24, size)]
    for act in shuffled(acts, random.Random(order)):
        if isinstance(act, list):
            deliver(point.pipeline, POINT, act, mark_ms=START)
        else:
            point.say(act)
        as_worked_out_from_nothing(point.store)


def test_one_more_that_is_read_changes_nothing_of_its_mates(monkeypatch: pytest.MonkeyPatch) -> None:
    point = Point()
    asked: list[str] = []

    def noted(session: Session, known: Known, unit: str, now_ms: int, lists: Lists) -> Restayed:
        asked.append(unit)
        return restay(session, known, unit, now_ms, lists)

    monkeypatch.setattr("ingest.judge.restay", noted)
    point.hears(read(1, OPENED))
    assert sorted(asked) == ["u-1", "u-1", "u-2", "u-3"], "the first one says where the crate was opened"
    asked.clear()
    point.hears(read(2, OPENED + MINUTE))
    assert asked == ["u-2"], "the list says what it said"
    asked.clear()
    point.hears(read(3, OPENED - MINUTE))
    assert sorted(asked) == ["u-1", "u-2", "u-3", "u-3"], "it was opened earlier"
    assert as_worked_out_from_nothing(point.store) == {"fridge-1"}


def test_bags_that_come_together_are_worked_out_once_but_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    point = Point()
    asked: list[str] = []

    def noted(session: Session, known: Known, unit: str, now_ms: int, lists: Lists) -> Restayed:
        asked.append(unit)
        return restay(session, known, unit, now_ms, lists)

    monkeypatch.setattr("ingest.judge.restay", noted)
    late_first = [read(number, OPENED - number * MINUTE) for number in (1, 2, 3)]
    deliver(point.pipeline, POINT, late_first, mark_ms=START)
    assert asked == ["u-3", "u-2", "u-1", "u-3"]
    assert as_worked_out_from_nothing(point.store) == {"fridge-1"}


def test_a_tag_that_was_out_of_use_when_it_was_read_expects_nobody_any_more() -> None:
    point = Point()
    point.hears(read(1, OPENED))
    assert point.expected("u-2") == [("fridge-1", OPENED, "list-1")]
    point.say(RetireTag(epc=epc(1), at_ms=OPENED - MINUTE, reason="torn off", actor="tech"))
    assert [point.expected(name) for name in BAGS] == [[], [], []]
    assert as_worked_out_from_nothing(point.store) == set()


@pytest.mark.parametrize("instead", [None, Said(unit="u-1", at_ms=PACKED + MINUTE, object="fridge-1")])
def test_a_bag_that_was_never_packed_expects_nobody_whenever_that_is_said(instead: Said | None) -> None:
    before, after = Point(), Point()
    before.say(never_packed("u-1", instead=instead))
    before.hears(read(1, OPENED), *hot(OPENED + HOUR))
    after.hears(read(1, OPENED), *hot(OPENED + HOUR))
    assert after.expected("u-2") == [("fridge-1", OPENED, "list-1")]
    assert {one.unit for one in verdicts(after.store)[1]} == set(BAGS)
    after.say(never_packed("u-1", instead=instead))
    for point in (before, after):
        assert [point.expected(name) for name in BAGS] == [[], [], []]
        assert as_worked_out_from_nothing(point.store) == set()
    known = [{name: sorted(map(_plain, point.stays(name))) for name in BAGS} for point in (before, after)]
    assert known[0] == known[1]
    assert verdicts(before.store) == verdicts(after.store)
    assert {one.unit for one in verdicts(after.store)[1]} == {"u-1"}


def test_the_others_of_a_list_say_where_it_was_opened_after_one_was_never_packed() -> None:
    point = Point()
    point.hears(read(1, OPENED), read(2, OPENED + MINUTE, "fridge-2"))
    point.say(never_packed("u-1"))
    assert point.expected("u-3") == [("fridge-2", OPENED + MINUTE, "list-1")]
    assert as_worked_out_from_nothing(point.store) == {"fridge-2"}


def test_the_stories_have_bags_that_lists_expect() -> None:
    found = [stay for seed in range(20) for stays in told(seed, None)[0].values() for stay in stays]
    assert sum("list" in stay for stay in found) > 10

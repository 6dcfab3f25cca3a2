"""One gateway, two fridges: two readers, each with its own door, and both doors on one module among other contacts."""

from collections.abc import Iterator

import pytest
from support.edge_cabinet import BAG, MINUTE, OTHER, SECOND
from support.fake_ports import FakeBus, FakePorts, FakeReader
from support.hand_clock import HandClock
from support.memory_spool import MemorySpool

from coldchain.facts import PRESENCE_KINDS, EventKind
from coldchain.places import ContactKind
from gateway.counters import Counters
from gateway.edge import TICK_MAX_MS, Edge
from gateway.plan import BusPlan, ContactPlan, EdgePlan, InputPlan, ReaderPlan, TemperaturePlan
from gateway.presence_state import Phase

WIRED = (
    ("fridge-1-door", ContactKind.DOOR),
    ("site-mains", ContactKind.MAINS),
    ("fridge-2-door", ContactKind.DOOR),
    ("freezer-1-door", ContactKind.DOOR),
    ("freezer-1-defrost", ContactKind.DEFROST),
    ("platelet-1-door", ContactKind.DOOR),
    ("platelet-1-motion", ContactKind.MOTION),
    ("site-ups", ContactKind.UPS),
)
NUMBER = {contact: number for number, (contact, _) in enumerate(WIRED)}
PROBES = (
    *("fridge-1-load", "fridge-1-air", "fridge-2-load", "fridge-2-air"),
    *("freezer-1-load", "freezer-1-air", "platelet-1-load", "platelet-1-air"),
)
PLAN = EdgePlan(
    gateway="gw-1",
    buses=(
        BusPlan(
            port="bus",
            temperature=(TemperaturePlan(slave=1, channels=dict(enumerate(PROBES)), poll_ms=20_000),),
            contacts=(
                ContactPlan(
                    slave=2,
                    poll_ms=1_000,
                    inputs=tuple(InputPlan(number=NUMBER[name], contact=name, kind=kind) for name, kind in WIRED),
                ),
            ),
        ),
    ),
    readers=(
        ReaderPlan(id="fridge-1-reader", port="reader-1", door="fridge-1-door"),
        ReaderPlan(id="fridge-2-reader", port="reader-2", door="fridge-2-door"),
    ),
)


class Point:
    """A storage point with its gateway; `restart` is a SIGKILL."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.spool = MemorySpool()
        self.counters = Counters()
        self.bus = FakeBus(self.clock)
        self.bus.registers = [40, 45, 41, 46, 0x10000 - 250, 0x10000 - 270, 220, 221]
        self.readers = [FakeReader(self.clock), FakeReader(self.clock)]
        self.ports = FakePorts()
        self.ports.ports = {
            "bus": self.bus.port,
            "reader-1": self.readers[0].port,
            "reader-2": self.readers[1].port,
        }
        self.put("platelet-1-motion", True)
        self.restart()

    def restart(self) -> None:
        self.edge = Edge(PLAN, self.clock, self.spool, self.ports.open, self.counters)

    def put(self, contact: str, on: bool) -> None:
        self.bus.inputs[NUMBER[contact]] = on

    def run(self, ms: int) -> None:
        end_ms = self.clock.boottime_ms() + ms
        while self.clock.boottime_ms() < end_ms:
            wait_ms = self.edge.tick()
            assert 0 <= wait_ms <= TICK_MAX_MS
            self.clock.wait(max(1, min(wait_ms, end_ms - self.clock.boottime_ms())))

    def open_for(self, ms: int, *doors: str) -> None:
        for door in doors:
            self.put(door, True)
        self.run(ms)
        for door in doors:
            self.put(door, False)

    def moves(self) -> list[tuple[str, EventKind, str | None]]:
        return [(event.origin, event.kind, event.epc) for event in self.spool.events(*PRESENCE_KINDS)]


@pytest.fixture
def point() -> Iterator[Point]:
    point = Point()
    point.readers[0].inside = {BAG}
    point.run(MINUTE)
    yield point
    point.edge.close()


def test_eight_probes_of_four_places_are_read_in_one_poll(point: Point) -> None:
    first = point.spool.samples()[:8]
    assert [sample.origin for sample in first] == list(PROBES)
    assert [sample.micro_celsius for sample in first][4:] == [-25_000_000, -27_000_000, 22_000_000, 22_100_000]
    assert len({sample.taken_ms for sample in first}) == 1


def test_a_door_starts_the_counts_of_its_own_reader_and_leaves_the_other_alone(point: Point) -> None:
    before = [len(reader.starts) for reader in point.readers]
    point.open_for(5 * SECOND, "fridge-2-door")
    point.run(20 * SECOND)
    grown = [len(reader.starts) - count for reader, count in zip(point.readers, before, strict=True)]
    assert grown[0] <= 1, "the idle pace of the fridge whose door stayed shut"
    assert grown[1] >= 3
    assert point.edge._cabinets[0].presence.phase is Phase.SHUT


def test_a_bag_that_is_carried_from_one_fridge_to_the_other_left_by_one_door_and_came_by_the_other(
    point: Point,
) -> None:
    point.open_for(10 * SECOND, "fridge-1-door")
    point.readers[0].inside = set()
    point.run(20 * SECOND)
    point.open_for(10 * SECOND, "fridge-2-door")
    point.readers[1].inside = {BAG}
    point.run(MINUTE)
    assert point.moves() == [
        ("fridge-1-reader", EventKind.ARRIVED, BAG),
        ("fridge-1-reader", EventKind.LEFT, BAG),
        ("fridge-2-reader", EventKind.ARRIVED, BAG),
    ]
    doors = point.spool.events(EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED)
    assert [door.origin for door in doors] == ["fridge-1-door"] * 2 + ["fridge-2-door"] * 2
    left, came = point.spool.events(EventKind.LEFT, EventKind.ARRIVED)[1:]
    assert (left.earliest_ms, left.latest_ms) == (doors[0].earliest_ms, doors[1].latest_ms)
    assert (came.earliest_ms, came.latest_ms) == (doors[2].earliest_ms, doors[3].latest_ms)


def test_two_doors_that_move_in_one_poll_are_one_commit_with_both_readers_in_step(point: Point) -> None:
    commits = len(point.spool.commits)
    point.open_for(3 * SECOND, "fridge-1-door", "fridge-2-door")
    opened = next(
        (facts, states)
        for facts, states in point.spool.commits[commits:]
        if any(getattr(fact, "kind", None) is EventKind.DOOR_OPENED for fact in facts)
    )
    assert [fact.origin for fact in opened[0]] == ["fridge-1-door", "fridge-2-door"]
    assert set(opened[1]) == {"presence/fridge-1-reader", "presence/fridge-2-reader", "contacts"}
    point.readers[0].inside, point.readers[1].inside = {OTHER}, {BAG}
    point.restart()
    point.run(MINUTE)
    assert set(point.moves()[1:]) == {
        ("fridge-1-reader", EventKind.LEFT, BAG),
        ("fridge-1-reader", EventKind.ARRIVED, OTHER),
        ("fridge-2-reader", EventKind.ARRIVED, BAG),
    }


def test_a_reader_that_is_pulled_stops_neither_the_other_nor_the_contacts(point: Point) -> None:
    point.readers[0].port.plugged = False
    point.open_for(5 * SECOND, "fridge-1-door", "fridge-2-door")
    point.readers[1].inside = {OTHER}
    point.run(2 * MINUTE)
    silent = point.spool.events(EventKind.DEVICE_SILENT)
    assert [event.origin for event in silent] == ["fridge-1-reader"]
    assert ("fridge-2-reader", EventKind.ARRIVED, OTHER) in point.moves()
    assert ("fridge-1-reader", EventKind.UNCERTAIN, BAG) in point.moves()


def test_a_silent_module_is_silence_of_every_contact_and_a_blind_time_for_both_readers(point: Point) -> None:
    point.bus.mute = {2}
    point.run(MINUTE)
    silent = point.spool.events(EventKind.DEVICE_SILENT)
    assert sorted(event.origin for event in silent) == sorted(NUMBER)
    point.readers[0].inside, point.readers[1].inside = set(), {BAG}
    point.bus.mute = set()
    point.run(MINUTE)
    assert point.moves()[1:] == [
        ("fridge-1-reader", EventKind.UNCERTAIN, BAG),
        ("fridge-2-reader", EventKind.ARRIVED, BAG),
    ]


def test_a_night_of_the_site_is_said_in_the_words_of_each_contact(point: Point) -> None:
    for contact, on in (
        ("site-mains", False),
        ("site-ups", True),
        ("platelet-1-motion", False),
        ("site-mains", True),
        ("site-ups", False),
        ("platelet-1-motion", True),
        ("freezer-1-defrost", True),
        ("freezer-1-door", True),
        ("freezer-1-door", False),
        ("freezer-1-defrost", False),
    ):
        point.put(contact, on)
        point.run(2 * SECOND)
    told = [
        (event.origin, event.kind)
        for event in point.spool.events()
        if event.origin in NUMBER and event.kind not in PRESENCE_KINDS
    ]
    assert told == [
        ("site-mains", EventKind.MAINS_LOST),
        ("site-ups", EventKind.UPS_ON_BATTERY),
        ("platelet-1-motion", EventKind.AGITATION_STOPPED),
        ("site-mains", EventKind.MAINS_RESTORED),
        ("site-ups", EventKind.UPS_ON_MAINS),
        ("platelet-1-motion", EventKind.AGITATION_RESUMED),
        ("freezer-1-defrost", EventKind.DEFROST_BEGAN),
        ("freezer-1-door", EventKind.DOOR_OPENED),
        ("freezer-1-door", EventKind.DOOR_CLOSED),
        ("freezer-1-defrost", EventKind.DEFROST_ENDED),
    ]

"""One reader, two shelves with a door each: every zone has its own reads, presence and doors; and a tunnel."""

import pytest
from support.edge_cabinet import BAG, DOOR, MINUTE, OTHER, PLAN, SECOND
from support.fake_ports import FakeBus, FakePorts, FakeReader
from support.hand_clock import HandClock
from support.memory_spool import MemorySpool

from coldchain.facts import PRESENCE_KINDS, EventKind, TagSummary
from gateway.counters import Counters
from gateway.edge import Edge
from gateway.links.cycles import CycleDone, TagHeard
from gateway.plan import EdgePlan, ReaderPlan, ZonePlan
from gateway.zones import SharedReader, ZoneLink


class Scripted:
    """A reader that hears BAG on antenna 1 and OTHER on antenna 3; a cycle lasts a second."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.due_ms = 0
        self.running = False
        self.reached = True
        self.cycles = 0
        self.closed = False

    @property
    def busy(self) -> bool:
        return self.running

    def start(self, cycle_ms: int) -> bool:
        self.running = self.reached
        self.due_ms = self.clock.boottime_ms() + cycle_ms
        return self.reached

    def step(self) -> CycleDone | None:
        self.running = False
        self.cycles += 1
        now_ms = self.clock.now_ms()
        heard = [
            TagHeard(epc=epc, antenna=antenna, count=antenna, best_rssi_dbm=-50, first_ms=1, last_ms=2, centroid_ms=1)
            for epc, antenna in ((BAG, 1), (OTHER, 3))
        ]
        return CycleDone(
            start_ms=now_ms - SECOND,
            end_ms=now_ms,
            boottime_ms=self.clock.boottime_ms(),
            tags=tuple(heard),
            rounds=2,
            reads=4,
            rejected=0,
            fault="",
        )

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def link(clock: HandClock) -> Scripted:
    return Scripted(clock)


@pytest.fixture
def zones(link: Scripted, clock: HandClock) -> tuple[ZoneLink, ZoneLink]:
    shared = SharedReader(link, clock)
    return shared.zone(frozenset({1, 2})), shared.zone(frozenset({3}))


def test_one_cycle_serves_all_zones_that_wait_and_each_gets_its_own_antennas(
    zones: tuple[ZoneLink, ZoneLink], link: Scripted, clock: HandClock
) -> None:
    upper, lower = zones
    assert upper.start(SECOND)
    assert upper.step() is None
    assert lower.start(SECOND), "it waits for the next cycle"
    clock.wait(SECOND)
    first = upper.step()
    assert first is not None
    assert ([tag.epc for tag in first.tags], first.reads, upper.busy) == ([BAG], 1, False)
    assert upper.start(SECOND)
    assert lower.step() is None, "the cycle that ran when it asked was not its own"
    assert (lower.busy, link.cycles) == (True, 1)
    clock.wait(SECOND)
    second, third = lower.step(), upper.step()
    assert second is not None
    assert third is not None
    assert ([tag.epc for tag in second.tags], second.reads) == ([OTHER], 3)
    assert ([tag.epc for tag in third.tags], link.cycles) == ([BAG], 2)


def test_zones_that_ask_together_share_every_cycle(
    zones: tuple[ZoneLink, ZoneLink], link: Scripted, clock: HandClock
) -> None:
    got = {0: 0, 1: 0}
    for _ in range(30):
        for number, zone in enumerate(zones):
            if zone.busy and clock.boottime_ms() >= zone.due_ms:
                got[number] += zone.step() is not None
            if not zone.busy:
                assert zone.start(SECOND)
        clock.wait(SECOND // 2)
    assert min(got.values()) >= 8
    assert link.cycles <= max(got.values()) + 1, "not a cycle for each of them"


def test_a_reader_that_is_not_reached_fails_for_every_zone(
    zones: tuple[ZoneLink, ZoneLink], link: Scripted, clock: HandClock
) -> None:
    upper, lower = zones
    link.reached = False
    assert upper.start(SECOND)
    assert lower.start(SECOND)
    for zone in (upper, lower):
        lost = zone.step() or zone.step()
        assert lost is not None
        assert (lost.fault, lost.tags, zone.busy) == ("no-port", (), False)
    upper.close()
    assert link.closed


def edge_with(*readers: ReaderPlan) -> tuple[Edge, HandClock, MemorySpool, FakeReader, FakeBus]:
    clock, spool = HandClock(), MemorySpool()
    bus, reader, ports = FakeBus(clock), FakeReader(clock), FakePorts()
    ports.ports = {"bus": bus.port, "reader": reader.port}
    plan = EdgePlan(gateway="gw-1", buses=PLAN.buses, readers=readers)
    return Edge(plan, clock, spool, ports.open, Counters()), clock, spool, reader, bus


def run(edge: Edge, clock: HandClock, ms: int) -> None:
    end_ms = clock.boottime_ms() + ms
    while clock.boottime_ms() < end_ms:
        clock.wait(max(1, min(edge.tick(), end_ms - clock.boottime_ms())))


def test_past_a_tunnel_every_cycle_that_reads_is_accepted_and_nothing_is_decided() -> None:
    edge, clock, spool, reader, _ = edge_with(ReaderPlan(id="tunnel-1", port="reader", door="", idle_cycle_ms=0))
    run(edge, clock, MINUTE)
    assert [event.kind for event in spool.events(EventKind.INVENTORY)] == []
    reader.inside = {BAG, OTHER}
    run(edge, clock, 12 * SECOND)
    reader.inside = set()
    run(edge, clock, MINUTE)
    counts = [event.details["tags"] for event in spool.events(EventKind.INVENTORY)]
    assert 6 <= len(counts) <= 9, "no pause between cycles of 1.5 s"
    assert set(counts) <= {1, 2}
    assert {fact.epc for fact in spool.facts if isinstance(fact, TagSummary)} == {BAG, OTHER}
    assert spool.events(*PRESENCE_KINDS) == []


def test_each_zone_speaks_as_a_reader_of_its_own() -> None:
    near = ZonePlan(id="shelf-1", antennas=frozenset(range(256)), door=DOOR)
    deep = ZonePlan(id="shelf-2", antennas=frozenset(), door=DOOR)
    edge, clock, spool, reader, _ = edge_with(ReaderPlan(id="r", port="reader", door=DOOR, zones=(near, deep)))
    reader.inside = {BAG}
    run(edge, clock, 2 * MINUTE)
    assert [(event.origin, event.kind, event.epc) for event in spool.events(*PRESENCE_KINDS)] == [
        ("shelf-1", EventKind.ARRIVED, BAG)
    ]
    (arrived,) = spool.events(EventKind.ARRIVED)
    assert arrived.details["confidence_permille"] == 999
    origins = {event.origin for event in spool.events(EventKind.INVENTORY)}
    assert origins == {"shelf-1", "shelf-2"}


class Rested(Scripted):
    """A reader whose connection must be kept alive between cycles."""

    rests = 0

    def rest(self) -> None:
        assert not self.running, "a cycle looks after the connection by itself"
        self.rests += 1


def test_a_connection_is_kept_alive_while_no_zone_wants_a_cycle() -> None:
    clock = HandClock()
    link = Rested(clock)
    shared = SharedReader(link, clock)
    upper, lower = shared.zone(frozenset({1})), shared.zone(frozenset({3}))
    upper.rest()
    assert link.rests == 1
    lower.start(SECOND)
    lower.step()
    assert link.busy
    upper.rest()
    assert link.rests == 1
    silent = SharedReader(Scripted(clock), clock)
    silent.zone(frozenset({1})).rest()
    assert not silent.zone(frozenset({1})).busy

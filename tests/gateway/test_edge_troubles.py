"""The edge on a hand clock: silent devices, pulled adapters, a full spool, a clock that steps."""

from collections.abc import Iterator
from itertools import pairwise

import msgspec
import pytest
from support.edge_cabinet import AIR, BAG, DOOR, LOAD, MAINS, MINUTE, OTHER, PLAN, READER, SECOND, Cabinet, living
from support.fake_ports import FakeBus, FakePorts
from support.hand_clock import HandClock
from support.memory_spool import MemorySpool

from coldchain.facts import EventKind, Gap, Sample
from gateway.bus import SILENT_POLL_MAX_MS, SILENT_POLL_MS
from gateway.counters import Counters
from gateway.edge import TICK_MAX_MS, Edge
from gateway.plan import BusPlan, EdgePlan
from gateway.presence_state import Phase

HOUR = 60 * MINUTE


@pytest.fixture
def cabinet() -> Iterator[Cabinet]:
    with living() as cabinet:
        yield cabinet


def test_a_silent_collector_is_said_once_for_each_probe_and_once_when_it_is_back(cabinet: Cabinet) -> None:
    last_good_ms = cabinet.spool.samples()[-1].taken_ms
    cabinet.bus.mute = {1}
    cabinet.run(10 * MINUTE)
    silent = cabinet.spool.events(EventKind.DEVICE_SILENT)
    assert [(e.origin, e.earliest_ms, e.details) for e in silent] == [
        (LOAD, last_good_ms, {"reason": "no-answer"}),
        (AIR, last_good_ms, {"reason": "no-answer"}),
    ]
    assert silent[0].taken_ms - last_good_ms <= 3 * 20 * SECOND + 5 * SECOND
    cabinet.bus.mute = set()
    cabinet.run(MINUTE)
    assert [e.origin for e in cabinet.spool.events(EventKind.DEVICE_BACK)] == [LOAD, AIR]
    assert cabinet.spool.samples()[-1].taken_ms > cabinet.clock.now_ms() - 21 * SECOND


def test_one_lost_answer_is_asked_for_again_and_costs_no_sample(cabinet: Cabinet) -> None:
    cabinet.run(SECOND)
    before = len(cabinet.spool.samples())
    cabinet.bus.mute = {1}
    cabinet.run(19 * SECOND + 200)
    cabinet.bus.mute = set()
    cabinet.run(3 * SECOND)
    assert len(cabinet.spool.samples()) == before + 2
    assert cabinet.counters.poll_failures == {"no-answer": 1}


def test_a_dead_slave_does_not_eat_the_others_time(cabinet: Cabinet) -> None:
    cabinet.bus.mute = {1}
    cabinet.run(3 * MINUTE)
    cabinet.bus.asked.clear()
    cabinet.run(10 * MINUTE)
    contacts = [at_ms for at_ms, slave in cabinet.bus.asked if slave == 2]
    gaps = [b - a for a, b in pairwise(contacts)]
    assert max(gaps) <= 3_000
    assert len(contacts) >= 530
    assert len(cabinet.bus.asked) - len(contacts) <= 10 * MINUTE // SILENT_POLL_MS


def test_a_silent_slave_is_asked_less_often(cabinet: Cabinet) -> None:
    cabinet.bus.mute = {2}
    cabinet.run(MINUTE)
    cabinet.bus.asked.clear()
    cabinet.run(10 * MINUTE)
    asked = [at_ms for at_ms, slave in cabinet.bus.asked if slave == 2]
    assert 10 <= len(asked) <= 10 * MINUTE // SILENT_POLL_MS
    pauses = [b - a for a, b in pairwise(asked)]
    assert pauses == sorted(pauses), "each pause is at least as long as the one before"
    assert SILENT_POLL_MAX_MS <= max(pauses) <= SILENT_POLL_MAX_MS + 2 * SECOND
    assert sum(slave == 1 for _, slave in cabinet.bus.asked) == 30


def test_a_pulled_bus_adapter_is_silence_for_its_devices_and_nothing_for_the_reader(cabinet: Cabinet) -> None:
    cabinet.bus.port.plugged = False
    cycles = len(cabinet.reader.starts)
    cabinet.run(15 * MINUTE)
    silent = cabinet.spool.events(EventKind.DEVICE_SILENT)
    assert sorted(e.origin for e in silent) == [AIR, DOOR, LOAD, MAINS]
    assert {e.details["reason"] for e in silent} == {"no-port"}
    assert len(cabinet.reader.starts) - cycles == 3
    cabinet.bus.port.plugged = True
    cabinet.run(MINUTE)
    assert sorted(e.origin for e in cabinet.spool.events(EventKind.DEVICE_BACK)) == [AIR, DOOR, LOAD, MAINS]
    assert cabinet.counters.ports_lost["unplugged"] == 1
    assert cabinet.counters.ports_lost["absent"] > 3


def test_a_bag_taken_while_the_contacts_were_silent_is_uncertain(cabinet: Cabinet) -> None:
    cabinet.bus.mute = {2}
    cabinet.run(MINUTE)
    cabinet.reader.inside = set()
    cabinet.run(MINUTE)
    cabinet.bus.mute = set()
    cabinet.run(3 * MINUTE)
    assert cabinet.said()[1:] == [(EventKind.UNCERTAIN, BAG)]


def test_a_reader_that_died_leaves_the_bags_uncertain_after_the_next_closing(cabinet: Cabinet) -> None:
    cabinet.reader.asleep = True
    cabinet.open_for(5 * SECOND)
    cabinet.run(2 * MINUTE)
    assert [e.origin for e in cabinet.spool.events(EventKind.DEVICE_SILENT)] == [READER]
    assert cabinet.said()[1:] == [(EventKind.UNCERTAIN, BAG)]
    cabinet.reader.asleep = False
    cabinet.run(2 * MINUTE)
    assert [e.origin for e in cabinet.spool.events(EventKind.DEVICE_BACK)] == [READER]
    assert cabinet.said()[2:] == [(EventKind.ARRIVED, BAG)]


def test_a_pulled_reader_does_not_disturb_the_temperatures(cabinet: Cabinet) -> None:
    cabinet.reader.port.plugged = False
    before = len(cabinet.spool.samples(LOAD))
    cabinet.run(20 * MINUTE)
    assert len(cabinet.spool.samples(LOAD)) == before + 60
    assert cabinet.counters.cycles_failed >= 3
    cabinet.reader.port.plugged = True
    cabinet.run(2 * MINUTE)
    assert cabinet.said(EventKind.DEVICE_SILENT, EventKind.DEVICE_BACK) == [
        (EventKind.DEVICE_SILENT, None),
        (EventKind.DEVICE_BACK, None),
    ]


def test_a_full_spool_refuses_counts_and_declares_the_gap_when_there_is_room(cabinet: Cabinet) -> None:
    kept = len(cabinet.spool.facts)
    cabinet.spool.full = True
    cabinet.run(2 * MINUTE)
    assert len(cabinet.spool.facts) == kept
    assert cabinet.counters.times_spool_full == 1
    cabinet.spool.full = False
    cabinet.run(20 * SECOND)
    gaps = cabinet.spool.gaps()
    assert [(g.origin, g.reason, g.lost) for g in gaps] == [(AIR, "spool-full", 6), (LOAD, "spool-full", 6)]
    assert gaps[0].to_ms - gaps[0].from_ms == 100_000
    (room,) = cabinet.spool.events(EventKind.SPOOL_ROOM)
    assert (room.origin, room.details) == ("gw-1", {"refused": 12})
    declared, *_ = [facts for facts, _ in cabinet.spool.commits if any(isinstance(f, Gap) for f in facts)]
    assert isinstance(declared[-1], Sample), "the gap is declared in the commit that shows that there is room"
    cabinet.run(MINUTE)
    assert len(cabinet.spool.gaps()) == 2
    assert cabinet.counters.facts_refused == 12


def test_an_event_that_still_fits_does_not_mean_that_there_is_room_for_samples(cabinet: Cabinet) -> None:
    cabinet.spool.bulk_full = True
    cabinet.run(MINUTE)
    cabinet.bus.mains = False
    cabinet.run(MINUTE)
    assert len(cabinet.spool.events(EventKind.MAINS_LOST)) == 1
    assert not cabinet.spool.events(EventKind.SPOOL_ROOM)
    assert cabinet.counters.times_spool_full == 1
    cabinet.spool.bulk_full = False
    cabinet.run(20 * SECOND)
    assert [(gap.origin, gap.lost) for gap in cabinet.spool.gaps()] == [(AIR, 6), (LOAD, 6)]


def test_a_gateway_without_probes_still_remembers_when_it_last_looked_at_the_door() -> None:
    clock, spool, ports = HandClock(), MemorySpool(), FakePorts()
    bus = FakeBus(clock)
    ports.ports = {"bus": bus.port}
    plan = EdgePlan(gateway="gw-1", buses=(BusPlan(port="bus", contacts=PLAN.buses[0].contacts),))
    for is_open in (False, True):
        bus.door_open = is_open
        edge = Edge(plan, clock, spool, ports.open, Counters())
        for _ in range(130):
            clock.wait(edge.tick())
    (opened,) = spool.events(EventKind.DOOR_OPENED)
    assert opened.earliest_ms is not None
    assert opened.taken_ms - opened.earliest_ms <= 61 * SECOND


def test_a_door_that_moved_while_the_spool_was_full_still_works_on_the_bags(cabinet: Cabinet) -> None:
    cabinet.spool.full = True
    cabinet.open_for(5 * SECOND)
    cabinet.reader.inside = {OTHER}
    cabinet.run(2 * MINUTE)
    assert cabinet.said()[1:] == []
    cabinet.spool.full = False
    cabinet.run(MINUTE)
    assert cabinet.said()[1:] == [(EventKind.LEFT, BAG), (EventKind.ARRIVED, OTHER)]
    assert DOOR in {gap.origin for gap in cabinet.spool.gaps()}
    assert msgspec.json.decode(cabinet.spool.states["contacts"])[DOOR]["on"] is False


@pytest.mark.parametrize("trouble", ["full", "broken"])
def test_what_found_no_room_of_mains_and_devices_is_said_again(cabinet: Cabinet, trouble: str) -> None:
    setattr(cabinet.spool, trouble, True)
    cabinet.bus.mains = False
    cabinet.bus.mute = {1}
    cabinet.run(3 * MINUTE)
    setattr(cabinet.spool, trouble, False)
    cabinet.run(3 * MINUTE)
    assert [event.origin for event in cabinet.spool.events(EventKind.MAINS_LOST)] == [MAINS]
    assert [event.origin for event in cabinet.spool.events(EventKind.DEVICE_SILENT)] == [LOAD, AIR]
    lost = [gap.lost for gap in cabinet.spool.gaps() if gap.origin == MAINS]
    assert lost == [1], "it was not tried again while nothing was kept"


def test_a_kill_after_a_full_spool_does_not_part_the_door_from_the_bags(cabinet: Cabinet) -> None:
    cabinet.spool.full = True
    cabinet.reader.asleep = True
    cabinet.open_for(5 * SECOND)
    cabinet.reader.inside = set()
    cabinet.run(5 * SECOND)
    cabinet.spool.full = False
    commits = len(cabinet.spool.commits)
    while len(cabinet.spool.commits) == commits:
        cabinet.run(100)
    cabinet.restart()
    cabinet.reader.asleep = False
    cabinet.run(MINUTE)
    assert cabinet.said()[1:] == [(EventKind.LEFT, BAG)]


def test_a_door_that_stayed_open_through_a_full_spool_and_a_kill_is_said_then(cabinet: Cabinet) -> None:
    cabinet.spool.full = True
    cabinet.bus.door_open = True
    cabinet.run(10 * SECOND)
    cabinet.restart()
    cabinet.spool.full = False
    cabinet.run(10 * SECOND)
    assert len(cabinet.spool.events(EventKind.DOOR_OPENED)) == 1
    assert cabinet.edge._cabinets[0].presence.phase is Phase.OPEN


@pytest.mark.parametrize("step_ms", [-365 * 86_400_000, 3_600_000])
def test_a_wall_clock_that_steps_neither_stops_nor_hurries_the_polls(cabinet: Cabinet, step_ms: int) -> None:
    before = len(cabinet.spool.samples(LOAD))
    cabinet.clock.step_wall(step_ms)
    cabinet.run(5 * MINUTE)
    assert len(cabinet.spool.samples(LOAD)) == before + 15
    cabinet.open_for(5 * SECOND)
    cabinet.reader.inside = set()
    cabinet.run(MINUTE)
    assert cabinet.said(EventKind.LEFT) == [(EventKind.LEFT, BAG)]
    for event in cabinet.spool.events():
        assert event.earliest_ms is None or event.latest_ms is None or event.earliest_ms <= event.latest_ms
        assert event.latest_ms is None or event.latest_ms <= event.taken_ms


def test_the_spool_is_promised_each_turn_that_nothing_older_comes(cabinet: Cabinet) -> None:
    cabinet.edge.tick()
    assert cabinet.spool.vouched_ms == cabinet.clock.now_ms()


def test_an_edge_with_nothing_to_watch_rests() -> None:
    clock, spool = HandClock(), MemorySpool()
    edge = Edge(EdgePlan(gateway="gw-1", buses=(BusPlan(port="bus"),)), clock, spool, FakePorts().open, Counters())
    assert edge.tick() == TICK_MAX_MS
    assert [event.kind for event in spool.events()] == [EventKind.GATEWAY_STARTED]


def test_what_a_wrong_clock_stamped_of_doors_is_said_again_once_it_is_set_right(cabinet: Cabinet) -> None:
    cabinet.bus.door_open = True
    cabinet.run(MINUTE)
    assert [e.kind for e in cabinet.spool.events(EventKind.DOOR_OPENED)] == [EventKind.DOOR_OPENED]
    cabinet.clock.step_wall(-HOUR)
    cabinet.run(MINUTE)
    wrong, right = cabinet.spool.events(EventKind.DOOR_OPENED)
    assert right.taken_ms - right.boottime_ms == wrong.taken_ms - wrong.boottime_ms - HOUR
    cabinet.clock.step_wall(60 * SECOND)  # the centre believes what was stamped a minute beside
    cabinet.run(10 * MINUTE)
    assert len(cabinet.spool.events(EventKind.DOOR_OPENED)) == 2


def test_what_was_said_of_devices_under_a_clock_that_was_never_set_is_said_again(cabinet: Cabinet) -> None:
    cabinet.bus.mute = {2}
    cabinet.run(MINUTE)
    cabinet.clock.step_wall(1_000 - cabinet.clock.now_ms())
    cabinet.bus.mute = set()
    cabinet.run(MINUTE)
    back = cabinet.spool.events(EventKind.DEVICE_BACK)
    assert {e.origin for e in back} == {DOOR, MAINS}
    cabinet.clock.step_wall(1_800_000_000_000)
    cabinet.run(5 * MINUTE)
    again = cabinet.spool.events(EventKind.DEVICE_BACK)[len(back) :]
    assert sorted(e.origin for e in again) == [DOOR, MAINS]
    assert all(e.taken_ms > 1_800_000_000_000 for e in again)

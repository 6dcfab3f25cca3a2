"""The edge on a hand clock: two lines, a spool in memory, and a day's troubles."""

from collections.abc import Iterator
from itertools import pairwise

import msgspec
import pytest
from support.fake_ports import FakeBus, FakePorts, FakeReader
from support.hand_clock import HandClock
from support.memory_spool import MemorySpool

from coldchain.facts import PRESENCE_KINDS, DeviceEvent, EventKind, Gap, Quality, Sample, TagSummary
from coldchain.wire import decode_up, encode, facts_of, up_of
from gateway.bus import SILENT_POLL_MS
from gateway.counters import Counters
from gateway.edge import TICK_MAX_MS, Edge
from gateway.plan import BusPlan, ContactPlan, EdgePlan, ReaderPlan, TemperaturePlan
from gateway.presence_state import Phase

BAG, OTHER = "30751FEB705C5904E3D50D70", "E20010710000529B0940B402"
LOAD, AIR, DOOR, MAINS, READER = "fridge-1-load", "fridge-1-air", "fridge-1-door", "fridge-1-mains", "fridge-1-reader"
PLAN = EdgePlan(
    gateway="gw-1",
    buses=(
        BusPlan(
            port="bus",
            temperature=(TemperaturePlan(slave=1, channels={0: LOAD, 1: AIR}, poll_ms=20_000),),
            contacts=(ContactPlan(slave=2, door=DOOR, mains=MAINS, poll_ms=1_000),),
        ),
    ),
    readers=(ReaderPlan(id=READER, port="reader", door=DOOR),),
)
SECOND, MINUTE = 1_000, 60_000


class Cabinet:
    """A fridge with its gateway; `restart` is a SIGKILL: what was not in the spool is gone."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.spool = MemorySpool()
        self.counters = Counters()
        self.bus = FakeBus(self.clock)
        self.reader = FakeReader(self.clock)
        self.ports = FakePorts()
        self.ports.ports = {"bus": self.bus.port, "reader": self.reader.port}
        self.restart()

    def restart(self) -> None:
        self.edge = Edge(PLAN, self.clock, self.spool, self.ports.open, self.counters)

    def run(self, ms: int) -> None:
        end_ms = self.clock.boottime_ms() + ms
        while self.clock.boottime_ms() < end_ms:
            wait_ms = self.edge.tick()
            assert 0 <= wait_ms <= TICK_MAX_MS
            self.clock.wait(max(1, min(wait_ms, end_ms - self.clock.boottime_ms())))

    def open_for(self, ms: int) -> None:
        self.bus.door_open = True
        self.run(ms)
        self.bus.door_open = False

    def said(self, *kinds: EventKind) -> list[tuple[EventKind, str | None]]:
        return [(event.kind, event.epc) for event in self.spool.events(*(kinds or PRESENCE_KINDS))]


@pytest.fixture
def cabinet() -> Iterator[Cabinet]:
    """A cabinet with BAG inside, one minute after the first start; whatever it says must go over the wire."""
    cabinet = Cabinet()
    cabinet.reader.inside = {BAG}
    cabinet.run(MINUTE)
    yield cabinet
    facts = cabinet.spool.facts[-400:]
    head = {"gateway": "gw-1", "epoch": "e1", "boot": "b1", "sent_ms": cabinet.clock.now_ms(), "clock": "trusted"}
    up = decode_up(encode(up_of(facts, first_seq=facts[0].seq, last_seq=facts[-1].seq, **head)))
    assert facts_of(up) == facts  # type: ignore[arg-type]
    cabinet.edge.close()
    assert cabinet.bus.port.closed


def test_all_channels_of_a_poll_are_one_commit_with_one_stamp(cabinet: Cabinet) -> None:
    polls = [facts for facts, _ in cabinet.spool.commits if any(isinstance(fact, Sample) for fact in facts)]
    assert len(polls) == 3
    first = polls[0]
    assert [(f.origin, f.micro_celsius) for f in first if isinstance(f, Sample)] == [
        (LOAD, 4_000_000),
        (AIR, 4_500_000),
    ]
    assert len({fact.taken_ms for fact in first}) == 1
    assert [b[0].taken_ms - a[0].taken_ms for a, b in pairwise(polls)] == [20_000, 20_000]
    assert cabinet.counters.snapshot()["samples_accepted"] == 6


def test_a_sensor_that_is_gone_is_a_sample_without_a_temperature(cabinet: Cabinet) -> None:
    cabinet.bus.registers[:2] = [0x8000, 850]
    cabinet.run(20 * SECOND)
    load, air = cabinet.spool.samples()[-2:]
    assert (load.micro_celsius, load.quality) == (None, Quality.NO_SENSOR)
    assert (air.micro_celsius, air.quality) == (None, Quality.IMPLAUSIBLE)


def test_the_start_is_said_and_a_shut_door_and_a_present_mains_are_not(cabinet: Cabinet) -> None:
    kinds = [event.kind for event in cabinet.spool.events() if event.kind is not EventKind.INVENTORY]
    assert kinds == [EventKind.GATEWAY_STARTED, EventKind.ARRIVED]
    assert cabinet.spool.events()[0].origin == "gw-1"


def test_a_door_that_is_open_and_a_mains_that_is_lost_at_the_first_look_are_said_without_a_past() -> None:
    cabinet = Cabinet()
    cabinet.bus.door_open, cabinet.bus.mains = True, False
    cabinet.run(3 * SECOND)
    events = cabinet.spool.events(EventKind.DOOR_OPENED, EventKind.MAINS_LOST)
    assert [(event.kind, event.origin, event.earliest_ms) for event in events] == [
        (EventKind.DOOR_OPENED, DOOR, None),
        (EventKind.MAINS_LOST, MAINS, None),
    ]


def test_a_change_lies_between_the_last_look_before_it_and_the_first_after_it(cabinet: Cabinet) -> None:
    cabinet.run(500)
    changed_ms = cabinet.clock.now_ms()
    cabinet.bus.mains = False
    cabinet.run(5 * SECOND)
    cabinet.bus.mains = True
    cabinet.run(5 * SECOND)
    lost, back = cabinet.spool.events(EventKind.MAINS_LOST, EventKind.MAINS_RESTORED)
    assert lost.origin == MAINS
    assert lost.earliest_ms is not None
    assert lost.latest_ms is not None
    assert lost.earliest_ms <= changed_ms <= lost.latest_ms == lost.taken_ms <= lost.earliest_ms + SECOND
    assert back.kind is EventKind.MAINS_RESTORED


def test_bags_come_and_go_with_the_door_as_witness(cabinet: Cabinet) -> None:
    cabinet.open_for(10 * SECOND)
    cabinet.reader.inside = {OTHER}
    cabinet.run(MINUTE)
    opened, closed = cabinet.spool.events(EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED)
    assert cabinet.said() == [(EventKind.ARRIVED, BAG), (EventKind.LEFT, BAG), (EventKind.ARRIVED, OTHER)]
    for event in cabinet.spool.events(*PRESENCE_KINDS)[1:]:
        assert event.origin == READER
        assert (event.earliest_ms, event.latest_ms) == (opened.earliest_ms, closed.latest_ms)


def test_summaries_and_what_presence_made_of_them_are_one_commit(cabinet: Cabinet) -> None:
    (commit,) = [c for c in cabinet.spool.commits if any(getattr(f, "kind", None) is EventKind.ARRIVED for f in c[0])]
    facts, states = commit
    assert {type(fact) for fact in facts} == {TagSummary, DeviceEvent}
    (inventory,) = [f for f in facts if isinstance(f, DeviceEvent) and f.kind is EventKind.INVENTORY]
    assert inventory.details == {"rounds": 15, "reads": 15, "tags": 1, "rejected": 0}
    assert list(states) == [f"presence/{READER}"]
    assert b'"inside"' in states[f"presence/{READER}"]


def test_a_burst_follows_the_closing_and_then_cycles_come_at_their_idle_pace(cabinet: Cabinet) -> None:
    cabinet.open_for(10 * SECOND)
    shut_ms = cabinet.clock.boottime_ms()
    cabinet.run(30 * MINUTE)
    starts = [ms - shut_ms for ms in cabinet.reader.starts if ms > shut_ms]
    assert starts[0] <= 1_100
    assert [b - a for a, b in pairwise(starts[:10])] == [pytest.approx(1_510, abs=20)] * 9
    assert [b - a for a, b in pairwise(starts[9:])] == [pytest.approx(300_000, abs=400)] * 5


def test_a_cycle_in_which_the_door_moved_is_recorded_but_decides_nothing(cabinet: Cabinet) -> None:
    cabinet.run(5 * MINUTE - cabinet.clock.boottime_ms() + cabinet.reader.starts[0])
    summaries = len(cabinet.spool.summaries())
    while not (cabinet.reader.starts[-1] > 4 * MINUTE):
        cabinet.run(100)
    before = cabinet.edge._cabinets[0].presence
    cabinet.open_for(1_200)
    cabinet.run(1_000)
    assert len(cabinet.spool.summaries()) > summaries
    assert before.phase is Phase.SHUT
    assert cabinet.edge._cabinets[0].presence.cycles == 0


def test_a_kill_at_any_commit_leaves_facts_and_presence_in_step() -> None:
    """The facts of a killed and restarted gateway say of each bag what those of an undisturbed one say."""

    def live(kill_every_ms: int | None) -> list[tuple[EventKind, str | None, int | None]]:
        cabinet = Cabinet()
        cabinet.reader.inside = {BAG}
        for inside in ({BAG, OTHER}, {OTHER}, {BAG}, set[str]()):
            for _ in range(60):
                cabinet.run(kill_every_ms or 1_700)
                if kill_every_ms:
                    cabinet.restart()
            cabinet.bus.door_open = True
            cabinet.run(4 * SECOND)
            cabinet.reader.inside = inside
            cabinet.bus.door_open = False
        cabinet.run(MINUTE)
        doors = cabinet.spool.events(EventKind.DOOR_OPENED)
        numbers = {door.earliest_ms: number for number, door in enumerate(doors)}
        moves = cabinet.spool.events(EventKind.ARRIVED, EventKind.LEFT)
        return [(m.kind, m.epc, numbers[m.earliest_ms] if m.earliest_ms else None) for m in moves]

    undisturbed = live(None)
    assert len(undisturbed) == 6
    assert live(1_700) == live(2_300) == undisturbed


def test_after_a_restart_nothing_is_said_twice(cabinet: Cabinet) -> None:
    cabinet.bus.mains = False
    cabinet.bus.mute = {1}
    cabinet.run(5 * MINUTE)
    said = [(e.kind, e.origin) for e in cabinet.spool.events() if e.kind is not EventKind.INVENTORY]
    cabinet.restart()
    cabinet.run(5 * MINUTE)
    again = [(e.kind, e.origin) for e in cabinet.spool.events() if e.kind is not EventKind.INVENTORY]
    assert again == [*said, (EventKind.GATEWAY_STARTED, "gw-1")]


def test_a_door_that_moved_while_the_gateway_was_down_moved_since_the_last_look(cabinet: Cabinet) -> None:
    down_ms = cabinet.clock.now_ms()
    cabinet.clock.forward(10 * MINUTE)
    cabinet.bus.door_open = True
    cabinet.restart()
    cabinet.run(5 * SECOND)
    (opened,) = cabinet.spool.events(EventKind.DOOR_OPENED)
    assert opened.earliest_ms is not None
    assert down_ms - 20 * SECOND - 100 <= opened.earliest_ms <= down_ms


def test_bags_that_came_or_went_while_nobody_watched_the_door_are_not_called_moved_by_it(cabinet: Cabinet) -> None:
    cabinet.clock.forward(10 * MINUTE)
    cabinet.reader.inside = {OTHER}
    cabinet.restart()
    cabinet.run(MINUTE)
    assert cabinet.said()[1:] == [(EventKind.UNCERTAIN, BAG), (EventKind.ARRIVED, OTHER)]
    assert not cabinet.spool.events(EventKind.DOOR_OPENED)


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


def test_the_spool_is_promised_each_turn_that_nothing_older_comes(cabinet: Cabinet) -> None:
    cabinet.edge.tick()
    assert cabinet.spool.vouched_ms == cabinet.clock.now_ms()


def test_an_edge_with_nothing_to_watch_rests() -> None:
    clock, spool = HandClock(), MemorySpool()
    edge = Edge(EdgePlan(gateway="gw-1", buses=(BusPlan(port="bus"),)), clock, spool, FakePorts().open, Counters())
    assert edge.tick() == TICK_MAX_MS
    assert [event.kind for event in spool.events()] == [EventKind.GATEWAY_STARTED]

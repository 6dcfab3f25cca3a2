"""The edge on a hand clock: two lines, a spool in memory, and a day's troubles."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from support.edge_cabinet import AIR, BAG, DOOR, LOAD, MAINS, MINUTE, OTHER, READER, SECOND, Cabinet, living

from coldchain.facts import PRESENCE_KINDS, DeviceEvent, EventKind, Quality, Sample, TagSummary
from gateway.presence_state import Phase


@pytest.fixture
def cabinet() -> Iterator[Cabinet]:
    with living() as cabinet:
        yield cabinet


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


def test_every_look_at_a_door_is_handed_on_also_after_a_restart_without_a_word(cabinet: Cabinet) -> None:
    cabinet.bus.door_open = True
    cabinet.run(3 * SECOND)
    cabinet.restart()
    said, seen = len(cabinet.spool.events(EventKind.DOOR_OPENED)), list[tuple[str, bool, int]]()
    cabinet.edge.on_look = lambda look, up_ms: seen.append((look.contact, look.is_open, up_ms))
    cabinet.run(3 * SECOND)
    assert len(cabinet.spool.events(EventKind.DOOR_OPENED)) == said
    assert len(seen) == 3
    assert {(contact, is_open) for contact, is_open, _ in seen} == {(DOOR, True)}
    assert max(up_ms for *_, up_ms in seen) <= cabinet.clock.boottime_ms()


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


def test_after_a_restart_only_what_presence_believes_is_said_twice(cabinet: Cabinet) -> None:
    cabinet.bus.mains = False
    cabinet.bus.mute = {1}
    cabinet.run(5 * MINUTE)
    said = [(e.kind, e.origin) for e in cabinet.spool.events() if e.kind is not EventKind.INVENTORY]
    cabinet.restart()
    cabinet.run(5 * MINUTE)
    again = [(e.kind, e.origin) for e in cabinet.spool.events() if e.kind is not EventKind.INVENTORY]
    assert again == [*said, (EventKind.GATEWAY_STARTED, "gw-1"), (EventKind.SEEN_AGAIN, READER)]


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


def test_a_wish_for_another_pace_holds_for_collectors_until_it_is_taken_back(cabinet: Cabinet) -> None:
    def gaps(ms: int) -> list[int]:
        before = len(cabinet.spool.samples(LOAD))
        cabinet.run(ms)
        times = [one.taken_ms for one in cabinet.spool.samples(LOAD)[before:]]
        return [later - earlier for earlier, later in pairwise(times)]

    cabinet.edge.set_pace(5_000)
    assert set(gaps(30_000)) == {5_000}
    cabinet.edge.set_pace(None)
    assert set(gaps(90_000)) == {20_000}


def test_a_wish_to_ask_now_is_granted_at_the_next_round(cabinet: Cabinet) -> None:
    cabinet.run(7_000)
    before = len(cabinet.spool.samples(LOAD))
    cabinet.edge.poll_now()
    cabinet.run(1_000)
    assert len(cabinet.spool.samples(LOAD)) == before + 1

"""After an outage what is new goes up at once, and the backlog beside it: neither waits for the other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from support.lossy_centre import World
from support.spools import UP_MS, ack, alarm, event, gap, open_spool, sample, tag

from coldchain.facts import DeviceEvent, EventKind, Fact, Sample
from coldchain.wire import Lane
from gateway.pace import Pace
from gateway.window import LIVE_SLOTS, WINDOW

PROBES: Final = [f"probe-{n}" for n in range(20)]
ROUNDS: Final = 300  # of all probes


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, items_max=50)
    yield made
    made.spool.close()


def test_after_an_outage_alarms_go_first_then_the_newest_readings_then_states(world: World) -> None:
    warning = _outage(world)
    world.connect()
    world.deliver_up(0)  # the hello
    world.deliver_up(0)
    world.deliver_ack(0)
    first = _facts_of_next(world)
    assert any(_same(fact, warning) for fact in first)
    origins = {fact.origin for fact in first if isinstance(fact, Sample)}
    assert origins == set(PROBES)
    newest_ms = max(fact.taken_ms for fact in first)
    assert all(newest_ms - fact.taken_ms < 60_000 for fact in first if isinstance(fact, Sample))
    assert any(isinstance(fact, DeviceEvent) and fact.kind is EventKind.DOOR_OPENED for fact in first)


def test_an_alarm_overtakes_a_running_backfill_and_the_backlog_is_not_starved(world: World) -> None:
    _outage(world)
    world.connect()
    delivered = 0
    while world.centre.lanes[Lane.BACKFILL] < 5:
        _deliver(world)
        delivered += 1
        assert delivered < 60
    assert world.spool.depth() > 4_000
    new = alarm(world.clock.now_ms())
    world.spool.accept([new])
    world.clock.forward(ms=1)
    world.sender.step()
    for _ in range(2 * WINDOW):
        _deliver(world)
    assert any(_same(fact, new) for fact in world.centre.facts.values())
    assert world.spool.depth() > 3_000, "the backlog is still on its way"
    before = world.centre.lanes[Lane.BACKFILL]
    for _ in range(40):  # more new rows than one batch takes, without an end
        world.spool.accept([sample(world.clock.now_ms(), origin) for origin in PROBES * 3])
        world.clock.forward(ms=20)
        world.sender.step()
        _deliver(world)
    assert world.centre.lanes[Lane.BACKFILL] - before >= 10
    world.settle_down()
    assert world.counters["uplink_backlogs"] == 1
    assert len(world.centre.facts) == world.spool.last_seq()


def test_who_came_and_went_is_told_in_its_order_whatever_overtakes_it(world: World) -> None:
    for number in range(ROUNDS):
        world.clock.forward(ms=30_000)
        kind = EventKind.ARRIVED if number % 2 else EventKind.LEFT
        readings: list[Fact] = [sample(world.clock.now_ms(), origin) for origin in PROBES]
        world.spool.accept([*readings, event(world.clock.now_ms(), kind)])
    world.connect()
    for _ in range(60):
        world.spool.accept([event(world.clock.now_ms(), EventKind.ARRIVED), sample(world.clock.now_ms())])
        world.clock.forward(ms=20)
        world.sender.step()
        _deliver(world)
    assert world.centre.lanes[Lane.LIVE] > 5
    assert world.spool.depth() > 1_000
    world.settle_down()
    moves = [fact.seq for fact in world.centre.facts.values() if isinstance(fact, DeviceEvent)]
    assert len(moves) == ROUNDS + 60
    assert moves == sorted(moves)
    assert len(world.centre.facts) == world.spool.last_seq()


def test_new_rows_without_an_end_do_not_keep_back_who_came_and_went(world: World) -> None:
    _outage(world)
    world.connect()
    moved: DeviceEvent | None = None
    due: list[int] = []  # in which turn each message arrives: 200 ms after it was sent, ten new rows later
    for turn in range(600):
        move = [event(world.clock.now_ms(), EventKind.ARRIVED)] if turn == 100 else []
        world.spool.accept([*move, sample(world.clock.now_ms())])
        moved = move[0] if move else moved
        world.clock.forward(ms=20)
        world.sender.step()
        while due and due[0] <= turn:
            del due[0]
            _deliver(world)
        due += [turn + 10] * (len(world.up) - len(due))
    assert moved is not None
    assert any(_same(fact, moved) for fact in world.centre.facts.values())
    assert world.centre.horizon_ms > moved.taken_ms


def test_the_horizon_says_what_is_awaited_until_the_last_old_row_is_there(world: World) -> None:
    began_ms = world.clock.now_ms()
    _outage(world)
    world.connect()
    while world.spool.backlog(0, 2) and world.centre.lanes[Lane.BACKFILL] < 3:
        _deliver(world)
        assert world.centre.horizon_ms <= began_ms + ROUNDS * 30_000 / 4
    world.settle_down()
    assert world.sender.window.split_seq == 0


def test_each_lane_keeps_its_own_part_of_the_window(world: World) -> None:
    _outage(world)
    world.connect()
    world.deliver_up(0)
    world.deliver_up(0)
    world.deliver_ack(0)
    for _ in range(10):
        world.spool.accept([sample(world.clock.now_ms(), origin) for origin in PROBES * 5])
        world.clock.forward(ms=1)
        world.sender.step()
    lanes = [flight.lane for flight in world.sender.window.flights]
    assert (lanes.count(Lane.LIVE), lanes.count(Lane.BACKFILL)) == (LIVE_SLOTS, WINDOW - LIVE_SLOTS)


def test_a_small_backlog_goes_in_one_file(world: World) -> None:
    world.accept([False] * 900)
    world.settle_down()
    assert set(world.centre.lanes) == {None}


def test_a_pace_lets_whole_batches_go_and_no_more_than_it_should() -> None:
    pace, went = Pace(1_000), 0
    for now_ms in range(0, 10_000, 20):
        while pace.allowed(500, now_ms):
            pace.took(500)
            went += 500
    assert 10_000 <= went <= 11_500
    slow = Pace(1)
    assert slow.allowed(500, 0) == 500
    slow.took(500)
    assert (slow.allowed(500, 499_000), slow.allowed(500, 500_001)) == (0, 500)


def test_rows_of_an_older_start_are_picked_in_a_batch_of_their_own(tmp_path: Path) -> None:
    with open_spool(tmp_path) as spool:
        spool.accept([alarm(), sample(), tag()])
    with open_spool(tmp_path, boot="boot-2") as spool:
        spool.accept([alarm(), gap(), event()])
        urgent = spool.urgent(0, spool.last_seq())
        assert urgent == [5, 4, 1, 2, 6]
        batch = spool.pick_batch(urgent, 2 * UP_MS, UP_MS)
        assert ([fact.seq for fact in batch.facts], batch.boot, batch.lane) == ([4, 5, 6], "boot-2", Lane.LIVE)
        assert (batch.first_seq, batch.last_seq) == (4, 6)
        spool.settle(ack(spool, ranges=[(4, 6)]))
        rest = spool.pick_batch(urgent, 2 * UP_MS, UP_MS)
        assert ([fact.seq for fact in rest.facts], rest.sent_boottime_ms) == ([1, 2], None)
        spool.settle(ack(spool, contiguous=2))
        assert spool.pick_batch(urgent, 2 * UP_MS, UP_MS).facts == ()
        assert spool.pick_batch(urgent, 2 * UP_MS, UP_MS).others_left


def _outage(world: World) -> Fact:
    """Readings of all probes, a door now and then, and an alarm in the middle that nobody has heard of."""
    for number in range(ROUNDS):
        world.clock.forward(ms=30_000)
        facts: list[Fact] = [sample(world.clock.now_ms(), origin) for origin in PROBES]
        if number % 20 == 7:
            facts.append(event(world.clock.now_ms()))
        if number == ROUNDS // 2:
            facts.append(alarm(world.clock.now_ms()))
        world.spool.accept(facts)
    return alarm(world.clock.now_ms() - (ROUNDS - 1 - ROUNDS // 2) * 30_000)


def _facts_of_next(world: World) -> list[Fact]:
    before = set(world.centre.facts)
    world.deliver_up(0)
    return [fact for key, fact in world.centre.facts.items() if key not in before]


def _deliver(world: World) -> None:
    if world.up:
        world.deliver_up(0)
    if world.acks:
        world.deliver_ack(0)


def _same(fact: Fact, draft: Fact) -> bool:
    return (
        isinstance(fact, DeviceEvent)
        and isinstance(draft, DeviceEvent)
        and fact.taken_ms == draft.taken_ms
        and (fact.kind is draft.kind)
    )

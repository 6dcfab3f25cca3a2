"""What presence believes is said again: after a start, after a step of the wall clock, once a day."""

from collections.abc import Iterator

import pytest
from support.edge_cabinet import BAG, DOOR, MINUTE, OTHER, PLAN, READER, SECOND, Cabinet, living
from support.presence_story import Story, said, with_bag

from coldchain.facts import DeviceEvent, EventKind
from gateway.presence_state import CYCLES_MAX, Cycle, Phase
from gateway.restating import EVERY_MS, STEP_MS, Stated, Step, WallWatch, on_step, restated

HOUR = 60 * MINUTE


@pytest.fixture
def cabinet() -> Iterator[Cabinet]:
    with living() as cabinet:
        yield cabinet


def _again(cabinet: Cabinet) -> list[DeviceEvent]:
    return cabinet.spool.events(EventKind.SEEN_AGAIN)


def _closed(cabinet: Cabinet) -> int:
    latest_ms = cabinet.spool.events(EventKind.DOOR_CLOSED)[-1].latest_ms
    assert latest_ms is not None
    return latest_ms


def _quick_restart(cabinet: Cabinet) -> None:
    """Restart at a moment from which the last look at the door is on disk: nobody can have opened it meanwhile."""
    commits = len(cabinet.spool.commits)
    while not any("contacts" in states for _, states in cabinet.spool.commits[commits:]):
        cabinet.run(100)
    cabinet.restart()


def test_after_each_start_a_bag_that_lies_still_is_said_again_once(cabinet: Cabinet) -> None:
    cabinet.open_for(10 * SECOND)
    cabinet.run(MINUTE)
    for starts in (1, 2):
        _quick_restart(cabinet)
        cabinet.run(30 * MINUTE)
        assert len(_again(cabinet)) == starts
    again = _again(cabinet)[-1]
    assert (again.epc, again.origin, again.latest_ms) == (BAG, READER, again.taken_ms)
    assert again.earliest_ms == _closed(cabinet)
    assert again.details == {"seen": 1, "cycles": 1}
    assert cabinet.said(EventKind.ARRIVED, EventKind.LEFT) == [(EventKind.ARRIVED, BAG)]


def test_where_no_door_ever_closed_it_is_inside_since_its_arrival(cabinet: Cabinet) -> None:
    (arrived,) = cabinet.spool.events(EventKind.ARRIVED)
    _quick_restart(cabinet)
    cabinet.run(6 * MINUTE)
    (again,) = _again(cabinet)
    assert again.earliest_ms == arrived.latest_ms


@pytest.mark.parametrize("step_ms", [HOUR, -HOUR, STEP_MS + 1, -STEP_MS - 1])
def test_after_a_step_the_bag_is_inside_since_the_closing_as_the_clock_shows_it_now(
    cabinet: Cabinet, step_ms: int
) -> None:
    cabinet.open_for(10 * SECOND)
    cabinet.run(20 * MINUTE)
    closed_ms, cycles = _closed(cabinet), len(cabinet.reader.starts)
    cabinet.clock.step_wall(step_ms)
    cabinet.run(20 * MINUTE)
    (again,) = _again(cabinet)
    assert again.earliest_ms == closed_ms + step_ms
    assert len(cabinet.reader.starts) - cycles <= 5, "a step is no time in which nobody watched the door"
    _quick_restart(cabinet)
    cabinet.run(6 * MINUTE)
    assert len(_again(cabinet)) == 2
    assert _again(cabinet)[-1].earliest_ms == closed_ms + step_ms, "the mapped time is on disk"


def test_after_a_start_that_took_long_nobody_knows_of_the_door_before_it(cabinet: Cabinet) -> None:
    cabinet.open_for(10 * SECOND)
    cabinet.run(MINUTE)
    cabinet.clock.wait(HOUR)
    start_ms = cabinet.clock.now_ms()
    cabinet.restart()
    cabinet.run(6 * MINUTE)
    (again,) = _again(cabinet)
    assert start_ms <= (again.earliest_ms or 0) <= start_ms + SECOND


def test_a_clock_that_creeps_is_no_step(cabinet: Cabinet) -> None:
    cabinet.clock.step_wall(STEP_MS)
    cabinet.run(20 * MINUTE)
    assert _again(cabinet) == []
    cabinet.clock.step_wall(1)
    cabinet.run(6 * MINUTE)
    assert len(_again(cabinet)) == 1


@pytest.mark.parametrize("step_ms", [HOUR, -HOUR])
def test_an_arrival_whose_burst_the_step_hit_is_said_in_the_time_of_the_clock_now(
    cabinet: Cabinet, step_ms: int
) -> None:
    cabinet.open_for(10 * SECOND)
    cabinet.reader.inside = {BAG, OTHER}
    cabinet.run(6 * SECOND)
    opened, closed = cabinet.spool.events(EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED)
    assert opened.earliest_ms is not None
    assert closed.latest_ms is not None
    cabinet.clock.step_wall(step_ms)
    cabinet.run(MINUTE)
    arrived = cabinet.spool.events(EventKind.ARRIVED)[-1]
    assert arrived.epc == OTHER
    assert (arrived.earliest_ms, arrived.latest_ms) == (opened.earliest_ms + step_ms, closed.latest_ms + step_ms)


def test_a_door_that_moves_across_a_step_was_seen_a_moment_before(cabinet: Cabinet) -> None:
    cabinet.clock.step_wall(HOUR)
    cabinet.open_for(2 * SECOND)
    opened = cabinet.spool.events(EventKind.DOOR_OPENED)[-1]
    assert (opened.origin, opened.latest_ms) == (DOOR, opened.taken_ms)
    assert opened.taken_ms - (opened.earliest_ms or 0) == PLAN.buses[0].contacts[0].poll_ms


def test_a_clock_that_was_set_back_over_a_restart_is_a_time_in_which_nobody_watched(cabinet: Cabinet) -> None:
    last_look_ms = cabinet.clock.now_ms()
    cabinet.clock.wait(3 * HOUR)  # no power
    cabinet.clock.step_wall(-4 * HOUR)  # and no battery for the clock
    cabinet.reader.inside = set()
    cabinet.restart()
    cabinet.run(10 * SECOND)
    cabinet.clock.step_wall(4 * HOUR)
    cabinet.run(MINUTE)
    (doubt,) = cabinet.spool.events(EventKind.UNCERTAIN)
    assert doubt.epc == BAG
    assert last_look_ms - MINUTE <= (doubt.earliest_ms or 0) <= last_look_ms
    assert doubt.latest_ms is not None
    assert last_look_ms + 3 * HOUR <= doubt.latest_ms <= doubt.taken_ms


def test_a_belief_is_said_again_once_a_day(cabinet: Cabinet) -> None:
    for days in (1, 2):
        cabinet.clock.wait(EVERY_MS)  # the machine slept, which is a time that nobody watched
        cabinet.run(10 * MINUTE)
        assert len(_again(cabinet)) == days


def test_a_day_is_a_day_of_the_clock_that_never_steps() -> None:
    story, stated = with_bag(), Stated()
    assert stated.due(story.state, 0) == {BAG}
    (event,) = restated(story.state, Cycle(start_ms=0, end_ms=9_000_000, counts={BAG: 1}), {BAG})
    stated.note(story.state, [event], 5_000)
    assert stated.due(story.state, 5_000 + EVERY_MS - 1) == frozenset()
    assert stated.due(story.state, 5_000 + EVERY_MS) == {BAG}
    stated.note(Story().state, [], 6_000)
    assert stated.due(story.state, 6_000) == {BAG}, "a tag that presence has forgotten is forgotten here too"


def test_a_restatement_that_found_no_room_comes_with_the_next_cycle(cabinet: Cabinet) -> None:
    cabinet.restart()
    cabinet.spool.full = True
    cabinet.run(11 * MINUTE)
    assert _again(cabinet) == []
    cabinet.spool.full = False
    cabinet.run(11 * MINUTE)
    assert len(_again(cabinet)) == 1


def _cycle(story: Story, *epcs: str) -> Cycle:
    return Cycle(start_ms=story.now_ms, end_ms=story.now_ms + 1_500, counts=dict.fromkeys(epcs, 3))


def test_what_has_left_or_is_unseen_is_not_said_to_be_inside() -> None:
    unseen = with_bag()
    unseen.idle(20)
    assert unseen.state.tags[BAG].unseen
    assert restated(unseen.state, _cycle(unseen, BAG), {BAG}) == [], "one read may be a stray"
    left = with_bag()
    left.opens()
    left.closes()
    left.burst()
    assert left.state.tags[BAG].left
    assert restated(left.state, _cycle(left, BAG), {BAG}) == []


def test_a_bag_that_the_cycle_did_not_read_is_not_said_again() -> None:
    story = with_bag()
    assert restated(story.state, _cycle(story), {BAG}) == []
    assert len(restated(story.state, _cycle(story, BAG), {BAG})) == 1


def test_while_the_door_is_open_or_its_closing_undecided_nothing_is_said_again() -> None:
    story = with_bag()
    story.opens()
    assert restated(story.state, _cycle(story, BAG), {BAG}) == []
    story.closes()
    assert story.state.phase is Phase.BURST
    assert restated(story.state, _cycle(story, BAG), {BAG}) == []


@pytest.mark.parametrize("read", [True, False])
def test_a_doubt_is_said_again_with_its_own_door(*, read: bool) -> None:
    story = with_bag()
    opened_ms, closed_ms = story.opens(), story.closes()
    for number in range(CYCLES_MAX):
        story.cycle(*([BAG] if number % 3 == 0 else []))
    again = restated(story.state, _cycle(story, *([BAG] if read else [])), {BAG})
    assert said(again) == [(EventKind.UNCERTAIN, BAG, opened_ms, closed_ms)]


def test_a_closing_that_lies_in_the_future_never_turns_an_interval_around() -> None:
    story = with_bag()
    story.opens()
    story.closes()
    story.now_ms -= HOUR
    story.burst(BAG)
    (again,) = restated(story.state, _cycle(story, BAG), {BAG})
    assert again.earliest_ms == again.latest_ms


def test_an_arrival_after_a_restart_with_a_clock_set_back_is_not_in_the_future(cabinet: Cabinet) -> None:
    cabinet.reader.asleep = True
    cabinet.open_for(10 * SECOND)
    cabinet.run(3 * SECOND)
    cabinet.reader.asleep = False
    cabinet.reader.inside = {BAG, OTHER}
    cabinet.bus.mute = {2}  # nobody looks at the door, so its last closing is an hour ahead
    cabinet.clock.step_wall(-HOUR)
    cabinet.restart()
    cabinet.run(MINUTE)
    arrived = cabinet.spool.events(EventKind.ARRIVED)[-1]
    assert arrived.epc == OTHER
    assert (arrived.earliest_ms or 0) <= (arrived.latest_ms or 0) <= arrived.taken_ms


def test_only_times_of_this_run_are_moved_by_a_step() -> None:
    story = with_bag()
    closed_ms = story.closes() if story.opens() else 0
    here = on_step(story.state, Step(delta_ms=HOUR, from_ms=closed_ms, to_ms=closed_ms))
    assert here.closed_ms == closed_ms + HOUR
    assert here.opened_ms == story.state.opened_ms
    assert here.tags[BAG] == story.state.tags[BAG]


def test_a_step_is_told_once_with_the_time_that_the_clock_had_shown() -> None:
    watch = WallWatch(now_ms=1_000_000, boottime_ms=500)
    assert watch.look(1_010_000, 10_500) is None
    assert watch.look(5_020_000, 20_500) == Step(delta_ms=4_000_000, from_ms=1_000_000, to_ms=1_020_000)
    assert watch.look(5_030_000, 30_500) is None

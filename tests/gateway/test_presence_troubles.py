"""Presence when nobody watched: blind times, a dead reader, a stepped clock, limits, restarts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.presence_story import BAG, OTHER, Story, said, with_bag, without_bags

from coldchain.errors import InvalidValueError
from coldchain.facts import EventKind
from gateway.presence import burst_wanted, on_blind, on_door, on_reader_lost
from gateway.presence_state import (
    TAGS_MAX,
    Belief,
    Door,
    Phase,
    PresenceState,
    decode_state,
    encode_state,
)


@pytest.fixture
def story() -> Story:
    return with_bag()


@pytest.fixture
def empty() -> Story:
    return without_bags()


def test_time_without_a_look_at_the_door_is_no_witness_of_a_leave(story: Story) -> None:
    story.state = on_blind(story.state, 2_000_000, 3_000_000)
    story.now_ms = 3_000_000
    assert burst_wanted(story.state)
    assert story.burst(OTHER) == [
        (EventKind.UNCERTAIN, BAG, 2_000_000, 3_000_000),
        (EventKind.ARRIVED, OTHER, 2_000_000, 3_000_000),
    ]
    story.opens()
    closed_ms = story.closes()
    assert story.burst(OTHER) == [(EventKind.LEFT, BAG, 2_000_000, closed_ms)]


def test_a_blind_time_in_which_nothing_changed_is_not_spoken_of(story: Story) -> None:
    story.state = on_blind(story.state, 2_000_000, 3_000_000)
    assert story.burst(BAG) == []


def test_blindness_adds_nothing_while_the_door_is_open_or_unknown() -> None:
    assert on_blind(PresenceState(), 1, 2) == PresenceState()
    story = Story()
    story.opens()
    assert on_blind(story.state, 1, 2) == story.state


def test_a_blind_time_within_a_burst_begins_it_anew_with_its_witness(story: Story) -> None:
    opened_ms = story.opens()
    story.closes()
    story.idle(3, BAG)
    story.state = on_blind(story.state, story.now_ms, story.now_ms + 60_000)
    assert story.burst() == [(EventKind.LEFT, BAG, opened_ms, story.state.closed_ms)]


def test_a_dead_reader_after_a_closing_makes_what_was_inside_uncertain_once(story: Story) -> None:
    opened_ms, closed_ms = story.opens(), story.closes()
    story.state, events = on_reader_lost(story.state)
    assert said(events) == [(EventKind.UNCERTAIN, BAG, opened_ms, closed_ms)]
    assert on_reader_lost(story.state)[1] == []
    assert story.burst(BAG) == [(EventKind.ARRIVED, BAG, opened_ms, closed_ms)]


def test_a_dead_reader_behind_a_shut_door_says_nothing_of_the_bags(story: Story) -> None:
    assert on_reader_lost(story.state) == (story.state, [])


def test_a_door_that_is_reported_shut_twice_changes_nothing(story: Story) -> None:
    assert on_door(story.state, Door.CLOSED, story.now_ms, None) == story.state
    story.opens()
    before = story.state
    story.opens()
    assert story.state == before


def test_an_opening_whose_past_is_unknown_may_be_as_old_as_the_last_closing(empty: Story) -> None:
    empty.opens()
    closed_ms = empty.closes()
    empty.burst(BAG)
    empty.state = on_door(empty.state, Door.OPENED, empty.now_ms + 5_000, None)
    empty.now_ms += 5_000
    closed_again_ms = empty.closes()
    assert empty.burst() == [(EventKind.LEFT, BAG, closed_ms, closed_again_ms)]


def test_a_clock_that_was_set_back_never_turns_an_interval_around(empty: Story) -> None:
    empty.opens()
    empty.now_ms -= 3_600_000
    closed_ms = empty.closes()
    assert empty.burst(BAG) == [(EventKind.ARRIVED, BAG, closed_ms, closed_ms)]


def test_more_tags_than_the_limit_drop_strays_first_and_are_counted(story: Story) -> None:
    story.cycle(BAG, *(f"3000{number:08X}" for number in range(TAGS_MAX + 10)))
    assert len(story.state.tags) == TAGS_MAX
    assert story.state.tags[BAG].belief is Belief.INSIDE
    story.opens()
    story.closes()
    inside = [f"3100{number:08X}" for number in range(TAGS_MAX - 1)]
    story.burst(BAG, *inside)
    story.cycle(BAG, OTHER, *inside)
    assert len(story.state.tags) == TAGS_MAX
    assert OTHER not in story.state.tags
    assert story.state.untracked == 1


def test_a_state_that_is_not_ours_is_an_error_that_says_so() -> None:
    for data in (b"", b"{}x", b'{"phase":"ajar"}', b"\xff"):
        with pytest.raises(InvalidValueError, match="presence state"):
            decode_state(data)


_STEPS = st.lists(
    st.one_of(
        st.sampled_from(["opens", "closes", "blind", "lost"]),
        st.sets(st.sampled_from([BAG, OTHER, "AAAA", "BBBB"])),
        st.tuples(st.sets(st.sampled_from([BAG, OTHER, "AAAA"])), st.integers(5, 25)),
    ),
    max_size=25,
)


def _tell(story: Story, step: object, *, restart: bool) -> None:
    if restart:
        story.state = decode_state(encode_state(story.state))
    match step:
        case "opens":
            story.opens()
        case "closes":
            story.closes()
        case "blind":
            story.state = on_blind(story.state, story.now_ms, story.now_ms + 1)
        case "lost":
            story.state, events = on_reader_lost(story.state)
            story.events += events
        case (set() as epcs, int() as times):
            for _ in range(times):
                _tell(story, epcs, restart=restart)
        case set():
            story.cycle(*step)
        case _:
            raise AssertionError(step)


@settings(max_examples=150)
@given(_STEPS)
def test_a_restart_after_any_step_changes_nothing(steps: list[object]) -> None:
    kept, restarted = Story(), Story()
    for step in ["closes", *steps]:
        _tell(kept, step, restart=False)
        _tell(restarted, step, restart=True)
        assert restarted.state == kept.state
    assert restarted.events == kept.events


@settings(max_examples=150)
@given(_STEPS)
def test_whatever_happens_events_make_sense(steps: list[object]) -> None:
    """Only what is inside is unseen, nothing moves without a door, no interval is turned around."""
    story = Story()
    inside: set[str] = set()
    for step in ["closes", *steps]:
        phase, before = story.state.phase, len(story.events)
        _tell(story, step, restart=False)
        for event in story.events[before:]:
            assert event.earliest_ms is None or event.earliest_ms <= event.latest_ms
            assert event.seen <= event.cycles
            if event.kind in {EventKind.ARRIVED, EventKind.SEEN_AGAIN}:
                inside.add(event.epc)
            if event.kind is EventKind.UNSEEN:
                assert event.epc in inside
            if event.kind is EventKind.LEFT:
                assert phase is Phase.BURST, "a leave has the door as its witness"
                inside.discard(event.epc)
        assert len(story.state.tags) <= 4

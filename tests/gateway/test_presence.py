"""Who is inside: closings of the door, bursts, doubts, silence, restarts. Cycles are written out by hand."""

import math
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal, getcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coldchain.errors import InvalidValueError
from coldchain.facts import EventKind
from gateway.presence import burst_wanted, on_blind, on_cycle, on_door, on_reader_lost
from gateway.presence_state import (
    CYCLES_MAX,
    CYCLES_MIN,
    DECIDED,
    TAGS_MAX,
    USUAL,
    WEAK,
    Belief,
    Cycle,
    Door,
    Phase,
    PresenceEvent,
    PresenceState,
    Terms,
    decode_state,
    encode_state,
)

BAG, OTHER = "30751FEB705C5904E3D50D70", "E20010710000529B0940B402"
CYCLE_MS = 1_500
Said = tuple[EventKind, str, int | None, int]


class Story:
    """A cabinet and its clock; keeps what was said as (kind, epc, earliest, latest)."""

    def __init__(self, state: PresenceState | None = None) -> None:
        self.state = PresenceState() if state is None else state
        self.now_ms = 1_000_000
        self.events: list[PresenceEvent] = []

    def opens(self) -> int:
        self.now_ms += 10_000
        self.state = on_door(self.state, Door.OPENED, self.now_ms, self.now_ms - 1_000)
        return self.now_ms - 1_000

    def closes(self) -> int:
        self.now_ms += 10_000
        self.state = on_door(self.state, Door.CLOSED, self.now_ms, self.now_ms - 1_000)
        return self.now_ms

    def cycle(self, *epcs: str) -> list[Said]:
        start_ms = self.now_ms
        self.now_ms += CYCLE_MS
        cycle = Cycle(start_ms=start_ms, end_ms=self.now_ms, counts=dict.fromkeys(epcs, 3))
        self.state, events = on_cycle(self.state, cycle)
        self.events += events
        return said(events)

    def burst(self, *epcs: str) -> list[Said]:
        """Run a burst to its end with the same tags in every cycle."""
        events: list[Said] = []
        while self.state.phase is Phase.BURST:
            assert burst_wanted(self.state)
            events += self.cycle(*epcs)
        return events

    def idle(self, cycles: int, *epcs: str) -> list[Said]:
        return [event for _ in range(cycles) for event in self.cycle(*epcs)]


def said(events: Iterable[PresenceEvent]) -> list[Said]:
    return [(event.kind, event.epc, event.earliest_ms, event.latest_ms) for event in events]


@pytest.fixture
def story() -> Story:
    """A cabinet with BAG inside and the door shut."""
    story = Story()
    story.closes()
    story.burst(BAG)
    story.now_ms += 300_000
    return story


@pytest.fixture
def empty() -> Story:
    """An empty cabinet with the door shut."""
    story = Story()
    story.closes()
    assert story.burst() == []
    return story


def _exact(p_inside: str) -> Terms:
    getcontext().prec = 40
    inside, stray = Decimal(p_inside), Decimal("0.10")

    def micro_nats(ratio: Decimal) -> int:
        return int((ratio.ln() * 1_000_000).quantize(Decimal(1), ROUND_HALF_EVEN))

    silence = math.ceil(Decimal("0.0001").ln() / (1 - inside).ln())
    return Terms(micro_nats(inside / stray), micro_nats((1 - inside) / (1 - stray)), silence)


def test_the_table_is_the_logarithms_that_it_says() -> None:
    assert _exact("0.65") == USUAL
    assert _exact("0.25") == WEAK
    assert round((Decimal("0.9999") / Decimal("0.0001")).ln() * 1_000_000) == DECIDED
    assert math.ceil(DECIDED / -USUAL.miss) == CYCLES_MIN
    assert math.ceil(DECIDED / -WEAK.miss) <= CYCLES_MAX, "a bag that is hard to read can still be found gone"


def test_at_the_first_start_nobody_knows_when_a_bag_came() -> None:
    story = Story()
    story.closes()
    start_ms = story.now_ms
    story.cycle()
    assert story.burst(BAG) == [(EventKind.ARRIVED, BAG, None, start_ms + CYCLE_MS)]


def test_a_bag_arrives_between_opening_and_closing(empty: Story) -> None:
    opened_ms, closed_ms = empty.opens(), empty.closes()
    assert empty.burst(BAG) == [(EventKind.ARRIVED, BAG, opened_ms, closed_ms)]
    assert empty.events[-1].seen == empty.events[-1].cycles == CYCLES_MIN


def test_a_bag_leaves_between_opening_and_closing(story: Story) -> None:
    opened_ms, closed_ms = story.opens(), story.closes()
    assert story.burst() == [(EventKind.LEFT, BAG, opened_ms, closed_ms)]


def test_a_bag_that_stays_is_not_spoken_of(story: Story) -> None:
    story.opens()
    story.closes()
    assert story.burst(BAG) == []


def test_a_swap_of_two_bags_is_two_events(story: Story) -> None:
    opened_ms, closed_ms = story.opens(), story.closes()
    assert story.burst(OTHER) == [
        (EventKind.LEFT, BAG, opened_ms, closed_ms),
        (EventKind.ARRIVED, OTHER, opened_ms, closed_ms),
    ]


def test_reads_through_an_open_door_decide_nothing(story: Story) -> None:
    story.opens()
    assert story.idle(100, OTHER) == []
    assert not burst_wanted(story.state)
    assert OTHER not in story.state.tags


def test_a_tag_that_is_read_now_and_then_is_uncertain_after_the_longest_burst(empty: Story) -> None:
    opened_ms, closed_ms = empty.opens(), empty.closes()
    events: list[Said] = []
    for number in range(CYCLES_MAX):
        assert events == []
        events = empty.cycle(*([BAG] if number % 3 == 0 else []))
    assert events == [(EventKind.UNCERTAIN, BAG, opened_ms, closed_ms)]
    assert not burst_wanted(empty.state)


def test_strays_are_counted_and_never_spoken_of(empty: Story) -> None:
    empty.opens()
    empty.closes()
    empty.cycle(OTHER)
    assert empty.burst() == []
    assert empty.state.strays == 1
    assert empty.state.tags == {}


def test_a_second_opening_during_the_burst_keeps_the_first_as_earliest(story: Story) -> None:
    opened_ms = story.opens()
    story.closes()
    story.idle(5, OTHER)
    story.opens()
    closed_ms = story.closes()
    assert story.burst(OTHER) == [
        (EventKind.LEFT, BAG, opened_ms, closed_ms),
        (EventKind.ARRIVED, OTHER, opened_ms, closed_ms),
    ]
    later_ms, closed_again_ms = story.opens(), story.closes()
    assert story.burst() == [(EventKind.LEFT, OTHER, later_ms, closed_again_ms)]


def test_a_silent_tag_behind_a_shut_door_is_unseen_once_and_never_gone(story: Story) -> None:
    story.cycle(BAG)
    last_seen_ms = story.now_ms
    assert story.idle(USUAL.silence - 1) == []
    assert story.cycle() == [(EventKind.UNSEEN, BAG, last_seen_ms, story.now_ms)]
    assert story.idle(500) == []
    assert story.state.tags[BAG].belief is Belief.INSIDE


def test_an_unseen_tag_that_is_clearly_read_again_had_been_inside(story: Story) -> None:
    story.cycle(BAG)
    last_seen_ms = story.now_ms
    story.idle(50)
    assert story.cycle(BAG) == [], "one read may be a stray"
    assert burst_wanted(story.state), "the doubt is cleared at once"
    events = story.idle(5, BAG)
    assert events == [(EventKind.SEEN_AGAIN, BAG, last_seen_ms, events[0][3])]
    assert not burst_wanted(story.state)


def test_an_unseen_tag_that_is_gone_after_the_next_closing_has_left(story: Story) -> None:
    story.idle(20)
    opened_ms, closed_ms = story.opens(), story.closes()
    assert story.burst() == [(EventKind.LEFT, BAG, opened_ms, closed_ms)]


def test_an_unseen_tag_that_is_found_after_the_next_closing_is_inside_since_then(story: Story) -> None:
    story.idle(20)
    story.opens()
    closed_ms = story.closes()
    assert story.burst(BAG) == [(EventKind.SEEN_AGAIN, BAG, closed_ms, story.now_ms)]


def test_a_wrong_leave_is_taken_back_by_clear_reads_without_a_door(story: Story) -> None:
    story.opens()
    closed_ms = story.closes()
    assert [kind for kind, *_ in story.burst()] == [EventKind.LEFT]
    story.now_ms += 3_600_000
    events = story.idle(30, BAG)
    assert events == [(EventKind.SEEN_AGAIN, BAG, closed_ms, events[0][3])]
    assert story.state.tags[BAG].belief is Belief.INSIDE


def test_a_bag_beside_the_cabinet_does_not_take_its_leave_back(story: Story) -> None:
    story.opens()
    story.closes()
    story.burst()
    assert [e for n in range(3_000) for e in story.cycle(*([BAG] if n % 8 == 0 else []))] == []


def test_a_bag_that_the_burst_missed_has_come_with_the_last_closing(empty: Story) -> None:
    opened_ms, closed_ms = empty.opens(), empty.closes()
    assert empty.burst() == []
    assert empty.idle(30, BAG) == [(EventKind.ARRIVED, BAG, opened_ms, closed_ms)]


def test_doubts_run_quick_cycles_only_for_a_while(story: Story) -> None:
    story.opens()
    story.closes()
    story.burst()
    quick = 0
    for number in range(1_000):
        story.cycle(*([BAG] if number % 3 != 2 and number % 7 else []))
        quick += burst_wanted(story.state)
        if story.state.tags[BAG].belief is Belief.INSIDE:
            break
    assert quick <= CYCLES_MAX


def test_an_uncertain_bag_that_was_inside_is_cleared_without_a_door(story: Story) -> None:
    opened_ms, closed_ms = story.opens(), story.closes()
    events = [e for n in range(CYCLES_MAX) for e in story.cycle(*([BAG] if n % 3 == 0 else []))]
    assert events == [(EventKind.UNCERTAIN, BAG, opened_ms, closed_ms)]
    events = story.idle(30, BAG)
    assert events == [(EventKind.SEEN_AGAIN, BAG, closed_ms, events[0][3])]


def test_an_uncertain_newcomer_is_cleared_as_arrived_with_its_own_door(empty: Story) -> None:
    opened_ms, closed_ms = empty.opens(), empty.closes()
    for number in range(CYCLES_MAX):
        empty.cycle(*([BAG] if number % 3 == 0 else []))
    assert empty.idle(30, BAG) == [(EventKind.ARRIVED, BAG, opened_ms, closed_ms)]


def test_an_uncertain_bag_that_is_gone_after_the_next_closing_left_in_all_that_time(story: Story) -> None:
    opened_ms = story.opens()
    story.closes()
    for number in range(CYCLES_MAX):
        story.cycle(*([BAG] if number % 3 == 0 else []))
    story.opens()
    closed_ms = story.closes()
    assert story.burst() == [(EventKind.LEFT, BAG, opened_ms, closed_ms)]


def test_a_doubt_that_lasts_over_a_closing_is_said_once_and_never_reaches_behind_it(story: Story) -> None:
    story.opens()
    story.closes()
    for number in range(CYCLES_MAX):
        story.cycle(*([BAG] if number % 3 == 0 else []))
    story.opens()
    closed_ms = story.closes()
    events = [e for n in range(CYCLES_MAX) for e in story.cycle(*([BAG] if n % 3 == 0 else []))]
    assert events == []
    events = story.idle(30, BAG)
    assert events == [(EventKind.SEEN_AGAIN, BAG, closed_ms, events[0][3])]


def test_a_bag_that_is_hard_to_read_is_not_declared_gone_by_an_impatient_test(story: Story) -> None:
    for number in range(120):
        story.cycle(*([BAG] if number % 3 == 0 else []))
    story.opens()
    story.closes()
    events = [e for n in range(CYCLES_MAX) for e in story.cycle(*([BAG] if n % 3 == 2 else []))]
    assert events == []
    assert story.state.tags[BAG].belief is Belief.INSIDE
    opened_ms, closed_ms = story.opens(), story.closes()
    assert story.burst() == [(EventKind.LEFT, BAG, opened_ms, closed_ms)]


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

"""Who is inside: closings of the door, bursts, doubts, silence, restarts. Cycles are written out by hand."""

import math
from decimal import ROUND_HALF_EVEN, Decimal, getcontext

import pytest
from support.presence_story import BAG, CYCLE_MS, OTHER, Said, Story, with_bag, without_bags

from coldchain.facts import EventKind
from gateway.presence import burst_wanted
from gateway.presence_state import (
    CYCLES_MAX,
    CYCLES_MIN,
    DECIDED,
    Belief,
)
from rules.read_rate import USUAL, WEAK, Terms


@pytest.fixture
def story() -> Story:
    return with_bag()


@pytest.fixture
def empty() -> Story:
    return without_bags()


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
        assert story.cycle(*([BAG] if number % 3 == 0 else [])) == []
        quick += burst_wanted(story.state)
    assert 30 <= quick <= CYCLES_MAX


def test_a_handful_of_stray_reads_in_a_row_is_no_movement(story: Story) -> None:
    story.opens()
    story.closes()
    story.burst()
    for _ in range(100):
        assert story.idle(6, BAG, OTHER) == []
        assert story.idle(20) == []


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

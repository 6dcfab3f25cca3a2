"""Read rates: exact numbers, bounded state, and what presence makes of a zone that reads well or badly."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.presence_story import BAG, CYCLE_MS, Story, with_bag

from coldchain.facts import EventKind
from firmware_sim.tag_field import TagField, epcs
from gateway.presence import burst_wanted, on_cycle, on_door
from gateway.presence_rate import cycles_wanted, zone_rate
from gateway.presence_state import Cycle, Door, PresenceState, Track, decode_state, encode_state
from rules.read_rate import (
    LADDER,
    NONE,
    RATE_PERMILLE_MAX,
    RATE_PERMILLE_MIN,
    ZONE_CYCLES_MAX,
    Counted,
    all_seen_cycles,
    count_leave,
    leave_permille,
    silence_cycles,
    sure_permille,
    tag_permille,
    zone_permille,
)


def test_silence_is_unseen_after_as_many_cycles_as_the_rate_asks_for() -> None:
    """Presence, acceptance case 3, and the derived table: error 1e-4."""
    wanted = {250: 33, 650: 9, 800: 6, 950: 4, 990: 2}
    assert {permille: silence_cycles(permille) for permille in wanted} == wanted


def test_forty_bags_are_all_seen_with_the_cycles_that_the_rate_asks_for() -> None:
    for permille in (250, 650, 800, 950):
        n = all_seen_cycles([permille] * 40, 200)
        assert (1 - (1 - permille / 1000) ** n) ** 40 >= 0.999
        assert (1 - (1 - permille / 1000) ** (n - 1)) ** 40 < 0.9991, "no longer than needed"
    assert all_seen_cycles([250] * 40, 10) == 10, "bounded"


@pytest.mark.parametrize(("permille", "terms"), LADDER)
def test_each_rung_is_the_logarithms_that_it_says(permille: int, terms: tuple[int, int, int]) -> None:
    p = permille / 1000
    exact = (round(math.log(p / 0.1) * 1e6), round(math.log((1 - p) / 0.9) * 1e6), silence_cycles(permille))
    assert terms == exact


@given(st.integers(0, 300), st.integers(0, 300), st.integers(RATE_PERMILLE_MIN, RATE_PERMILLE_MAX))
def test_a_rate_lies_between_its_prior_and_what_was_counted(reads: int, missed: int, prior: int) -> None:
    counted = Counted(reads, reads + missed)
    found = tag_permille(zone_permille(prior, NONE), counted)
    seen = 1000 * reads // max(1, reads + missed)
    assert min(prior, seen) - 1 <= found <= max(prior, seen) or found in (RATE_PERMILLE_MIN, RATE_PERMILLE_MAX)


@given(st.lists(st.booleans(), max_size=400))
def test_counts_stay_bounded(reads: list[bool]) -> None:
    counted = NONE
    for read in reads:
        counted = counted.plus(int(read), 1, 50)
        assert 0 <= counted.reads <= counted.cycles <= 50


@given(st.integers(-20_000_000, 20_000_000))
def test_a_score_makes_no_surer_than_its_logistic(score: int) -> None:
    assert 500 <= sure_permille(score) <= 1000 / (1 + math.exp(-abs(score) / 1e6)) + 1e-3


def test_leaves_that_were_taken_back_make_the_next_less_sure() -> None:
    leaves = NONE
    sure = [leave_permille(10_000_000, leaves)]
    for back in (False, False, True, True):
        leaves = count_leave(leaves, back=back)
        sure.append(leave_permille(10_000_000, leaves))
    assert sure[0] == 979
    assert sure[2] > sure[0]
    assert sure[4] < sure[0]


def test_a_tag_that_was_read_always_is_unseen_sooner_than_one_that_was_not() -> None:
    story = with_bag()
    story.idle(400, BAG)
    silent = 0
    while not story.cycle():
        silent += 1
    assert silent + 1 == silence_cycles(tag_permille(zone_rate(story.state), Counted(199, 200)))
    assert silent + 1 < 9
    assert [kind for kind, *_ in story.idle(9, BAG)] == [EventKind.SEEN_AGAIN]


def test_every_movement_has_its_confidence() -> None:
    story = with_bag()
    story.opens()
    story.closes()
    story.burst()
    left = story.events[-1]
    assert (left.kind, left.confidence_permille) == (EventKind.LEFT, 979)
    assert story.events[0].confidence_permille == 999


def test_many_bags_that_are_hard_to_read_make_the_burst_longer() -> None:
    few = PresenceState(tags={BAG: Track()})
    many = Story(PresenceState(prior_permille=300)).state
    assert cycles_wanted(few) < 10 < cycles_wanted(many)


def test_a_zone_learns_its_rate_although_bags_leave() -> None:
    """Misses before a leave do not count, those of a bag that is found again do; halved counts keep it bounded."""
    bags = epcs(0, 30)
    field = TagField(seed="zone", rate=0.80, bags=bags)
    for epc in bags:
        field.put_in(epc, 0)
    state, now_ms = on_door(PresenceState(), Door.CLOSED, 1_000_000, None), 1_000_000
    for round_ in range(60):
        for _ in range(6):
            while True:
                heard = {read.epc: read.count for read in field.cycle()}
                state, _ = on_cycle(state, Cycle(start_ms=now_ms, end_ms=now_ms + CYCLE_MS, counts=heard))
                now_ms += CYCLE_MS
                if not burst_wanted(state):
                    break
        state = on_door(state, Door.OPENED, now_ms, now_ms - 1_000)
        field.toggle(bags[round_ % 30], now_ms)
        state = on_door(state, Door.CLOSED, now_ms + 20_000, now_ms + 19_000)
        now_ms += 20_000
    assert 770 <= zone_rate(state) <= 830
    assert state.zone_cycles <= ZONE_CYCLES_MAX
    assert decode_state(encode_state(state)) == state


def test_a_state_of_before_read_rates_is_still_read() -> None:
    assert decode_state(b'{"v":1,"phase":"shut","tags":{"%s":{"belief":"inside"}}}' % BAG.encode()).zone_cycles == 0

"""Excuses: what open doors and defrosts excuse, in any order of arrival, and what a late word can change."""

import random
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from support.rule_words import MINUTE, at, event_at, shipped

from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind
from coldchain.places import PlaceKind
from rules.contacts import event_order
from rules.excuses import (
    BEGINS,
    ENDS,
    excused_by,
    excused_since,
    excused_spans,
    nothing_excused,
    reach_ms,
    touched_by,
)
from rules.intervals import OPEN_END_MS, Interval, clipped, united

PROFILE = shipped("cn-ffp-1")
DOOR, DEFROST, MOST = 10, 20, 60  # minutes of recovery, and of one opening at most


def spans(*events: RecordedEvent, low: float = 0, high: float = 1_000) -> list[tuple[float, float]]:
    """Return the excused stretches in minutes."""
    found = excused_spans(events, PROFILE, at(low), at(high))
    return [((begin - at(0)) / MINUTE, (end - at(0)) / MINUTE) for begin, end in found]


def test_a_door_excuses_from_its_opening_until_it_has_been_closed_for_a_while() -> None:
    assert spans(event_at(EventKind.DOOR_OPENED, 100), event_at(EventKind.DOOR_CLOSED, 125)) == [(100, 125 + DOOR)]


def test_a_defrost_excuses_by_the_controllers_own_word() -> None:
    began = event_at(EventKind.DEFROST_BEGAN, 100, "freezer-1-defrost")
    ended = event_at(EventKind.DEFROST_ENDED, 125, "freezer-1-defrost")
    assert spans(began, ended) == [(100, 125 + DEFROST)]


def test_what_has_not_ended_lasts_on_for_the_most_of_a_run() -> None:
    assert spans(event_at(EventKind.DOOR_OPENED, 100)) == [(100, 100 + MOST)]
    assert spans(event_at(EventKind.DOOR_OPENED, -20)) == [(0, MOST - 20)]
    assert spans(event_at(EventKind.DOOR_OPENED, -500)) == []


def test_an_end_excuses_its_recovery_also_where_its_beginning_is_unknown_or_long_ago() -> None:
    assert spans(event_at(EventKind.DOOR_CLOSED, 100)) == [(100, 100 + DOOR)]
    assert spans(event_at(EventKind.DEFROST_ENDED, 100, "freezer-1-defrost")) == [(100, 100 + DEFROST)]
    opened, closed = event_at(EventKind.DOOR_OPENED, 100), event_at(EventKind.DOOR_CLOSED, 300)
    assert spans(opened, closed) == [(100, 100 + MOST), (300, 300 + DOOR)]


def test_a_word_said_twice_changes_nothing_but_the_recovery_after_it() -> None:
    opened, closed = event_at(EventKind.DOOR_OPENED, 100), event_at(EventKind.DOOR_CLOSED, 110)
    again, once_more = event_at(EventKind.DOOR_OPENED, 104), event_at(EventKind.DOOR_CLOSED, 300)
    assert spans(opened, again, closed) == [(100, 120)]
    assert spans(opened, again, closed, once_more) == [(100, 120), (300, 310)]


def test_no_opening_excuses_longer_than_a_run_may_be_and_a_new_one_excuses_anew_where_a_closing_was_lost() -> None:
    opened, closed = event_at(EventKind.DOOR_OPENED, 100), event_at(EventKind.DOOR_CLOSED, 155)
    assert spans(opened, closed) == [(100, 155 + DOOR)]
    again, shut = event_at(EventKind.DOOR_OPENED, 400), event_at(EventKind.DOOR_CLOSED, 410)
    assert spans(opened, again, shut) == [(100, 160), (400, 420)]
    set_back = event_at(EventKind.DOOR_CLOSED, 99)  # the clock was set back between the opening and its closing
    assert spans(set_back, opened) == [(99, 160)]


def test_contacts_of_one_place_speak_for_themselves() -> None:
    left, right = "fridge-1-left", "fridge-1-right"
    events = [
        event_at(EventKind.DOOR_OPENED, 100, left),
        event_at(EventKind.DOOR_OPENED, 102, right),
        event_at(EventKind.DOOR_CLOSED, 103, right),
        event_at(EventKind.DOOR_CLOSED, 130, left),
        event_at(EventKind.DEFROST_BEGAN, 200, "freezer-1-defrost"),
        event_at(EventKind.DOOR_CLOSED, 201, left),
    ]
    assert spans(*events) == [(100, 140), (200, 260)]


def test_other_words_excuse_nothing() -> None:
    kinds = (EventKind.MAINS_LOST, EventKind.UPS_ON_BATTERY, EventKind.AGITATION_STOPPED, EventKind.DEVICE_SILENT)
    assert spans(*(event_at(kind, 100) for kind in kinds)) == []


def test_nothing_is_excused_by_version_one_nor_in_a_box() -> None:
    events = [event_at(EventKind.DOOR_OPENED, 100)]
    for profile in (shipped("cn-rbc"), shipped("cn-rbc-2").at(PlaceKind.BOX)):
        assert excused_spans(events, profile, 0, OPEN_END_MS) == []
        assert list(excused_since(events, profile)(0, OPEN_END_MS)) == []
        begin, end = touched_by(events[0], profile)
        assert begin == end
    assert list(nothing_excused(0, OPEN_END_MS)) == []


def test_the_last_words_alone_say_what_is_excused_from_now_on() -> None:
    shut = excused_since([event_at(EventKind.DOOR_CLOSED, 100)], PROFILE)
    assert list(shut(at(90), at(200))) == [(at(100), at(110))]
    ajar = excused_since([event_at(EventKind.DOOR_OPENED, 100), event_at(EventKind.MAINS_LOST, 90, "m")], PROFILE)
    assert list(ajar(at(90), at(200))) == [(at(100), at(160))]


def test_a_late_opening_touches_what_follows_it_up_to_the_next_word() -> None:
    opened = event_at(EventKind.DOOR_OPENED, 100)
    assert touched_by(opened, PROFILE) == (at(100), at(160))
    assert touched_by(opened, PROFILE, event_at(EventKind.DOOR_CLOSED, 125)) == (at(100), at(125))


def test_a_late_closing_touches_its_recovery_at_least() -> None:
    closed = event_at(EventKind.DOOR_CLOSED, 125)
    assert touched_by(closed, PROFILE) == (at(125), at(185))
    assert touched_by(closed, PROFILE, event_at(EventKind.DOOR_OPENED, 126)) == (at(125), at(135))
    assert touched_by(closed, PROFILE, event_at(EventKind.DOOR_CLOSED, 150)) == (at(125), at(150))


CONTACTS = st.sampled_from(
    [
        ("door", EventKind.DOOR_OPENED),
        ("door", EventKind.DOOR_CLOSED),
        ("lid", EventKind.DOOR_OPENED),
        ("lid", EventKind.DOOR_CLOSED),
        ("defrost", EventKind.DEFROST_BEGAN),
        ("defrost", EventKind.DEFROST_ENDED),
        ("door", EventKind.DEVICE_SILENT),
    ]
)


@st.composite
def stories(draw: st.DrawFn) -> list[RecordedEvent]:
    said = draw(st.lists(st.tuples(CONTACTS, st.integers(0, 300)), max_size=14))
    return [event_at(kind, minute, origin, seq) for seq, ((origin, kind), minute) in enumerate(said)]


@settings(max_examples=300)
@given(stories(), st.randoms(use_true_random=False), st.integers(-30, 330), st.integers(0, 200))
def test_any_order_and_any_window_give_the_same(
    events: list[RecordedEvent], chance: random.Random, low: int, width: int
) -> None:
    whole = excused_spans(events, PROFILE, 0, OPEN_END_MS)
    shuffled = list(events)
    chance.shuffle(shuffled)
    assert excused_spans(shuffled, PROFILE, 0, OPEN_END_MS) == whole
    window = at(low), at(low + width)
    assert excused_spans(shuffled, PROFILE, *window) == clipped(whole, *window)
    assert list(excused_by(events, PROFILE)(*window)) == clipped(whole, *window)
    assert excused_spans(needed(events, *window), PROFILE, *window) == clipped(whole, *window)


def needed(events: list[RecordedEvent], from_ms: int, to_ms: int) -> list[RecordedEvent]:
    """Return the least that excused_spans asks for: last words before its reach, and all from there on."""
    reach = from_ms - reach_ms(PROFILE)
    kept = [event for event in events if reach <= event.taken_ms < to_ms]
    for origin in {event.origin for event in events}:
        last = word([event for event in events if event.origin == origin], reach)
        kept += [last] if last else []
    return kept


@settings(max_examples=300)
@given(stories())
def test_the_last_words_say_of_the_time_from_the_latest_of_them_on_what_all_words_say(
    events: list[RecordedEvent],
) -> None:
    words = sorted((event for event in events if event.kind in BEGINS or event.kind in ENDS), key=event_order)
    last = {event.origin: event for event in words}
    from_ms = max((event.taken_ms for event in words), default=0)
    whole = excused_spans(events, PROFILE, from_ms, OPEN_END_MS)
    assert list(excused_since(list(last.values()), PROFILE)(from_ms, OPEN_END_MS)) == whole


@settings(max_examples=400)
@given(stories(), st.data())
def test_a_late_word_changes_nothing_outside_what_it_touches(events: list[RecordedEvent], data: st.DataObject) -> None:
    (origin, kind), minute = data.draw(CONTACTS), data.draw(st.integers(0, 300))
    late = event_at(kind, minute, origin, 99)
    after = sorted((e for e in events if e.origin == origin and event_order(e) > event_order(late)), key=event_order)
    spoken = [event for event in after if event.kind in BEGINS or event.kind in ENDS]
    before = excused_spans(events, PROFILE, 0, OPEN_END_MS)
    now = excused_spans([*events, late], PROFILE, 0, OPEN_END_MS)
    for following in (None, spoken[0] if spoken else None):
        begin, end = touched_by(late, PROFILE, following)
        assert clipped(before, 0, begin) == clipped(now, 0, begin)
        assert clipped(before, end, OPEN_END_MS) == clipped(now, end, OPEN_END_MS)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8), st.integers(0, 60), st.integers(0, 60))
def test_stretches_put_together_and_cut_are_the_same_instants(pairs: list[Interval], low: int, high: int) -> None:
    disjoint = united(pairs)
    assert instants(disjoint) == instants(pairs)
    assert all(a[1] < b[0] for a, b in pairwise(disjoint))
    assert instants(clipped(disjoint, low, high)) == instants(pairs) & set(range(low, high))
    assert all(begin < end for begin, end in clipped(disjoint, low, high))


def instants(pairs: list[Interval]) -> set[int]:
    return {instant for begin, end in pairs for instant in range(begin, end)}


def word(events: list[RecordedEvent], before_ms: int) -> RecordedEvent | None:
    """Return the last word before an instant, other kinds passed over."""
    words = [event for event in events if event.taken_ms < before_ms and (event.kind in BEGINS or event.kind in ENDS)]
    return max(words, key=event_order, default=None)


def test_a_profile_with_other_recoveries_excuses_for_as_long() -> None:
    longer = replace(PROFILE, excuse=replace(PROFILE.excuse, door_recovery_ms=30 * MINUTE))
    events = [event_at(EventKind.DOOR_OPENED, 100), event_at(EventKind.DOOR_CLOSED, 101)]
    assert excused_spans(events, longer, 0, OPEN_END_MS) == [(at(100), at(131))]
    assert reach_ms(longer) == 30 * MINUTE

"""Excused time does not count towards an air probe's delay: days as they are, and equality of all ways of folding."""

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.histories import Reading, history_of
from support.rule_words import MINUTE, START, at, by_the_minute, event_at, shipped

from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind
from coldchain.places import ProbeRole
from coldchain.units import FindingKind
from rules.excursion import Episode, FoldState, Watch, decode_state, encode_state, fold, fold_one_by_one, standing
from rules.excuses import excused_by
from rules.fold_state import OtherVersionError, readable_state
from rules.intervals import Interval, clipped, united
from rules.limits import Profile

RBC, FFP = shipped("cn-rbc-2"), shipped("cn-ffp-1")


def watch(events: Sequence[RecordedEvent], profile: Profile = RBC, role: ProbeRole = ProbeRole.AIR) -> Watch:
    return Watch(profile=profile, role=role, horizon_ms=0, excused=excused_by(events, profile))


def found(readings: list[Reading], under: Watch) -> list[Episode]:
    folded = fold(FoldState(), history_of(readings), under)
    return folded.episodes + standing(folded.state, under)


def door(opened: float, closed: float) -> list[RecordedEvent]:
    return [event_at(EventKind.DOOR_OPENED, opened), event_at(EventKind.DOOR_CLOSED, closed)]


def defrost(began: float, ended: float) -> list[RecordedEvent]:
    origin = "freezer-1-defrost"
    return [event_at(EventKind.DEFROST_BEGAN, began, origin), event_at(EventKind.DEFROST_ENDED, ended, origin)]


def test_a_loading_of_twenty_five_minutes_with_the_door_open_is_no_finding() -> None:
    air = by_the_minute(4.0, *[9.0] * 34, 4.0)
    assert found(air, watch(door(0.5, 25.5))) == []
    assert len(found(air, watch([]))) == 1


def test_hard_air_of_a_loading_is_no_finding_and_hard_air_behind_a_shut_door_is() -> None:
    air = by_the_minute(4.0, *[14.0] * 34, 4.0)
    assert found(air, watch(door(0.5, 25.5))) == []
    (episode,) = found(air, watch([]))
    assert (episode.rule, episode.condition_ms) == ("A02", at(16))


def test_the_load_is_never_excused_and_its_hard_limit_is_immediate() -> None:
    load = watch(door(0.5, 25.5), role=ProbeRole.LOAD)
    (slow,) = found(by_the_minute(4.0, *[6.4] * 10, 4.0), load)
    assert (slow.rule, slow.condition_ms) == ("A01", at(6))
    (hard,) = found(by_the_minute(4.0, 10.0, 4.0), load)
    assert (hard.rule, hard.condition_ms) == ("A02", at(1))


def test_a_door_left_open_for_hours_is_a_finding_once_its_excuses_are_used_up() -> None:
    air = by_the_minute(4.0, *[9.0] * 180, 4.0)
    (episode,) = found(air, watch([event_at(EventKind.DOOR_OPENED, 0.5)]))
    assert episode.condition_ms == at(0.5 + 60 + 15)
    assert (episode.start_ms, episode.end_ms) == (at(1), at(181))
    assert episode.out_ms == 180 * MINUTE


def test_the_delay_is_over_at_the_exact_instant_between_two_excuses() -> None:
    air = by_the_minute(4.0, *[9.0] * 60, 4.0)
    # Outside from minute 1: 1 to 5.5 counts, 5.5 to 20 does not, 20 to 26 counts, 26 to 38 does not, then the rest.
    (episode,) = found(air, watch(door(5.5, 10) + door(26, 28)))
    assert episode.condition_ms == at(38 + 4.5)
    assert episode.out_ms == 60 * MINUTE


def test_what_is_left_of_the_excuses_is_used_to_the_millisecond() -> None:
    short = replace(RBC, excuse=replace(RBC.excuse, most_ms=7 * MINUTE + 1))
    (episode,) = found(by_the_minute(4.0, *[9.0] * 40, 4.0), watch(door(2, 30), short))
    assert episode.condition_ms == at(1 + 15 + 7) + 1


def test_a_defrost_that_warms_the_air_is_no_finding_and_without_the_signal_it_is() -> None:
    air = by_the_minute(-30.0, *[-17.0] * 5, *[-12.0] * 22, *[-17.5] * 15, -25.0)
    assert found(air, watch(defrost(0.5, 25.5), FFP)) == []
    (episode,) = found(air, watch([], FFP))
    assert episode.rule == "A01"
    assert found(by_the_minute(-30.0, *[-19.0] * 43), watch(defrost(0.5, 25.5), FFP, ProbeRole.LOAD)) == []


def test_plasma_at_exactly_minus_eighteen_is_outside() -> None:
    load = watch([], FFP, ProbeRole.LOAD)
    (episode,) = found(by_the_minute(-30.0, *[-18.0] * 6, -18.1, -18.2), load)
    assert (episode.end_ms, episode.cleared_ms) == (at(7), at(8))
    assert found(by_the_minute(-30.0, *[-18.000001] * 60), load) == []
    assert found(by_the_minute(-30.0, *[-90.0] * 60), load) == []


def test_plasma_is_hard_above_minus_ten_and_platelets_below_eighteen_but_not_at_it() -> None:
    (hard,) = found(by_the_minute(-30.0, -9.9, -30.0), watch([], FFP, ProbeRole.LOAD))
    assert hard.rule == "A02"
    assert found(by_the_minute(-30.0, -10.0, -30.0), watch([], FFP, ProbeRole.LOAD)) == []
    platelets = watch([], shipped("cn-plt-1"), ProbeRole.LOAD)
    assert found(by_the_minute(22.0, 18.0, 26.0, 22.0), platelets) == []
    cold, warm = found(by_the_minute(22.0, 17.9, 26.1, 22.0), platelets)
    assert (cold.rule, warm.rule) == ("A02", "A02")


def test_a_compressor_failure_with_door_openings_is_still_found() -> None:
    air = by_the_minute(4.0, *[6.5 + 0.1 * i for i in range(240)], 4.0)
    doors = door(20, 21) + door(80, 82) + door(140, 141)
    (episode,) = found(air, watch(doors))
    assert episode.condition_ms == at(16)
    assert episode.end_ms == at(241)
    assert episode.out_ms == 240 * MINUTE
    many = [event for minute in range(0, 240, 5) for event in door(minute, minute + 1)]
    (always,) = found(air, watch(many))
    assert always.condition_ms == at(1 + 60 + 15)


def test_excuses_are_asked_for_only_while_a_run_lasts_and_only_until_its_delay_is_over() -> None:
    asked: list[Interval] = []

    def excused(from_ms: int, to_ms: int) -> list[Interval]:
        asked.append((from_ms, to_ms))
        return []

    under = replace(watch([]), excused=excused)
    found(by_the_minute(*[4.0] * 500, *[7.0] * 100, *[4.0] * 500), under)
    assert asked == [(at(500 + i), at(501 + i)) for i in range(15)]


def test_a_state_of_another_version_of_the_rules_is_never_misread() -> None:
    calm = fold(FoldState(), history_of(by_the_minute(4.0)), watch([]))
    old = b'{"last_ms":%d,"last_class":0,"run":null,"returning":null,"blind":null}' % START
    assert encode_state(calm.state) == b"2:" + old
    assert readable_state(old) is None
    assert readable_state(b"2:" + old) == calm.state
    with pytest.raises(OtherVersionError, match="fold the probe anew"):
        decode_state(old)


VALUES = st.sampled_from([1_000_000, 2_000_000, 4_000_000, 5_850_000, 6_000_001, 9_000_000, 12_000_000, None])
STEPS = st.sampled_from([20_000, 60_000, 60_000, 299_999, 300_001, 3_600_000])


@st.composite
def stretches(draw: st.DrawFn) -> list[Reading]:
    runs = draw(st.lists(st.tuples(VALUES, STEPS, st.integers(1, 12)), min_size=1, max_size=12))
    readings: list[Reading] = []
    now = START
    for value, step, times in runs:
        for _ in range(times):
            now += step
            readings.append((now, value))
    return readings


@st.composite
def excuses(draw: st.DrawFn) -> list[Interval]:
    pairs = draw(st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 4 * 10**6)), max_size=6))
    return united((START + begin, START + begin + length) for begin, length in pairs)


def under_spans(spans: list[Interval], horizon_ms: int, role: ProbeRole, most_ms: int) -> Watch:
    profile = replace(RBC, excuse=replace(RBC.excuse, most_ms=most_ms))

    def excused(from_ms: int, to_ms: int) -> list[Interval]:
        return clipped(spans, from_ms, to_ms)

    return Watch(profile=profile, role=role, horizon_ms=horizon_ms, excused=excused)


MOST = st.sampled_from([0, 1, 5 * MINUTE, 60 * MINUTE, 10**9])


@settings(max_examples=300)
@given(stretches(), excuses(), MOST, st.sampled_from(list(ProbeRole)), st.integers(0, 10**9))
def test_one_by_one_equals_blocks_at_any_cut_with_any_excuses(
    readings: list[Reading], spans: list[Interval], most: int, role: ProbeRole, seed: int
) -> None:
    chance = random.Random(seed)
    horizon = chance.choice([0, readings[len(readings) // 2][0], readings[-1][0] + 10**8])
    under = under_spans(spans, horizon, role, most)
    whole = history_of(readings)
    reference = fold_one_by_one(FoldState(), whole, under)
    state = FoldState()
    episodes: list[Episode] = []
    checkpoints: dict[int, bytes] = {}
    edges = sorted({0, len(readings), *(chance.randrange(len(readings) + 1) for _ in range(5))})
    for low, high in pairwise(edges):
        part = fold(decode_state(encode_state(state)), whole.part(low, high), under)
        state = part.state
        episodes += part.episodes
        checkpoints |= part.checkpoints
    assert encode_state(state) == encode_state(reference.state)
    assert episodes == reference.episodes
    assert checkpoints == reference.checkpoints


ONE_HARD_READING = [(START + i * MINUTE, 6_000_001 if i < 14 else 12_000_000) for i in range(15)]


@settings(max_examples=300)
@given(stretches(), excuses(), MOST, st.sampled_from(list(ProbeRole)))
@example(ONE_HARD_READING, [], 0, ProbeRole.AIR)
def test_conditions_equal_a_walk_second_by_second(
    readings: list[Reading], spans: list[Interval], most: int, role: ProbeRole
) -> None:
    # Everything was measured, each minute, and everything happens on full seconds.
    readings = [(START + i * MINUTE, 4_000_000 if v is None else v) for i, (_, v) in enumerate(readings)]
    spans = united((begin // 1_000 * 1_000, end // 1_000 * 1_000) for begin, end in spans)
    most = most // 1_000 * 1_000
    readings.append((readings[-1][0] + MINUTE, 4_000_000))
    episodes = found(readings, under_spans(spans, 0, role, most))
    excursions = [e for e in episodes if e.kind is FindingKind.EXCURSION and e.end_ms is not None]
    expected = second_by_second(readings, spans if role is ProbeRole.AIR else [], most, role)
    assert [(e.start_ms, e.end_ms, e.condition_ms, e.rule) for e in excursions] == expected
    assert all(e.end_ms is not None and e.out_ms == e.end_ms - e.start_ms for e in excursions)


def second_by_second(
    readings: list[Reading], spans: list[Interval], most: int, role: ProbeRole
) -> list[tuple[int, int, int, str]]:
    """Count the seconds of each run that nothing excuses; a run is a finding when they reach the delay."""
    result = []
    side = [0 if v is None else (v > 6_000_000) - (v < 2_000_000) for _, v in readings]
    begin = 0
    while begin < len(readings):
        stop = begin
        while stop < len(readings) and side[stop] == side[begin]:
            stop += 1
        if side[begin] and stop < len(readings):
            condition = first_second_due(readings[begin : stop + 1], spans, most, role)
            if condition is not None:
                beyond = in_a_row(
                    [hard(value) for _, value in readings[begin:stop]], 1 if role is ProbeRole.LOAD else 2
                )
                result.append((readings[begin][0], readings[stop][0], condition, "A02" if beyond else "A01"))
        begin = stop
    return result


def first_second_due(run: list[Reading], spans: list[Interval], most: int, role: ProbeRole) -> int | None:
    delay, hard_delay = (300_000, 0) if role is ProbeRole.LOAD else (900_000, 900_000)
    counted, left, beyond = 0, most, False
    values = dict(run[:-1])
    for second in range(run[0][0], run[-1][0] + 1, 1_000):
        beyond = beyond or hard(values.get(second))
        if counted >= (min(delay, hard_delay) if beyond else delay):
            return second
        if left > 0 and any(low <= second < high for low, high in spans):
            left -= 1_000
        else:
            counted += 1_000
    return None


def in_a_row(beyond: list[bool], needed: int) -> bool:
    """Tell whether so many readings one after the other were beyond a hard limit: of the air it takes two."""
    return any(all(beyond[at : at + needed]) for at in range(len(beyond) - needed + 1))


def hard(value: int | None) -> bool:
    return value is not None and (value <= 1_000_000 or value >= 10_000_000)

"""The fold of one probe: acceptance cases, and equality of its three ways of folding."""

import random
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from support.histories import Reading, cn_rbc, history_of

from coldchain.places import ProbeRole
from coldchain.units import Direction, FindingKind
from rules.excursion import Episode, FoldState, Watch, decode_state, encode_state, fold, fold_one_by_one, standing

PROFILE = cn_rbc()
MINUTE = 60_000
START = 1_700_000_000_000 // 3_600_000 * 3_600_000


def watch(role: ProbeRole = ProbeRole.LOAD, horizon_ms: int = 0) -> Watch:
    return Watch(profile=PROFILE, role=role, horizon_ms=horizon_ms)


def minutes(*celsius: float | None) -> list[Reading]:
    """One reading a minute from START."""
    return [(START + i * MINUTE, None if c is None else round(c * 1_000_000)) for i, c in enumerate(celsius)]


def found(readings: list[Reading], role: ProbeRole = ProbeRole.LOAD, horizon_ms: int = 0) -> list[Episode]:
    under = watch(role, horizon_ms)
    folded = fold(FoldState(), history_of(readings), under)
    return folded.episodes + standing(folded.state, under)


def test_twenty_five_minutes_too_warm_are_one_excursion_with_exact_figures() -> None:
    (episode,) = found(minutes(4.0, *[6.4] * 25, 4.0, 4.0))
    assert (episode.start_ms, episode.end_ms) == (START + MINUTE, START + 26 * MINUTE)
    assert episode.condition_ms == START + 6 * MINUTE
    assert (episode.out_ms, episode.samples_out) == (25 * MINUTE, 25)
    assert episode.peak_micro_celsius == 6_400_000
    assert episode.direction is Direction.TOO_WARM
    assert episode.rule == "A01"


def test_exactly_six_degrees_is_inside_and_the_slightest_more_is_not() -> None:
    assert found(minutes(*[6.0] * 60)) == []
    assert found(minutes(*[2.0] * 60)) == []
    assert len(found(minutes(4.0, *[6.000001] * 10, 4.0))) == 1
    assert len(found(minutes(4.0, *[1.999999] * 10, 4.0))) == 1


def test_four_minutes_three_times_an_hour_are_no_excursion() -> None:
    assert found(minutes(*([4.0] * 10 + [6.4] * 4) * 3, 4.0)) == []


def test_five_minutes_are_enough_in_the_load_and_fifteen_in_the_air() -> None:
    assert len(found(minutes(4.0, *[6.4] * 5, 4.0))) == 1
    assert found(minutes(4.0, *[6.4] * 14, 4.0), ProbeRole.AIR) == []
    assert len(found(minutes(4.0, *[6.4] * 15, 4.0), ProbeRole.AIR)) == 1


def test_the_hard_limit_knows_no_delay() -> None:
    (episode,) = found(minutes(4.0, 10.0, 4.0))
    assert episode.rule == "A02"
    assert episode.condition_ms == START + MINUTE
    (cold,) = found(minutes(4.0, 1.0, 4.0))
    assert cold.direction is Direction.TOO_COLD


def test_the_dead_band_delays_the_alarm_and_not_the_end() -> None:
    (episode,) = found(minutes(4.0, *[6.4] * 6, 5.9, 5.9, 5.8, 5.0))
    assert episode.end_ms == START + 7 * MINUTE
    assert episode.cleared_ms == START + 9 * MINUTE


def test_an_alarm_that_is_not_cleared_is_said_so() -> None:
    (episode,) = found(minutes(4.0, *[6.4] * 6, 5.9, 5.9))
    assert episode.end_ms == START + 7 * MINUTE
    assert episode.cleared_ms is None


def test_too_warm_and_then_too_cold_are_two_excursions() -> None:
    warm, cold = found(minutes(4.0, *[6.4] * 6, *[1.5] * 6, 4.0))
    assert (warm.direction, cold.direction) == (Direction.TOO_WARM, Direction.TOO_COLD)
    assert warm.end_ms == cold.start_ms


def test_an_open_excursion_stands_with_its_condition() -> None:
    (episode,) = found(minutes(4.0, *[6.4] * 10), horizon_ms=START + 11 * MINUTE)
    assert episode.end_ms is None
    assert episode.condition_ms == START + 6 * MINUTE


def test_a_gap_before_the_horizon_was_never_measured() -> None:
    readings: list[Reading] = [(START, 4_000_000), (START + 300 * MINUTE, 4_000_000)]
    (gap,) = found(readings, horizon_ms=START + 301 * MINUTE)
    assert gap.kind is FindingKind.UNMEASURED
    assert (gap.start_ms, gap.end_ms) == (START + 5 * MINUTE, START + 300 * MINUTE)
    assert gap.condition_ms == START + 240 * MINUTE
    assert gap.unknown_ms == 295 * MINUTE


def test_a_gap_beyond_the_horizon_is_awaited_and_no_finding() -> None:
    readings: list[Reading] = [(START, 4_000_000), (START + 300 * MINUTE, 4_000_000)]
    assert found(readings, horizon_ms=START) == []
    folded = fold(FoldState(), history_of(readings), watch(horizon_ms=START))
    assert folded.provisional_from_ms == START + 5 * MINUTE


def test_silence_up_to_the_horizon_opens_a_gap_and_short_silence_does_not() -> None:
    (gap,) = found(minutes(4.0), horizon_ms=START + 240 * MINUTE)
    assert gap.kind is FindingKind.UNMEASURED
    assert gap.end_ms is None
    assert found(minutes(4.0), horizon_ms=START + 239 * MINUTE) == []


def test_a_faulty_sensor_is_a_finding_of_its_own_and_no_excursion() -> None:
    (fault,) = found(minutes(4.0, *[None] * 11, 4.0))
    assert fault.kind is FindingKind.SENSOR_FAULT
    assert (fault.start_ms, fault.end_ms) == (START + MINUTE, START + 12 * MINUTE)
    assert fault.condition_ms == START + 11 * MINUTE
    assert found(minutes(4.0, *[None] * 9, 4.0)) == []


def test_hours_of_a_faulty_sensor_are_never_measured_time_as_well() -> None:
    kinds = {episode.kind for episode in found(minutes(4.0, *[None] * 241, 4.0))}
    assert kinds == {FindingKind.SENSOR_FAULT, FindingKind.UNMEASURED}


def test_time_outside_that_nobody_measured_counts_towards_the_delay() -> None:
    readings: list[Reading] = [(START, 6_500_000), (START + 30 * MINUTE, 4_000_000)]
    (episode,) = found(readings, ProbeRole.AIR, horizon_ms=START + 31 * MINUTE)
    assert (episode.out_ms, episode.unknown_ms) == (5 * MINUTE, 25 * MINUTE)
    assert found(readings, ProbeRole.AIR, horizon_ms=START) == []


VALUES = st.sampled_from([1_000_000, 1_999_999, 2_000_000, 4_000_000, 5_850_000, 6_000_000, 6_000_001, 9_000_000, None])
STEPS = st.sampled_from([20_000, 60_000, 60_000, 299_999, 300_000, 300_001, 3_600_000, 15_000_000])


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


@settings(max_examples=300)
@given(stretches(), st.integers(0, 40), st.sampled_from(list(ProbeRole)), st.integers(0, 10**9))
def test_one_by_one_equals_blocks_at_any_cut(readings: list[Reading], cuts: int, role: ProbeRole, seed: int) -> None:
    chance = random.Random(seed)
    under = watch(role, horizon_ms=chance.choice([0, readings[len(readings) // 2][0], readings[-1][0] + 10**8]))
    whole = history_of(readings)
    reference = fold_one_by_one(FoldState(), whole, under)
    state = FoldState()
    episodes: list[Episode] = []
    checkpoints: dict[int, bytes] = {}
    edges = sorted({0, len(readings), *(chance.randrange(len(readings) + 1) for _ in range(cuts % 7))})
    for low, high in pairwise(edges):
        part = fold(decode_state(encode_state(state)), whole.part(low, high), under)
        state = part.state
        episodes += part.episodes
        checkpoints |= part.checkpoints
    assert encode_state(state) == encode_state(reference.state)
    assert episodes == reference.episodes
    assert checkpoints == reference.checkpoints


@settings(max_examples=200)
@given(stretches(), st.sampled_from(list(ProbeRole)))
def test_excursions_equal_a_brute_force_pass_where_everything_was_measured(
    readings: list[Reading], role: ProbeRole
) -> None:
    times = np.arange(len(readings)) * 60_000 + START
    readings = [(int(t), v if v is not None else 4_000_000) for t, (_, v) in zip(times, readings, strict=True)]
    excursions = [e for e in found(readings, role) if e.kind is FindingKind.EXCURSION and e.end_ms is not None]
    assert [(e.start_ms, e.end_ms, e.peak_micro_celsius, e.samples_out, e.out_ms) for e in excursions] == brute_force(
        readings, *((300_000, 1) if role is ProbeRole.LOAD else (900_000, 2))
    )


def brute_force(readings: list[Reading], delay_ms: int, in_a_row: int) -> list[tuple[int, int, int, int, int]]:
    """Runs of readings above 6.0 or below 2.0 that lasted long enough or reached 1.0 or 10.0 so often in a row."""
    result = []
    index = 0
    side = [0 if v is None else (v > 6_000_000) - (v < 2_000_000) for _, v in readings]
    while index < len(readings):
        stop = index
        while stop < len(readings) and side[stop] == side[index]:
            stop += 1
        if side[index] and stop < len(readings):
            values = [v for _, v in readings[index:stop] if v is not None]
            length = readings[stop][0] - readings[index][0]
            beyond = "".join("x" if v >= 10_000_000 or v <= 1_000_000 else "." for v in values)
            if length >= delay_ms or "x" * in_a_row in beyond:
                peak = max(values) if side[index] > 0 else min(values)
                result.append((readings[index][0], readings[stop][0], peak, stop - index, length))
        index = stop
    return result

"""Over a change of profile each side is what it is alone, in blocks and chunks of any size."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.histories import history_of
from support.rule_words import MINUTE, START, shipped

from coldchain.history import NO_VALUE, History
from coldchain.places import ProbeRole
from coldchain.units import Direction, FindingKind
from rules.excursion import Episode, FoldState, Watch, fold, standing
from rules.limits import Profile
from rules.refold import Ask, refold
from rules.watches import Watches, fold_between, watch_at

END, HOUR = START + 200 * MINUTE, 60 * MINUTE
RED, FROZEN, PLT = shipped("cn-rbc-2"), shipped("cn-ffp-1"), shipped("cn-plt-1")
VALUES = st.sampled_from([4_000_000, 6_000_000, 6_500_000, 10_500_000, 1_500_000, 22_000_000, -20_000_000, None])
STEPS = st.sampled_from([1, 30_000, MINUTE, 2 * MINUTE, 400_000])


def watch(profile: Profile = RED, since_ms: int | None = None) -> Watch:
    return Watch(profile=profile, role=ProbeRole.LOAD, horizon_ms=END, since_ms=since_ms)


@st.composite
def histories(draw: st.DrawFn) -> History:
    readings, at_ms = [], START
    for value in draw(st.lists(VALUES, min_size=1, max_size=60)):
        readings.append((at_ms, value))
        at_ms += draw(STEPS)
    return history_of(readings)


def folded(history: History, watches: Watches, cuts: Sequence[int]) -> tuple[FoldState, list[Episode]]:
    last_ms = int(history.taken_ms[-1])
    state = FoldState()
    episodes: list[Episode] = []
    bounds = sorted({START - MINUTE, *cuts, last_ms + 1})
    for begin, end in pairwise(bounds):
        part = fold_between(state, history.between, (begin, end), watches, last_ms)
        state, episodes = part.state, [*episodes, *part.episodes]
    return state, episodes


@given(histories(), st.lists(st.integers(START, END), max_size=3), st.lists(st.integers(START, END), max_size=6))
def test_cut_anywhere_it_is_the_same(history: History, changes: list[int], cuts: list[int]) -> None:
    kept = [watch(), *(watch(profile) for profile in (PLT, RED, FROZEN))]
    instants = sorted(set(changes))
    watches = Watches(spans=tuple(zip([0, *instants], kept, strict=False)))
    assert folded(history, watches, cuts) == folded(history, watches, [])


@given(histories(), st.integers(START, END))
def test_before_a_change_all_is_as_if_it_had_ended_there_and_after_it_as_if_it_had_begun_there(
    history: History, at_ms: int
) -> None:
    old, new = watch(RED), watch(PLT)
    _, episodes = folded(history, Watches(spans=((0, old), (at_ms, new))), [])
    alone = fold(FoldState(), history.between(0, at_ms), old)
    known = {one for one in alone.episodes if (one.cleared_ms or one.end_ms or 0) < at_ms}
    assert known <= set(episodes)
    seen = history.between(0, at_ms).micro_celsius.tolist()
    value = next((one for one in reversed(seen) if one != NO_VALUE), None)
    colder = value is not None and RED.too_cold(value) and PLT.too_cold(value)  # nothing is too warm under both
    for one in episodes:
        on_both = colder and one.direction in {Direction.TOO_COLD, None}
        assert on_both or one.start_ms >= at_ms or (one.end_ms is not None and one.end_ms <= at_ms)


def test_a_change_behind_the_last_reading_waits_for_the_next_one() -> None:
    history = history_of([(START, 7_000_000), (START + 10 * MINUTE, 7_000_000)])
    watches = Watches(spans=((0, watch(RED)), (START + 11 * MINUTE, watch(PLT))))
    state, episodes = folded(history, watches, [])
    assert episodes == []
    assert state.run is not None
    open_now = standing(state, watch_at(watches, state.last_ms))
    assert [one.kind for one in open_now if one.end_ms is None] == [FindingKind.EXCURSION]


def test_a_probe_that_came_after_a_change_is_not_blind_from_it_on() -> None:
    since_ms = START + 20 * MINUTE
    history = history_of([(since_ms + MINUTE, 22_000_000)])
    watches = Watches(spans=((0, watch(RED, since_ms)), (START, watch(PLT, since_ms))))
    ask = Ask(from_ms=since_ms, settled_ms=since_ms + MINUTE, last_ms=since_ms + MINUTE)
    result = refold(ask, watches, None, {}, history.between)
    assert result.episodes == []
    assert result.state is not None
    assert result.state.blind is None


@given(histories(), st.lists(st.integers(START, END), max_size=3), st.lists(st.integers(START, END), max_size=6))
def test_a_version_with_the_same_limits_and_delays_changes_nothing(
    history: History, changes: list[int], cuts: list[int]
) -> None:
    again = watch(replace(RED, version=RED.version + 1, status="to-be-confirmed", retention_years=30))
    watches = Watches(spans=((0, watch()), *((at_ms, again) for at_ms in sorted(set(changes)))))
    assert folded(history, watches, cuts) == folded(history, Watches(spans=((0, watch()),)), [])


@pytest.mark.parametrize("minutes", [9, 3, 20])
@pytest.mark.parametrize("other", [{"high_micro_celsius": 6_200_000}, {"dead_band_micro_celsius": 1}])
def test_an_excursion_that_goes_on_under_the_new_limits_is_one(minutes: int, other: dict[str, int]) -> None:
    delay = RED.load_delay_ms // MINUTE
    warm = [(START + n * MINUTE, 7_000_000) for n in range(delay + 15)]
    calm = [(warm[-1][0] + n * MINUTE, 4_000_000) for n in range(1, 60)]
    changed = Watches(spans=((0, watch()), (START + minutes * MINUTE, watch(replace(RED, **other)))))  # type: ignore[arg-type]
    _, alone = folded(history_of([*warm, *calm]), Watches(spans=((0, watch()),)), [])
    assert folded(history_of([*warm, *calm]), changed, [])[1] == alone
    assert [one.start_ms for one in alone] == [START]


def test_a_shorter_delay_is_not_over_before_it_holds() -> None:
    at_ms = START + 5 * MINUTE + 1
    soon = watch(replace(RED, load_delay_ms=MINUTE))
    history = history_of([(START + n * MINUTE, 7_000_000) for n in range(8)])
    state, _ = folded(history, Watches(spans=((0, watch(replace(RED, load_delay_ms=HOUR))), (at_ms, soon))), [])
    assert state.run is not None
    assert (state.run.start_ms, state.run.condition_ms, state.run.out_ms) == (START, at_ms, 7 * MINUTE)


def test_a_run_whose_last_reading_has_no_temperature_goes_on_by_the_one_before() -> None:
    readings = [*((START + n * MINUTE, 7_000_000) for n in range(5)), (START + 5 * MINUTE, None)]
    history = history_of([*readings, (START + 7 * MINUTE, 7_000_000)])
    wide = watch(replace(RED, high_micro_celsius=8_000_000))
    strict = watch(replace(RED, high_micro_celsius=5_000_000))
    state, _ = folded(history, Watches(spans=((0, watch()), (START + 6 * MINUTE, strict))), [])
    assert state.run is not None
    assert state.run.start_ms == START
    assert folded(history, Watches(spans=((0, watch()), (START + 6 * MINUTE, wide))), [])[0].run is None

"""Over a change of profile each side is what it is alone, in blocks and chunks of any size."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from support.histories import history_of
from support.rule_words import MINUTE, START, shipped

from coldchain.history import History
from coldchain.places import ProbeRole
from coldchain.units import FindingKind
from rules.excursion import Episode, FoldState, Watch, fold, standing
from rules.limits import Profile
from rules.refold import Ask, refold
from rules.watches import Watches, fold_between, watch_at

END = START + 200 * MINUTE
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
    for one in episodes:
        assert one.start_ms >= at_ms or (one.end_ms is not None and one.end_ms <= at_ms)


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

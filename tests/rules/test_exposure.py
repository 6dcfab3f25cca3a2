"""Durations, spans and exposures: integers that add up."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st
from support.histories import Reading, cn_rbc, history_of

from coldchain.units import Direction, Finding, FindingKind, FindingStatus, Stay
from rules.classes import Condition
from rules.exposure import Durations, durations, expose, spans

PROFILE = cn_rbc()
MINUTE = 60_000
START = 1_700_000_000_000


def finding(start_ms: int, end_ms: int | None) -> Finding:
    return Finding(
        id="f-1",
        version=1,
        kind=FindingKind.EXCURSION,
        rule="A01",
        place="f",
        probe="p",
        profile="cn-rbc",
        profile_version=1,
        status=FindingStatus.OPEN if end_ms is None else FindingStatus.CLOSED,
        holds=True,
        direction=Direction.TOO_WARM,
        start_ms=start_ms,
        condition_ms=start_ms,
        end_ms=end_ms,
    )


def stay(possible: tuple[int, int | None], certain: tuple[int | None, int | None]) -> Stay:
    return Stay(
        unit="u-1",
        place="f",
        possible_from_ms=possible[0],
        possible_to_ms=possible[1],
        certain_from_ms=certain[0],
        certain_to_ms=certain[1],
        entered_by="reader",
        left_by=None,
    )


def warm(from_ms: int, to_ms: int) -> Durations:
    return Durations(too_warm_ms=to_ms - from_ms, max_micro_celsius=7_000_000, min_micro_celsius=6_100_000)


def test_a_unit_that_came_in_the_middle_is_exposed_from_then_on() -> None:
    exposure = expose("u-1", finding(100, 500), [stay((200, None), (250, None))], warm)
    assert exposure is not None
    assert (exposure.from_ms, exposure.to_ms, exposure.certain) == (200, 500, True)
    assert (exposure.out_ms_min, exposure.out_ms_max) == (250, 300)
    assert exposure.peak_micro_celsius == 7_000_000


def test_a_unit_that_left_before_or_came_after_is_not_exposed() -> None:
    assert expose("u-1", finding(100, 500), [stay((0, 100), (0, 90))], warm) is None
    assert expose("u-1", finding(100, 500), [stay((500, None), (510, None))], warm) is None


def test_a_unit_only_possibly_inside_is_exposed_without_certainty() -> None:
    exposure = expose("u-1", finding(100, 500), [stay((0, None), (None, None))], warm)
    assert exposure is not None
    assert (exposure.certain, exposure.out_ms_min, exposure.out_ms_max) == (False, 0, 400)


def test_while_finding_and_stay_run_on_there_are_no_figures_yet() -> None:
    exposure = expose("u-1", finding(100, None), [stay((0, None), (0, None))], warm)
    assert exposure is not None
    assert (exposure.to_ms, exposure.out_ms_max) == (None, None)


def test_a_unit_that_meets_a_finding_only_in_awaited_time_is_not_touched_yet() -> None:
    def awaited_from_300(from_ms: int, to_ms: int) -> Durations:
        out = max(0, min(to_ms, 300) - from_ms)
        return Durations(too_warm_ms=out, awaited_ms=to_ms - from_ms - out)

    assert expose("u-1", finding(100, 500), [stay((350, None), (350, None))], awaited_from_300) is None
    exposure = expose("u-1", finding(100, 500), [stay((200, None), (200, None))], awaited_from_300)
    assert exposure is not None
    assert (exposure.out_ms_max, exposure.unknown_ms_max) == (100, 200)


def test_two_stays_in_one_finding_are_added_up() -> None:
    both = [stay((0, 200), (0, 200)), stay((300, None), (300, None))]
    exposure = expose("u-1", finding(100, 500), both, warm)
    assert exposure is not None
    assert (exposure.from_ms, exposure.to_ms, exposure.out_ms_min) == (100, 500, 300)


def test_a_gap_is_never_measured_before_the_horizon_and_awaited_behind_it() -> None:
    history = history_of([(START, 4_000_000), (START + 60 * MINUTE, 4_000_000)])
    found = durations(history, PROFILE, START, START + 70 * MINUTE, START + 20 * MINUTE)
    assert found.within_ms == 10 * MINUTE
    assert found.never_measured_ms == 15 * MINUTE
    assert found.awaited_ms == 45 * MINUTE


def test_a_window_without_any_reading_is_unknown() -> None:
    found = durations(history_of([]), PROFILE, START, START + MINUTE, START + MINUTE)
    assert found == Durations(never_measured_ms=MINUTE)
    assert spans(history_of([]), PROFILE, START, START + MINUTE, START)[0].condition is Condition.AWAITED


@st.composite
def windows(draw: st.DrawFn) -> tuple[list[Reading], int, int, int]:
    values = st.sampled_from([1_000_000, 2_000_000, 4_000_000, 6_000_000, 6_100_000, None])
    steps = st.integers(1, 900_000)
    now, readings = START, []
    for step, value in draw(st.lists(st.tuples(steps, values), max_size=30)):
        now += step
        readings.append((now, value))
    low = START + draw(st.integers(-(10**6), 10**7))
    return readings, low, low + draw(st.integers(1, 10**7)), START + draw(st.integers(-(10**6), 2 * 10**7))


@settings(max_examples=300)
@given(windows())
def test_spans_and_durations_agree_and_fill_the_window(window: tuple[list[Reading], int, int, int]) -> None:
    readings, low, high, horizon = window
    history = history_of(readings)
    parts = spans(history, PROFILE, low, high, horizon)
    assert parts[0].from_ms == low
    assert parts[-1].to_ms == high
    assert all(a.to_ms == b.from_ms for a, b in itertools.pairwise(parts))
    sums = dict.fromkeys(Condition, 0)
    for part in parts:
        sums[part.condition] += part.to_ms - part.from_ms
    found = durations(history, PROFILE, low, high, horizon)
    assert [found.within_ms, found.too_warm_ms, found.too_cold_ms, found.never_measured_ms, found.awaited_ms] == [
        sums[condition] for condition in Condition
    ]


@settings(max_examples=100)
@given(windows())
def test_durations_equal_a_walk_through_every_reading(window: tuple[list[Reading], int, int, int]) -> None:
    readings, low, high, horizon = window
    warm_ms = 0
    for index, (taken, value) in enumerate(readings):
        following = readings[index + 1][0] if index + 1 < len(readings) else taken + PROFILE.hold_ms
        until = min(following, taken + PROFILE.hold_ms, high)
        if value is not None and value > 6_000_000:
            warm_ms += max(0, until - max(taken, low))
    assert durations(history_of(readings), PROFILE, low, high, horizon).too_warm_ms == warm_ms

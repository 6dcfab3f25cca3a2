"""Sums of an interval, against a judge that looks at every millisecond."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from support.histories import Reading, cn_rbc, history_of

from coldchain.interval import IntervalSums
from coldchain.temperature import micro_celsius
from rules.exposure import durations
from rules.interval import interval_sums
from rules.summary import added, mean_text

PROFILE = replace(cn_rbc(), hold_ms=9)
LOW, HIGH = 2_000_000, 6_000_000
VALUES = st.one_of(
    st.none(),
    st.sampled_from([LOW - 1, LOW, LOW + 1, HIGH - 1, HIGH, HIGH + 1]),
    st.integers(-40_000_000, 60_000_000),
)
HISTORIES = st.dictionaries(st.integers(0, 120), VALUES, max_size=25).map(lambda found: sorted(found.items()))
WINDOWS = st.tuples(st.integers(0, 130), st.integers(0, 130)).map(sorted)


def brute(readings: list[Reading], from_ms: int, to_ms: int) -> IntervalSums:
    """Ask of every millisecond which reading speaks."""
    spoken: list[int] = []
    for at_ms in range(from_ms, to_ms):
        before = [one for one in readings if one[0] <= at_ms]
        if before and at_ms < before[-1][0] + 9 and before[-1][1] is not None:
            spoken.append(before[-1][1])
    return IntervalSums(
        from_ms=from_ms,
        to_ms=to_ms,
        readings=sum(from_ms <= taken_ms < to_ms for taken_ms, _ in readings),
        measured_ms=len(spoken),
        unknown_ms=to_ms - from_ms - len(spoken),
        below_ms=sum(value < LOW for value in spoken),
        above_ms=sum(value > HIGH for value in spoken),
        integral_micro_celsius_ms=sum(spoken),
        min_micro_celsius=min(spoken, default=None),
        max_micro_celsius=max(spoken, default=None),
    )


@given(HISTORIES, WINDOWS)
def test_sums_are_those_of_every_millisecond(readings: list[Reading], window: list[int]) -> None:
    from_ms, to_ms = window
    assert interval_sums(history_of(readings), PROFILE, from_ms, to_ms) == brute(readings, from_ms, to_ms)


@given(HISTORIES, WINDOWS, st.integers(0, 130))
def test_parts_add_up_to_the_whole(readings: list[Reading], window: list[int], cut: int) -> None:
    from_ms, to_ms = window
    middle = min(max(cut, from_ms), to_ms)
    history = history_of(readings)
    parts = [interval_sums(history, PROFILE, from_ms, middle), interval_sums(history, PROFILE, middle, to_ms)]
    assert added(parts) == interval_sums(history, PROFILE, from_ms, to_ms)


@given(HISTORIES, WINDOWS, st.integers(0, 130))
def test_they_are_the_numbers_of_the_unit_page(readings: list[Reading], window: list[int], horizon: int) -> None:
    history, (from_ms, to_ms) = history_of(readings), window
    sums = interval_sums(history, PROFILE, from_ms, to_ms)
    lasted = durations(history, PROFILE, from_ms, to_ms, horizon)
    assert (sums.above_ms, sums.below_ms, sums.unknown_ms) == (
        lasted.too_warm_ms,
        lasted.too_cold_ms,
        lasted.unknown_ms,
    )
    assert (sums.min_micro_celsius, sums.max_micro_celsius) == (lasted.min_micro_celsius, lasted.max_micro_celsius)


@given(st.integers(1, 10_000), st.integers(-10_000, 10_000), st.sampled_from([LOW, HIGH]), st.booleans())
def test_a_mean_is_never_rounded_across_a_limit(measured: int, beyond: int, limit: int, inclusive: bool) -> None:
    profile = replace(PROFILE, low_inclusive=inclusive, high_inclusive=inclusive)
    integral = limit * measured + beyond
    empty = interval_sums(history_of([]), profile, 0, measured)
    sums = IntervalSums(
        from_ms=0,
        to_ms=measured,
        readings=1,
        measured_ms=measured,
        unknown_ms=empty.unknown_ms - measured,
        below_ms=0,
        above_ms=0,
        integral_micro_celsius_ms=integral,
        min_micro_celsius=None,
        max_micro_celsius=None,
    )
    text = mean_text(sums, profile)
    assert text is not None
    exact, said = Fraction(integral, measured), Fraction(micro_celsius(text))
    assert abs(exact - said) < 1
    warm = exact > HIGH or (exact == HIGH and not inclusive)
    cold = exact < LOW or (exact == LOW and not inclusive)
    assert (profile.too_warm(int(said)), profile.too_cold(int(said))) == (warm, cold)


def test_nothing_measured_has_no_mean() -> None:
    assert mean_text(interval_sums(history_of([(0, None)]), PROFILE, 0, 5), PROFILE) is None

"""Any way of adding up an interval gives the same integers."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.rule_words import shipped
from support.sums_by_hand import sums_by_hand

from coldchain.errors import InvalidValueError
from coldchain.facts import Quality
from coldchain.history import EMPTY, NO_VALUE, History
from coldchain.sums import Tally, joined, stretch_of, tally_history, tally_of
from rules.exposure import durations
from rules.interval import interval_sums, sums_of, sums_of_many
from rules.kinetic import kinetic_sum, mean_kinetic_micro_celsius
from rules.profile import Profile

HOUR = 3_600_000
RBC = shipped("cn-rbc-2")
VALUES = st.sampled_from([None, 1_999_999, 2_000_000, 2_000_001, 4_000_000, 6_000_000, 6_000_001, -3])


@st.composite
def histories(draw: st.DrawFn) -> History:
    steps = draw(st.lists(st.sampled_from([1, 60_000, 299_999, 300_000, 300_001, 900_000]), max_size=12))
    values = draw(st.lists(VALUES, min_size=len(steps), max_size=len(steps)))
    return history_of(np.cumsum(steps).tolist(), values)


def history_of(times: list[int], values: list[int | None]) -> History:
    return History(
        taken_ms=np.array(times, np.int64),
        micro_celsius=np.array([NO_VALUE if value is None else value for value in values], np.int64),
        quality=np.array([Quality.NO_SENSOR if value is None else Quality.GOOD for value in values], np.uint8),
    )


PROFILES = st.builds(
    lambda low, high: dataclasses.replace(RBC, low_inclusive=low, high_inclusive=high), st.booleans(), st.booleans()
)
EDGES = st.integers(-400_000, 5_000_000)


@given(history=histories(), profile=PROFILES, edges=st.tuples(EDGES, EDGES))
def test_the_fast_way_equals_the_sum_over_raw_samples(
    history: History, profile: Profile, edges: tuple[int, int]
) -> None:
    from_ms, to_ms = sorted(edges)
    expected = sums_by_hand(history, profile, from_ms, to_ms)
    tally = tally_history(history.since(from_ms - profile.hold_ms), from_ms, to_ms, profile.hold_ms)
    assert sums_of(tally, profile) == expected
    assert interval_sums(history, profile, from_ms, to_ms) == expected
    many = sums_of_many(history, profile, np.array([from_ms]), np.array([to_ms]))
    found = {name: int(getattr(many, name)[0]) for name in many.__dataclass_fields__}
    assert found == {name: getattr(expected, name) or 0 for name in found}


@given(history=histories(), profile=PROFILES, edges=st.tuples(EDGES, EDGES))
def test_sums_agree_with_what_exposures_say(history: History, profile: Profile, edges: tuple[int, int]) -> None:
    from_ms, to_ms = sorted(edges)
    said = durations(history, profile, from_ms, to_ms, to_ms)
    sums = interval_sums(history, profile, from_ms, to_ms)
    assert (sums.above_ms, sums.below_ms, sums.unknown_ms) == (said.too_warm_ms, said.too_cold_ms, said.unknown_ms)
    assert (sums.min_micro_celsius, sums.max_micro_celsius) == (said.min_micro_celsius, said.max_micro_celsius)


@settings(max_examples=200)
@given(
    history=histories(), cuts=st.lists(st.integers(0, 12), max_size=4), hold_ms=st.sampled_from([1, 60_000, 300_000])
)
def test_stretches_add_up_wherever_they_are_cut(history: History, cuts: list[int], hold_ms: int) -> None:
    places = sorted({0, len(history), *(min(cut, len(history)) for cut in cuts)})
    parts = [
        stretch
        for low, high in pairwise(places)
        if (stretch := stretch_of(history.part(low, high), hold_ms)) is not None
    ]
    whole, again = stretch_of(history, hold_ms), joined(parts, hold_ms)
    assert (whole is None) == (again is None)
    if whole is not None and again is not None:
        assert listed_stretch(whole) == listed_stretch(again)
    tally = tally_of(EMPTY, parts, 0, 20_000_000, hold_ms)
    assert listed(tally) == listed(tally_history(history, 0, 20_000_000, hold_ms))


def listed(tally: Tally) -> object:
    return (tally.readings, tally.values.tolist(), tally.held_ms.tolist())


def listed_stretch(stretch: object) -> list[object]:
    fields = dataclasses.asdict(stretch)  # type: ignore[call-overload]
    return [value.tolist() if isinstance(value, np.ndarray) else value for value in fields.values()]


def test_many_intervals_at_once_equal_each_by_itself() -> None:
    chance = np.random.default_rng(7)
    times = np.cumsum(chance.integers(1, 400_000, 500))
    values: list[int | None] = [None if v < 0 else int(v) for v in chance.integers(-300_000, 9_000_000, 500)]
    history = history_of(times.tolist(), values)
    begin = chance.integers(-10, times[-1] + 400_000, 200)
    end = begin + chance.integers(0, 9_000_000, 200)
    many = sums_of_many(history, RBC, begin, end)
    for i in range(200):
        expected = sums_by_hand(history, RBC, int(begin[i]), int(end[i]))
        for name in many.__dataclass_fields__:
            assert int(getattr(many, name)[i]) == (getattr(expected, name) or 0), (i, name)


def test_a_history_that_does_not_fit_64_bits_is_refused_in_one_call() -> None:
    history = history_of([0, 10**12], [40_000_000, 40_000_000])
    with pytest.raises(InvalidValueError, match="too long"):
        sums_of_many(history, RBC, np.array([0]), np.array([1]))
    assert int(sums_of_many(EMPTY, RBC, np.array([0]), np.array([9])).unknown_ms[0]) == 9


def tally(*pairs: tuple[float, float]) -> Tally:
    """A tally of (degrees Celsius, hours)."""
    return Tally(
        from_ms=0,
        to_ms=round(sum(hours for _, hours in pairs) * HOUR),
        readings=len(pairs),
        values=np.array([round(c * 1_000_000) for c, _ in pairs], np.int64),
        held_ms=np.array([round(hours * HOUR) for _, hours in pairs], np.int64),
    )


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(5.0, 7)], 5_000_000),
        ([(2, 1), (8, 1)], 5_536_425),
        ([(5, 23), (15, 1)], 5_763_546),
        ([(5, 20), (15, 4)], 7_704_628),
        ([(4, 22), (12, 2)], 5_050_676),
        ([(20, 1), (25, 1), (30, 1)], 25_858_208),
        ([(25, 29 * 24), (40, 24)], 26_113_034),
        ([(21, 3), (22, 2), (23, 2), (25, 2), (27, 2), (28, 1)], 24_079_182),
        ([(c, 1) for c in range(2, 11)], 6_398_910),
        ([(-20, 1), (-18, 1), (-15, 1)], -17_356_992),
    ],
)
def test_mean_kinetic_temperature_as_computed_by_hand(pairs: list[tuple[float, float]], expected: int) -> None:
    """The formula of USP <1160>, computed twice: in floating point and with 50 decimal digits."""
    assert mean_kinetic_micro_celsius(tally(*pairs)) == expected


def test_time_at_fifteen_degrees_that_makes_the_mean_eight() -> None:
    hours = 4.520984
    found = mean_kinetic_micro_celsius(tally((5, 24 - hours), (15, hours)))
    assert found is not None
    assert abs(found - 8_000_000) <= 1


def test_kinetic_sums_of_parts_add_up_and_nothing_has_no_mean() -> None:
    whole = kinetic_sum(tally((5, 3), (9, 4)))
    assert whole == kinetic_sum(tally((5, 1), (9, 3))) + kinetic_sum(tally((5, 2), (9, 1)))
    assert mean_kinetic_micro_celsius(tally()) is None

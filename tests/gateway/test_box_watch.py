"""The mind of a courier's box: the examples of docs/boxes.md, for our code and the simulator's, and random days."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.box_examples import EXAMPLES, HOME, Example, Step, point
from support.box_minds import RULES, at, of_the_gateway, of_the_simulator

from firmware_sim.box_compass import metres, metres_beside
from gateway.box_ground import Point, beside, within
from gateway.box_watch import BoxWatch, Phase
from gateway.box_way import BoxWay
from gateway.box_words import AREAS_MAX, Area, BoxRules, Reading

named = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)


@named
def test_a_box_says_what_the_rules_say(example: Example) -> None:
    assert of_the_gateway(example.steps) == example.told


@named
def test_the_simulators_box_says_the_same(example: Example) -> None:
    assert of_the_simulator(example.steps) == example.told


DEGREES = st.sampled_from([None, 0.5, 1.0, 1.5, 2.0, 2.25, 4.0, 9.75, 9.9375, 10.0, 10.0625, 12.0])
MINDED = st.one_of(
    st.tuples(st.just("measure"), st.sampled_from([1, 1, 2, 9, 10, 11, 30, 31]), DEGREES, DEGREES),
    st.tuples(st.just("lid"), st.booleans()),
    st.tuples(st.just("button")),
    st.tuples(st.just("battery"), st.sampled_from([19, 20, 21, 80])),
)


@settings(max_examples=300)
@given(days=st.lists(MINDED, max_size=30))
def test_both_minds_agree_on_any_day(days: list[Step]) -> None:
    steps, minute = [], 0
    for what, *rest in days:
        times = rest.pop(0) if what == "measure" else 1
        for _ in range(times):
            minute += 1
            steps.append((what, minute, *rest))
    assert of_the_gateway(steps) == of_the_simulator(steps)


# No two places of this grid are nearly as far apart as a limit, so that rounding decides nothing.
GRID_M = st.sampled_from([-5_000, -3_050, -1_500, 0, 95, 280, 750, 4_000, 4_150, 6_500, 8_000, 11_000, 30_000])


@settings(max_examples=300)
@given(fixes=st.lists(st.tuples(st.sampled_from([1, 5, 5, 5, 15, 16, 60]), GRID_M, GRID_M), max_size=40))
def test_both_follow_any_way_alike(fixes: list[tuple[int, int, int]]) -> None:
    steps, minute = [], 0
    for passed, east_m, north_m in fixes:
        minute += passed
        steps.append(("fix", minute, east_m, north_m))
    assert of_the_gateway(steps) == of_the_simulator(steps)


@given(
    latitude=st.integers(-800_000_000, 800_000_000),
    longitude=st.integers(-1_790_000_000, 1_790_000_000),
    offset=st.tuples(st.integers(-400_000, 400_000), st.integers(-400_000, 400_000)),
)
def test_distances_agree_with_the_sphere_within_a_thousandth(
    latitude: int, longitude: int, offset: tuple[int, int]
) -> None:
    one, other = (latitude, longitude), (latitude + offset[0], longitude + offset[1])
    true_m = metres(one, other)
    here, there = Point(*one), Point(*other)
    assert within(here, there, int(true_m * 1.001) + 2)
    assert not within(here, there, max(0, int(true_m * 0.999) - 2)) or true_m < 4


@given(east_m=st.integers(-20_000, 20_000), north_m=st.integers(-20_000, 20_000))
def test_the_way_from_a_line_is_the_same_in_whole_numbers(east_m: int, north_m: int) -> None:
    line = (HOME, point(8_000, 0), point(8_000, 6_000))
    here = point(east_m, north_m)
    true_m = metres_beside(here, line)
    points = [Point(*at) for at in line]
    assert not beside(Point(*here), points, int(true_m * 1.003) + 2)
    assert true_m < 10 or beside(Point(*here), points, int(true_m * 0.997) - 2)


def test_over_the_date_line_it_is_near() -> None:
    assert within(Point(0, 1_799_999_000), Point(0, -1_799_999_000), 30)
    assert not within(Point(0, 1_799_999_000), Point(0, -1_799_999_000), 20)


def test_lamp_and_beeper_follow() -> None:
    watch = BoxWatch(RULES)
    watch.button(at(0))

    def measure(minute: int, celsius: int) -> None:
        watch.measured(at(minute), [Reading(probe="p", load=True, micro_celsius=celsius * 1_000_000)])

    lamps = []
    for minute in range(31):
        lamps.append(watch.ready)
        measure(minute, 4)
    assert [*lamps, watch.ready] == [False] * 31 + [True]
    watch.lid(at(40), is_open=True)
    watch.lid(at(41), is_open=False)
    assert (watch.phase, watch.until_ms) == (Phase.PACKED, at(41 + 330))
    beeps = []
    for minute in range(50, 61):
        beeps.append(watch.beeping)
        measure(minute, 12)
    assert [*beeps, watch.beeping] == [False] * 11 + [True]
    lamps = [watch.ready]  # the courier hears it; the lamp speaks of the packing
    measure(371, 4)
    assert [*lamps, watch.ready, watch.beeping] == [True, False, False]


def test_more_areas_than_a_box_can_hold_are_refused_with_the_limit() -> None:
    area = Area(name="a", middle=Point(0, 0), radius_m=1)
    with pytest.raises(ValueError, match=f"up to {AREAS_MAX} areas"):
        BoxWay(BoxRules(low_micro_celsius=0, high_micro_celsius=1, areas=(area,) * (AREAS_MAX + 1)))

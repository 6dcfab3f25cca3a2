"""When a limit will be reached: exact curves, curves that never get there, and curves of which nobody can tell."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.histories import history_of
from support.rule_words import MINUTE, at

from coldchain.facts import Quality
from coldchain.history import EMPTY, History
from coldchain.units import Direction
from rules.forecast import Forecast, forecast

LIMIT = 6_000_000


def approach(start: float, end: float, tau_min: float, minutes: int) -> History:
    """Return a first-order approach, once a minute up to now, at the resolution of the record."""
    values = [end + (start - end) * math.exp(-minute / tau_min) for minute in range(minutes + 1)]
    return history_of([(at(i), round(value * 1_000_000)) for i, value in enumerate(values)])


def seen(history: History, limit: int = LIMIT, direction: Direction = Direction.TOO_WARM) -> Forecast:
    found = forecast(history, limit, direction)
    assert found is not None
    return found


@pytest.mark.parametrize(("tau_min", "end"), [(40.0, 14.0), (160.0, 25.0), (320.0, 30.0), (20.0, 9.0)])
def test_a_first_order_approach_is_foreseen_to_the_minute(tau_min: float, end: float) -> None:
    start, read = 3.0, 8
    crossing = tau_min * math.log((end - start) / (end - 6.0))
    said = seen(approach(start, end, tau_min, read))
    assert abs(said.likely_ms / MINUTE - (crossing - read)) <= max(1.0, 0.2 * (crossing - read))
    assert said.earliest_ms <= (crossing - read) * MINUTE
    assert said.latest_ms is None or said.latest_ms >= (crossing - read) * MINUTE
    assert said.since_ms == at(0)


def test_a_curve_towards_the_cold_limit_is_the_same_turned_over() -> None:
    warm = approach(4.0, 20.0, 120.0, 10)
    cold = history_of([(at(i), 8_000_000 - int(v)) for i, v in enumerate(warm.micro_celsius)])
    said, turned = seen(warm), seen(cold, 2_000_000, Direction.TOO_COLD)
    assert abs(said.likely_ms - turned.likely_ms) <= 1_000


def test_a_curve_that_levels_off_inside_the_limit_foresees_nothing_near() -> None:
    said = forecast(approach(3.0, 5.5, 10.0, 30), LIMIT, Direction.TOO_WARM)
    assert said is None or said.likely_ms > 60 * MINUTE


@pytest.mark.parametrize(
    "celsius",
    [[4.0] * 30, [5.0 - 0.02 * i for i in range(30)], [4.0, 4.1, 4.2, 4.3, 4.4], [5.8, 5.9, 6.0, 6.1, 6.2, 6.3]],
)
def test_nothing_is_foreseen_of_what_is_calm_or_goes_away_is_too_short_or_beyond_already(celsius: list[float]) -> None:
    history = history_of([(at(i), round(c * 1_000_000)) for i, c in enumerate(celsius)])
    assert forecast(history, LIMIT, Direction.TOO_WARM) is None
    assert forecast(EMPTY, LIMIT, Direction.TOO_WARM) is None


def test_what_a_compressor_did_before_the_last_turn_says_nothing() -> None:
    down = [5.0 - 0.05 * i for i in range(20)]
    up = [4.0 + 0.05 * i for i in range(15)]
    history = history_of([(at(i), round(c * 1_000_000)) for i, c in enumerate([*down, *up])])
    said = seen(history)
    assert said.since_ms == at(20)
    assert abs(said.likely_ms - 26 * MINUTE) < 2 * MINUTE


def test_faulty_readings_are_passed_over() -> None:
    whole = approach(3.0, 25.0, 160.0, 20)
    broken = History(
        taken_ms=whole.taken_ms,
        micro_celsius=np.where(np.arange(21) % 5 == 2, -(2**31), whole.micro_celsius),
        quality=np.where(np.arange(21) % 5 == 2, Quality.FAULT, Quality.GOOD).astype(np.uint8),
    )
    assert abs(seen(broken).likely_ms - seen(whole).likely_ms) < 2 * MINUTE


@given(st.lists(st.integers(-30_000_000, 40_000_000), min_size=1, max_size=40), st.sampled_from(list(Direction)))
def test_whatever_the_curve_the_interval_holds_its_middle(values: list[int], direction: Direction) -> None:
    said = forecast(history_of([(at(i), value) for i, value in enumerate(values)]), LIMIT, direction)
    if said is not None:
        assert 0 <= said.earliest_ms <= said.likely_ms
        assert said.latest_ms is None or said.likely_ms <= said.latest_ms
    inside = values[-1] < LIMIT if direction is Direction.TOO_WARM else values[-1] > LIMIT
    assert inside or said is None

"""When a temperature reaches a limit if it goes on like this: a first-order approach, fitted to the recent curve. Pure.

A body that exchanges heat with surroundings of one temperature approaches it exponentially (Newton's law of cooling).
Fitted is y(t) = a + b tau (1 - exp(-t / tau)), a the value and b the slope at the last reading, for every tau of a
grid by linear least squares: short ones for a curve that flattens, endless for a straight line, negative ones for the
load of a cabinet, which lags behind its air and bends upwards at first. Each tau, with its slope a little lower and
higher, has the weight of its likelihood; the crossing is the weighted median, the interval the weighted quantiles,
widened by a factor that was calibrated on simulated cabinets (benchmarks/forecast.py states the coverage).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from coldchain.facts import Quality
from coldchain.history import History
from coldchain.units import Direction

Floats = npt.NDArray[np.float64]

MINUTE_MS: Final = 60_000
WINDOW_MS: Final = 30 * MINUTE_MS  # of the curve that is fitted
READINGS_MIN: Final = 6
RISE_CELSIUS: Final = 0.1  # less is no curve that goes anywhere, but a step of the sensor
SPAN_MIN_MS: Final = 4 * MINUTE_MS
FAR_MS: Final = 24 * 60 * MINUTE_MS  # what is further ahead is not foreseen at all
NOISE_CELSIUS: Final = 0.03  # a step of 0.0625 or 0.1 degrees, as sensors give, has about this standard deviation
WIDENED_EARLY: Final = 1.6  # of the interval about its middle, in the logarithm of the time: benchmarks/forecast.py
WIDENED_LATE: Final = 2.4
TEMPER: Final = 4.0  # neighbouring readings are not independent, and no cabinet is of first order: each counts for less
_TAUS: Final = np.array([-20.0, -40.0, -80.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 1e6])  # minutes
_SHIFTS: Final = np.array([-1.6, -0.8, 0.0, 0.8, 1.6])  # in standard errors of the slope
_QUANTILES: Final = (0.05, 0.5, 0.95)
_MICRO: Final = 1_000_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """From the last reading on: after how long the limit is reached, most likely, at the earliest and at the latest.

    `latest_ms` None: it may never be. `since_ms`: where the curve that was fitted begins.
    """

    since_ms: int
    likely_ms: int
    earliest_ms: int
    latest_ms: int | None


def forecast(history: History, limit_micro_celsius: int, direction: Direction) -> Forecast | None:
    """Return when a curve reaches a limit that its last reading is within; None if it does not go there, or who knows.

    `history`: the last half hour or more. Readings that are no temperature are passed over. The curve begins at its
    last turn towards the limit: what a compressor or a door did before says nothing of what comes.
    """
    taken_ms, celsius = _towards(history, direction)
    distance = limit_micro_celsius / _MICRO * _sign(direction) - (celsius[-1] if len(celsius) else 0.0)
    if len(taken_ms) < READINGS_MIN or taken_ms[-1] - taken_ms[0] < SPAN_MIN_MS or distance <= 0.0:
        return None
    if celsius[-1] - celsius[0] < RISE_CELSIUS:
        return None
    times, weights = _crossings((taken_ms - taken_ms[-1]) / MINUTE_MS, celsius, distance)
    early, likely, late = _quantiles(times, weights)
    if not likely * MINUTE_MS < FAR_MS:
        return None
    early = likely * (early / likely) ** WIDENED_EARLY
    late = likely * (late / likely) ** WIDENED_LATE
    return Forecast(
        since_ms=int(taken_ms[0]),
        likely_ms=round(likely * MINUTE_MS),
        earliest_ms=round(early * MINUTE_MS),
        latest_ms=round(late * MINUTE_MS) if late * MINUTE_MS < FAR_MS else None,
    )


def _sign(direction: Direction) -> int:
    return 1 if direction is Direction.TOO_WARM else -1


def _towards(history: History, direction: Direction) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return times and degrees of the last stretch that goes towards the limit, turned so that it rises."""
    good = history.quality == Quality.GOOD
    taken_ms, micro = history.taken_ms[good], history.micro_celsius[good]
    if not len(taken_ms):
        return taken_ms, np.empty(0)
    recent = taken_ms >= taken_ms[-1] - WINDOW_MS
    taken_ms, celsius = taken_ms[recent], micro[recent] / _MICRO * _sign(direction)
    turn = len(celsius) - 1 - int(np.argmin(celsius[::-1]))  # the last of the lowest
    return taken_ms[turn:], celsius[turn:]


def _crossings(minutes: Floats, celsius: Floats, distance: float) -> tuple[Floats, Floats]:
    """Return the minutes at which each curve has risen by `distance` above the last reading, and its weight."""
    rise = -np.expm1(-minutes / _TAUS[:, None]) * _TAUS[:, None]  # one row a tau: a line is fitted to celsius over it
    middle, mean = rise.mean(axis=1), celsius.mean()
    beside, risen = rise - middle[:, None], celsius - mean
    spread = (beside * beside).sum(axis=1)
    slope = (beside * risen).sum(axis=1) / spread
    left = risen - slope[:, None] * beside
    loss = (left * left).sum(axis=1)
    variance = np.maximum(loss / max(len(celsius) - 2, 1), NOISE_CELSIUS**2)
    slopes = slope[:, None] + _SHIFTS * np.sqrt(TEMPER * variance / spread)[:, None]
    times = _reached((celsius[-1] + distance - mean + slope * middle)[:, None], slopes, _TAUS[:, None])
    losses = loss / NOISE_CELSIUS**2 / TEMPER
    weight = np.exp(-0.5 * (losses - losses.min()))
    return times.ravel(), np.outer(weight, np.exp(-0.5 * _SHIFTS**2)).ravel()


def _reached(distance: Floats, slopes: Floats, tau: Floats) -> Floats:
    """Return after how many minutes a curve has gone a distance; infinite if it never does."""
    with np.errstate(divide="ignore", invalid="ignore"):
        part = distance / (slopes * tau)
        times = -tau * np.log1p(-part)
    never = (slopes <= 0.0) | (part >= 1.0) | ~np.isfinite(times)
    return np.where(never, np.inf, np.maximum(times, 0.05))


def _quantiles(times: Floats, weights: Floats) -> tuple[float, float, float]:
    order = np.argsort(times, kind="stable")
    share = np.cumsum(weights[order])
    share /= share[-1]
    low, middle, high = (float(times[order][np.searchsorted(share, at)]) for at in _QUANTILES)
    return low, middle, high

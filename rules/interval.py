"""Any interval of one probe under one profile, as exact sums: from its readings, from a tally, or for many at once.

A reading holds until the next one, at most `profile.hold_ms`, as in rules/exposure.py; a faulty one measures nothing.
All three ways give the same integers, those of tests/support/sums_by_hand.py.
"""

from bisect import bisect_left
from dataclasses import dataclass
from operator import mul
from typing import Final

import numpy as np

from coldchain.errors import InvalidValueError
from coldchain.facts import Quality
from coldchain.history import History, Int64
from coldchain.interval import IntervalSums
from coldchain.sums import Tally
from rules.classes import Class, classify_all
from rules.intervals import OPEN_END_MS
from rules.profile import Profile

INTEGRAL_MAX: Final = 2**62


def sums_of(tally: Tally, profile: Profile) -> IntervalSums:
    """Return what the histogram of an interval adds up to under a profile. The tally must be of profile.hold_ms.

    Python integers: ten years of micro-degrees times milliseconds do not fit 64 bits with room to spare.
    """
    values, held = tally.values.tolist(), tally.held_ms.tolist()
    measured_ms = sum(held)
    return IntervalSums(
        from_ms=tally.from_ms,
        to_ms=tally.to_ms,
        readings=tally.readings,
        measured_ms=measured_ms,
        unknown_ms=tally.to_ms - tally.from_ms - measured_ms,
        below_ms=sum(held[: bisect_left(values, 1, key=lambda value: not profile.too_cold(value))]),
        above_ms=sum(held[bisect_left(values, 1, key=profile.too_warm) :]),
        integral_micro_celsius_ms=sum(map(mul, values, held)),
        min_micro_celsius=values[0] if values else None,
        max_micro_celsius=values[-1] if values else None,
    )


def interval_sums(history: History, profile: Profile, from_ms: int, to_ms: int) -> IntervalSums:
    """Return the sums of [from_ms, to_ms); `history` reaches back by the profile's hold_ms at least.

    A reading holds to the next one, at most for hold_ms: as in rules.exposure.durations, whose figures these equal.
    """
    if to_ms <= from_ms:
        return _empty(from_ms, to_ms)
    begin = history.taken_ms
    following = np.append(begin[1:], np.int64(OPEN_END_MS)) if len(begin) else begin
    held_to = np.minimum(begin + profile.hold_ms, following)
    held = np.maximum(0, np.minimum(held_to, to_ms) - np.maximum(begin, from_ms))
    classes = classify_all(profile, history)
    good = history.quality == Quality.GOOD
    spoken = good & (held > 0)
    values = history.micro_celsius[spoken]
    measured = int(held[good].sum())
    return IntervalSums(
        from_ms=from_ms,
        to_ms=to_ms,
        readings=len(history.between(from_ms, to_ms)),
        measured_ms=measured,
        unknown_ms=to_ms - from_ms - measured,
        below_ms=int(held[classes == Class.COLD].sum()),
        above_ms=int(held[classes == Class.WARM].sum()),
        integral_micro_celsius_ms=sum((values * held[spoken]).tolist()),  # Python integers: no year is too long
        min_micro_celsius=int(values.min()) if len(values) else None,
        max_micro_celsius=int(values.max()) if len(values) else None,
    )


def _empty(from_ms: int, to_ms: int) -> IntervalSums:
    return IntervalSums(
        from_ms=from_ms,
        to_ms=to_ms,
        readings=0,
        measured_ms=0,
        unknown_ms=0,
        below_ms=0,
        above_ms=0,
        integral_micro_celsius_ms=0,
        min_micro_celsius=None,
        max_micro_celsius=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ManySums:
    """The sums of many intervals of one history, a column each; extremes are 0 where measured_ms is 0."""

    readings: Int64
    measured_ms: Int64
    unknown_ms: Int64
    below_ms: Int64
    above_ms: Int64
    integral_micro_celsius_ms: Int64
    min_micro_celsius: Int64
    max_micro_celsius: Int64


def sums_of_many(history: History, profile: Profile, from_ms: Int64, to_ms: Int64) -> ManySums:
    """Return the sums of many intervals of one probe: prefix sums over its readings, then two look-ups each.

    `history` must reach back to the last reading before the earliest from_ms. Raises InvalidValueError where it is so
    long that its integral might not fit 64 bits (about five years at 30 degrees): cut it, or ask sums_of.
    """
    if not len(history):
        return _nothing(to_ms - from_ms)
    _require_short(history)
    prefix = _Prefix(history, profile)
    low = np.searchsorted(history.taken_ms, from_ms, "left")
    high = np.searchsorted(history.taken_ms, to_ms, "left")
    measured, below, above, integral = (column.at(to_ms) - column.at(from_ms) for column in prefix.columns())
    smallest, largest = prefix.extremes(from_ms, to_ms)
    there = measured > 0
    return ManySums(
        readings=high - low,
        measured_ms=measured,
        unknown_ms=to_ms - from_ms - measured,
        below_ms=below,
        above_ms=above,
        integral_micro_celsius_ms=integral,
        min_micro_celsius=np.where(there, smallest, 0),
        max_micro_celsius=np.where(there, largest, 0),
    )


def _nothing(length_ms: Int64) -> ManySums:
    none = np.zeros(len(length_ms), np.int64)
    return ManySums(
        readings=none,
        measured_ms=none,
        unknown_ms=length_ms,
        below_ms=none,
        above_ms=none,
        integral_micro_celsius_ms=none,
        min_micro_celsius=none,
        max_micro_celsius=none,
    )


def _require_short(history: History) -> None:
    good = history.micro_celsius[history.quality == Quality.GOOD]
    most = int(np.abs(good).max()) if len(good) else 0
    if most * int(history.taken_ms[-1] - history.taken_ms[0]) >= INTEGRAL_MAX:
        msg = f"a history of {len(history)} readings is too long to be added up in 64 bits: ask for a shorter one"
        raise InvalidValueError(msg)


@dataclass(frozen=True, slots=True)
class _Column:
    """The running sum of weight x time held, at any instant."""

    taken_ms: Int64
    held_ms: Int64
    weight: Int64
    before: Int64

    def at(self, ms: Int64) -> Int64:
        index = np.searchsorted(self.taken_ms, ms, "right") - 1
        last = np.maximum(index, 0)
        into = np.clip(ms - self.taken_ms[last], 0, self.held_ms[last])
        total: Int64 = np.where(index < 0, 0, self.before[last] + into * self.weight[last])
        return total


class _Prefix:
    """Running sums of a history under a profile."""

    def __init__(self, history: History, profile: Profile) -> None:
        end = history.taken_ms[-1:] + profile.hold_ms
        steps = np.diff(np.concatenate((history.taken_ms, end)))
        self._taken_ms, self._values = history.taken_ms, history.micro_celsius
        self._good = history.quality == Quality.GOOD
        self._held = np.where(self._good, np.minimum(steps, profile.hold_ms), 0)
        self._profile = profile

    def columns(self) -> tuple[_Column, ...]:
        """Return measured, below, above, integral."""
        ones = np.ones(len(self._held), np.int64)
        values, profile = np.unique(self._values), self._profile
        cold = values[[profile.too_cold(value) for value in values.tolist()]]
        warm = values[[profile.too_warm(value) for value in values.tolist()]]
        weights = (ones, np.isin(self._values, cold), np.isin(self._values, warm), self._values)
        return tuple(self._column(weight.astype(np.int64)) for weight in weights)

    def _column(self, weight: Int64) -> _Column:
        parts = self._held * weight
        return _Column(self._taken_ms, self._held, weight, np.cumsum(parts) - parts)

    def extremes(self, from_ms: Int64, to_ms: Int64) -> tuple[Int64, Int64]:
        """Return the least and greatest value that held in each interval, by a table of powers of two."""
        low = np.maximum(np.searchsorted(self._taken_ms, from_ms, "right") - 1, 0)
        spoken = self._taken_ms[low] + self._held[low] > from_ms
        low = np.where(spoken, low, low + 1)
        high = np.maximum(np.searchsorted(self._taken_ms, to_ms, "left"), low + 1)
        big = np.int64(2**62)
        least = _ranged(np.where(self._good, self._values, big), low, high, np.minimum)
        most = _ranged(np.where(self._good, self._values, -big), low, high, np.maximum)
        return least, most


def _ranged(values: Int64, low: Int64, high: Int64, best: np.ufunc) -> Int64:
    """Return the best of values[low:high] of each pair; low beyond the end gives the last value."""
    tables = [values]
    while 2 ** len(tables) <= len(values):
        half = 2 ** (len(tables) - 1)
        tables.append(best(tables[-1][:-half], tables[-1][half:]))
    low = np.minimum(low, len(values) - 1)
    high = np.minimum(np.maximum(high, low + 1), len(values))
    level = np.frexp((high - low).astype(np.float64))[1] - 1
    result = np.zeros(len(low), np.int64)
    for number, table in enumerate(tables):
        which = np.flatnonzero(level == number)
        result[which] = best(table[low[which]], table[high[which] - 2**number])
    return result

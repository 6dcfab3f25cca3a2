"""What an interval of one probe adds up to: sums of its readings under one set of limits, in integers."""

from collections.abc import Sequence

import numpy as np

from coldchain.facts import Quality
from coldchain.history import History
from coldchain.interval import IntervalSums
from coldchain.temperature import celsius_text
from rules.classes import Class, classify_all
from rules.intervals import OPEN_END_MS
from rules.profile import Profile


def interval_sums(history: History, profile: Profile, from_ms: int, to_ms: int) -> IntervalSums:
    """Return the sums of [from_ms, to_ms); `history` reaches back by the profile's hold_ms at least.

    A reading holds to the next one, at most for hold_ms: as in rules.exposure.durations, whose figures these equal.
    """
    if to_ms <= from_ms:
        return _nothing(from_ms, to_ms)
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


def added(parts: Sequence[IntervalSums]) -> IntervalSums:
    """Return the sums of several intervals of one probe under the same limits; at least one."""
    lows = [one.min_micro_celsius for one in parts if one.min_micro_celsius is not None]
    highs = [one.max_micro_celsius for one in parts if one.max_micro_celsius is not None]
    return IntervalSums(
        from_ms=min(one.from_ms for one in parts),
        to_ms=max(one.to_ms for one in parts),
        readings=sum(one.readings for one in parts),
        measured_ms=sum(one.measured_ms for one in parts),
        unknown_ms=sum(one.unknown_ms for one in parts),
        below_ms=sum(one.below_ms for one in parts),
        above_ms=sum(one.above_ms for one in parts),
        integral_micro_celsius_ms=sum(one.integral_micro_celsius_ms for one in parts),
        min_micro_celsius=min(lows, default=None),
        max_micro_celsius=max(highs, default=None),
    )


def mean_text(sums: IntervalSums, profile: Profile) -> str | None:
    """Return the time-weighted mean in degrees, to the micro-degree and never rounded across a limit.

    None where nothing was measured. Where the nearest micro-degree lies on the other side of a limit than the exact
    quotient, its neighbour on the right side is taken.
    """
    if not sums.measured_ms:
        return None
    low, rest = divmod(sums.integral_micro_celsius_ms, sums.measured_ms)
    if not rest:
        return celsius_text(low)
    # The exact mean lies between two micro-degrees, so it is on no limit itself, whichever side that counts for.
    warm = low >= profile.high_micro_celsius
    cold = profile.low_micro_celsius is not None and low < profile.low_micro_celsius
    nearest = low + (2 * rest >= sums.measured_ms)
    same = (profile.too_warm(nearest), profile.too_cold(nearest)) == (warm, cold)
    return celsius_text(nearest if same else 2 * low + 1 - nearest)


def _nothing(from_ms: int, to_ms: int) -> IntervalSums:
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

"""Sums of intervals that are put together, and their mean in words."""

from collections.abc import Sequence

from coldchain.interval import IntervalSums
from coldchain.temperature import celsius_text
from rules.profile import Profile


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

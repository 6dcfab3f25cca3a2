"""The sums of an interval from raw samples, one after the other, in plain Python: what every quicker way must equal."""

from coldchain.facts import Quality
from coldchain.history import History
from coldchain.interval import IntervalSums
from rules.profile import Profile


def sums_by_hand(history: History, profile: Profile, from_ms: int, to_ms: int) -> IntervalSums:
    """Return the sums of [from_ms, to_ms).

    `history` must reach back to the last reading before from_ms, if it was taken within the hold time.
    """
    held = _held(history, profile, from_ms, to_ms)
    values = [value for value, _ in held]
    measured_ms = sum(ms for _, ms in held)
    return IntervalSums(
        from_ms=from_ms,
        to_ms=to_ms,
        readings=sum(from_ms <= ms < to_ms for ms in history.taken_ms.tolist()),
        measured_ms=measured_ms,
        unknown_ms=to_ms - from_ms - measured_ms,
        below_ms=sum(ms for value, ms in held if profile.too_cold(value)),
        above_ms=sum(ms for value, ms in held if profile.too_warm(value)),
        integral_micro_celsius_ms=sum(value * ms for value, ms in held),
        min_micro_celsius=min(values, default=None),
        max_micro_celsius=max(values, default=None),
    )


def _held(history: History, profile: Profile, from_ms: int, to_ms: int) -> list[tuple[int, int]]:
    """Return (value, how long it held in the interval) of each reading that held."""
    times, values = history.taken_ms.tolist(), history.micro_celsius.tolist()
    result = []
    for i, (taken_ms, value) in enumerate(zip(times, values, strict=True)):
        following = times[i + 1] if i + 1 < len(times) else to_ms
        end = min(taken_ms + profile.hold_ms, following, to_ms)
        if history.quality[i] == Quality.GOOD and end > max(taken_ms, from_ms):
            result.append((value, end - max(taken_ms, from_ms)))
    return result

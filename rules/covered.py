"""Which stretches of a gap no other probe of the place measured: only there are its units touched by it. Pure."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from coldchain.history import History
from rules.intervals import OPEN_END_MS, Interval, common
from rules.limits import Profile
from rules.rolling import unmeasured

Other: TypeAlias = tuple[Callable[[int, int], History], int]  # readings that count of a probe, and its horizon


def uncovered_in(span: Interval, others: Sequence[Other], profile: Profile) -> list[Interval]:
    """Return the stretches of a gap in which none of the others measured, as long as a gap of one probe may not be.

    What is awaited of another probe decides nothing yet. A stretch that nobody has seen end lasts on.
    """
    left, known_ms, heard_ms = [span], span[1], 0
    for read, horizon_ms in others:
        history = read(max(0, span[0] - profile.hold_ms), span[1])
        heard_ms = max([heard_ms, *history.taken_ms[-1:].tolist()])
        known_ms = max(span[0], min(known_ms, horizon_ms))
        left = common(left, unmeasured(history, profile, (span[0], known_ms)) if known_ms > span[0] else [])
    longest = profile.gap_tolerance_ms - profile.hold_ms
    long_enough = [part for part in left if part[1] - part[0] >= longest]
    if long_enough and span[1] == OPEN_END_MS and long_enough[-1][1] == known_ms > heard_ms:
        long_enough[-1] = (long_enough[-1][0], OPEN_END_MS)
    return long_enough

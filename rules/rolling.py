"""What no single run shows: time outside that adds up (A27), and data so sparse that a day is unknown (A05). Pure.

    outside   ▁▁▇▇▁▁▁▁▇▇▇▁▁▁▁▁▇▇▁▁▁▁▁▁▁      each too short to be a finding
    rolling sum over the window ──────────┤ ≥ budget: a finding, from the first of them to the last

A consecutive rule asks how long one run lasted, a cumulative one how much of any window was outside. The sums are those
of prefix sums over the readings, never of fold state, and they are judged at full hours of the time of readings
(judged_to): so they are the same whatever order readings came in, and looking once an hour costs little.

Sparse: a reading every 3 h 59 min is never a gap of the tolerated 4 h, and yet nobody knows most of the day. Unknown
stretches between two readings that are each shorter than the tolerance are added up over 24 h; together they may not
reach the tolerance either. A longer one is a finding for itself (rules.excursion).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

import numpy as np

from coldchain.facts import Quality
from coldchain.history import Bools, History
from coldchain.units import Direction, FindingKind
from rules.classes import Class, classify_all
from rules.fold_state import Episode
from rules.intervals import OPEN_END_MS, Interval, clipped, united, without
from rules.limits import Profile

HOUR_MS: Final = 3_600_000
SPARSE_WINDOW_MS: Final = 24 * HOUR_MS  # PROP: the window over which unknown time is added up
RULE_CUMULATIVE: Final = "A27"
RULE_SPARSE: Final = "A05"
CUMULATIVE: Final = "cumulative"  # Finding.detail
SPARSE: Final = "sparse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """Stretches that reached their budget together: the first begins at start_ms, the last ends at end_ms."""

    start_ms: int
    condition_ms: int
    end_ms: int


def judged_to(last_ms: int) -> int:
    """Return up to when slow rules are judged where last_ms is the latest reading: the last full hour."""
    return last_ms // HOUR_MS * HOUR_MS


def reach_ms(profile: Profile) -> int:
    """Return how far what a reading says reaches into these rules, forward and back."""
    return max(SPARSE_WINDOW_MS, profile.cumulative.window_ms if profile.cumulative else 0)


def over_budget(stretches: Sequence[Interval], window_ms: int, budget_ms: int) -> list[Over]:
    """Return where the disjoint stretches, in order, reach the budget in some window; those that overlap are one."""
    ends = [end for _, end in stretches]
    sums = [0, *accumulate(end - begin for begin, end in stretches)]
    found: list[Over] = []
    first = 0
    for last, (begin, end) in enumerate(stretches):
        while ends[first] <= begin - window_ms:
            first += 1
        condition_ms = _reached(stretches, sums, first, last, window_ms, budget_ms)
        if condition_ms is None:
            continue
        while ends[first] <= condition_ms - window_ms:
            first += 1
        start_ms = stretches[first][0]
        if found and start_ms <= found[-1].end_ms:
            found[-1] = Over(start_ms=found[-1].start_ms, condition_ms=found[-1].condition_ms, end_ms=end)
        else:
            found.append(Over(start_ms=start_ms, condition_ms=condition_ms, end_ms=end))
    return found


def _reached(
    stretches: Sequence[Interval], sums: Sequence[int], first: int, last: int, window_ms: int, budget_ms: int
) -> int | None:
    """Return when within stretch `last` the sum of the window before reaches the budget; None if it never does.

    Within a stretch the sum grows as long as nothing leaves the window behind, and stays equal while something does: so
    it is looked at where one of the two begins or ends.
    """
    begin, end = stretches[last]
    edges = {begin, end}
    for one in stretches[first : last + 1]:
        edges |= {edge + window_ms for edge in one if begin < edge + window_ms < end}
    cuts = sorted(edges)
    for low, high in pairwise(cuts):
        at_low, at_high = (_sum(stretches, sums, first, last, (at - window_ms, at)) for at in (low, high))
        if at_low >= budget_ms:
            return low
        if at_high >= budget_ms:
            return low + budget_ms - at_low
    return None


def _sum(stretches: Sequence[Interval], sums: Sequence[int], first: int, last: int, window: Interval) -> int:
    """Return how much of a window lies in stretches first..last, none of which begins after its end but the last."""
    total = sums[last] - sums[first] + max(0, min(stretches[last][1], window[1]) - stretches[last][0])
    for begin, end in stretches[first : last + 1]:
        if begin >= window[0]:
            break
        total -= min(end, window[0], window[1]) - begin
    return total


def outside(history: History, profile: Profile, direction: Direction, to_ms: int) -> list[Interval]:
    """Return the time up to to_ms for which readings outside in one direction spoke."""
    wanted = Class.WARM if direction is Direction.TOO_WARM else Class.COLD
    return _held(history, profile, classify_all(profile, history) == wanted, to_ms)


def cumulative(history: History, profile: Profile, to_ms: int) -> list[Episode]:
    """Return the findings of time outside that added up to the profile's budget; () without one.

    `history`: the readings that count, from reach_ms before the earliest change on. All measured time outside counts,
    excused or not, in each direction for itself. A finding lasts while its last stretch does.
    """
    rule = profile.cumulative
    if rule is None:
        return []
    found = []
    for direction in Direction:
        stretches = outside(history, profile, direction, to_ms)
        for one in over_budget(stretches, rule.window_ms, rule.budget_ms):
            ends = None if one.end_ms == to_ms else one.end_ms
            inside = clipped(stretches, one.start_ms, one.end_ms)
            found.append(
                Episode(
                    kind=FindingKind.EXCURSION,
                    rule=RULE_CUMULATIVE,
                    detail=CUMULATIVE,
                    direction=direction,
                    start_ms=one.start_ms,
                    condition_ms=one.condition_ms,
                    end_ms=ends,
                    cleared_ms=ends,
                    peak_micro_celsius=_peak(history, direction, one),
                    out_ms=sum(end - begin for begin, end in inside),
                    samples_out=len(inside),
                )
            )
    return found


def sparse(history: History, profile: Profile, rests: Sequence[Interval], horizon_ms: int, to_ms: int) -> list[Episode]:
    """Return the findings of unknown time that reaches the tolerance in 24 h, out of stretches shorter than that.

    `rests`: time in which nothing is judged. Only what will not be measured any more counts: up to horizon_ms.
    """
    ended = min(to_ms, horizon_ms)  # what goes on there may still become a gap for itself
    stretches = [part for part in unknown(history, profile, horizon_ms, to_ms) if part[1] < ended]
    longest = profile.gap_tolerance_ms - profile.hold_ms
    short = [part for part in without(stretches, united(rests)) if part[1] - part[0] < longest]
    return [
        Episode(
            kind=FindingKind.UNMEASURED,
            rule=RULE_SPARSE,
            detail=SPARSE,
            direction=None,
            start_ms=one.start_ms,
            condition_ms=one.condition_ms,
            end_ms=one.end_ms,
            unknown_ms=sum(end - begin for begin, end in clipped(short, one.start_ms, one.end_ms)),
        )
        for one in over_budget(short, SPARSE_WINDOW_MS, profile.gap_tolerance_ms)
    ]


def unknown(history: History, profile: Profile, horizon_ms: int, to_ms: int) -> list[Interval]:
    """Return the time from the first reading to to_ms, or the horizon, for which no good reading spoke."""
    if not len(history):
        return []
    spoken = _held(history, profile, history.quality == Quality.GOOD, to_ms)
    whole = (int(history.taken_ms[0]), min(to_ms, horizon_ms))
    return without([whole], spoken) if whole[0] < whole[1] else []


def unmeasured(history: History, profile: Profile, span: Interval) -> list[Interval]:
    """Return the time of a span for which no good reading spoke; `history` reaches back by the profile's hold_ms."""
    return without([span], _held(history, profile, history.quality == Quality.GOOD, span[1]))


def _held(history: History, profile: Profile, which: Bools, to_ms: int) -> list[Interval]:
    begin = history.taken_ms
    following = np.append(begin[1:], np.int64(OPEN_END_MS)) if len(begin) else begin
    ends = np.minimum(np.minimum(begin + profile.hold_ms, following), to_ms)
    chosen = which & (begin < to_ms)
    begin, ends = begin[chosen], ends[chosen]
    apart = np.flatnonzero(begin[1:] > ends[:-1]) + 1
    starts = begin[np.concatenate([np.zeros(1, np.int64), apart])] if len(begin) else begin
    stops = ends[np.append(apart - 1, len(ends) - 1)] if len(begin) else ends
    return list(zip(starts.tolist(), stops.tolist(), strict=True))


def _peak(history: History, direction: Direction, one: Over) -> int | None:
    part = history.between(one.start_ms, one.end_ms)
    seen = part.micro_celsius[part.quality == Quality.GOOD]
    if not len(seen):
        return None
    return int(seen.min()) if direction is Direction.TOO_COLD else int(seen.max())

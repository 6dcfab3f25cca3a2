"""Probes crossed? One fridge's door opens, and the air of another one jumps instead of its own, again and again. Pure.

Looked at are openings of a place near which the other place's own door stayed shut. How often its air would jump in
such a moment by chance follows from how often it jumps otherwise; a one-sided binomial test, in whole numbers, says
whether that explains the coincidences. All thresholds are project defaults (PROP).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import Final

from coldchain.facts import Quality
from coldchain.history import History

JUMP_MICRO_CELSIUS: Final = 1_500_000  # the least rise of air that is taken for an open door
JUMP_WITHIN_MS: Final = 120_000  # in which it rises so far
CALM_MS: Final = 600_000  # after a jump no other one is counted, for the air recovers and jitters
ANSWERS_MS: Final = 180_000  # air jumps within this after its door opened
APART_MS: Final = 600_000  # the other place's own door has stayed shut for this long, before and after
COINCIDENCES_MIN: Final = 6  # fewer prove nothing
OPENINGS_MAX: Final = 300  # of one place that are looked at; the newest
CHANCE_ONE_IN: Final = 1_000_000  # said only where chance does it less often than once in so many looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspected:
    """`place` was opened `openings` times, and `coincidences` times the air of `other` jumped instead of its own."""

    place: str
    other: str
    first_ms: int
    coincidences: int
    openings: int


def jumps_of(history: History, after_ms: int, last_ms: int | None = None) -> list[int]:
    """Return when air jumped, later than after_ms: each JUMP_MICRO_CELSIUS over the lowest of the last JUMP_WITHIN_MS.

    `history` has to begin JUMP_WITHIN_MS before after_ms. Jumps lie at least CALM_MS apart,
    also from the last one that was known before, last_ms.
    """
    good = history.quality == Quality.GOOD
    taken, values = history.taken_ms[good].tolist(), history.micro_celsius[good].tolist()
    jumps: list[int] = []
    start = 0
    for index, (at_ms, value) in enumerate(zip(taken, values, strict=True)):
        while taken[start] < at_ms - JUMP_WITHIN_MS:
            start += 1
        calm = last_ms is None or at_ms - last_ms >= CALM_MS
        if at_ms > after_ms and calm and value - min(values[start : index + 1]) >= JUMP_MICRO_CELSIUS:
            jumps.append(at_ms)
            last_ms = at_ms
    return jumps


def crossed(
    openings: Mapping[str, Sequence[int]], jumps: Mapping[str, Sequence[int]], from_ms: int, to_ms: int
) -> list[Suspected]:
    """Return the ordered pairs of places whose probes seem to be crossed, by what happened in [from_ms, to_ms).

    `openings` of doors and `jumps` of air by place, each in order; only places that have both can be told of.
    """
    places = sorted(openings.keys() & jumps.keys())
    pairs = [(place, other) for place in places for other in places if place != other]
    found = [_pair(place, other, openings, jumps, (from_ms, to_ms), len(pairs)) for place, other in pairs]
    return [one for one in found if one is not None]


def _pair(
    place: str,
    other: str,
    openings: Mapping[str, Sequence[int]],
    jumps: Mapping[str, Sequence[int]],
    window: tuple[int, int],
    pairs: int,
) -> Suspected | None:
    here = [at_ms for at_ms in openings[place] if window[0] <= at_ms < window[1] - ANSWERS_MS][-OPENINGS_MAX:]
    looked = [at_ms for at_ms in here if not _any(openings[other], at_ms - APART_MS, at_ms + APART_MS)]
    met = [
        at_ms
        for at_ms in looked
        if _any(jumps[other], at_ms, at_ms + ANSWERS_MS) and not _any(jumps[place], at_ms, at_ms + ANSWERS_MS)
    ]
    if len(met) < COINCIDENCES_MIN or 2 * len(met) < len(looked):
        return None
    span_ms = window[1] - max(window[0], here[0])
    by_itself = sum(not _any(looked, at_ms - ANSWERS_MS, at_ms + 1) for at_ms in jumps[other] if at_ms >= here[0])
    if not _beyond_chance(len(looked), len(met), (by_itself + 1) * ANSWERS_MS, span_ms, pairs):
        return None
    return Suspected(place=place, other=other, first_ms=met[0], coincidences=len(met), openings=len(looked))


def _beyond_chance(openings: int, met: int, numerator: int, denominator: int, pairs: int) -> bool:
    """Tell whether `met` or more of so many would happen less than once in CHANCE_ONE_IN looks at all pairs.

    Each happens with the chance numerator / denominator. In whole numbers, so that every machine says the same.
    """
    if 2 * numerator >= denominator:
        return False
    rest = denominator - numerator
    tail = sum(comb(openings, n) * numerator**n * rest ** (openings - n) for n in range(met, openings + 1))
    return bool(tail * pairs * CHANCE_ONE_IN < denominator**openings)


def _any(times: Sequence[int], from_ms: int, to_ms: int) -> bool:
    return bisect_left(times, from_ms) < bisect_right(times, to_ms - 1)

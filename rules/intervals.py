"""Stretches of time as pairs [from_ms, to_ms): put together and cut."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Final, TypeAlias

OPEN_END_MS: Final = 2**53 - 1  # the end of what lasts on

Interval: TypeAlias = tuple[int, int]


def united(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the same time as disjoint stretches in order; those that touch become one, empty ones are dropped."""
    result: list[Interval] = []
    for begin, end in sorted(intervals):
        if end <= begin:
            continue
        if result and begin <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((begin, end))
    return result


def clipped(disjoint: Sequence[Interval], from_ms: int, to_ms: int) -> list[Interval]:
    """Return what of disjoint stretches in order lies within [from_ms, to_ms)."""
    if to_ms <= from_ms:
        return []
    low = bisect_right(disjoint, from_ms, key=itemgetter(1))
    high = bisect_left(disjoint, to_ms, key=itemgetter(0))
    return [(max(begin, from_ms), min(end, to_ms)) for begin, end in disjoint[low:high]]


def common(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    """Return the time that lies in both; each disjoint and in order."""
    return [part for begin, end in one for part in clipped(other, begin, end)]


def without(disjoint: Sequence[Interval], taken: Sequence[Interval]) -> list[Interval]:
    """Return what is left of disjoint stretches in order once `taken`, likewise, is cut out of them."""
    result: list[Interval] = []
    for begin, end in disjoint:
        for cut_from, cut_to in clipped(taken, begin, end):
            if begin < cut_from:
                result.append((begin, cut_from))
            begin = cut_to
        if begin < end:
            result.append((begin, end))
    return result

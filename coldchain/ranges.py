"""Received ranges: which sequence numbers of a gateway's epoch the centre has committed. Pure arithmetic.

A range is a pair (first, last), both inside; a set of ranges is sorted, disjoint and never touching.
"""

from collections.abc import Iterable, Sequence

Range = tuple[int, int]


def add_range(ranges: Sequence[Range], first: int, last: int) -> tuple[Range, ...]:
    """Return ranges with [first, last] in it; an empty range (last < first) changes nothing."""
    if last < first:
        return tuple(ranges)
    kept: list[Range] = []
    for low, high in ranges:
        if high + 1 < first or last + 1 < low:
            kept.append((low, high))
        else:
            first, last = min(first, low), max(last, high)
    kept.append((first, last))
    kept.sort()
    return tuple(kept)


def add_numbers(ranges: Sequence[Range], numbers: Iterable[int]) -> tuple[Range, ...]:
    """Return ranges with each of the numbers in it."""
    result = tuple(ranges)
    run: list[int] = []
    for number in sorted(set(numbers)):
        if run and number == run[-1] + 1:
            run.append(number)
            continue
        if run:
            result = add_range(result, run[0], run[-1])
        run = [number]
    return add_range(result, run[0], run[-1]) if run else result


def contains(ranges: Sequence[Range], number: int) -> bool:
    """Tell whether number lies in one of the ranges."""
    return any(low <= number <= high for low, high in ranges)


def contiguous(ranges: Sequence[Range]) -> int:
    """Return the highest number up to which everything from 1 is there (0 if 1 is missing)."""
    return ranges[0][1] if ranges and ranges[0][0] <= 1 else 0


def above(ranges: Sequence[Range]) -> tuple[Range, ...]:
    """Return the ranges beyond the contiguous part."""
    return tuple(ranges[1:]) if contiguous(ranges) else tuple(ranges)

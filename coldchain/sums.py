"""How long each value held: exact histograms of stretches of readings, that add up from left to right.

A reading holds until the next one, at most `hold_ms`; a reading that is not good measures nothing and ends the one
before it. From the histogram of an interval come time beyond any limit, integral, extremes and kinetic terms, all as
integers, so that any way of cutting the interval gives the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from coldchain.facts import Quality
from coldchain.history import History, Int64

_NOTHING: Final = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Readings of one probe from first_ms to last_ms, and how long each value held from first_ms until last_ms.

    `values`: rising micro-degrees Celsius; `held_ms` beside them, none 0. `last_value` None: the last one was not good.
    """

    first_ms: int
    last_ms: int
    last_value: int | None
    readings: int
    values: Int64
    held_ms: Int64


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How long each value held in [from_ms, to_ms); `readings` were taken in it, of any quality."""

    from_ms: int
    to_ms: int
    readings: int
    values: Int64
    held_ms: Int64

    def shifted(self, micro_celsius: int) -> "Tally":
        """Return it with every value corrected by an offset."""
        return replace(self, values=self.values + micro_celsius)

    def without(self, micro_celsius: int) -> "Tally":
        """Return it without the time of one value, which is no measurement."""
        kept = self.values != micro_celsius
        return self if kept.all() else replace(self, values=self.values[kept], held_ms=self.held_ms[kept])


def stretch_of(history: History, hold_ms: int) -> Stretch | None:
    """Return the stretch of a history, None of an empty one."""
    if not len(history):
        return None
    held = np.minimum(np.diff(history.taken_ms), hold_ms)
    good = history.quality == Quality.GOOD
    values, held_ms = _added(history.micro_celsius[:-1][good[:-1]], held[good[:-1]])
    return Stretch(
        first_ms=int(history.taken_ms[0]),
        last_ms=int(history.taken_ms[-1]),
        last_value=int(history.micro_celsius[-1]) if good[-1] else None,
        readings=len(history),
        values=values,
        held_ms=held_ms,
    )


def joined(parts: Sequence[Stretch], hold_ms: int) -> Stretch | None:
    """Return one stretch of several that follow each other in time; None of none."""
    if len(parts) < 2:
        return parts[0] if parts else None
    values, held_ms = _together(parts, _between(parts, hold_ms))
    return Stretch(
        first_ms=parts[0].first_ms,
        last_ms=parts[-1].last_ms,
        last_value=parts[-1].last_value,
        readings=sum(part.readings for part in parts),
        values=values,
        held_ms=held_ms,
    )


def tally_of(before: History, parts: Sequence[Stretch], from_ms: int, to_ms: int, hold_ms: int) -> Tally:
    """Return the tally of [from_ms, to_ms) from the stretches inside it, in order.

    `before`: readings before from_ms, of which the last one speaks into the interval; it may be empty where none was
    taken within hold_ms.
    """
    pieces = _between(parts, hold_ms)
    first_ms = min(parts[0].first_ms, to_ms) if parts else to_ms
    if len(before) and int(before.quality[-1]) == Quality.GOOD:
        until_ms = min(int(before.taken_ms[-1]) + hold_ms, first_ms)
        pieces.append((int(before.micro_celsius[-1]), until_ms - from_ms))
    if parts and parts[-1].last_value is not None:
        pieces.append((parts[-1].last_value, min(hold_ms, to_ms - parts[-1].last_ms)))
    values, held_ms = _together(parts, [piece for piece in pieces if piece[1] > 0])
    readings = sum(part.readings for part in parts)
    return Tally(from_ms=from_ms, to_ms=to_ms, readings=readings, values=values, held_ms=held_ms)


def tally_history(history: History, from_ms: int, to_ms: int, hold_ms: int) -> Tally:
    """Return the tally of [from_ms, to_ms) of a history that reaches back to from_ms - hold_ms."""
    before, inside = history.part(0, len(history.between(-(2**62), from_ms))), history.between(from_ms, to_ms)
    stretch = stretch_of(inside, hold_ms)
    return tally_of(before, [] if stretch is None else [stretch], from_ms, to_ms, hold_ms)


def merged(tallies: Sequence[Tally]) -> Tally:
    """Return the tally of intervals that follow each other; at least one."""
    values, held_ms = _together(tallies, [])
    readings = sum(one.readings for one in tallies)
    ends = (tallies[0].from_ms, tallies[-1].to_ms)
    return Tally(from_ms=ends[0], to_ms=ends[1], readings=readings, values=values, held_ms=held_ms)


def _between(parts: Sequence[Stretch], hold_ms: int) -> list[tuple[int, int]]:
    """Return (value, ms) of each last reading until the stretch after it begins."""
    return [
        (left.last_value, min(hold_ms, right.first_ms - left.last_ms))
        for left, right in pairwise(parts)
        if left.last_value is not None
    ]


def _together(parts: Sequence[Stretch] | Sequence[Tally], pieces: Sequence[tuple[int, int]]) -> tuple[Int64, Int64]:
    extra = np.array(pieces, np.int64).reshape(-1, 2)
    values = np.concatenate([*(part.values for part in parts), extra[:, 0]])
    return _added(values, np.concatenate([*(part.held_ms for part in parts), extra[:, 1]]))


def _added(values: Int64, held_ms: Int64) -> tuple[Int64, Int64]:
    """Return the values once each, rising, and the sums beside them."""
    if not len(values):
        return _NOTHING, _NOTHING
    order = np.argsort(values)
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return ordered[starts], np.add.reduceat(held_ms[order], starts)

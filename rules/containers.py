"""Containers in containers in places: where a container stood, and what that means for the stays of units in it. Pure.

A container that measures its own inside (a courier's box with a probe) is a place of its own: what stands around it
says nothing of what lies in it. Of one that does not (a basket, a crate), its units are where it stands.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from coldchain.lineage import Containment
from coldchain.units import Stay
from rules.custody import BY_PERSON
from rules.intervals import OPEN_END_MS

DEPTH_MAX: Final = 4  # unit, box, crate, vehicle

Words = Callable[[str], Sequence[Containment]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """A container stood in `place` from from_ms to to_ms (OPEN_END_MS: it still does)."""

    place: str
    from_ms: int
    to_ms: int


def stood(container: str, words: Words, closed: Callable[[str], bool], depth: int = 0) -> list[Stood]:
    """Return where a container stood, over all time and without a gap; its own name where nobody said.

    `closed`: whether a place measures its own inside, so that nothing is asked about what it stands in.
    """
    said = [] if closed(container) or depth >= DEPTH_MAX else sorted(words(container), key=lambda one: one.at_ms)
    if not said:
        return [Stood(place=container, from_ms=0, to_ms=OPEN_END_MS)]
    spans = [Stood(place=container, from_ms=0, to_ms=said[0].at_ms)] if said[0].at_ms > 0 else []
    for index, one in enumerate(said):
        to_ms = said[index + 1].at_ms if index + 1 < len(said) else OPEN_END_MS
        if one.parent is None:
            spans.append(Stood(place=container, from_ms=one.at_ms, to_ms=to_ms))
            continue
        for outer in stood(one.parent, words, closed, depth + 1):
            begin, end = max(outer.from_ms, one.at_ms), min(outer.to_ms, to_ms)
            if begin < end:
                spans.append(Stood(place=outer.place, from_ms=begin, to_ms=end))
    return spans


def inside_of(container: str, at_ms: int, words: Words) -> list[str]:
    """Return what a container stood in at an instant, from the nearest outwards, at most one more than is allowed."""
    found: list[str] = []
    here = container
    while len(found) <= DEPTH_MAX:
        said = [one for one in words(here) if one.at_ms <= at_ms]
        parent = max(said, key=lambda one: one.at_ms).parent if said else None
        if parent is None:
            break
        found.append(parent)
        here = parent
    return found


def carry(stay: Stay, spans: Sequence[Stood]) -> list[Stay]:
    """Return a stay in a container as stays where the container stood, `via` naming it."""
    pieces = [piece for span in spans if (piece := _piece(stay, span))]
    return pieces or [stay]


def _piece(stay: Stay, span: Stood) -> Stay | None:
    end_ms = OPEN_END_MS if stay.possible_to_ms is None else stay.possible_to_ms
    begin, end = max(stay.possible_from_ms, span.from_ms), min(end_ms, span.to_ms)
    if begin >= end and not stay.possible_from_ms == end_ms == begin:
        return None
    cut = end < end_ms
    certain_from_ms, certain_to_ms = _certain(stay, begin, end, cut=cut)
    return replace(
        stay,
        place=span.place,
        via="" if span.place == stay.place else stay.place,
        possible_from_ms=begin,
        certain_from_ms=certain_from_ms,
        certain_to_ms=certain_to_ms,
        possible_to_ms=None if end == OPEN_END_MS else end,
        entered_by=stay.entered_by if begin == stay.possible_from_ms else BY_PERSON,
        left_by=BY_PERSON if cut else stay.left_by,
        unseen_since_ms=None if cut else stay.unseen_since_ms,
    )


def _certain(stay: Stay, begin: int, end: int, *, cut: bool) -> tuple[int | None, int | None]:
    if stay.certain_from_ms is None or stay.certain_from_ms >= end:
        return None, None
    if stay.certain_to_ms is not None and stay.certain_to_ms <= begin:
        return None, None
    certain_to_ms = stay.certain_to_ms
    if cut:
        certain_to_ms = end if certain_to_ms is None else min(certain_to_ms, end)
    return max(stay.certain_from_ms, begin), certain_to_ms

"""Reads of a tag that contradict the record: a copy in a far place, a retired tag, a unit that is no more. Pure.

None of these is a movement, and none is decided here: each is an alert for a person, with what contradicts what.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

TRAVEL_MIN_MS: Final = 600_000  # PROP: nobody carries a bag from one site to another in less than ten minutes


class ConflictKind(StrEnum):
    """What is wrong with a read."""

    CLONE = "clone"  # in two sites, faster than anybody travels
    RETIRED_SEEN = "retired-seen"  # the tag was taken out of use before
    ENDED_SEEN = "ended-seen"  # the unit was used up or discarded before


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A tag was certainly in a place of a site, from earliest_ms (of its read) to latest_ms."""

    epc: str
    site: str
    place: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """An alert. `before`: the sighting that it contradicts, or None."""

    kind: ConflictKind
    epc: str
    place: str
    at_ms: int
    before: Sighting | None = None


def nobody_travels_faster(site: str, other: str) -> int:
    """Return the least time between two sites where nobody has said more of them."""
    return 0 if site == other else TRAVEL_MIN_MS


def clones(
    sightings: Sequence[Sighting], travel_min_ms: Callable[[str, str], int] = nobody_travels_faster
) -> list[Conflict]:
    """Return where one tag was in two sites faster than travel allows. The order of the sightings is nothing.

    Times of two gateways may differ by what their clocks may be wrong; travel_min_ms should be well above that.
    """
    found = []
    ordered = sorted(sightings, key=lambda one: (one.epc, one.at_ms, one.site, one.place))
    for before, one in pairwise(ordered):
        apart = before.epc == one.epc and before.site != one.site
        if apart and one.at_ms - before.at_ms < travel_min_ms(before.site, one.site):
            found.append(
                Conflict(kind=ConflictKind.CLONE, epc=one.epc, place=one.place, at_ms=one.at_ms, before=before)
            )
    return found


def seen_after(
    sightings: Sequence[Sighting], kind: ConflictKind, ended_ms: int, until_ms: int | None = None
) -> list[Conflict]:
    """Return the sightings of a tag after it, or its unit, came to its end (until it was taken into use again)."""
    late = [one for one in sightings if one.at_ms > ended_ms and (until_ms is None or one.at_ms < until_ms)]
    return [
        Conflict(kind=kind, epc=one.epc, place=one.place, at_ms=one.at_ms)
        for one in sorted(late, key=lambda one: (one.at_ms, one.place))
    ]

"""When a box is expected to arrive: as people said last, else as earlier journeys between the same two places lasted.

A journey goes from the home of its box to the destination in words, and lasts from packing to the signature of its
receiver. The middle one of the newest JOURNEYS_MAX that had ended when this one was packed is a measured figure, not a
plan: half of all journeys take longer. Where nobody said it and none had ended, it is unknown.

Who packed it says it first; on the road anybody who knows better says it anew, with a reason. What was said at the
latest instant is in force, in whatever order it was recorded, and every other word stays on the list.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from coldchain.entries import Manifest
from coldchain.places import Place
from coldchain.ports import Session

JOURNEYS_MAX: Final = 20  # of one way, the newest
LOOKED_AT: Final = 1_000  # journeys of any way that are looked through for them
LASTS_MS_MAX: Final = 7 * 86_400_000  # what was signed for later was forgotten, not on the road


class ExpectedBy(StrEnum):
    """Where the time comes from at which a box is expected."""

    SAID = "said"
    MOVED = "moved"
    EARLIER = "earlier"
    NONE = "none"


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """When a box is expected, UTC ms. `journeys`: how many earlier ones that rests on; 0: somebody said it.

    `moved`: how often it was said anew since it was packed.
    """

    at_ms: int
    journeys: int = 0
    moved: int = 0

    @property
    def by(self) -> ExpectedBy:
        """Where the time comes from."""
        if self.journeys:
            return ExpectedBy.EARLIER
        return ExpectedBy.MOVED if self.moved else ExpectedBy.SAID


def arrival_of(session: Session, manifest: Manifest) -> Arrival | None:
    """Return when a box with this packing list is expected; None: unknown."""
    if manifest.said_ms is not None:
        return Arrival(at_ms=manifest.said_ms, moved=len(manifest.moved))
    sites = _sites(session.records.places())
    ended = session.records.journeys_before(manifest.packed_ms, LOOKED_AT)
    way = way_of(manifest, sites)
    lasted = [at_ms - one.packed_ms for one, at_ms in ended if way_of(one, sites) == way]
    lasted = [ms for ms in lasted if 0 < ms <= LASTS_MS_MAX][:JOURNEYS_MAX]
    return Arrival(at_ms=manifest.packed_ms + _middle(lasted), journeys=len(lasted)) if lasted else None


def later_of_the_way(session: Session, manifest: Manifest, ended_ms: int) -> tuple[Manifest, ...]:
    """Return the lists packed after a journey ended, of the same way and without a word on when they are expected.

    At most LOOKED_AT lists are looked through: what was packed still later rests on newer journeys than this one.
    """
    sites = _sites(session.records.places())
    way = way_of(manifest, sites)
    lists = session.records.packed_from(ended_ms, LOOKED_AT)
    return tuple(one for one in lists if one.said_ms is None and way_of(one, sites) == way)


def way_of(manifest: Manifest, sites: dict[str, str]) -> tuple[str, str]:
    """Return from where to where a box goes; `sites`: the home of each box."""
    return sites.get(manifest.box, ""), " ".join(manifest.destination.split()).casefold()


def _sites(places: Sequence[Place]) -> dict[str, str]:
    return {place.id: place.site for place in places}


def _middle(lasted: Sequence[int]) -> int:
    """Return the median, in whole ms."""
    ordered = sorted(lasted)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) // 2

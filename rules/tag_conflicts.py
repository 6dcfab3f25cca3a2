"""Reads of a tag that contradict the record: a copy in a far place, a retired tag, a unit that is no more. Pure.

None of these is a movement, and none is decided here: each is an alert for a person, with what contradicts what.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from coldchain.entries import Binding, RecordedEvent, Retirement, TagConflict
from coldchain.facts import EventKind

_SEEN: Final = frozenset({EventKind.ARRIVED, EventKind.SEEN_AGAIN})
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


def conflicts_of(
    events: Sequence[RecordedEvent],
    bindings: Sequence[Binding],
    retirements: Sequence[Retirement],
    sites: Mapping[str, str],
    ends: Mapping[str, int] = MappingProxyType({}),
) -> list[Conflict]:
    """Return what of a tag's presence events contradicts its record, by (at_ms, kind); `sites`: of each place.

    `ends`: when units that the tag was bound to came to their end. A tag that is out of use by then is told as that.
    """
    seen = [_sighting(event, sites) for event in events if event.kind in _SEEN]
    found = clones(seen)
    for end in retirements:
        again = min((one.from_ms for one in bindings if one.from_ms > end.at_ms), default=None)
        found += seen_after(seen, ConflictKind.RETIRED_SEEN, end.at_ms, again)
    for unit, ended_ms in ends.items():
        late: dict[tuple[int, str], Conflict] = {}
        for own in (one for one in bindings if one.unit == unit):
            over = [one.from_ms for one in bindings if one.unit != unit and one.from_ms >= own.from_ms]
            over += [one.at_ms for one in retirements if one.at_ms >= own.from_ms]
            after_ms = max(ended_ms, own.from_ms - 1)  # the tag may have been bound to it after its end
            of_span = seen_after(seen, ConflictKind.ENDED_SEEN, after_ms, min(over, default=None))
            late |= {(one.at_ms, one.place): one for one in of_span}
        found += late.values()
    return sorted(found, key=lambda one: (one.at_ms, one.kind, one.place))


def standing(found: Sequence[Conflict], known: Sequence[TagConflict]) -> list[TagConflict]:
    """Return the conflicts that stand: of each kind and pair of places the first after the last that was settled.

    A tag that lies in the wrong place is read again every day, and one alert says that.
    """
    settled: dict[tuple[str, str, str], int] = {}
    for one in known:
        if one.settled_ms is not None:
            group = (one.kind, one.place, one.other)
            settled[group] = max(one.settled_ms, settled.get(group, one.settled_ms))
    first: dict[tuple[str, str, str], TagConflict] = {}
    for conflict in sorted(found, key=lambda one: (one.at_ms, one.kind, one.place)):
        before = conflict.before
        group = (conflict.kind.value, conflict.place, before.place if before else "")
        if group in first or conflict.at_ms <= settled.get(group, -1):
            continue
        first[group] = TagConflict(
            epc=conflict.epc,
            kind=conflict.kind.value,
            place=conflict.place,
            at_ms=conflict.at_ms,
            other=group[2],
            other_ms=before.at_ms if before else None,
        )
    return list(first.values())


def _sighting(event: RecordedEvent, sites: Mapping[str, str]) -> Sighting:
    at_ms = event.taken_ms if event.latest_ms is None else event.latest_ms
    return Sighting(epc=event.epc or "", site=sites.get(event.place, ""), place=event.place, at_ms=at_ms)

"""Where bags of a box on the road can go: the nearest place that can take them, and how that is known.

By the box's last position where places say where they stand; else at the end of its route, by its packing list. A
place can take them that keeps the same profile now, is watched by a probe, has no grave alarm, whose record is not
behind, and that has room.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Final

from coldchain.alarms import GRAVE
from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind
from coldchain.places import ON_THE_ROAD, Place, Text
from coldchain.ports import Session
from coldchain.profiles import as_kept
from coldchain.tasks import PlaceUse, PlaceUseKind
from rules.alarm_text import Rescue
from rules.alarm_time import at_site
from rules.alarm_whom import leg_of
from rules.waiting import Waiting

METRES_A_DEGREE: Final = 111_195  # of a great circle of the mean earth, 6,371 km
DEGREE_E7: Final = 10_000_000
_ISOLATION: Final = frozenset({PlaceUseKind.ISOLATION})


def takers(
    session: Session, place: Place, others: Iterable[Place], bags: int, now_ms: int
) -> list[tuple[Place, int | None]]:
    """Return which other places can take so many bags of a place, each with its free room (None: nobody said)."""
    troubled = {one.place for one in session.records.active_alarms() if one.now in GRAVE}
    apart = {one.place for one in session.records.place_uses() if one.use in _ISOLATION}
    room = {one.place: one.slots for one in session.records.capacities() if one.slots}
    watched = {one.place for one in session.records.probes()}
    waiting = Waiting(session, now_ms)
    keeps = _kept(session, place, now_ms)
    found = []
    for other in others:
        if other.kind in ON_THE_ROAD or other.id in {place.id, *troubled, *apart} or other.id not in watched:
            continue
        if _kept(session, other, now_ms) != keeps or waiting.now_at(other):
            continue
        inside = {stay.unit for stay in session.records.stays_in_place(other.id, now_ms, now_ms + 1)}
        free = room[other.id] - len(inside) if other.id in room else None
        if free is None or free >= max(bags, 1):
            found.append((other, free))
    return found


def _kept(session: Session, place: Place, now_ms: int) -> str:
    """Return the profile that a place keeps now."""
    return as_kept(place, session.records.place_profiles(place.id), now_ms).profile


def nearest_for(session: Session, box: Place, bags: int, now_ms: int, zone: tzinfo) -> Rescue | None:
    """Return the nearest place that can take the bags of a box, None if nobody knows one."""
    places = session.records.places()
    uses = {one.place: one for one in session.records.place_uses()}
    here = position_of(session, box, now_ms)
    there = [] if here is None else [one for one in places if one.id in uses and _stands(uses[one.id])]
    away = [(_metres(here, uses[one.id]), one, free) for one, free in takers(session, box, there, bags, now_ms) if here]
    if here is not None and away:
        metres, place, free = min(away, key=lambda one: (one[0], one[1].id))
        return Rescue(name=place.name, free=free, how=_by_position(metres, here.taken_ms, zone))
    leg = leg_of(session, box)
    ends = [] if leg is None else [one for one in places if leg.destination in {one.site, one.id}]
    known = takers(session, box, ends, bags, now_ms)
    if not known:
        return None
    place, free = min(known, key=lambda one: (not _rescue(uses.get(one[0].id)), one[1] is None, one[0].id))
    return Rescue(name=place.name, free=free, how=Text(zh="按路线终点", en="at the end of the route"))


def position_of(session: Session, box: Place, now_ms: int) -> RecordedEvent | None:
    """Return the last word of a box on where it is; None if it never said so."""
    gateways = sorted({one.gateway for one in session.records.probes() if one.place == box.id})
    words = [session.records.last_event(name, now_ms + 1, {EventKind.POSITION}) for name in gateways]
    known = [one for one in words if one is not None and _point(one) is not None]
    return max(known, key=lambda one: one.taken_ms, default=None)


def _point(event: RecordedEvent) -> Sequence[int] | None:
    parts = [event.details.get(name) for name in ("latitude_e7", "longitude_e7")]
    known = [part for part in parts if isinstance(part, int)]
    return known if len(known) == len(parts) else None


def _stands(use: PlaceUse) -> bool:
    return use.latitude_e7 is not None and use.longitude_e7 is not None


def _rescue(use: PlaceUse | None) -> bool:
    return use is not None and use.use is PlaceUseKind.RESCUE


def _metres(here: RecordedEvent, there: PlaceUse) -> int:
    """Return the distance in metres as the crow flies, over a flat piece of the earth: good enough to choose by."""
    latitude, longitude = _point(here) or (0, 0)
    north = ((there.latitude_e7 or 0) - latitude) / DEGREE_E7
    east = (((there.longitude_e7 or 0) - longitude + 180 * DEGREE_E7) % (360 * DEGREE_E7)) / DEGREE_E7 - 180
    shrunk = east * math.cos(math.radians(latitude / DEGREE_E7))
    return round(math.hypot(north, shrunk) * METRES_A_DEGREE)


def _by_position(metres: int, taken_ms: int, zone: tzinfo) -> Text:
    tenths = -(-metres // 100)
    far, at = f"{tenths // 10}.{tenths % 10} km", at_site(taken_ms, zone)
    return Text(zh=f"直线 {far}，按 {at} 的位置", en=f"{far} as the crow flies from where the box was at {at}")

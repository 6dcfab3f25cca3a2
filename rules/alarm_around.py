"""What is known beside an alarm about a place when people are told of it: bags inside, holds, a rescue fridge."""

from datetime import UTC, datetime, tzinfo

from coldchain.alarms import Alarm
from coldchain.decisions import standing_holds
from coldchain.entries import StayRecord
from coldchain.places import ON_THE_ROAD, Place, Text
from coldchain.ports import Session
from coldchain.tasks import PlaceUseKind
from rules.alarm_text import Around, Rescue, around_text


def beside(session: Session, alarm: Alarm, place: Place, now_ms: int, zone: tzinfo) -> Text:
    """Return what stands under the first line of an alarm, in messages and on pages alike."""
    around = around_of(session, alarm, place, now_ms, zone)
    return around_text(str(alarm.values.get("direction", "")), around, over=alarm.cleared_ms is not None)


def around_of(session: Session, alarm: Alarm, place: Place, now_ms: int, zone: tzinfo) -> Around:
    """Return what is known of the place of an alarm now; `zone`: that of the site, in which times are said."""
    stays = session.records.stays_in_place(place.id, now_ms, now_ms + 1)
    certain = {stay.unit for stay in stays if _certain(stay, now_ms)}
    units = {stay.unit for stay in stays}
    exposed = {one.unit for one in session.records.exposures_of_finding(alarm.finding)} if alarm.finding else set()
    held = {name for name in units | exposed if standing_holds(session.records.holds_of_unit(name))}
    return Around(
        since=at_site(alarm.since_ms, zone),
        inside=len(certain),
        possible=len(units - certain),
        held=len(held),
        rescue=rescue_for(session, place, len(units), now_ms),
        road=place.kind in ON_THE_ROAD,
    )


def at_site(at_ms: int, zone: tzinfo) -> str:
    """Return an instant in the site's time with its offset then, e.g. 2026-03-12 02:10:30 UTC+08:00."""
    at = datetime.fromtimestamp(at_ms // 1_000, UTC).astimezone(zone)
    offset = at.strftime("%z")
    return f"{at:%Y-%m-%d %H:%M:%S} UTC{offset[:3]}:{offset[3:5]}"


def rescue_for(session: Session, place: Place, bags: int, now_ms: int) -> Rescue | None:
    """Return a declared rescue fridge of the same profile that no alarm stands on and that has room, if room is known.

    One at the same site goes first.
    """
    troubled = {one.place for one in session.records.active_alarms()}
    room = {one.place: one.slots for one in session.records.capacities() if one.slots}
    found = []
    for use in session.records.place_uses():
        other = session.records.place(use.place)
        if use.use is not PlaceUseKind.RESCUE or other is None or other.id == place.id or other.id in troubled:
            continue
        if other.profile != place.profile:
            continue
        inside = {stay.unit for stay in session.records.stays_in_place(other.id, now_ms, now_ms + 1)}
        free = room[other.id] - len(inside) if other.id in room else None
        if free is None or free >= max(bags, 1):
            found.append((other.site != place.site, free is None, other.id, Rescue(name=other.name, free=free)))
    return min(found, key=lambda one: one[:3])[3] if found else None


def _certain(stay: StayRecord, at_ms: int) -> bool:
    begun = stay.certain_from_ms is not None and stay.certain_from_ms <= at_ms
    return begun and (stay.certain_to_ms is None or at_ms < stay.certain_to_ms)

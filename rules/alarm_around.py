"""What is known beside an alarm about a place: bags inside, holds, where bags can go, whom to call."""

from datetime import tzinfo

from coldchain.alarms import Alarm
from coldchain.arrival import arrival_of
from coldchain.decisions import standing_holds
from coldchain.entries import StayRecord
from coldchain.places import ON_THE_ROAD, Place, Text
from coldchain.ports import Session
from coldchain.tasks import PlaceUseKind
from rules.alarm_nearest import nearest_for, takers
from rules.alarm_text import Around, Rescue, around_text, expected_text
from rules.alarm_time import at_site
from rules.alarm_whom import leg_of, whom_to_call


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
    road = place.kind in ON_THE_ROAD
    nearest = nearest_for(session, place, len(units), now_ms, zone) if road else None
    return Around(
        since=at_site(alarm.since_ms, zone),
        inside=len(certain),
        possible=len(units - certain),
        held=len(held),
        rescue=nearest or rescue_for(session, place, len(units), now_ms),
        road=road,
        expected=_expected(session, place, zone) if road else None,
        call=whom_to_call(session, alarm, place, now_ms),
    )


def _expected(session: Session, place: Place, zone: tzinfo) -> Text | None:
    """Return when a box on its way should arrive; None if it is not on its way."""
    leg = leg_of(session, place)
    if leg is None:
        return None
    arrival = arrival_of(session, leg)
    if arrival is None:
        return expected_text("", 0)
    return expected_text(at_site(arrival.at_ms, zone), arrival.journeys, arrival.moved)


def rescue_for(session: Session, place: Place, bags: int, now_ms: int) -> Rescue | None:
    """Return a declared rescue fridge that can take the bags of a place (rules.alarm_nearest); its own site's first."""
    declared = {one.place for one in session.records.place_uses() if one.use is PlaceUseKind.RESCUE}
    others = [one for one in session.records.places() if one.id in declared] if declared else []
    known = takers(session, place, others, bags, now_ms)
    if not known:
        return None
    other, free = min(known, key=lambda one: (one[0].site != place.site, one[1] is None, one[0].id))
    return Rescue(name=other.name, free=free)


def _certain(stay: StayRecord, at_ms: int) -> bool:
    begun = stay.certain_from_ms is not None and stay.certain_from_ms <= at_ms
    return begun and (stay.certain_to_ms is None or at_ms < stay.certain_to_ms)

"""Whom to call about an alarm now: on the road the courier of the leg first, then who is on call at its site.

Names only: the plan is the one in the ledger, which has names and channels and nobody's number.
"""

from msgspec.structs import replace

from coldchain.alarms import Alarm
from coldchain.closed_loop import Party
from coldchain.duties import Calendar, Escalation
from coldchain.entries import Manifest
from coldchain.places import ON_THE_ROAD, Place, Text
from coldchain.ports import Session
from rules.escalation import called_first, plan_of

_NOBODY = Text(zh="没有值班人员：请致电血站", en="nobody is on call: call the station")


def leg_of(session: Session, place: Place) -> Manifest | None:
    """Return the packing list with which a box is on its way, None once its receiver has signed."""
    lists = session.records.manifests(place.id) if place.kind in ON_THE_ROAD else ()
    if not lists:
        return None
    signed = {one.party for one in session.records.handovers_of(lists[-1].id)}
    return None if Party.RECEIVER in signed else lists[-1]


def with_courier(session: Session, alarm: Alarm) -> Alarm:
    """Return an alarm of a box on its way with the courier of its leg, who is called first (rules.escalation)."""
    place = session.records.place(alarm.place) if alarm.place else None
    leg = None if place is None else leg_of(session, place)
    if leg is None or not leg.courier:
        return alarm
    return replace(alarm, values={**alarm.values, "courier": leg.courier})


def whom_to_call(session: Session, alarm: Alarm, place: Place, now_ms: int) -> Text:
    """Return whom to call about an alarm at now_ms, in the order in which they are called."""
    escalation = session.records.escalation() or Escalation()
    calendar = escalation.calendar
    leg = leg_of(session, place)
    courier = leg.courier if leg is not None else ""
    first = called_first(alarm, plan_of(alarm.site, escalation.plans), calendar, now_ms)
    names = dict.fromkeys(_name(calendar, who) or address.channel for who, address in first)
    zh, en = [], []
    if courier:
        zh.append(f"送血员 {_name(calendar, courier)}")
        en.append(f"the courier, {_name(calendar, courier)}")
    if names:
        zh.append(f"值班 {'、'.join(names)}")
        en.append(f"on call {', '.join(names)}")
    else:
        zh.append(_NOBODY.zh)
        en.append(_NOBODY.en)
    return Text(zh=f"联系：{'；'.join(zh)}", en=f"Call: {'; then '.join(en)}")


def _name(calendar: Calendar, who: str) -> str:
    """Return the name of somebody who can be called, else the word by which he was named."""
    return next((one.name for one in calendar.people if one.id == who), who)

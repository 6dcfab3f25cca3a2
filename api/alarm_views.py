"""Alarms as people see them: in which order, in which state, how many bags they touch, and what they say.

What they say is the text of their messages. It has the figures that are recorded, which run behind the newest reading:
a list leaves such a text out, and the page of the alarm says of when it is.
"""

from collections.abc import Sequence

import msgspec

from api.wording import Words
from coldchain.alarms import RANK, Alarm, AlarmAction, SubjectKind
from coldchain.places import Text
from coldchain.ports import Session
from rules.alarm_life import COUNTING, state_of
from rules.alarm_plain import rule_name, where_and_what

LISTED_MAX = 50
WAITING_MAX = 200  # of those that are over and that nobody has acknowledged
_ORDER = ("active", "on-site", "acknowledged", "cleared", "suppressed", "shelved", "out-of-service")


class AlarmView(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm, its state after ISA-18.2, the catalogue's name of its rule, and how many units it touches.

    `units` None: it is of no place and no finding. `under`: how many active alarms it explains. `said`: its text with
    the figures that are recorded.
    """

    alarm: Alarm
    state: str
    name: Text
    units: int | None
    under: int
    last: AlarmAction | None
    said: Text


class Waiting(msgspec.Struct, frozen=True):
    """How many alarms wait for a person: `active` ones that nobody acknowledged, and those that were `over` before.

    `more`: there are more that are over than were counted.
    """

    active: int
    over: int
    more: bool

    @property
    def all(self) -> int:
        """How many wait in all."""
        return self.active + self.over


def waiting_for_people(session: Session) -> Waiting:
    """Return how many alarms wait for a person. One that another explains, or that is shelved, waits for nobody."""
    over = session.records.waiting_alarms(WAITING_MAX)
    active = sum(state_of(one) == "active" for one in session.records.active_alarms())
    return Waiting(active=active, over=len(over), more=len(over) == WAITING_MAX)


def waiting_text(waiting: Waiting, words: Words) -> str:
    """Return that in words; it is the same on the overview and on the page of alarms."""
    if not waiting.all:
        return words.say("alarms.waiting.none")
    key = "alarms.waiting.more" if waiting.more else "alarms.waiting"
    return words.say(key, all=waiting.all, n=waiting.active, over=waiting.over)


def alarm_views(session: Session, now_ms: int) -> list[AlarmView]:
    """Return the alarms that are active or wait for somebody: not acknowledged first, then by gravity, then by age."""
    active = session.records.active_alarms()
    found = [*active, *session.records.waiting_alarms(WAITING_MAX)]
    views = [alarm_view(session, one, active, now_ms) for one in found]
    return sorted(views, key=_order)


def chosen_views(session: Session, now_ms: int, place: str, unit: str) -> list[AlarmView]:
    """Return the alarms of one place or one unit, over or not, the most pressing first."""
    records = session.records
    if unit:
        findings = {one.finding for one in records.exposures_of_unit(unit)}
        found = {one.id: one for name in findings for one in records.alarms_of_finding(name)}
        found |= {one.id: one for one in records.active_alarms() if one.subject == unit}
    else:
        found = {one.id: one for one in records.alarms(LISTED_MAX, place)}
        found |= {one.id: one for one in records.active_alarms() if one.place == place}
    active = records.active_alarms()
    return sorted((alarm_view(session, one, active, now_ms) for one in found.values()), key=_order)


def alarm_view(session: Session, alarm: Alarm, active: tuple[Alarm, ...], now_ms: int) -> AlarmView:
    """Return one alarm as people see it."""
    acted = session.records.actions_of_alarm(alarm.id)
    place = session.records.place(alarm.place) if alarm.place else None
    return AlarmView(
        alarm=alarm,
        state=state_of(alarm),
        name=rule_name(alarm.rule),
        units=_units(session, alarm, now_ms),
        under=sum(one.parent == alarm.id for one in active),
        last=acted[-1] if acted else None,
        said=where_and_what(alarm, place.name if place else None),
    )


def alarm_title(alarm: Alarm, words: Words) -> str:
    """Return what an alarm is called in a line: too warm and too cold are different words."""
    name = words.pick(rule_name(alarm.rule))
    direction = alarm.values.get("direction")
    if direction in ("too-warm", "too-cold"):
        name = words.say("alarm.directed", name=name, direction=words.say(str(direction)))
    return words.say("alarm.test", name=name) if alarm.test else name


def runs_on(alarm: Alarm) -> bool:
    """Tell whether the text of an alarm has figures that change by the minute: durations and temperatures."""
    return any(name in COUNTING or name.endswith("micro_celsius") for name in alarm.values)


def said_ms(versions: Sequence[Alarm]) -> int:
    """Return of when the figures of an alarm are: when the first of its newest versions with them was made."""
    newest = max(versions, key=lambda one: one.version)
    at_ms = newest.changed_ms
    for one in sorted(versions, key=lambda one: one.version, reverse=True):
        if one.values != newest.values:
            break
        at_ms = one.changed_ms
    return at_ms


def _order(view: AlarmView) -> tuple[int, int, int, str]:
    at = _ORDER.index(view.state) if view.state in _ORDER else len(_ORDER)
    return at, -RANK[view.alarm.now], view.alarm.waiting_ms, view.alarm.id


def _units(session: Session, alarm: Alarm, now_ms: int) -> int | None:
    if alarm.subject_kind is SubjectKind.UNIT:
        return 1
    exposures = session.records.exposures_of_finding(alarm.finding) if alarm.finding else ()
    if exposures:
        return sum(not one.withdrawn for one in exposures)
    if not alarm.place:
        return None
    return len({stay.unit for stay in session.records.stays_in_place(alarm.place, now_ms, now_ms + 1)})

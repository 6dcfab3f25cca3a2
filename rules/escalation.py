"""Whom an alarm calls and when: a pure function of the alarm, the plan of its site and the calendar.

    raised ──► level 0 ──5 min──► level 1 ──15 min──► level 2 ──30 min──► the last one rings until somebody answers

It is computed anew whenever somebody asks, and gives the same keys for the same messages; so nothing is to be kept but
which keys were sent. It ends with the acknowledgement, and starts anew when the alarm waits again (`waiting_ms`).
Where a level has nobody (a hole in a rota, nobody with its channels), the next one that has somebody is told instead,
at once; a site without a plan is called by any plan there is.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from coldchain.alarms import FLOOD, GRAVE, RANK, Alarm, AlarmAction, AlarmActionKind, Severity, SubjectKind
from coldchain.duties import Address, Calendar, Duty, DutyKind, Level, OnCallPerson, Plan, Rota

MINUTE_MS: Final = 60_000
DAY_MINUTES: Final = 1_440
REPEATS_KEPT: Final = 3  # of a phone that rings again and again: older rings help nobody
COURIER_FIRST_MS: Final = 5 * MINUTE_MS  # on the road the courier is called first, the others this much later
UNANSWERED: Final = (
    "A32"  # the alarms that it counts call for themselves: once critical, it calls the last of the chain
)
UNREACHED: Final = "unreached"  # what A32 says of a channel over which messages reach nobody
CLOCK_MS: Final = MINUTE_MS  # a clock may be set back by so much and nothing more is due than before


def duties(
    alarm: Alarm, actions: Sequence[AlarmAction], plan: Plan | None, calendar: Calendar, now_ms: int
) -> list[Duty]:
    """Return the messages that are due at now_ms, by due_ms; with an old one comes its key, never another.

    An alarm that is explained, shelved, out of service or acknowledged calls nobody. One that has cleared tells those
    of the first level, once.
    """
    if plan is None or not plan.levels or alarm.parent:
        return []
    reached_ms = _by_the_clock(alarm, plan, now_ms)
    if not alarm.active:
        found = _told_of_the_end(alarm, plan, calendar)
    elif alarm.sounds:
        found = [
            *_courier(alarm, calendar),
            *_seen_by(alarm, actions, calendar),
            *_levels(alarm, plan, calendar, reached_ms),
        ]
    else:
        found = []
    due = {
        duty.key: msgspec.structs.replace(duty, due_ms=min(duty.due_ms, now_ms))
        for duty in found
        if duty.due_ms <= reached_ms
    }
    return sorted(due.values(), key=lambda duty: (duty.due_ms, duty.key))


def plan_of(site: str, plans: Sequence[Plan]) -> Plan | None:
    """Return the plan of a site: its own, else the one for every site, else any; None if nobody made one."""
    own = [plan for plan in plans if plan.site == site]
    return next(iter([*own, *(plan for plan in plans if plan.site == ""), *plans]), None)


def on_call(rota: Rota, zone: str, at_ms: int) -> str:
    """Return who is on call ("" nobody): the last exception that holds, else the first shift."""
    for other in reversed(rota.exceptions):
        if other.from_ms <= at_ms < other.to_ms:
            return other.person
    local = _local(zone, at_ms)
    minute = local.hour * 60 + local.minute
    for shift in rota.shifts:
        today, yesterday = local.weekday() in shift.days, (local.weekday() - 1) % 7 in shift.days
        wraps = shift.to_minute <= shift.from_minute
        if today and minute >= shift.from_minute and (wraps or minute < shift.to_minute):
            return shift.person
        if yesterday and wraps and minute < shift.to_minute:
            return shift.person
    return ""


def after_quiet_ms(plan: Plan, at_ms: int) -> int:
    """Return at_ms, or the end of the quiet hours in which it lies, by the wall clock of the site."""
    begin, end = plan.quiet_from_minute, plan.quiet_to_minute
    local = _local(plan.zone, at_ms)
    minute = local.hour * 60 + local.minute
    quiet = begin <= minute < end if begin <= end else not end <= minute < begin
    if begin == end or not quiet:
        return at_ms
    over = local.replace(hour=end // 60, minute=end % 60, second=0, microsecond=0)
    if over <= local:
        over += timedelta(days=1)  # of the same zone: the wall clock goes on, whatever happens to the clocks
    return max(at_ms, round(over.timestamp() * 1_000))


def _by_the_clock(alarm: Alarm, plan: Plan, now_ms: int) -> int:
    """Return now, or after the clock was set back an instant at which what an alarm waits for is due.

    Nobody knows then how long it has waited: by little, the first are told; by more, everybody of the chain.
    """
    ahead_ms = max(alarm.waiting_ms, alarm.changed_ms if not alarm.active else 0) - now_ms
    if ahead_ms <= 0:
        return now_ms
    after_ms = max(level.after_ms for level in plan.levels) + COURIER_FIRST_MS
    return now_ms + ahead_ms + (after_ms if ahead_ms > CLOCK_MS else 0)


def _levels(alarm: Alarm, plan: Plan, calendar: Calendar, now_ms: int) -> Iterator[Duty]:
    courier = bool(_person(calendar, str(alarm.values.get("courier", ""))))
    for number, level in enumerate(plan.levels):
        if _passed_over(alarm, plan, number):
            continue
        after_ms = 0 if _unanswered(alarm) else level.after_ms + (COURIER_FIRST_MS if courier else 0)
        first_ms = alarm.waiting_ms + after_ms
        if alarm.now not in GRAVE and not alarm.test:
            first_ms = after_quiet_ms(plan, first_ms)
        for repeat in _repeats(level, first_ms, now_ms):
            due_ms = first_ms + repeat * level.repeat_ms
            for person, address in _somebody(alarm, plan, calendar, number, due_ms):
                yield _duty(alarm, number, repeat, due_ms, person, address)


def called_first(alarm: Alarm, plan: Plan | None, calendar: Calendar, now_ms: int) -> list[tuple[str, Address]]:
    """Return whom an alarm calls first now: of the first level that has somebody, each person's id with an address."""
    if plan is None or not plan.levels:
        return []
    number = next((n for n in range(len(plan.levels)) if not _passed_over(alarm, plan, n)), 0)
    return _somebody(alarm, plan, calendar, number, now_ms)


def _passed_over(alarm: Alarm, plan: Plan, number: int) -> bool:
    """Tell whether a level is none of this alarm's: it is not grave enough, or only the last level is called."""
    if _unanswered(alarm):
        return alarm.now is not Severity.CRITICAL or number != len(plan.levels) - 1
    return RANK[alarm.now] < RANK[plan.levels[number].least]


def _unanswered(alarm: Alarm) -> bool:
    return alarm.rule == UNANSWERED and alarm.subject_kind is SubjectKind.SITE


def _somebody(alarm: Alarm, plan: Plan, calendar: Calendar, number: int, at_ms: int) -> list[tuple[str, Address]]:
    """Return whom a level tells at an instant; if that is nobody, whom the next level that has somebody would.

    Later levels come first, then those before it; one that is meant for graver alarms is better than nobody.
    """
    broken = str(alarm.values.get("channel", "")) if alarm.values.get("what") == UNREACHED else ""
    order = [number, *range(number + 1, len(plan.levels)), *range(number - 1, -1, -1)]
    fit = [one for one in order if RANK[alarm.now] >= RANK[plan.levels[one].least]]
    for one in [*fit, *(other for other in order if other not in fit)] if number in fit else order:
        level = plan.levels[one]
        if broken:
            level = msgspec.structs.replace(level, channels=())  # over whatever else these people have
        whom = [(person, to) for person, to in _whom(level, plan, calendar, at_ms) if to.channel != broken]
        if whom:
            return whom
    return []


def _repeats(level: Level, first_ms: int, now_ms: int) -> range:
    if now_ms < first_ms:
        return range(0)
    last = (now_ms - first_ms) // level.repeat_ms if level.repeat_ms else 0
    return range(max(0, last - REPEATS_KEPT + 1), last + 1)


def _courier(alarm: Alarm, calendar: Calendar) -> Iterator[Duty]:
    """Give the messages to the courier of the leg, who is called first."""
    courier = _person(calendar, str(alarm.values.get("courier", "")))
    for address in courier.addresses if courier else ():
        yield _duty(alarm, 0, 0, alarm.waiting_ms, courier.id if courier else "", address)


def _seen_by(alarm: Alarm, actions: Sequence[AlarmAction], calendar: Calendar) -> Iterator[Duty]:
    """Give the messages to whoever said that he sees to it, when it sounds again: it lasts."""
    seen = [one for one in actions if one.action is not AlarmActionKind.COMMENT and one.at_ms < alarm.waiting_ms]
    if not alarm.agains or not seen:
        return
    for person in calendar.people:
        if person.name == seen[-1].name:
            for address in person.addresses:
                yield _duty(alarm, 0, 0, alarm.waiting_ms, person.id, address)


def _told_of_the_end(alarm: Alarm, plan: Plan, calendar: Calendar) -> list[Duty]:
    """Return the messages of one that is over: that it was there, if nobody was told yet, and that it has cleared."""
    if alarm.severity not in GRAVE or alarm.test or _unanswered(alarm):
        return []
    whom = _somebody(alarm, plan, calendar, 0, alarm.waiting_ms)
    told = [_duty(alarm, 0, 0, alarm.waiting_ms, person, address) for person, address in whom] if alarm.waits else []
    cleared = [_duty(alarm, 0, 0, alarm.changed_ms, person, address) for person, address in whom]
    return told + [
        msgspec.structs.replace(
            duty, kind=DutyKind.CLEARED, key=f"{alarm.id}/cleared/{alarm.waiting_ms}/{duty.channel}/{duty.to}"
        )
        for duty in cleared
    ]


def _duty(alarm: Alarm, level: int, repeat: int, due_ms: int, person: str, address: Address) -> Duty:
    return Duty(
        key=f"{alarm.id}/{alarm.waiting_ms}/{level}/{repeat}/{address.channel}/{address.to}",
        alarm=alarm.id,
        channel=address.channel,
        to=address.to,
        due_ms=due_ms,
        level=level,
        kind=_kind(alarm, level, repeat),
        severity=alarm.now,
        site=alarm.site,
        person=person,
    )


def _kind(alarm: Alarm, level: int, repeat: int) -> DutyKind:
    if alarm.test:
        return DutyKind.TEST
    if repeat:
        return DutyKind.AGAIN
    if level:
        return DutyKind.ESCALATED
    if alarm.rule == FLOOD:
        return DutyKind.SUMMARY
    return DutyKind.AGAIN if alarm.agains else DutyKind.RAISED


def _whom(level: Level, plan: Plan, calendar: Calendar, at_ms: int) -> Iterator[tuple[str, Address]]:
    """Give the addresses of a level at an instant, each with the person whose it is."""
    rotas = {rota.id: rota for rota in calendar.rotas}
    named = [on_call(rotas[name], plan.zone, at_ms) for name in level.rotas if name in rotas]
    for name in dict.fromkeys([*named, *level.people]):
        person = _person(calendar, name)
        for address in person.addresses if person else ():
            if not level.channels or address.channel in level.channels:
                yield name, address
    for address in level.addresses:
        yield "", address


def _person(calendar: Calendar, name: str) -> OnCallPerson | None:
    return next((one for one in calendar.people if one.id == name), None) if name else None


def _local(zone: str, at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1_000, _zone(zone))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)

"""Notices as conditions of the alert catalogue: what a page says and what sounds come from one function. Pure.

rules.standing makes the notices of a place; here each that the catalogue names gets its rule, its severity and what its
text needs. Severities and steps are the catalogue's (PROP), the 8 h of an agitator are NHSBT's longest single
interruption (V). What is only said: a defrost, a broken connection that is not yet silence, an alarm inside its dead
band (its own alarm goes on), a unit in a place out of use, a crate whose way is open, a count that differs.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from coldchain.alarms import Condition, Severity, SubjectKind
from coldchain.places import ON_THE_ROAD
from coldchain.standing import Notice, NoticeKind
from rules.conditions import HOUR_MS, MINUTE_MS, Steps, graver, minutes
from rules.standing import PlaceFacts

DOOR: Final = ((2 * MINUTE_MS, Severity.MEDIUM), (5 * MINUTE_MS, Severity.HIGH))  # A25
AGITATION_SINGLE_MS: Final = 8 * HOUR_MS  # A11, where the profile says nothing
GATEWAY: Final = ((3 * MINUTE_MS, Severity.MEDIUM), (15 * MINUTE_MS, Severity.HIGH))  # A44
BOX_GATEWAY: Final = ((3 * MINUTE_MS, Severity.MEDIUM),)  # A44 of a box: what its silence means for units is A05's
OVERRUN: Final = ((0, Severity.HIGH), (60 * MINUTE_MS, Severity.CRITICAL))  # A05: work goes on and nobody watches
BATTERY_VERY_LOW_PERCENT: Final = 10  # A45: 20 % low, 10 % medium

ALARMED: Final[Mapping[NoticeKind, str]] = MappingProxyType(
    {
        NoticeKind.DOOR_OPEN: "A25",
        NoticeKind.MAINS_LOST: "A06",
        NoticeKind.UPS_ON_BATTERY: "A06",
        NoticeKind.AGITATION_STOPPED: "A11",
        NoticeKind.GATEWAY_SILENT: "A44",
        NoticeKind.DEVICE_SILENT: "A05",
        NoticeKind.WORK_OVERRUN: "A05",
        NoticeKind.BATTERY_LOW: "A45",
        NoticeKind.PROBES_CROSSED: "A30",
        NoticeKind.TAG_CONFLICT: "A37",
        NoticeKind.DISPLAY_DIFFERS: "A30",
        NoticeKind.ROUND_OVERDUE: "A31",
        NoticeKind.BOX_NOT_READY: "A23",
        NoticeKind.QUALIFICATION_ENDING: "A20",
        NoticeKind.QUALIFICATION_OVER: "A20",
        NoticeKind.STOOD_STILL: "A21",
        NoticeKind.ROUTE_LEFT: "A21",
    }
)
"""Which notice is which rule. The others are said and sound nowhere; DEVICE_SILENT is told device by device."""


def of_notices(facts: PlaceFacts, notices: Iterable[Notice]) -> list[Condition]:
    """Return the conditions of a place's notices. An empty box asks for nobody: it may be off, in a cupboard."""
    found = []
    for notice in notices:
        make = _MAKERS.get(notice.kind)
        if make is not None and not (notice.kind is NoticeKind.GATEWAY_SILENT and empty_box(facts)):
            found.append(make(facts, notice))
    return found


def empty_box(facts: PlaceFacts) -> bool:
    """Tell whether a place is a box in which no unit is, or may be."""
    return facts.place.kind in ON_THE_ROAD and not (facts.inside + facts.possible)


def _of_contact(facts: PlaceFacts, notice: Notice, what: str, steps: Steps) -> Condition:
    contact = next(one for one, _ in facts.contacts if one.id == notice.origin)
    return Condition(
        rule=ALARMED[notice.kind],
        severity=graver(steps, notice.since_ms, facts.now_ms),
        subject_kind=SubjectKind.CONTACT,
        subject=contact.id,
        since_ms=notice.since_ms,
        due_ms=notice.due_ms,
        site=facts.place.site,
        place=contact.place,
        values={"what": what, "contact": contact.id, "minutes": minutes(notice.since_ms, facts.now_ms)},
    )


def _door(facts: PlaceFacts, notice: Notice) -> Condition:
    return _of_contact(facts, notice, "door", DOOR)


def _mains(facts: PlaceFacts, notice: Notice) -> Condition:
    return _of_contact(facts, notice, "mains", ((MINUTE_MS, Severity.HIGH),))


def _ups(facts: PlaceFacts, notice: Notice) -> Condition:
    return _of_contact(facts, notice, "ups", ((MINUTE_MS, Severity.HIGH),))


def _agitation(facts: PlaceFacts, notice: Notice) -> Condition:
    longest_ms = facts.profile.agitation_single_ms or AGITATION_SINGLE_MS
    return _of_contact(facts, notice, "agitation", ((0, Severity.HIGH), (longest_ms, Severity.CRITICAL)))


def _gateway(facts: PlaceFacts, notice: Notice) -> Condition:
    box = facts.place.kind in ON_THE_ROAD
    return Condition(
        rule="A44",
        severity=graver(BOX_GATEWAY if box else GATEWAY, notice.since_ms, facts.now_ms),
        subject_kind=SubjectKind.GATEWAY,
        subject=notice.origin,
        since_ms=notice.since_ms,
        due_ms=notice.due_ms,
        site=facts.place.site,
        place=facts.place.id if box else "",
        values={"what": "silent", "gateway": notice.origin, "minutes": minutes(notice.since_ms, facts.now_ms)},
    )


def _overrun(facts: PlaceFacts, notice: Notice) -> Condition:
    """Work that outlasts its planned end: of a probe grave where no other one of the place counts meanwhile."""
    of_place = notice.origin == facts.place.id
    watched = any(one.counted.why_not(facts.now_ms) is None for one in facts.probes)
    grave = not watched and not of_place
    severity = graver(OVERRUN, notice.since_ms, facts.now_ms) if grave else Severity.MEDIUM
    values: dict[str, int | str] = {"what": "overrun", "minutes": minutes(notice.since_ms, facts.now_ms)}
    if not of_place:
        values["probe"] = notice.origin
    kind = SubjectKind.PLACE if of_place else SubjectKind.PROBE
    return _at_place(facts, notice, severity, values, (kind, notice.origin))


def _battery(facts: PlaceFacts, notice: Notice) -> Condition:
    said = facts.battery.details.get("percent") if facts.battery else None
    percent = said if isinstance(said, int) else 0
    severity = Severity.MEDIUM if percent <= BATTERY_VERY_LOW_PERCENT else Severity.LOW
    values: dict[str, int | str] = {"what": "battery", "gateway": notice.origin, "percent": percent}
    return _at_place(facts, notice, severity, values, (SubjectKind.GATEWAY, notice.origin))


def _crossed(facts: PlaceFacts, notice: Notice) -> Condition:
    first, second = sorted((facts.place.id, notice.origin))
    values: dict[str, int | str] = {"what": "crossed", "other": second}
    return _at_place(facts, notice, Severity.HIGH, values, (SubjectKind.PLACE, first))


def _display(facts: PlaceFacts, notice: Notice) -> Condition:
    read = facts.display
    values: dict[str, int | str] = {"what": "display", "probe": notice.origin}
    if read is not None and read.probe_micro_celsius is not None:
        values |= {"micro_celsius": read.micro_celsius, "probe_micro_celsius": read.probe_micro_celsius}
        values["allowed_micro_celsius"] = read.allowed_micro_celsius
    return _at_place(facts, notice, Severity.HIGH, values, (SubjectKind.PROBE, notice.origin))


def _round(facts: PlaceFacts, notice: Notice) -> Condition:
    values: dict[str, int | str] = {"what": "late"}
    if facts.display is not None:
        values |= {"hours": (facts.now_ms - facts.display.at_ms) // HOUR_MS, "every_hours": facts.display.hours}
    return _at_place(facts, notice, Severity.MEDIUM, values)


def _tag(facts: PlaceFacts, notice: Notice) -> Condition:
    values: dict[str, int | str] = {"what": "conflict", "tag": notice.origin}
    return _at_place(facts, notice, Severity.MEDIUM, values, (SubjectKind.TAG, notice.origin))


def _not_ready(facts: PlaceFacts, notice: Notice) -> Condition:
    said = facts.box.readiness if facts.box else None
    values: dict[str, int | str] = {"what": "not-ready", "reason": said.details.get("reason", "") if said else ""}
    return _at_place(facts, notice, Severity.MEDIUM, values)


def _ending(facts: PlaceFacts, notice: Notice) -> Condition:
    """The courier is told at 80 % of the time, when something can still be done; a page asks for a look at its end."""
    left = max(0, notice.due_ms - facts.now_ms) // MINUTE_MS
    values: dict[str, int | str] = {"what": "ending", "minutes": left}
    early = Notice(kind=notice.kind, since_ms=notice.since_ms, due_ms=notice.since_ms, origin=notice.origin)
    return _at_place(facts, early, Severity.HIGH, values)


def _over(facts: PlaceFacts, notice: Notice) -> Condition:
    values: dict[str, int | str] = {"what": "over", "minutes": minutes(notice.since_ms, facts.now_ms)}
    return _at_place(facts, notice, Severity.CRITICAL, values)


def _moving(facts: PlaceFacts, notice: Notice) -> Condition:
    values: dict[str, int | str] = {"what": notice.kind.value, "minutes": minutes(notice.since_ms, facts.now_ms)}
    return _at_place(facts, notice, Severity.MEDIUM, values)


def _at_place(
    facts: PlaceFacts,
    notice: Notice,
    severity: Severity,
    values: dict[str, int | str],
    subject: tuple[SubjectKind, str] | None = None,
) -> Condition:
    kind, name = subject or (SubjectKind.PLACE, facts.place.id)
    return Condition(
        rule=ALARMED[notice.kind],
        severity=severity,
        subject_kind=kind,
        subject=name,
        since_ms=notice.since_ms,
        due_ms=notice.due_ms,
        site=facts.place.site,
        place=facts.place.id,
        values=values,
    )


_MAKERS: Final[Mapping[NoticeKind, Callable[[PlaceFacts, Notice], Condition]]] = {
    NoticeKind.DOOR_OPEN: _door,
    NoticeKind.MAINS_LOST: _mains,
    NoticeKind.UPS_ON_BATTERY: _ups,
    NoticeKind.AGITATION_STOPPED: _agitation,
    NoticeKind.GATEWAY_SILENT: _gateway,
    NoticeKind.WORK_OVERRUN: _overrun,
    NoticeKind.BATTERY_LOW: _battery,
    NoticeKind.PROBES_CROSSED: _crossed,
    NoticeKind.DISPLAY_DIFFERS: _display,
    NoticeKind.ROUND_OVERDUE: _round,
    NoticeKind.TAG_CONFLICT: _tag,
    NoticeKind.BOX_NOT_READY: _not_ready,
    NoticeKind.QUALIFICATION_ENDING: _ending,
    NoticeKind.QUALIFICATION_OVER: _over,
    NoticeKind.STOOD_STILL: _moving,
    NoticeKind.ROUTE_LEFT: _moving,
}

"""What gateways alarmed by themselves, beside what the centre found: same probe, overlapping time, or on its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from api.wording import Words
from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind
from coldchain.places import Place
from coldchain.ports import Session
from coldchain.units import Finding, FindingStatus

LOOK_BACK_MS: Final = 7 * 86_400_000
REACH_MS: Final = 86_400_000  # how long before a finding's end its local alarm may have begun, at most
LISTED_MAX: Final = 30
OTHER_HORIZON_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalAlarm:
    """One local alarm. `since_ms`: when what it speaks of began; `cleared_ms` None: it stands. `finding`: its own."""

    origin: str
    gateway: str
    rule: str
    kind: str
    direction: str
    since_ms: int
    raised_ms: int
    cleared_ms: int | None
    micro_celsius: int | None
    finding: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The extremes that a controller kept by itself, as it told them last."""

    probe: str
    told_ms: int
    min_micro_celsius: int | None
    max_micro_celsius: int | None


def alarms_of(events: Iterable[RecordedEvent]) -> list[LocalAlarm]:
    """Return the alarms that events tell of, by time of raising; each is cleared by the next word that says so."""
    found: list[LocalAlarm] = []
    waiting: dict[tuple[str, str, str, str], list[RecordedEvent]] = {}
    for event in events:
        key = event.gateway, event.origin, _text(event, "kind"), _text(event, "direction")
        if event.kind == EventKind.ALARM_RAISED:
            waiting.setdefault(key, []).append(event)
        elif event.kind == EventKind.ALARM_CLEARED:
            found += [_alarm(raised, event.taken_ms) for raised in waiting.pop(key, [])]
    found += [_alarm(raised, None) for many in waiting.values() for raised in many]
    return sorted(found, key=lambda alarm: (alarm.raised_ms, alarm.origin, alarm.rule))


def of_finding(session: Session, finding: Finding, now_ms: int) -> list[LocalAlarm]:
    """Return the local alarms of a finding: of its probe and kind, in a span that overlaps."""
    end_ms = now_ms if finding.end_ms is None else finding.end_ms
    events = session.records.events_in_place(finding.place, finding.start_ms - REACH_MS, end_ms + OTHER_HORIZON_MS)
    return [alarm for alarm in alarms_of(events) if _belongs(alarm, finding, now_ms)]


def of_place(session: Session, place: Place, gateways: Sequence[str], now_ms: int) -> list[LocalAlarm]:
    """Return the local alarms of a place and of its site's contacts in the last days, the newest first."""
    since_ms = now_ms - LOOK_BACK_MS
    events = list(session.records.events_in_place(place.id, since_ms, now_ms + 1))
    events += [e for e in session.records.events_in_place("", since_ms, now_ms + 1) if e.gateway in gateways]
    findings = session.records.findings(place=place.id, overlapping=(since_ms, now_ms + 1))
    alarms = alarms_of(sorted(events, key=lambda event: event.taken_ms))
    return [_linked(alarm, findings, now_ms) for alarm in alarms[::-1][:LISTED_MAX]]


def stored_of(session: Session, probes: Iterable[str], now_ms: int) -> list[Stored]:
    """Return what the controllers of these probes kept by themselves, where one said so."""
    said = [(probe, session.records.last_event(probe, now_ms + 1, {EventKind.STORED_EXTREMES})) for probe in probes]
    return [
        Stored(
            probe=probe,
            told_ms=event.taken_ms,
            min_micro_celsius=_number(event, "min_micro_celsius"),
            max_micro_celsius=_number(event, "max_micro_celsius"),
        )
        for probe, event in said
        if event is not None
    ]


def alarm_text(alarm: LocalAlarm, words: Words) -> str:
    """Return a local alarm in words: what, since when, when it was raised, until when."""
    name = f"local.{alarm.direction or alarm.kind}"
    what = words.say(name) if words.knows(name) else alarm.kind  # of a newer gateway
    if alarm.micro_celsius is not None:
        what = f"{what} {words.celsius(alarm.micro_celsius)} °C"
    key = "local.stands" if alarm.cleared_ms is None else "local.over"
    until = "" if alarm.cleared_ms is None else words.when(alarm.cleared_ms)
    return words.say(key, what=what, raised=words.when(alarm.raised_ms), until=until)


def _alarm(raised: RecordedEvent, cleared_ms: int | None) -> LocalAlarm:
    since_ms = _number(raised, "since_ms")
    return LocalAlarm(
        origin=raised.origin,
        gateway=raised.gateway,
        rule=_text(raised, "rule"),
        kind=_text(raised, "kind"),
        direction=_text(raised, "direction"),
        since_ms=raised.taken_ms if since_ms is None else min(since_ms, raised.taken_ms),
        raised_ms=raised.taken_ms,
        cleared_ms=cleared_ms,
        micro_celsius=_number(raised, "micro_celsius"),
    )


def _belongs(alarm: LocalAlarm, finding: Finding, now_ms: int) -> bool:
    same = (alarm.origin, alarm.kind, alarm.direction) == (finding.probe, finding.kind, finding.direction or "")
    over_ms = now_ms + 1 if alarm.cleared_ms is None else alarm.cleared_ms
    end_ms = now_ms + 1 if finding.end_ms is None else finding.end_ms
    return same and alarm.since_ms < max(end_ms, finding.start_ms + 1) and over_ms > finding.start_ms


def _linked(alarm: LocalAlarm, findings: Sequence[Finding], now_ms: int) -> LocalAlarm:
    own = [f for f in findings if f.status is not FindingStatus.WITHDRAWN and _belongs(alarm, f, now_ms)]
    return replace(alarm, finding=own[-1].id) if own else alarm


def _text(event: RecordedEvent, name: str) -> str:
    value = event.details.get(name, "")
    return value if isinstance(value, str) else ""


def _number(event: RecordedEvent, name: str) -> int | None:
    value = event.details.get(name)
    return value if isinstance(value, int) else None

"""What a courier's box said of itself, as the centre reads it from the record and as its tile and page write it."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from api.wording import Words
from coldchain.entries import RecordedEvent
from coldchain.facts import ALARM_KINDS
from coldchain.places import Probe
from coldchain.ports import Session
from coldchain.standing import BoxReadiness, BoxStanding
from rules.boxes import AREA_KINDS, READINESS_KINDS, ROUTE_KINDS, STOP_KINDS, BoxWords
from rules.contacts import event_order

_REASONS: Final = {"no-reading", "too-warm", "too-cold", "lid-open", "lid-unknown", "battery-low", "time"}


def last_word(session: Session, gateways: Sequence[str], kinds: AbstractSet[str], now_ms: int) -> RecordedEvent | None:
    """Return the last event of these kinds that a box said of itself."""
    said = [session.records.last_event(gateway, now_ms + 1, kinds) for gateway in gateways]
    return max((event for event in said if event), key=event_order, default=None)


def words_of_box(session: Session, gateways: Sequence[str], probes: Sequence[Probe], now_ms: int) -> BoxWords | None:
    """Read the last words of a box; None where the place is none."""
    if not gateways:
        return None

    alarms = [session.records.last_event(probe.id, now_ms + 1, ALARM_KINDS) for probe in probes]
    return BoxWords(
        gateway=gateways[0],
        readiness=last_word(session, gateways, READINESS_KINDS, now_ms),
        area=last_word(session, gateways, AREA_KINDS, now_ms),
        stop=last_word(session, gateways, STOP_KINDS, now_ms),
        route=last_word(session, gateways, ROUTE_KINDS, now_ms),
        alarms=[alarm for alarm in alarms if alarm is not None],
    )


def box_lines(box: BoxStanding, now_ms: int, words: Words) -> list[str]:
    """Return what a box says of itself, one thing a line: ready or not, where it is, whether it stands or beeps."""
    lines = [] if box.readiness is None else [_readiness(box, now_ms, words)]
    if box.beeps_since_ms is not None:
        lines.append(words.say("box.beeps", since=words.clock(box.beeps_since_ms, now_ms)))
    if box.area is not None and box.area_since_ms is not None:
        lines.append(words.say("box.area", area=box.area, since=words.clock(box.area_since_ms, now_ms)))
    if box.stands_since_ms is not None:
        lines.append(words.say("box.stands", since=words.clock(box.stands_since_ms, now_ms)))
    if box.astray_since_ms is not None:
        lines.append(words.say("box.astray", since=words.clock(box.astray_since_ms, now_ms)))
    return lines


def _readiness(box: BoxStanding, now_ms: int, words: Words) -> str:
    since = words.say("unknown") if box.since_ms is None else words.clock(box.since_ms, now_ms)
    until = "" if box.qualified_until_ms is None else words.clock(box.qualified_until_ms, now_ms)
    match box.readiness:
        case BoxReadiness.PRECONDITIONING:
            return words.say("box.preconditioning", since=since)
        case BoxReadiness.NOT_READY:
            reason = words.say(f"box.not-ready.{box.reason}") if box.reason in _REASONS else box.reason
            return words.say("box.not-ready", why=reason, since=since)
        case BoxReadiness.PACKED:
            return words.say("box.packed-until", since=since, until=until)
        case BoxReadiness.OVER:
            return words.say("box.over", until=until)
        case _:
            return words.say("box.ready", since=since)

"""What a courier's box said of itself, as its tile and page write it."""

from typing import Final

from api.wording import Words
from coldchain.arrival import Arrival
from coldchain.standing import BoxReadiness, BoxStanding

_REASONS: Final = {"no-reading", "too-warm", "too-cold", "lid-open", "lid-unknown", "battery-low", "time"}


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


def arrival_text(arrival: Arrival | None, words: Words) -> str:
    """Return when a box is expected, and whence that is known."""
    if arrival is None:
        return words.say("box.expected.unknown")
    at = words.when(arrival.at_ms)
    if arrival.moved:
        return words.say("box.expected.moved", at=at, n=arrival.moved)
    if not arrival.journeys:
        return words.say("box.expected", at=at)
    return words.say("box.expected.earlier", at=at, n=arrival.journeys)


def short_text(arrival: Arrival | None, box: BoxStanding | None, words: Words) -> str:
    """Return that the qualified time of a box ends before it is expected; "" where it does not, or nobody knows."""
    until_ms = None if box is None else box.qualified_until_ms
    if arrival is None or until_ms is None or until_ms >= arrival.at_ms:
        return ""
    return words.say("box.expected.short", lasted=words.lasted(arrival.at_ms - until_ms))


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

"""What a courier's box said of itself, and what of it somebody has to act on while units are inside. Pure.

docs/boxes.md owns the words of a box. Its last word of each kind counts; its qualification time goes on while it is out
of reach, because its end was said when it was packed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind
from coldchain.standing import BoxReadiness, BoxStanding, Notice, NoticeKind
from rules.intervals import Interval, united
from rules.unit_time import FOREVER_MS

READINESS_KINDS: Final[frozenset[str]] = frozenset(
    {EventKind.PRECONDITIONING_BEGAN, EventKind.BOX_READY, EventKind.BOX_NOT_READY}
)
AREA_KINDS: Final[frozenset[str]] = frozenset({EventKind.AREA_ENTERED, EventKind.AREA_LEFT})
STOP_KINDS: Final[frozenset[str]] = frozenset({EventKind.STOOD_STILL, EventKind.MOVED_ON})
ROUTE_KINDS: Final[frozenset[str]] = frozenset({EventKind.ROUTE_LEFT, EventKind.ROUTE_REJOINED})
MINUTE_MS: Final = 60_000
STOOD_MS: Final = 20 * MINUTE_MS  # A21: 20 min
WARNED_TENTHS: Final = 8  # A20: at 80 % of the qualified time


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxWords:
    """The last word of a box on each thing, None where it said none. `alarms`: the last of each probe on its alarm."""

    gateway: str
    readiness: RecordedEvent | None = None
    area: RecordedEvent | None = None
    stop: RecordedEvent | None = None
    route: RecordedEvent | None = None
    alarms: Sequence[RecordedEvent] = ()


def box_standing(words: BoxWords, now_ms: int) -> BoxStanding:
    """Return how a box stands by its own word at now_ms."""
    said, area = words.readiness, words.area
    until_ms = _number(said, "until_ms")
    beeping = [one for one in words.alarms if one.kind == EventKind.ALARM_RAISED]
    inside = area if area is not None and area.kind == EventKind.AREA_ENTERED else None
    return BoxStanding(
        readiness=_readiness(said, until_ms, now_ms),
        since_ms=None if said is None else said.taken_ms,
        reason=_text(said, "reason"),
        qualified_min=_number(said, "qualified_min"),
        qualified_until_ms=until_ms,
        area=_text(inside, "area") or None,
        area_since_ms=None if inside is None else inside.taken_ms,
        stands_since_ms=_began(words.stop, EventKind.STOOD_STILL),
        astray_since_ms=_began(words.route, EventKind.ROUTE_LEFT),
        beeps_since_ms=min((one.taken_ms for one in beeping), default=None),
    )


def times_over(words: Sequence[RecordedEvent]) -> list[Interval]:
    """Return when the time for which a box was qualified was over, by its words of READINESS_KINDS in order of time.

    Its next word ends it, whatever that says.
    """
    ends = [word.taken_ms for word in words[1:]] + [FOREVER_MS] * bool(words)
    spans = [(_number(word, "until_ms"), word.taken_ms, end) for word, end in zip(words, ends, strict=True)]
    return united((max(until_ms, said_ms), end) for until_ms, said_ms, end in spans if until_ms is not None)


def of_box(box: BoxStanding | None, origin: str, inside: int, now_ms: int) -> list[Notice]:
    """Return what of a box asks for somebody; nothing where no unit is, or may be, inside."""
    if box is None or not inside:
        return []
    found = _qualification(box, now_ms)
    if box.readiness in {BoxReadiness.PRECONDITIONING, BoxReadiness.NOT_READY} and box.since_ms is not None:
        found.append((NoticeKind.BOX_NOT_READY, box.since_ms, box.since_ms))
    if box.stands_since_ms is not None:
        found.append((NoticeKind.STOOD_STILL, box.stands_since_ms, box.stands_since_ms + STOOD_MS))
    if box.astray_since_ms is not None:
        found.append((NoticeKind.ROUTE_LEFT, box.astray_since_ms, box.astray_since_ms))
    return [Notice(kind=kind, since_ms=since_ms, due_ms=due_ms, origin=origin) for kind, since_ms, due_ms in found]


def _qualification(box: BoxStanding, now_ms: int) -> list[tuple[NoticeKind, int, int]]:
    until_ms, qualified_min = box.qualified_until_ms, box.qualified_min
    if until_ms is None:
        return []
    if now_ms >= until_ms:
        return [(NoticeKind.QUALIFICATION_OVER, until_ms, until_ms)]
    left_ms = (qualified_min or 0) * MINUTE_MS * (10 - WARNED_TENTHS) // 10
    warned_ms = until_ms - left_ms
    return [(NoticeKind.QUALIFICATION_ENDING, warned_ms, until_ms)] if now_ms >= warned_ms else []


def _readiness(said: RecordedEvent | None, until_ms: int | None, now_ms: int) -> BoxReadiness | None:
    if said is None:
        return None
    match said.kind:
        case EventKind.PRECONDITIONING_BEGAN:
            return BoxReadiness.PRECONDITIONING
        case EventKind.BOX_NOT_READY:
            return BoxReadiness.NOT_READY
        case _ if until_ms is None:
            return BoxReadiness.READY
        case _:
            return BoxReadiness.OVER if now_ms >= until_ms else BoxReadiness.PACKED


def _began(event: RecordedEvent | None, kind: EventKind) -> int | None:
    """Return since when it is so: when it happened, else when it was noticed; None if the last word is another."""
    if event is None or event.kind != kind:
        return None
    return event.taken_ms if event.latest_ms is None else event.latest_ms


def _number(event: RecordedEvent | None, name: str) -> int | None:
    value = None if event is None else event.details.get(name)
    return value if isinstance(value, int) else None


def _text(event: RecordedEvent | None, name: str) -> str:
    value = "" if event is None else event.details.get(name, "")
    return value if isinstance(value, str) else ""

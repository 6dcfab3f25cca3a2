"""A cabinet that gets worse (A43), and a room that is too warm or too humid (A46), as conditions. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

from coldchain.alarms import Condition, Severity, SubjectKind
from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind
from coldchain.places import Place
from rules.conditions import DAY_MS
from rules.contacts import event_order
from rules.standing import PlaceFacts
from rules.trend import Worse

ROOM_MICRO_CELSIUS: Final = 30_000_000  # A46, PROP
ROOM_PERCENT: Final = 75

_UNITS: Final = {
    "period": ("minutes", "baseline_minutes"),
    "duty": ("percent", "baseline_percent"),
    "recovery": ("minutes", "baseline_minutes"),
}


def of_trend(facts: PlaceFacts, at_ms: int, found: Sequence[Worse]) -> Condition | None:
    """Return that a place got worse, as it was worked out at at_ms: what changed most stands for it."""
    if facts.unused_since_ms is not None:
        return None
    most = max(found, key=lambda one: (one.now / one.baseline if one.baseline else 0.0, one.what), default=None)
    if most is None:
        return None
    now, baseline = _UNITS[most.what]
    return Condition(
        rule="A43",
        severity=Severity.MEDIUM,
        subject_kind=SubjectKind.PLACE,
        subject=facts.place.id,
        since_ms=at_ms - DAY_MS,
        due_ms=at_ms,
        site=facts.place.site,
        place=facts.place.id,
        values={"what": most.what, now: round(most.now), baseline: round(most.baseline)},
    )


def openings_of(events: Iterable[RecordedEvent]) -> list[tuple[int, int]]:
    """Return (opened_ms, closed_ms) of a place's doors, by time; an opening without its end is none."""
    opened: dict[str, int] = {}
    found = []
    for event in sorted(events, key=event_order):
        if event.kind == EventKind.DOOR_OPENED:
            opened.setdefault(event.origin, event.taken_ms)
        elif event.kind == EventKind.DOOR_CLOSED and event.origin in opened:
            found.append((opened.pop(event.origin), event.taken_ms))
    return sorted(found)


def of_room(place: Place, micro_celsius: int | None, percent: int | None, since_ms: int) -> Condition | None:
    """Return that the room around a place is above 30 degrees or above 75 % relative humidity; None: nobody measures.

    Nothing feeds it yet: no probe of the record is one of a room, and the wire carries no humidity.
    """
    values: dict[str, int | str] = {}
    if micro_celsius is not None and micro_celsius > ROOM_MICRO_CELSIUS:
        values = {"what": "warm", "micro_celsius": micro_celsius, "limit_micro_celsius": ROOM_MICRO_CELSIUS}
    elif percent is not None and percent > ROOM_PERCENT:
        values = {"what": "humid", "percent": percent, "limit_percent": ROOM_PERCENT}
    if not values:
        return None
    return Condition(
        rule="A46",
        severity=Severity.LOW,
        subject_kind=SubjectKind.PLACE,
        subject=place.id,
        since_ms=since_ms,
        due_ms=since_ms,
        site=place.site,
        place=place.id,
        values=values,
    )

"""Excuses: time in which warm air says nothing of the cold, because a door was open or the controller defrosted. Pure.

    door opened ──────────── closed ── door_recovery_ms ──►│
    defrost began ─────────── ended ── defrost_recovery_ms ►│   excused, each contact for itself, then united
    door opened ──────────────────────────── most_ms ──────►│   and no more without a new word: it may be stuck

Such time does not count towards an air probe's delay (rules.excursion), up to the profile's most per run. It shortens
no exposure. The word of the contact counts, never the clock. One beginning excuses no longer than a run may be excused:
a magnet that fell off, or an end that never came here, would else excuse every run until somebody notices. So what one
word excuses depends on it and on the next word of its contact alone.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind
from rules.contacts import event_order
from rules.intervals import OPEN_END_MS, Interval, clipped, united
from rules.limits import Excuse, Profile

Excused: TypeAlias = Callable[[int, int], Sequence[Interval]]
"""(from_ms, to_ms) -> the excused stretches of [from_ms, to_ms), disjoint and in order."""

BEGINS: Final[frozenset[str]] = frozenset({EventKind.DOOR_OPENED, EventKind.DEFROST_BEGAN})
ENDS: Final[Mapping[str, str]] = {
    EventKind.DOOR_CLOSED: EventKind.DOOR_OPENED,
    EventKind.DEFROST_ENDED: EventKind.DEFROST_BEGAN,
}


def nothing_excused(_from_ms: int, _to_ms: int) -> Sequence[Interval]:
    """Excuse nothing: a load probe, a box, or a profile without excuses."""
    return ()


def excused_by(events: Sequence[RecordedEvent], profile: Profile) -> Excused:
    """Return the excuses that follow from all events of a place's contacts, to be asked again and again."""
    spans = excused_spans(events, profile, 0, OPEN_END_MS)

    def excused(from_ms: int, to_ms: int) -> Sequence[Interval]:
        return clipped(spans, from_ms, to_ms)

    return excused


def excused_spans(events: Sequence[RecordedEvent], profile: Profile, from_ms: int, to_ms: int) -> list[Interval]:
    """Return the stretches of [from_ms, to_ms) that a place's door, lid and defrost contacts excuse.

    `events` in any order: at least each contact's last word (BEGINS, ENDS) before from_ms - reach_ms(profile), and all
    from there to to_ms. Other kinds are passed over. What began and has not ended lasts on, at most for most_ms.
    """
    most_ms = profile.excuse.most_ms
    if most_ms == 0:
        return []
    began: dict[tuple[str, str], int] = {}
    spans: list[Interval] = []
    for event in sorted(events, key=event_order):
        contact = event.origin, ENDS.get(event.kind, event.kind)
        if event.kind in BEGINS or event.kind in ENDS:
            since_ms = began.pop(contact, event.taken_ms)
            spans.append((since_ms, min(event.taken_ms, since_ms + most_ms)))
        if event.kind in BEGINS:
            began[contact] = event.taken_ms
        elif event.kind in ENDS:
            spans.append((event.taken_ms, event.taken_ms + recovery_ms(event.kind, profile.excuse)))
    spans += [(since_ms, since_ms + most_ms) for since_ms in began.values()]
    return clipped(united(spans), from_ms, to_ms)


def excused_since(last: Sequence[RecordedEvent], profile: Profile) -> Excused:
    """Return the excuses that follow from each contact's last event alone: right from the latest of them on.

    For a look at the present and what comes. What was excused before the last event is not known here.
    """
    spans = []
    for event in last:
        if event.kind in BEGINS:
            spans.append((event.taken_ms, event.taken_ms + profile.excuse.most_ms))
        elif event.kind in ENDS:
            spans.append((event.taken_ms, event.taken_ms + recovery_ms(event.kind, profile.excuse)))
    disjoint = united(spans) if profile.excuse.most_ms else []

    def excused(from_ms: int, to_ms: int) -> Sequence[Interval]:
        return clipped(disjoint, from_ms, to_ms)

    return excused


def touched_by(event: RecordedEvent, profile: Profile, following: RecordedEvent | None = None) -> Interval:
    """Return the stretch of time whose judgement changes if this event becomes known now; empty if none does.

    `following`: the next event of the same contact, if one is known already; behind it, and later than most_ms or the
    recovery after the event, nothing is touched. Runs that begin inside may be judged anew to their end.
    """
    if profile.excuse.most_ms == 0 or not (event.kind in BEGINS or event.kind in ENDS):
        return event.taken_ms, event.taken_ms
    end = event.taken_ms + profile.excuse.most_ms
    if following is not None:
        end = min(end, following.taken_ms)
    if event.kind in ENDS:
        end = max(end, event.taken_ms + recovery_ms(event.kind, profile.excuse))
    return event.taken_ms, end


def reach_ms(profile: Profile) -> int:
    """Return how long an event goes on excusing after it happened, if another of its contact follows."""
    return max(profile.excuse.door_recovery_ms, profile.excuse.defrost_recovery_ms)


def recovery_ms(kind: str, excuse: Excuse) -> int:
    """Return how long is excused after what an event of this kind began or ended is over; 0 for other kinds."""
    match kind:
        case EventKind.DOOR_OPENED | EventKind.DOOR_CLOSED:
            return excuse.door_recovery_ms
        case EventKind.DEFROST_BEGAN | EventKind.DEFROST_ENDED:
            return excuse.defrost_recovery_ms
        case _:
            return 0

"""The last word of a contact or a box: events of other kinds of the same origin are passed over. Pure.

A contact's own last event may be that its module fell silent, and a box's that it said where it is; the door is as
open, and the battery as empty, as was said before.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind
from coldchain.places import CONTACT_WORDS

LOOKS_MAX: Final = 64  # instants that are passed over before a last word is given up as not known
CONTACT_KINDS: Final[frozenset[str]] = frozenset(
    kind for words in CONTACT_WORDS.values() for kind in (words.on, words.off)
)
BATTERY_KINDS: Final[frozenset[str]] = frozenset({EventKind.BATTERY})
POSITION_KINDS: Final[frozenset[str]] = frozenset({EventKind.POSITION})


def last_word(
    kinds: AbstractSet[str],
    before_ms: int,
    last_event: Callable[[int], RecordedEvent | None],
    events_of: Callable[[int, int], Sequence[RecordedEvent]],
) -> RecordedEvent | None:
    """Return one origin's last event before before_ms that is of one of these kinds, None if there is none.

    `last_event(before_ms)` and `events_of(from_ms, to_ms)` give the events of this origin, as ports.Records do. After
    LOOKS_MAX instants with other kinds only it is given up.
    """
    for _ in range(LOOKS_MAX):
        last = last_event(before_ms)
        if last is None or last.kind in kinds:
            return last
        # A module that is back and a door that changed are said with one instant: the order between them is nothing.
        same = [event for event in events_of(last.taken_ms, last.taken_ms + 1) if event.kind in kinds]
        if same:
            return max(same, key=event_order)
        before_ms = last.taken_ms
    return None


def event_order(event: RecordedEvent) -> tuple[int, str, str, int]:
    """Return by what events are put in order: when they were noticed, then what makes them unique."""
    return event.taken_ms, event.gateway, event.epoch, event.seq

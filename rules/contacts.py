"""Which events are a contact's own words, or a box's, and how events are put in order.

A contact's newest event may be that its module fell silent, and a box's that it said where it is; the door is as open,
and the battery as empty, as was said before. So the last *word* is asked for, by kind.
"""

from typing import Final

from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind
from coldchain.places import CONTACT_WORDS

CONTACT_KINDS: Final[frozenset[str]] = frozenset(
    kind for words in CONTACT_WORDS.values() for kind in (words.on, words.off)
)
BATTERY_KINDS: Final[frozenset[str]] = frozenset({EventKind.BATTERY})
POSITION_KINDS: Final[frozenset[str]] = frozenset({EventKind.POSITION})


def event_order(event: RecordedEvent) -> tuple[int, str, str, int]:
    """Return by what events are put in order: when they were noticed, then what makes them unique."""
    return event.taken_ms, event.gateway, event.epoch, event.seq

"""How strongly the devices of a place are heard by radio, for their rows on its page. What is old is unknown."""

from collections.abc import Iterable
from typing import Final

from api.wording import Words
from coldchain.entries import RecordedEvent
from coldchain.facts import EventKind
from coldchain.ports import Session
from coldchain.radio import signal_of, strength_text

SIGNAL_OLD_MS: Final = 95 * 60_000  # said every half hour: after three that did not come nobody knows
SIGNAL_KINDS: Final = frozenset({EventKind.SIGNAL})


def signals_of(session: Session, devices: Iterable[str], now_ms: int) -> dict[str, RecordedEvent]:
    """Return the last word of each device on its radio; of one that has none, or never said any, nothing."""
    said = {device: session.records.last_event(device, now_ms + 1, SIGNAL_KINDS) for device in devices}
    return {device: event for device, event in said.items() if event is not None and any_strength(event)}


def any_strength(event: RecordedEvent) -> bool:
    """Tell whether an event says a strength that there can be."""
    return signal_of(event.details) != (None, None)


def signal_text(event: RecordedEvent, now_ms: int, words: Words) -> str:
    """Return the strength, with its unit; where it was said too long ago, that it is unknown now and what it was."""
    key = "device.signal" if now_ms - event.taken_ms <= SIGNAL_OLD_MS else "device.signal.old"
    return words.say(key, strength=strength_text(*signal_of(event.details)))

"""Words for tests of the rules: the shipped profiles, events of contacts by the minute, readings by the minute."""

from pathlib import Path
from typing import Final

from support.histories import Reading

import rules
from coldchain.entries import RecordedEvent
from rules.profile import Profile, load_profile

MINUTE: Final = 60_000
START: Final = 1_700_000_000_000 // 3_600_000 * 3_600_000
PLACE: Final = "fridge-1"
GATEWAY: Final = "gw-1"


def shipped_toml(name: str) -> bytes:
    """Return the bytes of a shipped profile file, e.g. "cn-rbc-2"."""
    return (Path(rules.__file__).parent / "profiles" / f"{name}.toml").read_bytes()


def shipped(name: str) -> Profile:
    """Return a shipped profile."""
    return load_profile(shipped_toml(name))


def at(minute: float) -> int:
    """Return an instant by minutes from START."""
    return START + round(minute * MINUTE)


def event_at(
    kind: str, minute: float, origin: str = "fridge-1-door", seq: int = 1, **details: int | str
) -> RecordedEvent:
    """Return an event of a contact of a place, noticed so many minutes after START."""
    return RecordedEvent(
        gateway=GATEWAY,
        epoch="e",
        seq=seq,
        place=PLACE,
        origin=origin,
        kind=kind,
        boot="b",
        origin_seq=None,
        taken_ms=at(minute),
        boottime_ms=1,
        earliest_ms=None,
        latest_ms=at(minute),
        epc=None,
        details=details,
    )


def by_the_minute(*celsius: float | None, first: float = 0) -> list[Reading]:
    """Return one reading a minute from `first` minutes after START; None is a fault."""
    return [(at(first + i), None if c is None else round(c * 1_000_000)) for i, c in enumerate(celsius)]

"""Tags that readers of several places claim: the reads decide, and reads that come late decide anew."""

from collections.abc import Sequence
from typing import Final

from coldchain.entries import RecordedEvent
from coldchain.places import ReaderPurpose
from coldchain.ports import Session
from rules.contested import hearings_of, settled
from rules.cross_read import Hearing

CONTESTED: Final = "contested:"  # and an EPC: the cursor that holds until when reads may change where the tag was
KEPT_MS: Final = 40 * 86_400_000  # reads that are older come too late; fold checkpoints go back 35 days


def settled_events(session: Session, epc: str, events: Sequence[RecordedEvent], now_ms: int) -> list[RecordedEvent]:
    """Return a tag's presence events without the words of strays, and note until when reads may change that."""
    if len({event.place for event in events}) < 2:
        return list(events)
    sites = {place.id: place.site for place in session.records.places()}
    readers = [one for one in session.records.readers() if one.purpose is ReaderPurpose.ZONE]

    def heard(places: Sequence[str], from_ms: int, to_ms: int) -> list[Hearing]:
        found = []
        for reader in (one for one in readers if one.place in places):
            summaries = session.readings.tag_summaries(reader.id, from_ms, to_ms)
            said = session.records.events_of(reader.id, from_ms, to_ms) if summaries else ()
            found += hearings_of(reader.place, epc, summaries, said)
        return found

    found = settled(events, heard, lambda one, other: sites.get(one) == sites.get(other))
    if found.until_ms is not None and found.until_ms > now_ms - KEPT_MS:
        session.books.set_cursor(CONTESTED + epc, found.until_ms)
    return found.events


def contested_by(session: Session, heard: dict[str, int], cycled_ms: int | None, now_ms: int) -> set[str]:
    """Return the tags that new reads may move: `heard` by tag and `cycled_ms` are the earliest times of what is new.

    That a reader ended a cycle without a tag says something too.
    """
    found = set()
    for name, until_ms in session.books.cursors(CONTESTED).items() if heard or cycled_ms is not None else ():
        epc = name.removeprefix(CONTESTED)
        if until_ms <= now_ms - KEPT_MS:
            session.books.set_cursor(name, 0)
        elif min(heard.get(epc, until_ms), until_ms if cycled_ms is None else cycled_ms) < until_ms:
            found.add(epc)
    return found

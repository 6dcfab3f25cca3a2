"""Looking for crossed probes: doors out of the record, jumps of air out of new readings, now and then.

It is a suspicion and no finding: what arrives late is not looked at again. Jumps are kept in memory for a week; after a
start the last day is read anew.
"""

from collections.abc import Sequence
from typing import Final

from coldchain.commission import Crossing
from coldchain.entries import Draft, EntryKind
from coldchain.facts import EventKind
from coldchain.places import CONTAINERS, ContactKind, Place, Probe, ProbeRole
from coldchain.ports import Session
from ingest.known import ACTOR
from rules.crossed import JUMP_WITHIN_MS, Suspected, crossed, jumps_of

EVERY_MS: Final = 3_600_000
KEPT_MS: Final = 7 * 86_400_000
FIRST_MS: Final = 86_400_000


class CrossedWatch:
    """What was seen of air so far, by probe. One thread."""

    def __init__(self) -> None:
        self._jumps: dict[str, list[int]] = {}
        self._read_ms: dict[str, int] = {}
        self._since_ms: int | None = None
        self._due_ms = 0

    def due(self, now_ms: int) -> bool:
        """Tell whether it is time to look."""
        return now_ms >= self._due_ms

    def look(self, session: Session, now_ms: int) -> list[Draft]:
        """Read what is new and return what is to be recorded: suspicions that are new, or that stand no more."""
        self._due_ms = now_ms + EVERY_MS
        self._since_ms = now_ms - FIRST_MS if self._since_ms is None else max(self._since_ms, now_ms - KEPT_MS)
        drafts: list[Draft] = []
        for site in sorted({gateway.site for gateway in session.records.gateways()}):
            places = [one for one in session.records.places() if one.site == site and one.kind not in CONTAINERS]
            drafts += self._site(session, places, now_ms)
        return drafts

    def _site(self, session: Session, places: Sequence[Place], now_ms: int) -> list[Draft]:
        from_ms = now_ms if self._since_ms is None else self._since_ms
        watched = {place.id: place.site for place in places}
        air = [probe for probe in session.records.probes() if probe.place in watched and probe.role is ProbeRole.AIR]
        jumps: dict[str, list[int]] = {}
        for probe in air:
            jumps[probe.place] = sorted({*jumps.get(probe.place, []), *self._read(session, probe, from_ms, now_ms)})
        openings: dict[str, list[int]] = {}
        for contact in session.records.contacts():
            if contact.place in jumps and contact.kind is ContactKind.DOOR:
                said = session.records.events_of(contact.id, from_ms, now_ms)
                opened = [event.taken_ms for event in said if event.kind == EventKind.DOOR_OPENED]
                openings[contact.place] = sorted([*openings.get(contact.place, []), *opened])
        settled = {place: _settled_ms(session, place) for place in openings}
        for seen in (openings, jumps):  # what was before somebody looked at the probes speaks of other probes
            seen.update({place: [at for at in seen[place] if at > settled[place]] for place in seen.keys() & settled})
        drafts = []
        for one in crossed(openings, jumps, from_ms, now_ms):
            drafts += _told(session, one, watched[one.place])
        return drafts + _over(session, settled, watched)

    def _read(self, session: Session, probe: Probe, from_ms: int, now_ms: int) -> list[int]:
        """Return a probe's jumps since from_ms, with those out of the readings that were not read before."""
        read_ms = max(from_ms, self._read_ms.get(probe.id, from_ms))
        until_ms = min(now_ms, session.books.horizon(probe.gateway))
        kept = [at_ms for at_ms in self._jumps.get(probe.id, []) if at_ms >= from_ms]
        if until_ms > read_ms:
            history = session.readings.history(probe.id, read_ms - JUMP_WITHIN_MS, until_ms)
            kept += jumps_of(history, read_ms, kept[-1] if kept else None)
            self._read_ms[probe.id] = until_ms
        self._jumps[probe.id] = kept
        return kept


def _settled_ms(session: Session, place: str) -> int:
    """Return when somebody last looked at where the probes of a place hang, or changed it."""
    said = [one.at_ms for one in session.records.commissionings_in(place)]
    hung = [one.from_ms for one in session.records.positions_in(place)]
    return max([*said, *hung], default=0)


def _told(session: Session, one: Suspected, site: str) -> list[Draft]:
    known = session.records.crossings_of(one.place)
    if any((stands.place, stands.other) == (one.place, one.other) for stands in known):
        return []
    payload = Crossing(
        place=one.place,
        other=one.other,
        since_ms=one.first_ms,
        coincidences=one.coincidences,
        openings=one.openings,
    )
    return [Draft(kind=EntryKind.CROSSING, actor=ACTOR, site=site, payload=payload)]


def _over(session: Session, settled: dict[str, int], sites: dict[str, str]) -> list[Draft]:
    """Take back what was said before somebody looked at the probes of one of the two places."""
    drafts = []
    for place in settled:
        for one in session.records.crossings_of(place):
            looked_ms = max(settled.get(one.place, 0), settled.get(one.other, 0))
            if one.place == place and looked_ms > one.since_ms:
                gone = Crossing(
                    place=one.place,
                    other=one.other,
                    since_ms=one.since_ms,
                    coincidences=one.coincidences,
                    openings=one.openings,
                    stands=False,
                )
                drafts.append(Draft(kind=EntryKind.CROSSING, actor=ACTOR, site=sites[place], payload=gone))
    return drafts

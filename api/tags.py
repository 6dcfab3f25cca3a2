"""A tag's life, and the reads that contradict it: a copy in a far site, a tag that was taken out of use."""

from typing import Final

import msgspec

from coldchain.entries import Binding, RecordedEvent, Retirement
from coldchain.facts import EventKind
from coldchain.ports import Session
from rules.tag_conflicts import Conflict, ConflictKind, Sighting, clones, seen_after

_SEEN: Final = frozenset({EventKind.ARRIVED, EventKind.SEEN_AGAIN})


class ConflictView(msgspec.Struct, frozen=True, kw_only=True):
    """An alert: this tag was in this place then, and that cannot be. `other`: the place that contradicts it, if any."""

    kind: ConflictKind
    place: str
    at_ms: int
    other: str | None
    other_ms: int | None


class TagView(msgspec.Struct, frozen=True, kw_only=True):
    """A tag: which units it stood for, when it was taken out of use, and which of its reads contradict that."""

    epc: str
    bindings: list[Binding]
    retirements: list[Retirement]
    conflicts: list[ConflictView]


def tag_view(session: Session, epc: str) -> TagView:
    """Return what is known of a tag."""
    records = session.records
    bindings, retirements = records.bindings_of_epc(epc), records.retirements_of_epc(epc)
    sites = {place.id: place.site for place in records.places()}
    seen = [_sighting(event, sites) for event in records.presence_of_epc(epc) if event.kind in _SEEN]
    found = clones(seen)
    for end in retirements:
        again = min((one.from_ms for one in bindings if one.from_ms > end.at_ms), default=None)
        found += seen_after(seen, ConflictKind.RETIRED_SEEN, end.at_ms, again)
    return TagView(
        epc=epc,
        bindings=list(bindings),
        retirements=list(retirements),
        conflicts=[_view(one) for one in sorted(found, key=lambda one: (one.at_ms, one.kind))],
    )


def _sighting(event: RecordedEvent, sites: dict[str, str]) -> Sighting:
    at_ms = event.taken_ms if event.latest_ms is None else event.latest_ms
    return Sighting(epc=event.epc or "", site=sites.get(event.place, ""), place=event.place, at_ms=at_ms)


def _view(one: Conflict) -> ConflictView:
    before = one.before
    return ConflictView(
        kind=one.kind,
        place=one.place,
        at_ms=one.at_ms,
        other=before.place if before else None,
        other_ms=before.at_ms if before else None,
    )

"""A tag's life, and the reads that contradict it: a copy in a far site, a tag that was taken out of use."""

import msgspec

from api.as_known import KnownAt
from coldchain.entries import Binding, Retirement
from coldchain.ports import Session
from rules.tag_conflicts import Conflict, ConflictKind, conflicts_of


class ConflictView(msgspec.Struct, frozen=True, kw_only=True):
    """An alert: this tag was in this place then, and that cannot be. `other`: the place that contradicts it, if any."""

    kind: ConflictKind
    place: str
    at_ms: int
    other: str | None
    other_ms: int | None


class TagView(KnownAt, frozen=True, kw_only=True):
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
    found = conflicts_of(records.presence_of_epc(epc), bindings, retirements, sites)
    return TagView(
        epc=epc,
        bindings=list(bindings),
        retirements=list(retirements),
        conflicts=[_view(one) for one in found],
    )


def _view(one: Conflict) -> ConflictView:
    before = one.before
    return ConflictView(
        kind=one.kind,
        place=one.place,
        at_ms=one.at_ms,
        other=before.place if before else None,
        other_ms=before.at_ms if before else None,
    )

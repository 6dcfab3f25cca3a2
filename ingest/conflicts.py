"""Reads of a tag that contradict the record become entries by themselves, and stand until a person has looked."""

from msgspec.structs import replace

from coldchain.entries import Draft, EntryKind, RecordedEvent, TagConflict
from coldchain.errors import UnknownThingError
from coldchain.ports import Session
from coldchain.units import SettleTagConflict
from ingest.drafted import Drafted
from ingest.known import ACTOR, site_of
from rules.tag_conflicts import conflicts_of, standing


def conflict_drafts(session: Session, epc: str, events: tuple[RecordedEvent, ...]) -> list[Draft]:
    """Return the entries that bring the conflicts of a tag up to its presence events; none if nothing has changed."""
    records = session.records
    known, retirements = records.tag_conflicts_of(epc), records.retirements_of_epc(epc)
    bindings = records.bindings_of_epc(epc)
    ends = {end.unit: end.at_ms for one in bindings if (end := records.unit_end(one.unit)) is not None}
    if not known and not retirements and not ends and len({event.place for event in events}) <= 1:
        return []  # nothing can contradict anything: the usual tag
    sites = {place.id: place.site for place in records.places()}
    found = conflicts_of(events, bindings, retirements, sites, ends)
    wanted = {_key(one): one for one in standing(found, known)}
    recorded = {_key(one): one for one in known}
    changed = [one for key, one in sorted(wanted.items()) if recorded.get(key) != one]
    changed += [replace(one, stands=False) for key, one in sorted(recorded.items()) if one.stands and key not in wanted]
    kind = EntryKind.TAG_CONFLICT
    return [Draft(kind=kind, actor=ACTOR, site=site_of(session, one.place), payload=one) for one in changed]


def settled_conflict(session: Session, fact: SettleTagConflict) -> Drafted:
    """Record that a person has looked at a conflict. Said again, nothing changes. Raises UnknownThingError."""
    key = (fact.kind, fact.place, fact.at_ms)
    known = next((one for one in session.records.tag_conflicts_of(fact.epc) if _key(one) == key), None)
    if known is None:
        msg = f"no read of tag {fact.epc} in {fact.place} at {fact.at_ms} contradicts the record as {fact.kind}"
        raise UnknownThingError(msg)
    if not known.stands:
        return Drafted()
    payload = replace(known, stands=False, settled_ms=fact.settled_ms, reason=fact.reason)
    site = site_of(session, fact.place)
    return Drafted(drafts=[Draft(kind=EntryKind.TAG_CONFLICT, actor=fact.actor, site=site, payload=payload)])


def _key(one: TagConflict) -> tuple[str, str, int]:
    return one.kind, one.place, one.at_ms

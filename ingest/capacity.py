"""What people say of how many bags a place has room for."""

from typing import Final

from coldchain.capacity import Capacity, SetCapacity
from coldchain.entries import Draft, EntryKind
from coldchain.errors import ConflictError, InvalidValueError
from coldchain.ports import Session
from ingest.drafted import Drafted, known_place, require_signed

SLOTS_MAX: Final = 100_000


def capacity_drafts(session: Session, fact: SetCapacity, _now_ms: int) -> Drafted:
    """Return the entry of a capacity. Raises ConflictError, UnknownThingError or InvalidValueError."""
    require_signed(fact.name, fact.post)
    place = known_place(session, fact.place)
    if not 0 <= fact.slots <= SLOTS_MAX:
        msg = f"a place has room for 0 to {SLOTS_MAX} bags; 0: nobody wants to be told any more"
        raise InvalidValueError(msg)
    said = Capacity(place=fact.place, slots=fact.slots, at_ms=fact.at_ms, name=fact.name, post=fact.post)
    known = next((one for one in session.records.capacities() if one.place == fact.place), None)
    if known == said:
        return Drafted()
    if known is not None and known.at_ms >= fact.at_ms:
        msg = f"a newer word on the room in {fact.place} is recorded already; nothing was changed"
        raise ConflictError(msg)
    return Drafted(drafts=[Draft(kind=EntryKind.CAPACITY, actor=fact.actor, site=place.site, payload=said)])

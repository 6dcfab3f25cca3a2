"""Bags that are received: registered, tagged and placed in one transaction, with what was looked at."""

from typing import Final

import msgspec

from coldchain.entries import Draft, EntryKind
from coldchain.errors import ConflictError, InvalidValueError
from coldchain.ports import Session
from coldchain.receiving import KeepRefusedRows, Reception, Visual
from coldchain.units import ReceiveUnit
from ingest.drafted import Drafted, known_place, placement, require_living, require_signed
from ingest.inheritance import inspection_drafts_of
from ingest.intents import as_received

REPEATED_MS: Final = 600_000  # the same words again so soon are a page that was sent twice
TYPED_MICRO_CELSIUS: Final = (-100_000_000, 60_000_000)  # beyond it somebody mistyped
REFUSED_ROWS_MAX: Final = 500


def received(session: Session, fact: ReceiveUnit, registered: Drafted, bound: Drafted, now_ms: int) -> Drafted:
    """Return the entries of a bag that was received: those that make it and its tag known, the look at it, its place.

    A defect that the eye sees holds the unit.

    Raises ConflictError, UnknownThingError or InvalidValueError, with nothing changed.
    """
    require_signed(fact.name, fact.post)
    place = known_place(session, fact.place)
    low, high = TYPED_MICRO_CELSIUS
    if fact.micro_celsius is not None and not low <= fact.micro_celsius <= high:
        msg = "the temperature on opening cannot be: type it in degrees Celsius, from -100 to 60"
        raise InvalidValueError(msg)
    made = Reception(
        unit=fact.unit.id,
        place=fact.place,
        at_ms=fact.at_ms,
        epc=fact.epc,
        visual=fact.visual,
        note=fact.note,
        micro_celsius=fact.micro_celsius,
        name=fact.name,
        post=fact.post,
    )
    receptions = session.records.receptions_of_unit(fact.unit.id)
    if any(_repeats(made, known) for known in receptions):
        return Drafted()
    if any(known.at_ms == fact.at_ms for known in receptions):
        msg = (
            f"unit {fact.unit.id} was received at that very millisecond with other words, and those stand: name each "
            "bag once in a list, or send this word again with a later time; nothing was changed"
        )
        raise ConflictError(msg)
    require_living(session, fact.unit.id, fact.at_ms)
    drafts = [*registered.drafts, *bound.drafts]
    drafts.append(Draft(kind=EntryKind.RECEPTION, actor=fact.actor, site=place.site, payload=made))
    drafts += placement(session, fact.unit.id, fact.place, fact.at_ms, fact.actor, place.site, scanned=True)
    drafts += as_received(session, fact)
    if fact.visual is Visual.DEFECT:
        drafts += inspection_drafts_of(session, fact.unit.id, fact.at_ms, now_ms)
    return Drafted(drafts=drafts, units={fact.unit.id})


def refused_rows(session: Session, fact: KeepRefusedRows) -> Drafted:
    """Return the entry that keeps rows of a list that were not taken. Raises InvalidValueError."""
    if not 1 <= len(fact.refusal.rows) <= REFUSED_ROWS_MAX:
        msg = f"{len(fact.refusal.rows)} rows are not allowed: send lists of 1 to {REFUSED_ROWS_MAX}"
        raise InvalidValueError(msg)
    if session.records.reception_refusal(fact.refusal.id) is not None:
        return Drafted()
    kind = EntryKind.RECEPTION_REFUSAL
    return Drafted(drafts=[Draft(kind=kind, actor=fact.actor, site="", payload=fact.refusal)])


def _repeats(made: Reception, known: Reception) -> bool:
    soon = abs(made.at_ms - known.at_ms) <= REPEATED_MS
    return soon and msgspec.structs.replace(made, at_ms=known.at_ms) == known

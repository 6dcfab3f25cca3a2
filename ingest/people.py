"""Facts that people enter: checked against what is recorded, then drafted for the ledger."""

from typing import Final

from coldchain.entries import Binding, Draft, EntryKind, Placement
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.ports import Session
from coldchain.units import BindTag, PersonFact, PlaceUnit, RegisterUnit

AHEAD_MS_MAX: Final = 300_000  # how far the clock of a person's computer may run ahead of the centre's


def person_draft(session: Session, fact: PersonFact, now_ms: int) -> tuple[Draft | None, set[str]]:
    """Return the entry for a person's fact (None: it is already recorded) and the units to judge again.

    Raises ConflictError, UnknownThingError or InvalidValueError, with nothing changed.
    """
    at_ms = _said_of_ms(fact)
    if at_ms is not None and at_ms > now_ms + AHEAD_MS_MAX:
        msg = f"{at_ms} lies in the future: say when it happened, in UTC milliseconds since 1970"
        raise InvalidValueError(msg)
    match fact:
        case RegisterUnit():
            return _register(session, fact)
        case BindTag():
            return _bind(session, fact)
        case PlaceUnit():
            return _place(session, fact)


def _said_of_ms(fact: PersonFact) -> int | None:
    match fact:
        case RegisterUnit():
            return None
        case BindTag():
            return fact.from_ms
        case PlaceUnit():
            return fact.at_ms


def _register(session: Session, fact: RegisterUnit) -> tuple[Draft | None, set[str]]:
    unit = fact.unit
    known = session.records.unit(unit.id) or session.records.unit_by_identity(
        unit.issuer, unit.scheme, unit.donation_number, unit.product_code, unit.division
    )
    if known == unit:
        return None, set()
    if known is not None:
        msg = f"unit {known.id} is already registered with other data; nothing was changed"
        raise ConflictError(msg)
    if session.records.profile(unit.profile, unit.profile_version) is None:
        msg = f"profile {unit.profile} version {unit.profile_version} is not known here"
        raise UnknownThingError(msg)
    return Draft(kind=EntryKind.UNIT, actor=fact.actor, site="", payload=unit), {unit.id}


def _bind(session: Session, fact: BindTag) -> tuple[Draft | None, set[str]]:
    _require_unit(session, fact.unit)
    bindings = session.records.bindings_of_epc(fact.epc)
    if any(b.unit == fact.unit and b.from_ms == fact.from_ms for b in bindings):
        return None, set()
    others = [binding.unit for binding in bindings if binding.unit != fact.unit]
    if others:
        msg = f"tag {fact.epc} is already bound to unit {others[-1]}; nothing was changed"
        raise ConflictError(msg)
    payload = Binding(epc=fact.epc, unit=fact.unit, from_ms=fact.from_ms)
    return Draft(kind=EntryKind.BINDING, actor=fact.actor, site="", payload=payload), {fact.unit}


def _place(session: Session, fact: PlaceUnit) -> tuple[Draft | None, set[str]]:
    _require_unit(session, fact.unit)
    site = ""
    if fact.place is not None:
        place = session.records.place(fact.place)
        if place is None:
            msg = f"place {fact.place} is not known here"
            raise UnknownThingError(msg)
        site = place.site
    placements = session.records.placements_of_unit(fact.unit)
    if any(p.place == fact.place and p.at_ms == fact.at_ms for p in placements):
        return None, set()
    payload = Placement(unit=fact.unit, place=fact.place, at_ms=fact.at_ms)
    return Draft(kind=EntryKind.PLACEMENT, actor=fact.actor, site=site, payload=payload), {fact.unit}


def _require_unit(session: Session, unit: str) -> None:
    if session.records.unit(unit) is None:
        msg = f"unit {unit} is not registered"
        raise UnknownThingError(msg)

"""Facts that people enter: checked against what is recorded, then drafted for the ledger."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from coldchain.commission import Commissioning, WorkWord
from coldchain.entries import Binding, Draft, EntryKind, Issue, Manifest, Placement
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.places import Place, PlaceKind
from coldchain.ports import Session
from coldchain.trust import NoteSecurity, OpenClaim, SendCommand, UseClaim
from coldchain.units import (
    BindTag,
    CommissionProbe,
    IssueUnit,
    PackBox,
    PersonFact,
    PlaceUnit,
    RegisterUnit,
    SayWork,
)
from ingest.commissioning import commissioning_draft, work_draft
from ingest.people_trust import trust_drafts

AHEAD_MS_MAX: Final = 300_000  # how far the clock of a person's computer may run ahead of the centre's
PACKED_UNITS_MAX: Final = 200  # in one packing list: a courier's box holds some twenty bags


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """What a person's fact adds to the ledger (nothing: it is already recorded), and what is to be judged again.

    Units, and places in which other readings may count now.
    """

    drafts: list[Draft] = field(default_factory=list)
    units: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)


def person_drafts(session: Session, fact: PersonFact, now_ms: int) -> Drafted:
    """Return the entries for a person's fact, all of which belong into one transaction.

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
        case PackBox():
            return _pack(session, fact)
        case IssueUnit():
            return _issue(session, fact)
        case SendCommand() | OpenClaim() | UseClaim() | NoteSecurity():
            return Drafted(drafts=trust_drafts(session, fact, now_ms))
        case CommissionProbe():
            return _of_a_place(commissioning_draft(session, fact))
        case SayWork():
            return _of_a_place(work_draft(session, fact))


def _of_a_place(draft: Draft | None) -> Drafted:
    if draft is None or not isinstance(draft.payload, Commissioning | WorkWord):
        return Drafted()
    return Drafted(drafts=[draft], places={draft.payload.place})


def _said_of_ms(fact: PersonFact) -> int | None:
    match fact:
        case RegisterUnit() | SendCommand() | OpenClaim() | UseClaim() | NoteSecurity():
            return None
        case BindTag():
            return fact.from_ms
        case PlaceUnit() | PackBox() | IssueUnit() | CommissionProbe() | SayWork():
            return fact.at_ms


def _register(session: Session, fact: RegisterUnit) -> Drafted:
    unit = fact.unit
    known = session.records.unit(unit.id) or session.records.unit_by_identity(
        unit.issuer, unit.scheme, unit.donation_number, unit.product_code, unit.division
    )
    if known == unit:
        return Drafted()
    if known is not None:
        msg = f"unit {known.id} is already registered with other data; nothing was changed"
        raise ConflictError(msg)
    if session.records.profile(unit.profile, unit.profile_version) is None:
        msg = f"profile {unit.profile} version {unit.profile_version} is not known here"
        raise UnknownThingError(msg)
    return Drafted(drafts=[Draft(kind=EntryKind.UNIT, actor=fact.actor, site="", payload=unit)], units={unit.id})


def _bind(session: Session, fact: BindTag) -> Drafted:
    _require_unit(session, fact.unit)
    bindings = session.records.bindings_of_epc(fact.epc)
    if any(b.unit == fact.unit and b.from_ms == fact.from_ms for b in bindings):
        return Drafted()
    others = [binding.unit for binding in bindings if binding.unit != fact.unit]
    if others:
        msg = f"tag {fact.epc} is already bound to unit {others[-1]}; nothing was changed"
        raise ConflictError(msg)
    payload = Binding(epc=fact.epc, unit=fact.unit, from_ms=fact.from_ms)
    draft = Draft(kind=EntryKind.BINDING, actor=fact.actor, site="", payload=payload)
    return Drafted(drafts=[draft], units={fact.unit})


def _place(session: Session, fact: PlaceUnit) -> Drafted:
    _require_unit(session, fact.unit)
    site = "" if fact.place is None else _known_place(session, fact.place).site
    drafts = _placement(session, fact.unit, fact.place, fact.at_ms, fact.actor, site)
    return Drafted(drafts=drafts, units={fact.unit} if drafts else set())


def _pack(session: Session, fact: PackBox) -> Drafted:
    """Record a packing list and that each of its units was put into the box, or that all of it is recorded already.

    In which order a list names its units says nothing, so the same units in another order are the same list.
    """
    box = _known_place(session, fact.box)
    if box.kind is not PlaceKind.BOX:
        msg = f"place {box.id} is a {box.kind.value} and not a box: name the box; nothing was changed"
        raise ConflictError(msg)
    _require_packable(session, fact)
    payload = Manifest(
        id=fact.manifest, box=fact.box, units=fact.units, packed_ms=fact.at_ms, destination=fact.destination
    )
    known = session.records.manifest(fact.manifest)
    if known is not None:
        if _in_order(known) == _in_order(payload):
            return Drafted()
        msg = f"packing list {fact.manifest} is already recorded with other content; nothing was changed"
        raise ConflictError(msg)
    drafts = [Draft(kind=EntryKind.MANIFEST, actor=fact.actor, site=box.site, payload=payload)]
    for unit in fact.units:
        drafts += _placement(session, unit, fact.box, fact.at_ms, fact.actor, box.site)
    return Drafted(drafts=drafts, units=set(fact.units))


def _require_packable(session: Session, fact: PackBox) -> None:
    if not 1 <= len(fact.units) <= PACKED_UNITS_MAX:
        msg = f"packing list {fact.manifest} names {len(fact.units)} units: 1 to {PACKED_UNITS_MAX} are allowed"
        raise InvalidValueError(msg)
    twice = [unit for unit, times in Counter(fact.units).items() if times > 1]
    if twice:
        msg = f"packing list {fact.manifest} names unit {twice[0]} more than once"
        raise InvalidValueError(msg)
    for unit in fact.units:
        _require_unit(session, unit)


def _in_order(manifest: Manifest) -> tuple[str, int, str, list[str]]:
    return manifest.box, manifest.packed_ms, manifest.destination, sorted(manifest.units)


def _issue(session: Session, fact: IssueUnit) -> Drafted:
    """Record that a unit was handed out, whatever holds it: it has happened, and somebody must hear of it."""
    _require_unit(session, fact.unit)
    payload = Issue(unit=fact.unit, to=fact.to, at_ms=fact.at_ms)
    if payload in session.records.issues_of_unit(fact.unit):
        return Drafted()
    drafts = [Draft(kind=EntryKind.ISSUE, actor=fact.actor, site="", payload=payload)]
    drafts += _placement(session, fact.unit, None, fact.at_ms, fact.actor, "")
    return Drafted(drafts=drafts, units={fact.unit})


def _placement(session: Session, unit: str, place: str | None, at_ms: int, actor: str, site: str) -> list[Draft]:
    """Return the entry that moves a unit, none if just that is recorded already."""
    payload = Placement(unit=unit, place=place, at_ms=at_ms)
    if payload in session.records.placements_of_unit(unit):
        return []
    return [Draft(kind=EntryKind.PLACEMENT, actor=actor, site=site, payload=payload)]


def _known_place(session: Session, name: str) -> Place:
    place = session.records.place(name)
    if place is None:
        msg = f"place {name} is not known here"
        raise UnknownThingError(msg)
    return place


def _require_unit(session: Session, unit: str) -> None:
    if session.records.unit(unit) is None:
        msg = f"unit {unit} is not registered"
        raise UnknownThingError(msg)

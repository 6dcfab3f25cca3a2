"""What people say of the closed loop, and what the rules refuse of what is about to happen.

What has happened is recorded whatever the rules say of it; what is about to happen (packing, dispatch) is refused. A
return that the rule does not allow is recorded, and judging puts the unit on hold (ingest/returns.py).
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from coldchain.canonical import canonical_json
from coldchain.closed_loop import (
    AgreeEmergency,
    Agreement,
    CloseEmergency,
    Emergency,
    Handover,
    Member,
    OpenEmergency,
    Plan,
    ReturnReason,
    ReturnUnit,
    SetMember,
    SetPlan,
    SetStockLevel,
    SignHandover,
    StockLevel,
    UnitReturn,
)
from coldchain.entries import Draft, EntryKind
from coldchain.errors import ConflictError, InvalidValueError, SignedBySameError, UnknownThingError
from coldchain.persons import same_person
from coldchain.ports import Session
from ingest.drafted import Drafted, known_place, placement, require_living, require_signed
from ingest.returns import judged

NAMED_MAX: Final = 200  # units of one hand-over or case
MONTHS: Final = 12
AS_OPENED: Final[dict[str, Any]] = {"version": 1, "closed_ms": None, "closed_by": "", "note": "", "agreed": ()}


def member(session: Session, fact: SetMember, _now_ms: int) -> Drafted:
    """Return the entry that says what a site is."""
    require_signed(fact.name, fact.post)
    if not any(place.site == fact.site for place in session.records.places()):
        msg = f"site {fact.site} has no place that is known here"
        raise UnknownThingError(msg)
    said = Member(site=fact.site, kind=fact.kind, at_ms=fact.at_ms, name=fact.name, post=fact.post)
    return _newest(said in session.records.members(), EntryKind.MEMBER, said, fact.actor, fact.site)


def returned(session: Session, fact: ReturnUnit, _now_ms: int) -> Drafted:
    """Return the entries of a return: itself and where the unit is now. Judging holds what the rule does not let back.

    Also one whose issue is not known yet: it has happened.
    """
    require_signed(fact.name, fact.post)
    unit = session.records.unit(fact.unit)
    if unit is None:
        msg = f"unit {fact.unit} is not registered"
        raise UnknownThingError(msg)
    site = known_place(session, fact.place).site
    said = UnitReturn(
        unit=fact.unit,
        place=fact.place,
        at_ms=fact.at_ms,
        accepted=False,
        reason=ReturnReason.NOT_ISSUED,
        out_ms=None,
        limit_ms=None,
        occasions=0,
        profile=unit.profile,
        profile_version=unit.profile_version,
        sealed=fact.sealed,
        sound=fact.sound,
        name=fact.name,
        post=fact.post,
    )
    known = next((one for one in session.records.returns_of_unit(fact.unit) if one.at_ms == fact.at_ms), None)
    if known is not None:
        _require_same(known, said)
        return Drafted()
    require_living(session, fact.unit, fact.at_ms)
    payload = judged(session, unit, said)
    drafts = [Draft(kind=EntryKind.UNIT_RETURN, actor=fact.actor, site=site, payload=payload)]
    drafts += placement(session, fact.unit, fact.place, fact.at_ms, fact.actor, site, scanned=True)
    return Drafted(drafts=drafts, units={fact.unit})


def _require_same(known: UnitReturn, said: UnitReturn) -> None:
    """Raise ConflictError for another word on the same return, and say what differs."""
    words = ("place", "sealed", "sound", "name", "post")
    odd = [f"{one}: {getattr(known, one)}, not {getattr(said, one)}" for one in words]
    odd = [text for one, text in zip(words, odd, strict=True) if getattr(known, one) != getattr(said, one)]
    if odd:
        msg = f"unit {said.unit} is already recorded as back at {said.at_ms} ({'; '.join(odd)}); nothing was changed"
        raise ConflictError(msg)


def handed_over(session: Session, fact: SignHandover, _now_ms: int) -> Drafted:
    """Return the entry of one signature. The second has to be another person's, on the very same content."""
    require_signed(fact.name, fact.post)
    manifest = session.records.manifest(fact.manifest)
    if manifest is None:
        msg = f"packing list {fact.manifest} is not known here"
        raise UnknownThingError(msg)
    if sorted(fact.units) != sorted(manifest.units):
        odd = sorted(set(fact.units) ^ set(manifest.units))[:5]
        msg = (
            f"what is handed over is not what packing list {fact.manifest} names: {', '.join(odd)}; nothing was changed"
        )
        raise ConflictError(msg)
    content = _content(fact)
    said = Handover(
        manifest=fact.manifest,
        party=fact.party,
        content=content,
        units=tuple(sorted(fact.units)),
        seal=fact.seal,
        documents=tuple(sorted(fact.documents)),
        at_ms=fact.at_ms,
        name=fact.name,
        post=fact.post,
        micro_celsius=fact.micro_celsius,
    )
    for one in session.records.handovers_of(fact.manifest):
        if one == said:
            return Drafted()
        _require_other(one, said)
    place = session.records.place(manifest.box)
    return _newest(False, EntryKind.HANDOVER, said, fact.actor, "" if place is None else place.site)  # noqa: FBT003


def _require_other(one: Handover, said: Handover) -> None:
    if one.party is said.party:
        msg = f"packing list {said.manifest} was already signed by the {one.party.value}, {one.name}"
        raise ConflictError(msg)
    if same_person(one.name, one.post, said.name, said.post):
        msg = f"packing list {said.manifest} was signed by {one.name} already: the second signature is another person's"
        raise SignedBySameError(msg)
    if one.content != said.content:
        msg = f"{one.name} signed other content of packing list {said.manifest}: seal or documents differ"
        raise ConflictError(msg)


def _content(fact: SignHandover) -> str:
    said = [fact.manifest, sorted(fact.units), fact.seal, sorted(fact.documents)]
    return hashlib.sha256(canonical_json(said)).hexdigest()


def opened(session: Session, fact: OpenEmergency, _now_ms: int) -> Drafted:
    """Return the entry of an emergency case."""
    require_signed(fact.name, fact.post)
    if not fact.reason.strip() or len(fact.units) > NAMED_MAX:
        msg = f"say why, and at most {NAMED_MAX} units"
        raise InvalidValueError(msg)
    said = Emergency(
        id=fact.case,
        version=1,
        site=fact.site,
        to=fact.to,
        units=fact.units,
        reason=fact.reason,
        opened_ms=fact.at_ms,
        name=fact.name,
        post=fact.post,
    )
    known = session.records.emergency(fact.case)
    opened_as = None if known is None else msgspec.structs.replace(known, **AS_OPENED)
    if opened_as is not None and opened_as != said:
        msg = f"emergency case {fact.case} is already recorded with other content; nothing was changed"
        raise ConflictError(msg)
    return _newest(known is not None, EntryKind.EMERGENCY, said, fact.actor, fact.site)


def agreed(session: Session, fact: AgreeEmergency, _now_ms: int) -> Drafted:
    """Return the entry of one of the two agreements to a case. The other one, and who opened it, are other persons."""
    require_signed(fact.name, fact.post)
    known = _case(session, fact.case)
    said = Agreement(party=fact.party, at_ms=fact.at_ms, name=fact.name, post=fact.post)
    if said in known.agreed:
        return Drafted()
    if known.closed_ms is not None:
        msg = f"emergency case {fact.case} is closed: open another one; nothing was changed"
        raise ConflictError(msg)
    for one in known.agreed:
        if one.party is fact.party:
            msg = f"{one.name} agreed to case {fact.case} for the {fact.party.value} already; nothing was changed"
            raise ConflictError(msg)
    others = [(known.name, known.post), *((one.name, one.post) for one in known.agreed)]
    if any(same_person(fact.name, fact.post, *other) for other in others):
        msg = f"case {fact.case} needs three persons: who opens it, the lead unit and the station; nothing was changed"
        raise SignedBySameError(msg)
    by_party = sorted([*known.agreed, said], key=lambda one: one.party)
    payload = msgspec.structs.replace(known, version=known.version + 1, agreed=tuple(by_party))
    return _newest(False, EntryKind.EMERGENCY, payload, fact.actor, known.site)  # noqa: FBT003


def closed(session: Session, fact: CloseEmergency, _now_ms: int) -> Drafted:
    """Return the entry that says that the records of a case are complete."""
    require_signed(fact.name, fact.post)
    known = _case(session, fact.case)
    if known.closed_ms is not None:
        return Drafted()
    said = msgspec.structs.replace(
        known,
        version=known.version + 1,
        closed_ms=fact.at_ms,
        closed_by=f"{fact.name}, {fact.post}",
        note=fact.note,
    )
    return _newest(False, EntryKind.EMERGENCY, said, fact.actor, known.site)  # noqa: FBT003


def _case(session: Session, case: str) -> Emergency:
    known = session.records.emergency(case)
    if known is None:
        msg = f"emergency case {case} is not known here"
        raise UnknownThingError(msg)
    return known


def planned(session: Session, fact: SetPlan, _now_ms: int) -> Drafted:
    """Return the entry of a plan."""
    require_signed(fact.name, fact.post)
    year, _, month = fact.month.partition("-")
    if not (len(year) == 4 and year.isdigit() and month.isdigit() and 1 <= int(month) <= MONTHS) or fact.units < 0:
        msg = f"a plan is of a month like 2026-11, with 0 units or more, not {fact.month}"
        raise InvalidValueError(msg)
    said = Plan(
        site=fact.site,
        component=fact.component,
        month=fact.month,
        units=fact.units,
        at_ms=fact.at_ms,
        name=fact.name,
        post=fact.post,
    )
    return _newest(said in session.records.plans(fact.month), EntryKind.PLAN, said, fact.actor, fact.site)


def levelled(session: Session, fact: SetStockLevel, _now_ms: int) -> Drafted:
    """Return the entry of the levels of a stock."""
    require_signed(fact.name, fact.post)
    if not 0 <= fact.red <= fact.orange <= fact.yellow <= fact.blue:
        msg = "the levels of a stock rise from red over orange and yellow to blue"
        raise InvalidValueError(msg)
    said = StockLevel(
        site=fact.site,
        component=fact.component,
        blood_group=fact.blood_group,
        blue=fact.blue,
        yellow=fact.yellow,
        orange=fact.orange,
        red=fact.red,
        at_ms=fact.at_ms,
        name=fact.name,
        post=fact.post,
    )
    return _newest(said in session.records.stock_levels(), EntryKind.STOCK_LEVEL, said, fact.actor, fact.site)


def _newest(known: bool, kind: EntryKind, said: Any, actor: str, site: str) -> Drafted:  # noqa: ANN401, FBT001
    return Drafted() if known else Drafted(drafts=[Draft(kind=kind, actor=actor, site=site, payload=said)])


OF_CLOSED_LOOP: Final[Mapping[type, Callable[[Session, Any, int], Drafted]]] = {
    SetMember: member,
    ReturnUnit: returned,
    SignHandover: handed_over,
    OpenEmergency: opened,
    AgreeEmergency: agreed,
    CloseEmergency: closed,
    SetPlan: planned,
    SetStockLevel: levelled,
}

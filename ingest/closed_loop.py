"""What people say of the closed loop, and what the rules refuse of what is about to happen.

What has happened is recorded whatever the rules say of it; what is about to happen (packing, dispatch, putting an
issued unit back) is refused. A return that the rule does not allow is recorded, and the unit is on hold.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from coldchain.canonical import canonical_json
from coldchain.closed_loop import (
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
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.ports import Session
from coldchain.units import OF_RETURN, Hold
from ingest.drafted import Drafted, known_place, placement, require_living, require_signed
from rules.unit_story import return_of

NAMED_MAX: Final = 200  # units of one hand-over or case
ID_CHARACTERS: Final = 16
MONTHS: Final = 12


def member(session: Session, fact: SetMember, _now_ms: int) -> Drafted:
    """Return the entry that says what a site is."""
    require_signed(fact.name, fact.post)
    if not any(place.site == fact.site for place in session.records.places()):
        msg = f"site {fact.site} has no place that is known here"
        raise UnknownThingError(msg)
    said = Member(site=fact.site, kind=fact.kind, at_ms=fact.at_ms, name=fact.name, post=fact.post)
    return _newest(said in session.records.members(), EntryKind.MEMBER, said, fact.actor, fact.site)


def returned(session: Session, fact: ReturnUnit, now_ms: int) -> Drafted:
    """Return the entries of a return: itself, where the unit is now, and a hold if the rule does not let it back."""
    require_signed(fact.name, fact.post)
    unit = session.records.unit(fact.unit)
    if unit is None:
        msg = f"unit {fact.unit} is not registered"
        raise UnknownThingError(msg)
    if any(one.at_ms == fact.at_ms for one in session.records.returns_of_unit(fact.unit)):
        return Drafted()
    require_living(session, fact.unit, fact.at_ms)
    site = known_place(session, fact.place).site
    verdict = return_of(session, unit, fact.at_ms, sealed=fact.sealed, sound=fact.sound)
    if verdict is None:
        msg = f"unit {fact.unit} was not issued before {fact.at_ms}, or is back since: there is nothing to return"
        raise ConflictError(msg)
    accepted = verdict.reason is ReturnReason.ACCEPTED
    name = f"return-{_digest([fact.unit, fact.at_ms])}"
    said = UnitReturn(
        unit=fact.unit,
        place=fact.place,
        at_ms=fact.at_ms,
        accepted=accepted,
        reason=verdict.reason,
        out_ms=verdict.out_ms,
        limit_ms=verdict.limit_ms,
        occasions=verdict.occasions,
        profile=unit.profile,
        profile_version=unit.profile_version,
        sealed=fact.sealed,
        sound=fact.sound,
        name=fact.name,
        post=fact.post,
        hold="" if accepted else f"h{name}",
    )
    drafts = [Draft(kind=EntryKind.UNIT_RETURN, actor=fact.actor, site=site, payload=said)]
    drafts += placement(session, fact.unit, fact.place, fact.at_ms, fact.actor, site, scanned=True)
    if not accepted:
        hold = Hold(id=said.hold, unit=fact.unit, finding=name, placed_ms=now_ms, certain=True, basis=OF_RETURN)
        drafts.append(Draft(kind=EntryKind.HOLD, actor=fact.actor, site=site, payload=hold))
    return Drafted(drafts=drafts, units={fact.unit})


def require_no_return(session: Session, unit: str, at_ms: int) -> None:
    """Raise ConflictError if putting a unit into a place is a return to stock that its profile does not allow."""
    known = session.records.unit(unit)
    issues = session.records.issues_of_unit(unit)
    if known is None or not any(one.at_ms < at_ms for one in issues):
        return
    verdict = return_of(session, known, at_ms, sealed=True, sound=True)
    if verdict is not None and verdict.reason is not ReturnReason.ACCEPTED:
        msg = (
            f"unit {unit} was issued and may not go back to stock ({verdict.reason.value}); nothing was changed. Say "
            "that it is back as a return: it is then on hold until a person decides"
        )
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
    if one.name == said.name:
        msg = f"packing list {said.manifest} was signed by {one.name} already: the second signature is another person's"
        raise ConflictError(msg)
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
    if known is not None and known != said:
        msg = f"emergency case {fact.case} is already recorded with other content; nothing was changed"
        raise ConflictError(msg)
    return _newest(known is not None, EntryKind.EMERGENCY, said, fact.actor, fact.site)


def closed(session: Session, fact: CloseEmergency, _now_ms: int) -> Drafted:
    """Return the entry that says that the records of a case are complete."""
    require_signed(fact.name, fact.post)
    known = session.records.emergency(fact.case)
    if known is None:
        msg = f"emergency case {fact.case} is not known here"
        raise UnknownThingError(msg)
    if known.closed_ms is not None:
        return Drafted()
    said = Emergency(
        id=known.id,
        version=known.version + 1,
        site=known.site,
        to=known.to,
        units=known.units,
        reason=known.reason,
        opened_ms=known.opened_ms,
        name=known.name,
        post=known.post,
        closed_ms=fact.at_ms,
        closed_by=f"{fact.name}, {fact.post}",
        note=fact.note,
    )
    return _newest(False, EntryKind.EMERGENCY, said, fact.actor, known.site)  # noqa: FBT003


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


def _digest(value: Any) -> str:  # noqa: ANN401 - anything with a canonical JSON
    return hashlib.sha256(canonical_json(value)).hexdigest()[:ID_CHARACTERS]


OF_CLOSED_LOOP: Final[Mapping[type, Callable[[Session, Any, int], Drafted]]] = {
    SetMember: member,
    ReturnUnit: returned,
    SignHandover: handed_over,
    OpenEmergency: opened,
    CloseEmergency: closed,
    SetPlan: planned,
    SetStockLevel: levelled,
}

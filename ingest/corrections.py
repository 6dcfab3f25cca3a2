"""A person's earlier word is declared an error: it counts no more, stays in the ledger, and stays are derived anew."""

from typing import Final

from coldchain.entries import Binding, Draft, EntryKind, Issue, Placement
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.lineage import (
    Containment,
    DeclareError,
    EndHow,
    ErrorDeclaration,
    ErrorOf,
    ErrorReason,
    Said,
    Transformation,
    UnitEnd,
)
from coldchain.ports import Session
from coldchain.units import BindTag
from ingest.aggregation import uncontained
from ingest.drafted import (
    Drafted,
    known_place,
    placement,
    require_free,
    require_living,
    require_not_an_error,
    require_signed,
    require_unit,
)
from ingest.lineage import SAID_BY_PEOPLE, require_nothing_made_later, require_said_by_people

_NOT_INSTEAD: Final = frozenset({ErrorOf.TRANSFORMATION, ErrorOf.CONTAINMENT})


def declare_error(session: Session, fact: DeclareError) -> Drafted:
    """Record that an earlier word was wrong, and with incorrect_data what is said instead of it.

    Raises ConflictError, InvalidValueError, or UnknownThingError for a word that is not in the record.
    """
    require_signed(fact.name, fact.post)
    _require_whole(fact)
    wrong = fact.wrong
    if not _stands(session, fact.of, wrong):
        if any(_same(one, fact) for one in session.records.errors_of_unit(wrong.unit)):
            return Drafted()
        thing = "container" if fact.of is ErrorOf.CONTAINMENT else "unit"
        msg = f"no {fact.of.value} of {thing} {wrong.unit} at {wrong.at_ms} ({wrong.object}) is in the record"
        raise UnknownThingError(msg)
    if fact.of is ErrorOf.TRANSFORMATION:
        return _undo_act(session, fact)
    if fact.of is ErrorOf.CONTAINMENT:
        units = uncontained(session, Containment(container=wrong.unit, parent=wrong.object or None, at_ms=wrong.at_ms))
        return Drafted(drafts=[_declared(fact, wrong)], units=units)
    drafts = [_declared(fact, wrong)]
    units = {wrong.unit}
    if fact.of is ErrorOf.PLACEMENT:
        units |= _packed_with(session, wrong)
    if fact.of is ErrorOf.BINDING:
        units |= {one.unit for one in session.records.bindings_of_epc(wrong.object)}
    if fact.of is ErrorOf.ISSUE:  # an issue took the unit out of our places; that word goes with it
        out = Said(unit=wrong.unit, at_ms=wrong.at_ms)
        drafts += [_declared(fact, out, ErrorOf.PLACEMENT)] if _stands(session, ErrorOf.PLACEMENT, out) else []
    if fact.instead is not None:
        require_unit(session, fact.instead.unit)
        units.add(fact.instead.unit)
        drafts += _instead(session, fact, fact.instead)
    return Drafted(drafts=drafts, units=units)


def _packed_with(session: Session, said: Said) -> set[str]:
    """Return the units of the lists by which a unit was packed: whom they expect followed from what read it, too."""
    lists = session.records.manifests_at(said.object, said.at_ms)
    return {unit for one in lists if said.unit in one.units for unit in one.units}


def _require_whole(fact: DeclareError) -> None:
    if (fact.reason is ErrorReason.INCORRECT_DATA) != (fact.instead is not None):
        raise InvalidValueError("incorrect_data names what is right instead; did_not_occur names nothing")
    if fact.of in _NOT_INSTEAD and fact.instead is not None:
        msg = f"declare that the {fact.of.value} did not occur, and record the right one as a new word"
        raise InvalidValueError(msg)
    if fact.instead == fact.wrong:
        raise InvalidValueError("what is said instead is what was said")
    if not fact.note.strip():
        raise InvalidValueError("say in note what was wrong: whoever reads the record must understand it")


def _stands(session: Session, of: ErrorOf, said: Said) -> bool:
    records = session.records
    match of:
        case ErrorOf.PLACEMENT:
            wanted = (said.object or None, said.at_ms)
            return wanted in [(one.place, one.at_ms) for one in records.placements_of_unit(said.unit)]
        case ErrorOf.BINDING:
            return Binding(epc=said.object, unit=said.unit, from_ms=said.at_ms) in records.bindings_of_epc(said.object)
        case ErrorOf.ISSUE:
            return any((one.to, one.at_ms) == (said.object, said.at_ms) for one in records.issues_of_unit(said.unit))
        case ErrorOf.UNIT_END:
            end = records.unit_end(said.unit)
            return end is not None and end.at_ms == said.at_ms and not (end.act and records.transformation(end.act))
        case ErrorOf.TRANSFORMATION:
            act = records.transformation(said.object)
            return act is not None and said.unit in (*act.inputs, *act.outputs)
        case ErrorOf.CONTAINMENT:
            word = Containment(container=said.unit, parent=said.object or None, at_ms=said.at_ms)
            return word in records.containments_of(said.unit)


def _same(one: ErrorDeclaration, fact: DeclareError) -> bool:
    return (one.of, one.wrong, one.reason, one.instead) == (fact.of, fact.wrong, fact.reason, fact.instead)


def _declared(fact: DeclareError, wrong: Said, of: ErrorOf | None = None) -> Draft:
    payload = ErrorDeclaration(
        of=of or fact.of,
        wrong=wrong,
        reason=fact.reason,
        note=fact.note,
        at_ms=fact.at_ms,
        name=fact.name,
        post=fact.post,
        instead=fact.instead if of is None else None,
    )
    return Draft(kind=EntryKind.ERROR_DECLARATION, actor=fact.actor, site="", payload=payload)


def _instead(session: Session, fact: DeclareError, said: Said) -> list[Draft]:
    """Return what is recorded instead: checked as if the wrong word had never been said."""
    at_its_end = fact.of is ErrorOf.UNIT_END
    require_not_an_error(session, fact.of, Said(unit=said.unit, at_ms=said.at_ms) if at_its_end else said)
    match fact.of:
        case ErrorOf.PLACEMENT:
            if said.object:
                require_living(session, said.unit, said.at_ms)
            site = known_place(session, said.object).site if said.object else ""
            return placement(session, said.unit, said.object or None, said.at_ms, fact.actor, site)
        case ErrorOf.BINDING:
            return _bound(session, fact, said)
        case ErrorOf.ISSUE:
            wrong = (fact.wrong.object, fact.wrong.at_ms)
            before = (one for one in session.records.issues_of_unit(said.unit) if (one.to, one.at_ms) == wrong)
            patient = next((one.patient for one in before), "")
            issue = Issue(unit=said.unit, to=said.object, at_ms=said.at_ms, patient=patient)
            out = Placement(unit=said.unit, place=None, at_ms=said.at_ms)
            return [_draft(EntryKind.ISSUE, fact, issue), _draft(EntryKind.PLACEMENT, fact, out)]
        case _:
            return [_draft(EntryKind.UNIT_END, fact, _ended(session, fact, said))]


def _bound(session: Session, fact: DeclareError, said: Said) -> list[Draft]:
    wanted = BindTag(epc=said.object, unit=said.unit, from_ms=said.at_ms, actor=fact.actor)
    wrong = Binding(epc=fact.wrong.object, unit=fact.wrong.unit, from_ms=fact.wrong.at_ms)
    others = [one for one in session.records.bindings_of_epc(said.object) if one != wrong]
    require_free(session, wanted, others)
    return [_draft(EntryKind.BINDING, fact, Binding(epc=said.object, unit=said.unit, from_ms=said.at_ms))]


def _ended(session: Session, fact: DeclareError, said: Said) -> UnitEnd:
    if said.unit != fact.wrong.unit and (known := session.records.unit_end(said.unit)) is not None:
        msg = f"unit {said.unit} came to its end at {known.at_ms}; nothing was changed"
        raise ConflictError(msg)
    try:
        how = EndHow(said.object)
    except ValueError as error:
        msg = f"object {said.object!r:.40} is no end of a unit: {', '.join(sorted(SAID_BY_PEOPLE))}"
        raise InvalidValueError(msg) from error
    require_said_by_people(how)
    require_nothing_made_later(session, said.unit, said.at_ms)
    return UnitEnd(unit=said.unit, how=how, at_ms=said.at_ms, name=fact.name, post=fact.post, note=fact.note)


def _undo_act(session: Session, fact: DeclareError) -> Drafted:
    """An act did not occur: its inputs live on, its outputs never were. Refused once something became of an output."""
    act = session.records.transformation(fact.wrong.object)
    assert act is not None  # noqa: S101 - it stands
    for output in act.outputs:
        _require_untouched(session, output)
    named = (*act.inputs, *act.outputs)
    drafts = [_declared(fact, Said(unit=unit, at_ms=act.at_ms, object=act.id)) for unit in named]
    drafts += [_draft(EntryKind.UNIT_END, fact, _never(fact, act, output)) for output in act.outputs]
    return Drafted(drafts=drafts, units=set(named))


def _require_untouched(session: Session, output: str) -> None:
    records = session.records
    if records.made_of(output) or records.issues_of_unit(output) or records.unit_end(output):
        msg = f"something was done with unit {output} that the act made: declare that an error first"
        raise ConflictError(msg)


def _never(fact: DeclareError, act: Transformation, output: str) -> UnitEnd:
    how = EndHow.NEVER_EXISTED
    return UnitEnd(unit=output, how=how, at_ms=act.at_ms, name=fact.name, post=fact.post, note=fact.note)


def _draft(kind: EntryKind, fact: DeclareError, payload: Issue | Placement | Binding | UnitEnd) -> Draft:
    return Draft(kind=kind, actor=fact.actor, site="", payload=payload)

"""Acts on bags, their ends, their owners and recalls: checked against what is recorded, then drafted for the ledger."""

from collections.abc import Mapping, Sequence
from typing import Final

from coldchain.entries import Draft, EntryKind
from coldchain.errors import ConflictError, InvalidValueError, UnknownThingError
from coldchain.isbt128 import is_din
from coldchain.lineage import (
    Act,
    EndHow,
    EndUnit,
    ErrorOf,
    Output,
    Ownership,
    Recall,
    RecallDonation,
    Said,
    TransferOwnership,
    Transformation,
    TransformUnits,
    UnitEnd,
)
from coldchain.ports import Session
from coldchain.units import Unit
from ingest.drafted import (
    Drafted,
    ended_text,
    known_place,
    placement,
    require_not_an_error,
    require_signed,
    require_unit,
)
from ingest.inheritance import recall_drafts_of
from ingest.intents import made_words
from rules.lineage import DEPTH_MAX, REACHED_MAX, expiry_of, reached
from rules.profile import load_profile

ACT_UNITS_MAX: Final = 100  # bags of one act on either side; a pool takes some five
_SHAPES: Final[Mapping[Act, tuple[int, int, int, int]]] = {  # least and most inputs, least and most outputs
    Act.SPLIT: (1, 1, 2, ACT_UNITS_MAX),
    Act.POOL: (2, ACT_UNITS_MAX, 1, 1),
    Act.IRRADIATE: (1, 1, 1, 1),
    Act.WASH: (1, 1, 1, 1),
    Act.THAW: (1, 1, 1, 1),
    Act.FILTER: (1, 1, 1, 1),
    Act.DIVIDE_ALIQUOT: (1, 1, 1, ACT_UNITS_MAX),
    Act.PROCESS_DONATION: (1, 1, 1, ACT_UNITS_MAX),
}
SAID_BY_PEOPLE: Final = frozenset({EndHow.TRANSFUSED, EndHow.DISCARDED, EndHow.RETURNED, EndHow.EXPIRED})


def transform(session: Session, fact: TransformUnits, now_ms: int) -> Drafted:
    """Record an act: its outputs become known, what was wholly used ends, and holds go on to what was made of it.

    Whether an input is on hold or not: it has happened, and the outputs are held with it. Raises ConflictError,
    InvalidValueError or UnknownThingError.
    """
    require_signed(fact.name, fact.post)
    _require_shape(fact)
    record = _recorded_as(fact)
    known = session.records.transformation(fact.id)
    if known is not None:
        if differs := _differing(session, fact, known, record):
            msg = f"act {fact.id} is already recorded with other content ({', '.join(differs)}); nothing was changed"
            raise ConflictError(msg)
        return Drafted()
    inputs = [_usable(session, fact, name) for name in fact.inputs]
    _require_frozen(session, fact, inputs)
    units = [_made(session, fact, inputs, output) for output in fact.outputs]
    _require_no_circle(session, fact)
    _require_made_first(session, fact)
    drafts = [_draft(EntryKind.UNIT, fact.actor, one) for one in units if session.records.unit(one.id) is None]
    drafts.append(_draft(EntryKind.TRANSFORMATION, fact.actor, record))
    drafts += [
        _draft(EntryKind.UNIT_END, fact.actor, _used(fact, name)) for name in fact.inputs if name not in fact.kept
    ]
    if fact.place:
        site = known_place(session, fact.place).site
        for one in units:
            drafts += placement(session, one.id, fact.place, fact.at_ms, fact.actor, site)
    drafts += made_words(session, inputs, units, fact.actor)
    for one in units:
        drafts += recall_drafts_of(session, one, now_ms)
    return Drafted(drafts=drafts, units={*fact.inputs, *fact.outputs_by_id()})


def end_unit(session: Session, fact: EndUnit) -> Drafted:
    """Record how a unit came to its end; its stay closes, and what its tag does from then on is an alert."""
    require_signed(fact.name, fact.post)
    require_unit(session, fact.unit)
    require_said_by_people(fact.how)
    payload = UnitEnd(unit=fact.unit, how=fact.how, at_ms=fact.at_ms, name=fact.name, post=fact.post, note=fact.note)
    known = session.records.unit_end(fact.unit)
    if known == payload:
        return Drafted()
    if known is not None:
        raise ConflictError(ended_text(known))
    require_not_an_error(session, ErrorOf.UNIT_END, Said(unit=fact.unit, at_ms=fact.at_ms))
    require_nothing_made_later(session, fact.unit, fact.at_ms)
    return Drafted(drafts=[_draft(EntryKind.UNIT_END, fact.actor, payload)], units={fact.unit})


def require_said_by_people(how: EndHow) -> None:
    """Raise InvalidValueError for an end that only the record itself says."""
    if how not in SAID_BY_PEOPLE:
        msg = f"{how.value} is said by the record itself: say {', '.join(sorted(SAID_BY_PEOPLE))}"
        raise InvalidValueError(msg)


def require_nothing_made_later(session: Session, unit: str, at_ms: int) -> None:
    """Raise ConflictError if something was made of a unit after the instant at which it is said to have ended."""
    later = [edge.at_ms for edge in session.records.made_of(unit) if edge.at_ms > at_ms]
    if later:
        msg = f"of unit {unit} something was made at {max(later)}, after that end; nothing was changed"
        raise ConflictError(msg)


def transfer(session: Session, fact: TransferOwnership) -> Drafted:
    """Record to whom a unit belongs from an instant on; where it lies does not change."""
    require_unit(session, fact.unit)
    payload = Ownership(unit=fact.unit, owner=fact.owner, at_ms=fact.at_ms)
    known = [one for one in session.records.owners_of_unit(fact.unit) if one.at_ms == fact.at_ms]
    if payload in known:
        return Drafted()
    if known:
        msg = f"unit {fact.unit} went to {known[0].owner} at that very time; nothing was changed"
        raise ConflictError(msg)
    return Drafted(drafts=[_draft(EntryKind.OWNERSHIP, fact.actor, payload)], units={fact.unit})


def recall(session: Session, fact: RecallDonation, now_ms: int) -> Drafted:
    """Record a recall and hold all that it reaches. Units that are made known later are held when they are."""
    require_signed(fact.name, fact.post)
    if bool(fact.unit) == bool(fact.donation_number):
        raise InvalidValueError("name either a donation, by number, issuer and scheme, or one unit")
    if fact.scheme == "isbt128" and fact.donation_number and not is_din(fact.donation_number):
        msg = (
            f"{fact.donation_number!r:.40} is no ISBT 128 donation number: write its 13 characters without spaces, "
            "flags and check character, or it reaches nothing; nothing was changed"
        )
        raise InvalidValueError(msg)
    if fact.donation_number and not (fact.issuer and fact.scheme):
        raise InvalidValueError("a donation number is unique only with its issuer and scheme: name them too")
    if fact.unit:
        require_unit(session, fact.unit)
    payload = Recall(**{name: getattr(fact, name) for name in Recall.__struct_fields__})
    known = session.records.recall(fact.id)
    if known == payload:
        return Drafted()
    if known is not None:
        msg = f"recall {fact.id} is already recorded with other content; nothing was changed"
        raise ConflictError(msg)
    drafts = [_draft(EntryKind.RECALL, fact.actor, payload)]
    starts = recalled_first(session, payload)
    for unit in starts:
        drafts += recall_drafts_of(session, unit, now_ms, payload)
    return Drafted(drafts=drafts, units={unit.id for unit in starts})


def recalled_first(session: Session, one: Recall) -> list[Unit]:
    """Return the units that a recall names; what was made of them comes with them over the lineage."""
    if one.unit:
        found = session.records.unit(one.unit)
        return [] if found is None else [found]
    return list(session.records.units_of_donation(one.issuer, one.scheme, one.donation_number, REACHED_MAX))


def _recorded_as(fact: TransformUnits) -> Transformation:
    return Transformation(
        id=fact.id,
        act=fact.act,
        inputs=fact.inputs,
        outputs=fact.outputs_by_id(),
        kept=fact.kept,
        at_ms=fact.at_ms,
        name=fact.name,
        post=fact.post,
        shelf_ms=fact.shelf_ms,
        thawed_ms=fact.at_ms if fact.act is Act.THAW else None,
        washed_ms=fact.at_ms if fact.act is Act.WASH else None,
        place=fact.place,
    )


def _require_shape(fact: TransformUnits) -> None:
    least, most, least_out, most_out = _SHAPES[fact.act]
    if not least <= len(fact.inputs) <= most or not least_out <= len(fact.outputs) <= most_out:
        msg = (
            f"{fact.act.value} takes {least} to {most} bags and makes {least_out} to {most_out}: "
            f"{len(fact.inputs)} and {len(fact.outputs)} were named"
        )
        raise InvalidValueError(msg)
    named = [*fact.inputs, *fact.outputs_by_id()]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        msg = (
            f"unit {twice[0]} is named twice: what an act makes is another unit, with another product code or division"
        )
        raise InvalidValueError(msg)
    if not set(fact.kept) <= set(fact.inputs):
        msg = f"{', '.join(sorted(set(fact.kept) - set(fact.inputs)))} can be kept only if it is one of the inputs"
        raise InvalidValueError(msg)
    if fact.shelf_ms is not None and fact.shelf_ms <= 0:
        raise InvalidValueError("how long the outputs last must be more than nothing")


def _usable(session: Session, fact: TransformUnits, name: str) -> Unit:
    """Return an input: made by then. A part may be taken of one up to its end; wholly used it is once, at the last."""
    found = session.records.unit(name)
    if found is None:
        msg = f"unit {name} is not registered"
        raise UnknownThingError(msg)
    end = session.records.unit_end(name)
    if end is not None and (name not in fact.kept or end.at_ms < fact.at_ms):
        raise ConflictError(ended_text(end))
    made = [edge.at_ms for edge in session.records.made_from(name) if edge.at_ms > fact.at_ms]
    if made:
        msg = f"unit {name} was itself made at {max(made)}, after that act: say when each happened; nothing was changed"
        raise ConflictError(msg)
    if name not in fact.kept:
        require_nothing_made_later(session, name, fact.at_ms)
    return found


def _require_frozen(session: Session, fact: TransformUnits, inputs: Sequence[Unit]) -> None:
    """Raise ConflictError for a thaw of what is not kept frozen: its limits allow 0 °C and more."""
    for one in inputs if fact.act is Act.THAW else ():
        kept = session.records.profile(one.profile, one.profile_version)
        if kept is None or load_profile(kept.toml.encode()).high_micro_celsius >= 0:
            msg = (
                f"unit {one.id} (profile {one.profile}) is not kept frozen and cannot be thawed: look which bag and "
                "which act is meant; nothing was changed"
            )
            raise ConflictError(msg)


def _made(session: Session, fact: TransformUnits, inputs: Sequence[Unit], output: Output) -> Unit:
    """Return an output as a unit. Raises ConflictError if it is known as another, ended, or was made already."""
    if session.records.profile(output.profile, output.profile_version) is None:
        msg = f"profile {output.profile} version {output.profile_version} is not known here"
        raise UnknownThingError(msg)
    unit = _built(fact, inputs, output)
    known = session.records.unit(unit.id) or session.records.unit_by_identity(
        unit.issuer, unit.scheme, unit.donation_number, unit.product_code, unit.division
    )
    if known is None:
        return unit
    if known != unit:
        msg = f"output {unit.id} is already registered as unit {known.id} with other data; nothing was changed"
        raise ConflictError(msg)
    end = session.records.unit_end(unit.id)
    if end is not None:
        raise ConflictError(ended_text(end))
    if edges := session.records.made_from(unit.id):
        msg = f"unit {unit.id} was already made by act {edges[0].act}; nothing was changed"
        raise ConflictError(msg)
    return unit


def _require_made_first(session: Session, fact: TransformUnits) -> None:
    """Raise ConflictError if of an output, registered beforehand, something was made before the act that made it."""
    for name in fact.outputs_by_id():
        earlier = [edge.at_ms for edge in session.records.made_of(name) if edge.at_ms < fact.at_ms]
        if earlier:
            msg = (
                f"of unit {name} something was made at {min(earlier)}, before that act made it: say when each "
                "happened; nothing was changed"
            )
            raise ConflictError(msg)


def _differing(session: Session, fact: TransformUnits, known: Transformation, record: Transformation) -> list[str]:
    """Return what of an act that is sent again is not as it was recorded, by its fields.

    Where the outputs were put was not recorded with an act before version 0.5.0; of such an act it is not asked.
    """
    names = [name for name in Transformation.__struct_fields__ if name != "place" or known.place is not None]
    differs = [name for name in names if getattr(known, name) != getattr(record, name)]
    if "outputs" not in differs and not _made_the_same(session, fact):
        differs.append("outputs")
    return differs


def _made_the_same(session: Session, fact: TransformUnits) -> bool:
    """Tell whether a recorded act that is sent again names the outputs that it made, not others under their ids."""
    inputs = [one for name in fact.inputs if (one := session.records.unit(name)) is not None]
    return all(session.records.unit(one.id) == _built(fact, inputs, one) for one in fact.outputs)


def _built(fact: TransformUnits, inputs: Sequence[Unit], output: Output) -> Unit:
    """Return an output as the unit that it is, with the expiry that it has."""
    first = inputs[0]
    return Unit(
        id=output.id,
        issuer=output.issuer or first.issuer,
        scheme=output.scheme or first.scheme,
        donation_number=output.donation_number or _common_number(fact, inputs),
        product_code=output.product_code,
        division=output.division,
        component=output.component,
        blood_group=output.blood_group or first.blood_group,
        profile=output.profile,
        profile_version=output.profile_version,
        expires_ms=expiry_of(
            fact.act,
            output.profile,
            fact.at_ms,
            label_ms=output.label_expires_ms,
            inputs_ms=[one.expires_ms for one in inputs],
            shelf_ms=fact.shelf_ms,
        ),
        kind=output.kind or first.kind,
    )


def _common_number(fact: TransformUnits, inputs: Sequence[Unit]) -> str:
    if fact.act is Act.POOL:
        raise InvalidValueError("a pool has a number of its own: name the donation_number of the output")
    return inputs[0].donation_number


def _require_no_circle(session: Session, fact: TransformUnits) -> None:
    back = reached(fact.inputs, session.records.made_from, back=True)
    if back.cut:
        msg = (
            f"more than {DEPTH_MAX} acts in a row, or {REACHED_MAX} units, lie behind {', '.join(fact.inputs):.100}: a "
            "recall would not reach what is made now. Look at where it came from, and declare what is wrong there an "
            "error first; nothing was changed"
        )
        raise ConflictError(msg)
    circle = sorted(set(fact.outputs_by_id()) & set(back.units))
    if circle:
        msg = f"unit {circle[0]} cannot be made of what was made of it; nothing was changed"
        raise ConflictError(msg)


def _used(fact: TransformUnits, name: str) -> UnitEnd:
    return UnitEnd(unit=name, how=EndHow.USED, at_ms=fact.at_ms, name=fact.name, post=fact.post, act=fact.id)


def _draft(kind: EntryKind, actor: str, payload: Unit | Transformation | UnitEnd | Ownership | Recall) -> Draft:
    return Draft(kind=kind, actor=actor, site="", payload=payload)

"""What custody knows, for routes and pages: a unit's life in order, its lineage both ways, who was where, recalls."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

import msgspec

from api.expiries import to_be_confirmed
from coldchain.decisions import standing_holds
from coldchain.entries import StayRecord, stay_of
from coldchain.lineage import Edge, EndHow, ErrorDeclaration, Recall, UnitEnd
from coldchain.places import ON_THE_ROAD
from coldchain.ports import Session
from coldchain.units import OF_RECALL, Unit
from rules.lineage import REACHED_MAX, reached
from rules.whereabouts import whereabouts

OUT_THERE: Final = frozenset({EndHow.TRANSFUSED.value, "issued"})


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to a unit at at_ms. `what` says which fields speak; `other`: a unit, tag or recipient."""

    at_ms: int
    what: str
    place: str = ""
    other: str = ""
    act: str = ""
    name: str = ""
    post: str = ""
    certain: bool = True


class Relative(msgspec.Struct, frozen=True, kw_only=True):
    """A unit of the lineage and where it is."""

    unit: str
    donation_number: str
    product_code: str
    division: str
    component: str
    where: str
    place: str
    to: str
    at_ms: int | None
    on_hold: bool


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """All that a unit was made from, or that was made of it. `cut`: there is more beyond the limits."""

    units: list[Relative]
    edges: list[Edge]
    cut: bool


class Custody(msgspec.Struct, frozen=True, kw_only=True):
    """A unit's life in event time, where it came from, what became of it, whose it is, and what was said in error."""

    unit: Unit
    expiry_to_be_confirmed: bool
    owner: str
    end: UnitEnd | None
    recalls: list[str]
    steps: list[Step]
    made_from: Lineage
    made_of: Lineage
    errors: list[ErrorDeclaration]


class WasInside(msgspec.Struct, frozen=True, kw_only=True):
    """One unit's time in a place, and where the unit is now."""

    stay: StayRecord
    unit: Relative


class Recalled(msgspec.Struct, frozen=True, kw_only=True):
    """A recall with all that it reaches; `out`: how many of them were handed out or transfused and need a call."""

    recall: Recall
    units: list[Relative]
    held: int
    out: int
    cut: bool


def custody_of(session: Session, unit: Unit, now_ms: int) -> Custody:
    """Return all that custody knows of a unit."""
    records = session.records
    owners = records.owners_of_unit(unit.id)
    return Custody(
        unit=unit,
        expiry_to_be_confirmed=to_be_confirmed(session, unit),
        owner=owners[-1].owner if owners else "",
        end=records.unit_end(unit.id),
        recalls=sorted({hold.finding for hold in records.holds_of_unit(unit.id) if hold.basis == OF_RECALL}),
        steps=sorted(_steps(session, unit.id), key=lambda step: (step.at_ms, step.what, step.place, step.other)),
        made_from=_lineage(session, unit.id, records.made_from, now_ms, back=True),
        made_of=_lineage(session, unit.id, records.made_of, now_ms, back=False),
        errors=list(records.errors_of_unit(unit.id)),
    )


def _steps(session: Session, unit: str) -> list[Step]:
    records = session.records
    steps = _moves(records.stays_of_unit(unit))
    steps += [Step(at_ms=one.at_ms, what="issued", other=one.to) for one in records.issues_of_unit(unit)]
    steps += [Step(at_ms=one.from_ms, what="bound", other=one.epc) for one in records.bindings_of_unit(unit)]
    steps += [Step(at_ms=one.at_ms, what="owner", other=one.owner) for one in records.owners_of_unit(unit)]
    steps += [_received(session, one, unit) for one in records.receipts_of_unit(unit)]
    for of, edges in (("made", records.made_from(unit)), ("used", records.made_of(unit))):
        steps += [_act(session, of, act, edges) for act in sorted({edge.act for edge in edges})]
    end = records.unit_end(unit)
    if end is not None and not end.act:
        steps.append(Step(at_ms=end.at_ms, what=end.how.value, name=end.name, post=end.post))
    return steps


def _moves(stays: Sequence[StayRecord]) -> list[Step]:
    steps = []
    for stay in (one for one in stays if not one.withdrawn):
        came_ms = stay.possible_from_ms if stay.certain_from_ms is None else stay.certain_from_ms
        certain = stay.certain_from_ms is not None
        steps.append(Step(at_ms=came_ms, what="entered", place=stay.place, other=stay.via, certain=certain))
        if stay.possible_to_ms is not None:
            steps.append(Step(at_ms=stay.possible_to_ms, what="left", place=stay.place, other=stay.via))
    return steps


def _act(session: Session, of: str, act: str, edges: Sequence[Edge]) -> Step:
    known = session.records.transformation(act)
    others = sorted({edge.parent if of == "made" else edge.child for edge in edges if edge.act == act})
    if known is None:  # pragma: no cover - an edge and its act are one entry
        return Step(at_ms=0, what=of)
    what = f"{of}.{known.act.value}"
    names = ", ".join(others)
    return Step(at_ms=known.at_ms, what=what, other=names, act=act, name=known.name, post=known.post)


def _received(session: Session, receipt: str, unit: str) -> Step:
    known = session.records.receipt(receipt)
    if known is None:  # pragma: no cover - the index is of the same entry
        return Step(at_ms=0, what="received")
    here = unit in known.read or unit in known.scanned
    return Step(
        at_ms=known.to_ms, what="received" if here else "not-received", place=known.place, other=receipt, certain=here
    )


def _lineage(
    session: Session, unit: str, edges_of: Callable[[str], Sequence[Edge]], now_ms: int, *, back: bool
) -> Lineage:
    found = reached([unit], edges_of, back=back)
    boxes = boxes_of(session) if found.edges else frozenset()
    relatives = [one for name in found.units[1:] if (one := relative(session, name, now_ms, boxes))]
    edges = sorted(found.edges, key=lambda edge: (edge.at_ms, edge.act, edge.parent, edge.child))
    return Lineage(units=relatives, edges=edges, cut=found.cut)


def boxes_of(session: Session) -> AbstractSet[str]:
    """Return the places that are boxes: whoever asks for many units reads them once."""
    return {place.id for place in session.records.places() if place.kind in ON_THE_ROAD}


def relative(session: Session, name: str, now_ms: int, boxes: AbstractSet[str] | None = None) -> Relative | None:
    """Return a unit and where it is now; None if nobody knows the unit."""
    records = session.records
    unit = records.unit(name)
    if unit is None:
        return None
    where, place, to, at_ms = _where(session, name, boxes_of(session) if boxes is None else boxes, now_ms)
    return Relative(
        unit=name,
        donation_number=unit.donation_number,
        product_code=unit.product_code,
        division=unit.division,
        component=unit.component,
        where=where,
        place=place,
        to=to,
        at_ms=at_ms,
        on_hold=bool(standing_holds(records.holds_of_unit(name))),
    )


def _where(session: Session, name: str, boxes: AbstractSet[str], now_ms: int) -> tuple[str, str, str, int | None]:
    records = session.records
    end = records.unit_end(name)
    issues = records.issues_of_unit(name)
    if end is not None:
        return end.how.value, "", issues[-1].to if issues else "", end.at_ms
    stays = [stay_of(stay) for stay in records.stays_of_unit(name) if not stay.withdrawn]
    found = whereabouts(stays, issues, boxes, now_ms)
    return found.kind.value, found.place or "", found.issue.to if found.issue else "", found.since_ms


def inside(session: Session, stays: Sequence[StayRecord], now_ms: int) -> list[WasInside]:
    """Return stays with where their units are now."""
    boxes = boxes_of(session)
    return [WasInside(stay=stay, unit=one) for stay in stays if (one := relative(session, stay.unit, now_ms, boxes))]


def recalled(session: Session, recall: Recall, now_ms: int) -> Recalled:
    """Return what a recall reaches now: what it names, and over the lineage all that was made of it."""
    records = session.records
    if recall.unit:
        starts = [recall.unit]
    else:
        named = records.units_of_donation(recall.issuer, recall.scheme, recall.donation_number, REACHED_MAX)
        starts = [unit.id for unit in named]
    found = reached(starts, records.made_of)
    boxes = boxes_of(session)
    units = [one for name in found.units if (one := relative(session, name, now_ms, boxes))]
    return Recalled(
        recall=recall,
        units=units,
        held=sum(one.on_hold for one in units),
        out=sum(one.where in OUT_THERE for one in units),
        cut=found.cut,
    )

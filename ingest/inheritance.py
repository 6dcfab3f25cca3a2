"""Holds go on to what was made of a held unit: the system holds, people decide. Recalls reach what comes later."""

from collections.abc import Iterable

from msgspec.structs import replace

from coldchain.entries import Draft, EntryKind
from coldchain.evidence import came
from coldchain.lineage import Edge, Recall
from coldchain.ports import Session
from coldchain.receiving import inspection_id
from coldchain.units import OF_INSPECTION, OF_RECALL, Hold, Reason, Unit
from ingest.decisions import overtaken_by_hold, overtaken_from_behind
from ingest.known import ACTOR


def recall_drafts_of(session: Session, unit: Unit, now_ms: int, recall: Recall | None = None) -> list[Draft]:
    """Return the holds that recalls place on a unit: that of `recall`, or (None) those of its donation."""
    wanted = [recall] if recall else session.records.recalls_of_donation(unit.issuer, unit.scheme, unit.donation_number)
    held = {hold.finding for hold in session.records.holds_of_unit(unit.id) if hold.basis == OF_RECALL}
    made = [_recalled(one.id, unit.id, now_ms) for one in wanted if one.id not in held]
    passed = overtaken_by_hold(session, made[0], now_ms) if made else []
    return [*passed, *(_draft(hold) for hold in made)]


def inspection_drafts_of(session: Session, unit: str, at_ms: int, now_ms: int) -> list[Draft]:
    """Return the hold that a visual defect, seen when a unit was received at at_ms, places on it: a person decides."""
    name = inspection_id(unit, at_ms)
    hold = Hold(id=f"h{name}", unit=unit, finding=name, placed_ms=now_ms, certain=True, basis=OF_INSPECTION)
    return [*overtaken_by_hold(session, hold, now_ms), _draft(hold)]


def inherit(session: Session, units: Iterable[str], now_ms: int) -> None:
    """Hold what was made of units that are on hold, down the lineage; nothing is lifted here.

    `units`: those of which something has changed. What is found of a unit after a part of it was taken says nothing of
    that part. A unit is looked at again whenever one that it was made from has changed, in whatever order they come.
    """
    waiting = set(units)
    waiting |= _made_of(session, waiting)
    while waiting:
        changed = {unit for unit in sorted(waiting) if _take_over(session, unit, now_ms)}
        waiting = _made_of(session, changed)


def _made_of(session: Session, units: Iterable[str]) -> set[str]:
    return {edge.child for unit in units for edge in session.records.made_of(unit)}


def _take_over(session: Session, unit: str, now_ms: int) -> bool:
    """Bring what one unit has from its parents up to what they have; tell whether anything had to be said."""
    holds = session.records.holds_of_unit(unit)
    known = {hold.finding: hold for hold in holds if came(hold)}
    behind = _behind(session, unit)
    if not known and not behind:
        return False
    said: dict[str, Hold] = {}
    for finding in sorted(known.keys() | behind.keys()):
        one = _passed(session, unit, known.get(finding), behind.get(finding, []), now_ms)
        if one is not None:
            said[one.id] = one
    fresh = [one.finding for _, one in sorted(said.items()) if _has_grown(known.get(one.finding), one)]
    decisions, again = overtaken_from_behind(session, unit, fresh, now_ms)
    lifted = {hold.id: said.get(hold.id, hold) for hold in holds if hold.id in again}
    said |= {name: replace(hold, lifted_by="") for name, hold in lifted.items()}
    drafts = [_draft(hold) for _, hold in sorted(said.items()) if hold not in holds]
    session.ledger.append([*decisions, *drafts], now_ms)
    return bool(decisions or drafts)


def _behind(session: Session, unit: str) -> dict[str, list[tuple[Edge, Hold]]]:
    """Return by finding which holds of a unit's parents go on to it, those that no longer stand with them."""
    found: dict[str, list[tuple[Edge, Hold]]] = {}
    for edge in session.records.made_from(unit):
        began = {one.finding: one.from_ms for one in session.records.exposures_of_unit(edge.parent)}
        for hold in session.records.holds_of_unit(edge.parent):
            if came(hold) or began.get(hold.finding, edge.at_ms) < edge.at_ms:
                found.setdefault(hold.finding, []).append((edge, hold))
    return found


def _passed(
    session: Session, unit: str, known: Hold | None, behind: list[tuple[Edge, Hold]], now_ms: int
) -> Hold | None:
    """Return the unit's hold: as what is behind it has become, or new; None: nothing to say.

    A hold of which the basis was withdrawn goes on too: it stands until a person decides, and washing a bag is no
    decision. One that was released goes on only to what was made before that.
    """
    stands = any(hold.basis_stands for _, hold in behind)
    certain = any(hold.certain for _, hold in behind)
    spent_ms = max((hold.spent_ms for _, hold in behind if hold.spent_ms is not None), default=None)
    if known is not None:
        return known if known.via == "" else _surer(_as_behind(known, spent_ms, stands=stands), certain=certain)
    held = [(edge, hold) for edge, hold in behind if _was_held(session, edge, hold)]
    if not held:
        return None
    edge, hold = held[0]
    if hold.basis == OF_RECALL:
        return _recalled(hold.finding, unit, now_ms, edge.parent)
    name = f"hl-{hold.finding.removeprefix('f-')}-{unit}"
    return Hold(
        id=name,
        unit=unit,
        finding=hold.finding,
        placed_ms=now_ms,
        certain=certain,
        basis_stands=stands,
        basis=hold.basis,
        via=edge.parent,
        reason=hold.reason,
        listed=hold.listed,
        since_ms=hold.since_ms,
        spent_ms=spent_ms,
    )


def _has_grown(known: Hold | None, now: Hold) -> bool:
    """Tell whether a hold is new here, or a released one lasted longer than what a person released it on."""
    return known is None or (known.lifted_by != "" and now.spent_ms != known.spent_ms)


def _as_behind(hold: Hold, spent_ms: int | None, *, stands: bool) -> Hold:
    """Return a hold with what is behind it by now; of one that is lifted only what grows counts."""
    shrunk = hold.lifted_by != "" and (hold.spent_ms is None or (spent_ms or 0) <= hold.spent_ms)
    return replace(hold, basis_stands=stands, spent_ms=hold.spent_ms if shrunk else spent_ms)


def _surer(hold: Hold, *, certain: bool) -> Hold:
    if hold.certain or not certain:
        return hold
    reason = Reason.CERTAIN if hold.reason else hold.reason
    return replace(hold, certain=True, reason=reason, listed="", since_ms=None)


def _was_held(session: Session, edge: Edge, hold: Hold) -> bool:
    if not hold.lifted_by:
        return True
    decisions = session.records.decisions_of_unit(hold.unit)
    return any(one.id == hold.lifted_by and edge.at_ms < one.at_ms for one in decisions)


def _recalled(recall: str, unit: str, now_ms: int, via: str = "") -> Hold:
    return Hold(
        id=f"hr-{recall}-{unit}", unit=unit, finding=recall, placed_ms=now_ms, certain=True, basis=OF_RECALL, via=via
    )


def _draft(hold: Hold) -> Draft:
    return Draft(kind=EntryKind.HOLD, actor=ACTOR, site="", payload=hold)

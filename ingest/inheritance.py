"""Holds go on to what was made of a held unit: the system holds, people decide. Recalls reach what comes later."""

from collections.abc import Iterable

from msgspec.structs import replace

from coldchain.entries import Draft, EntryKind
from coldchain.lineage import Edge, Recall
from coldchain.ports import Session
from coldchain.units import OF_RECALL, Hold, Unit
from ingest.decisions import overtaken_by_hold
from ingest.known import ACTOR


def recall_drafts_of(session: Session, unit: Unit, now_ms: int, recall: Recall | None = None) -> list[Draft]:
    """Return the holds that recalls place on a unit: that of `recall`, or (None) those of its donation."""
    wanted = [recall] if recall else session.records.recalls_of_donation(unit.issuer, unit.scheme, unit.donation_number)
    held = {hold.finding for hold in session.records.holds_of_unit(unit.id) if hold.basis == OF_RECALL}
    made = [_recalled(one.id, unit.id, now_ms) for one in wanted if one.id not in held]
    passed = overtaken_by_hold(session, made[0], now_ms) if made else []
    return [*passed, *(_draft(hold) for hold in made)]


def inherit(session: Session, units: Iterable[str], now_ms: int) -> None:
    """Hold what was made of units that are on hold, down the lineage; nothing is lifted here.

    What is found of a unit after a part of it was taken says nothing of that part.
    """
    waiting, seen = sorted(set(units)), set(units)
    while waiting:
        following: set[str] = set()
        for unit in waiting:
            edges = session.records.made_of(unit)
            if edges:
                following |= _hold_children(session, unit, edges, now_ms)
        waiting = sorted(following - seen)
        seen |= following


def _hold_children(session: Session, unit: str, edges: tuple[Edge, ...], now_ms: int) -> set[str]:
    began = {one.finding: one.from_ms for one in session.records.exposures_of_unit(unit)}
    changed: set[str] = set()
    for edge in edges:
        known = {hold.finding: hold for hold in session.records.holds_of_unit(edge.child) if _came(hold)}
        drafts: list[Draft] = []
        for hold in session.records.holds_of_unit(unit):
            if _came(hold) or began.get(hold.finding, edge.at_ms) < edge.at_ms:
                said = _passed(hold, edge, known.get(hold.finding), now_ms)
                drafts += [] if said is None or said == known.get(hold.finding) else [_draft(said)]
        if drafts:
            fresh = [
                one.payload for one in drafts if isinstance(one.payload, Hold) and one.payload.finding not in known
            ]
            passed = overtaken_by_hold(session, fresh[0], now_ms) if fresh else []
            session.ledger.append([*passed, *drafts], now_ms)
            changed.add(edge.child)
    return changed


def _came(hold: Hold) -> bool:
    """Tell whether a hold stands on a recall or came over the lineage, not on the unit's own exposure."""
    return hold.basis == OF_RECALL or hold.via != ""


def _passed(hold: Hold, edge: Edge, known: Hold | None, now_ms: int) -> Hold | None:
    """Return the child's hold: new, or as it follows the hold from which it came; None: nothing to say."""
    if known is not None:
        follows = known.via == edge.parent
        stands = hold.basis_stands if follows else known.basis_stands or hold.basis_stands
        return replace(known, basis_stands=stands, certain=known.certain or hold.certain)
    if not hold.basis_stands or hold.lifted_by:
        return None
    if hold.basis == OF_RECALL:
        return _recalled(hold.finding, edge.child, now_ms, edge.parent)
    name = f"hl-{hold.finding.removeprefix('f-')}-{edge.child}"
    return Hold(id=name, unit=edge.child, finding=hold.finding, placed_ms=now_ms, certain=hold.certain, via=edge.parent)


def _recalled(recall: str, unit: str, now_ms: int, via: str = "") -> Hold:
    return Hold(
        id=f"hr-{recall}-{unit}", unit=unit, finding=recall, placed_ms=now_ms, certain=True, basis=OF_RECALL, via=via
    )


def _draft(hold: Hold) -> Draft:
    return Draft(kind=EntryKind.HOLD, actor=ACTOR, site="", payload=hold)

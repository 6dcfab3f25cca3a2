"""The urgent list: units that are on hold and have been handed out. Somebody has to be called."""

from typing import Final

import msgspec

from coldchain.entries import Issue, stay_of
from coldchain.lineage import EndHow
from coldchain.places import ON_THE_ROAD
from coldchain.ports import Session
from coldchain.tasks import UrgentCall
from coldchain.units import OF_FINDING, OF_INSPECTION, OF_RECALL, Hold
from rules.tasks import against, uncalled
from rules.whereabouts import urgent

OTHERS: Final = frozenset({OF_FINDING, OF_RECALL, OF_INSPECTION})


class UrgentUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit on hold that was handed out: to whom, when, and because of which findings.

    `recalls`, `inspections` that saw a defect and how it was `kept` (bases of holds), beside findings;
    `transfused`: it cannot be stopped any more.
    `line`: what nobody has called about yet (empty: closed); `calls`: who was called, and the answers.
    `certain`: it was certainly, and not only possibly, inside for one of them.
    """

    unit: str
    donation_number: str
    component: str
    product_code: str
    division: str
    blood_group: str
    to: str
    at_ms: int
    findings: list[str]
    certain: bool
    recalls: list[str] = []
    inspections: list[str] = []
    kept: list[str] = []
    transfused: bool = False
    line: list[str] = []
    calls: list[UrgentCall] = []

    @property
    def open(self) -> bool:
        """Whether somebody still has to be called."""
        return bool(self.line)


def urgent_units(session: Session, at_ms: int) -> list[UrgentUnit]:
    """Return the units to call back: open lines before closed ones, the latest issue first."""
    boxes = {place.id for place in session.records.places() if place.kind in ON_THE_ROAD}
    by_unit: dict[str, list[Hold]] = {}
    for hold in session.records.holds_of_handed_out():
        by_unit.setdefault(hold.unit, []).append(hold)
    found = [one for unit, holds in by_unit.items() if (one := _urgent(session, unit, holds, boxes, at_ms))]
    return sorted(found, key=lambda one: (not one.open, -one.at_ms, one.unit))


def _urgent(session: Session, unit: str, holds: list[Hold], boxes: set[str], at_ms: int) -> UrgentUnit | None:
    found = session.records.unit(unit)
    issue = _handed_out(session, unit, holds, boxes, at_ms)
    if issue is None or found is None:
        return None
    end = session.records.unit_end(unit)
    calls = session.records.calls_of_unit(unit)
    return UrgentUnit(
        unit=unit,
        donation_number=found.donation_number,
        component=found.component,
        product_code=found.product_code,
        division=found.division,
        blood_group=found.blood_group,
        to=issue.to,
        at_ms=issue.at_ms,
        findings=list(dict.fromkeys(hold.finding for hold in holds if hold.basis == OF_FINDING)),
        certain=any(hold.certain for hold in holds),
        recalls=list(dict.fromkeys(hold.finding for hold in holds if hold.basis == OF_RECALL)),
        inspections=list(dict.fromkeys(hold.finding for hold in holds if hold.basis == OF_INSPECTION)),
        kept=list(dict.fromkeys(hold.basis for hold in holds if hold.basis not in OTHERS)),
        transfused=end is not None and end.how is EndHow.TRANSFUSED,
        line=list(uncalled(against(holds), calls)),
        calls=list(calls),
    )


def _handed_out(session: Session, unit: str, holds: list[Hold], boxes: set[str], at_ms: int) -> Issue | None:
    """Return the hand-over of a unit that is out there. A transfused one is, one that was destroyed is not."""
    issues = session.records.issues_of_unit(unit)
    end = session.records.unit_end(unit)
    if end is not None and end.at_ms <= at_ms:
        if end.how is not EndHow.TRANSFUSED:
            return None
        return issues[-1] if issues else Issue(unit=unit, to=end.note or end.post, at_ms=end.at_ms)
    if not issues:
        return None
    stays = [stay_of(stay) for stay in session.records.stays_of_unit(unit) if not stay.withdrawn]
    return urgent(holds, stays, issues, boxes, at_ms)

"""The urgent list: units that are on hold and have been handed out. Somebody has to be called."""

import msgspec

from coldchain.decisions import standing_holds
from coldchain.entries import stay_of
from coldchain.places import PlaceKind
from coldchain.ports import Session
from coldchain.units import Hold
from rules.whereabouts import urgent


class UrgentUnit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit on hold that was handed out: to whom, when, and because of which findings.

    `certain`: it was certainly, and not only possibly, inside for one of them.
    """

    unit: str
    donation_number: str
    component: str
    blood_group: str
    to: str
    at_ms: int
    findings: list[str]
    certain: bool


def urgent_units(session: Session, at_ms: int) -> list[UrgentUnit]:
    """Return the units to call back, the latest issue first."""
    boxes = {place.id for place in session.records.places() if place.kind is PlaceKind.BOX}
    by_unit: dict[str, list[Hold]] = {}
    for hold in standing_holds(session.records.holds()):
        by_unit.setdefault(hold.unit, []).append(hold)
    found = [one for unit, holds in by_unit.items() if (one := _urgent(session, unit, holds, boxes, at_ms))]
    return sorted(found, key=lambda one: (-one.at_ms, one.unit))


def _urgent(session: Session, unit: str, holds: list[Hold], boxes: set[str], at_ms: int) -> UrgentUnit | None:
    issues = session.records.issues_of_unit(unit)
    found = session.records.unit(unit)
    if not issues or found is None:
        return None
    stays = [stay_of(stay) for stay in session.records.stays_of_unit(unit) if not stay.withdrawn]
    issue = urgent(holds, stays, issues, boxes, at_ms)
    if issue is None:
        return None
    return UrgentUnit(
        unit=unit,
        donation_number=found.donation_number,
        component=found.component,
        blood_group=found.blood_group,
        to=issue.to,
        at_ms=issue.at_ms,
        findings=list(dict.fromkeys(hold.finding for hold in holds)),
        certain=any(hold.certain for hold in holds),
    )

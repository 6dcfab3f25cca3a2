"""Where units are now, as the record says it: in a place, possibly in several, on the road, handed out, or unknown."""

import msgspec

from coldchain.decisions import standing_holds
from coldchain.entries import stay_of
from coldchain.places import ON_THE_ROAD
from coldchain.ports import Session
from rules.whereabouts import Whereabouts, WhereKind, whereabouts


class UnitWhere(msgspec.Struct, frozen=True, kw_only=True):
    """A unit and where it is. `place` and whether it is there for certain; `possibly`: other places it may be in.

    `to`: who has it, where it was handed out. `since_ms`: since when it is so; None: nobody ever saw it.
    """

    unit: str
    donation_number: str
    component: str
    product_code: str
    division: str
    blood_group: str
    where: WhereKind
    place: str | None
    certain: bool
    possibly: list[str]
    to: str | None
    since_ms: int | None
    on_hold: bool


def whereabouts_of(session: Session, unit: str, at_ms: int) -> Whereabouts:
    """Return where a unit is at an instant."""
    stays = [stay_of(stay) for stay in session.records.stays_of_unit(unit) if not stay.withdrawn]
    boxes = {place.id for place in session.records.places() if place.kind in ON_THE_ROAD}
    return whereabouts(stays, session.records.issues_of_unit(unit), boxes, at_ms)


def where_is(session: Session, unit: str, at_ms: int) -> UnitWhere:
    """Return where a unit is, in what the API and pages show; of one that is not registered only its id is known."""
    found = session.records.unit(unit)
    here = whereabouts_of(session, unit, at_ms)
    return UnitWhere(
        unit=unit,
        donation_number=found.donation_number if found else unit,
        component=found.component if found else "",
        product_code=found.product_code if found else "",
        division=found.division if found else "",
        blood_group=found.blood_group if found else "",
        where=here.kind,
        place=here.place,
        certain=here.certain,
        possibly=list(here.possibly),
        to=here.issue.to if here.issue else None,
        since_ms=here.since_ms,
        on_hold=bool(standing_holds(session.records.holds_of_unit(unit))),
    )

"""Where units are now, as the record says it: in a place, possibly in several, on the road, handed out, or unknown."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from api.inside import InsideKind, inside_kind
from coldchain.entries import Issue, StayRecord
from coldchain.places import PlaceKind
from coldchain.ports import Session


class WhereKind(StrEnum):
    """Where a unit is: issued ones first, for they are the most urgent."""

    ISSUED = "issued"
    ON_THE_ROAD = "on-the-road"
    INSIDE = "inside"
    POSSIBLE = "possible"
    AWAY = "away"
    NEVER_SEEN = "never-seen"


class UnitWhere(msgspec.Struct, frozen=True, kw_only=True):
    """A unit and where it is: in `places`, with `to`, or (none of both) nobody knows; `since_ms` it is so."""

    unit: str
    donation_number: str
    component: str
    blood_group: str
    where: WhereKind
    places: list[str]
    to: str | None
    since_ms: int | None
    on_hold: bool


def where_is(session: Session, unit: str, now_ms: int) -> UnitWhere:
    """Return where a unit is; of one that is not registered only its id is known."""
    found = session.records.unit(unit)
    where, places, to, since_ms = _where(session, unit, now_ms)
    return UnitWhere(
        unit=unit,
        donation_number=found.donation_number if found else unit,
        component=found.component if found else "",
        blood_group=found.blood_group if found else "",
        where=where,
        places=places,
        to=to,
        since_ms=since_ms,
        on_hold=bool(session.records.holds_of_unit(unit)),
    )


def issued_still(issues: Sequence[Issue], stays: Sequence[StayRecord]) -> Issue | None:
    """Return the last issue of a unit that has no certain stay after it: whoever got it has it still."""
    last = issues[-1] if issues else None
    back = [stay for stay in stays if not stay.withdrawn and stay.certain_from_ms is not None]
    returned = last is not None and any((stay.certain_from_ms or 0) > last.at_ms for stay in back)
    return None if returned else last


def _where(session: Session, unit: str, now_ms: int) -> tuple[WhereKind, list[str], str | None, int | None]:
    stays = [stay for stay in session.records.stays_of_unit(unit) if not stay.withdrawn]
    issue = issued_still(session.records.issues_of_unit(unit), stays)
    here = [(stay, kind) for stay in stays if (kind := inside_kind(stay, now_ms))]
    if issue is not None:
        return WhereKind.ISSUED, [stay.place for stay, _ in here], issue.to, issue.at_ms
    certain = [stay for stay, kind in here if kind is InsideKind.CERTAIN]
    if certain:
        place = session.records.place(certain[-1].place)
        road = place is not None and place.kind is PlaceKind.BOX
        where = WhereKind.ON_THE_ROAD if road else WhereKind.INSIDE
        return where, [certain[-1].place], None, certain[-1].certain_from_ms
    if here:
        return WhereKind.POSSIBLE, [stay.place for stay, _ in here], None, min(s.possible_from_ms for s, _ in here)
    ends = [stay.possible_to_ms for stay in stays if stay.possible_to_ms is not None]
    return (WhereKind.AWAY if stays else WhereKind.NEVER_SEEN), [], None, max(ends, default=None)

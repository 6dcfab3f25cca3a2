"""What is refused before blood leaves: units that are not released, transfers that are barred, mixed loads."""

from coldchain.closed_loop import MemberKind
from coldchain.decisions import standing_holds
from coldchain.errors import ConflictError, InvalidValueError
from coldchain.lineage import Act, TransformUnits
from coldchain.places import Place
from coldchain.ports import Session
from coldchain.units import PackBox, Unit
from rules.closed_loop import Fit, fit, transfer_barred
from rules.limits import Profile
from rules.unit_story import profile_of_unit


def require_dispatch(session: Session, fact: PackBox, box: Place) -> None:
    """Raise ConflictError if a rule bars what is packed. A unit on hold goes to the station only."""
    kinds = {one.site: one.kind for one in session.records.members()}
    to_station = kinds.get(fact.destination) is MemberKind.STATION
    limits = _limits(session, box)
    for name in fact.units:
        unit = session.records.unit(name)
        if unit is None:
            continue
        _require_way(session, kinds, unit, fact)
        if not to_station:
            _require_released(session, unit, fact.at_ms)
        if limits is not None:
            _require_fit(session, unit, box, limits)


def require_no_separation(session: Session, fact: TransformUnits) -> None:
    """Raise ConflictError for a donation that is separated at a storage point (article 9)."""
    if fact.act is not Act.PROCESS_DONATION:
        return
    points = {one.site for one in session.records.members() if one.kind is MemberKind.STORAGE_POINT}
    for name in (fact.place, *(_place_of(session, unit) for unit in fact.inputs)):
        place = session.records.place(name) if name else None
        if place is not None and place.site in points:
            msg = f"storage point {place.site} may not separate donations: that is the station's; nothing was changed"
            raise ConflictError(msg)


def _place_of(session: Session, unit: str) -> str:
    live = session.records.live_unit(unit)
    return live.place if live is not None and live.inside else ""


def _require_way(session: Session, kinds: dict[str, MemberKind], unit: Unit, fact: PackBox) -> None:
    here = session.records.place(_place_of(session, unit.id) or fact.box)
    if here is not None and transfer_barred(kinds, here.site, fact.destination):
        msg = (
            f"{here.site} is a hospital and {fact.destination} too: members give each other nothing but by way of the "
            f"storage point (unit {unit.id}); nothing was changed"
        )
        raise ConflictError(msg)


def _require_released(session: Session, unit: Unit, at_ms: int) -> None:
    if any(hold.placed_ms <= at_ms for hold in standing_holds(session.records.holds_of_unit(unit.id))):
        msg = f"unit {unit.id} is on hold: it leaves for the station only, until a person decides; nothing was changed"
        raise ConflictError(msg)
    if unit.expires_ms is not None and unit.expires_ms <= at_ms:
        msg = f"unit {unit.id} has expired at {unit.expires_ms}: it is not sent out; nothing was changed"
        raise ConflictError(msg)


def _require_fit(session: Session, unit: Unit, box: Place, limits: Profile) -> None:
    own = profile_of_unit(session, unit.profile, unit.profile_version)
    try:
        suits = None if own is None else fit(own.at(box.kind), limits)
    except InvalidValueError:
        suits = None
    if suits is Fit.WRONG:
        msg = (
            f"unit {unit.id} (profile {unit.profile}) does not belong into box {box.id} (profile {box.profile}): no "
            "temperature suits both; nothing was changed"
        )
        raise ConflictError(msg)


def _limits(session: Session, box: Place) -> Profile | None:
    profile = profile_of_unit(session, box.profile, box.profile_version)
    try:
        return None if profile is None else profile.at(box.kind)
    except InvalidValueError:
        return None

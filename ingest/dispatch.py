"""What is refused before blood leaves: units that are not released, transfers that are barred, mixed loads, boxes.

What is not known is not judged: a box that never said a word and has no qualification on record may be packed.
"""

from collections.abc import Sequence

from coldchain.closed_loop import Agreeing, MemberKind
from coldchain.decisions import standing_holds
from coldchain.errors import ConflictError
from coldchain.facts import EventKind
from coldchain.lineage import Act, TransformUnits
from coldchain.places import Place
from coldchain.ports import Session
from coldchain.profiles import as_kept
from coldchain.units import PackBox, Unit
from rules.boxes import READINESS_KINDS
from rules.closed_loop import Fit, fit, transfer_barred
from rules.limits import Profile
from rules.place_facts import last_word, registered
from rules.unit_story import profile_at


def require_dispatch(session: Session, fact: PackBox, box: Place) -> None:
    """Raise ConflictError if a rule bars what is packed. A unit on hold goes to the station only."""
    box = as_kept(box, session.records.place_profiles(box.id), fact.at_ms)
    kinds = {one.site: one.kind for one in session.records.members()}
    to_station = kinds.get(fact.destination) is MemberKind.STATION
    limits = profile_at(session, box.profile, box.profile_version, box.kind)
    units = [unit for unit in map(session.records.unit, fact.units) if unit is not None]
    _require_box(session, fact, box)
    _require_one_load(session, units, box)
    for unit in units:
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
    if here is None or not transfer_barred(kinds, here.site, fact.destination):
        return
    if not _agreed(session, here.site, unit.id, fact):
        msg = (
            f"{here.site} is a hospital and {fact.destination} too: members give each other nothing but by way of the "
            f"storage point (unit {unit.id}). In an emergency open a case of {here.site} to {fact.destination} that "
            "names it, and let the lead unit and the station agree; nothing was changed"
        )
        raise ConflictError(msg)


def _agreed(session: Session, site: str, unit: str, fact: PackBox) -> bool:
    """Tell whether an emergency case lets a unit go there: open when it is packed, and agreed to by both."""
    return any(
        case.to == fact.destination
        and unit in case.units
        and case.opened_ms <= fact.at_ms
        and {one.party for one in case.agreed} == set(Agreeing)
        for case in session.records.emergencies_of(site)
    )


def _require_box(session: Session, fact: PackBox, box: Place) -> None:
    """Refuse a box that says that it is not ready, or whose qualifications on record do not cover this load."""
    said = last_word(session, registered(session).box_gateways(box), READINESS_KINDS, fact.at_ms)
    until_ms = None if said is None else said.details.get("until_ms")
    if said is not None and said.kind != EventKind.BOX_READY:
        why = str(said.details.get("reason", "")) or str(said.kind)
        msg = f"box {box.id} is not ready ({why}): wait until it says so, or take another box; nothing was changed"
        raise ConflictError(msg)
    if isinstance(until_ms, int) and until_ms <= fact.at_ms:
        msg = (
            f"the time for which box {box.id} was packed and qualified ran out at {until_ms}: pre-condition it again, "
            "or take another box; nothing was changed"
        )
        raise ConflictError(msg)
    _require_qualified(session, fact, box)


def _require_qualified(session: Session, fact: PackBox, box: Place) -> None:
    known = [one for one in session.records.qualifications() if one.box == box.id and one.done_ms <= fact.at_ms]
    covering = [one for one in known if one.profile == box.profile]
    if known and not covering:
        named = ", ".join(sorted({one.profile for one in known}))
        msg = f"box {box.id} is qualified for {named} and not for {box.profile}: take another box; nothing was changed"
        raise ConflictError(msg)
    last = max(covering, key=lambda one: one.due_ms, default=None)
    if last is not None and last.due_ms <= fact.at_ms:
        msg = (
            f"the qualification {last.number} of box {box.id} is over since {last.due_ms}: qualify it again, or take "
            "another box; nothing was changed"
        )
        raise ConflictError(msg)


def _require_one_load(session: Session, units: Sequence[Unit], box: Place) -> None:
    """Refuse units in one box, with what lies in it already, that no temperature suits together."""
    inside = session.records.mixes()
    kinds = {(one.profile, one.profile_version): "" for one in inside if one.place == box.id}
    kinds |= {(unit.profile, unit.profile_version): unit.id for unit in units}
    known: list[tuple[str, Profile]] = []
    for (name, version), unit_id in sorted(kinds.items()):
        limits = profile_at(session, name, version, box.kind)
        if limits is None:
            continue
        for other, others in known:
            if fit(limits, others) is Fit.WRONG:
                msg = (
                    f"{name} and {other} do not travel in one box: no temperature suits both"
                    f"{f' (unit {unit_id})' if unit_id else ''}; nothing was changed"
                )
                raise ConflictError(msg)
        known.append((name, limits))


def _require_released(session: Session, unit: Unit, at_ms: int) -> None:
    if any(hold.placed_ms <= at_ms for hold in standing_holds(session.records.holds_of_unit(unit.id))):
        msg = f"unit {unit.id} is on hold: it leaves for the station only, until a person decides; nothing was changed"
        raise ConflictError(msg)
    if unit.expires_ms is not None and unit.expires_ms <= at_ms:
        msg = f"unit {unit.id} has expired at {unit.expires_ms}: it is not sent out; nothing was changed"
        raise ConflictError(msg)


def _require_fit(session: Session, unit: Unit, box: Place, limits: Profile) -> None:
    own = profile_at(session, unit.profile, unit.profile_version, box.kind)
    if own is not None and fit(own, limits) is Fit.WRONG:
        msg = (
            f"unit {unit.id} (profile {unit.profile}) does not belong into box {box.id} (profile {box.profile}): no "
            "temperature suits both; nothing was changed"
        )
        raise ConflictError(msg)

"""Units in containers, containers in others or in places: recorded, and what that means for where units were."""

from collections.abc import Sequence
from typing import Final

from coldchain.entries import Draft, EntryKind
from coldchain.errors import ConflictError, InvalidValueError
from coldchain.lineage import Action, Aggregate, Containment, ErrorOf, Said
from coldchain.places import CONTAINERS, PlaceKind
from coldchain.ports import Session
from coldchain.units import Stay
from ingest.drafted import Drafted, known_place, placement, require_living, require_not_an_error, require_unit
from rules.containers import DEPTH_MAX, Words, carry, inside_of, stood
from rules.intervals import OPEN_END_MS

MOVED_MAX: Final = 1_000  # units and containers of one word; a crate holds some forty bags


def aggregate(session: Session, fact: Aggregate) -> Drafted:
    """Record what was put into a container, or taken out of it. Said again, nothing changes.

    Raises ConflictError for a circle, more than DEPTH_MAX containers in each other, or what is not inside;
    UnknownThingError or InvalidValueError.
    """
    parent = known_place(session, fact.parent)
    if not fact.units and not fact.containers:
        raise InvalidValueError("name the units or containers that were put in or taken out")
    if len(fact.units) + len(fact.containers) > MOVED_MAX:
        msg = f"{len(fact.units) + len(fact.containers)} at once are not allowed: name up to {MOVED_MAX}"
        raise InvalidValueError(msg)
    drafted = Drafted()
    for unit in dict.fromkeys(fact.units):
        drafts = _unit_moved(session, fact, unit, parent.site)
        drafted.drafts.extend(drafts)
        drafted.units.update({unit} if drafts else ())
    for container in dict.fromkeys(fact.containers):
        drafts = _container_moved(session, fact, container, parent.site)
        drafted.drafts.extend(drafts)
        if drafts:
            word = Containment(container=container, parent=fact.parent, at_ms=fact.at_ms)
            drafted.units.update(_carried_units(session, word))
    return drafted


def carried(session: Session, stays: Sequence[Stay]) -> list[Stay]:
    """Return stays with those in a container put where the container stood."""
    words = session.records.containments_of
    if not any(words(place) for place in {stay.place for stay in stays}):
        return list(stays)
    measured = {probe.place for probe in session.records.probes()}
    spans = {place: stood(place, words, measured.__contains__) for place in {stay.place for stay in stays}}
    return [piece for stay in stays for piece in carry(stay, spans[stay.place])]


def _unit_moved(session: Session, fact: Aggregate, unit: str, site: str) -> list[Draft]:
    require_unit(session, unit)
    if fact.action is Action.ADD:
        require_living(session, unit, fact.at_ms)
    place = fact.parent if fact.action is Action.ADD else None
    drafts = placement(session, unit, place, fact.at_ms, fact.actor, site)
    if drafts and place is None:
        require_not_an_error(session, ErrorOf.PLACEMENT, Said(unit=unit, at_ms=fact.at_ms))
    if fact.action is Action.ADD:
        return drafts
    here = [stay for stay in session.records.stays_of_unit(unit) if fact.parent in (stay.place, stay.via)]
    if drafts and not any(
        not stay.withdrawn
        and stay.possible_from_ms <= fact.at_ms
        and (stay.possible_to_ms is None or fact.at_ms < stay.possible_to_ms)
        for stay in here
    ):
        msg = f"unit {unit} is not in {fact.parent} at {fact.at_ms}: there is nothing to take out"
        raise ConflictError(msg)
    return drafts


def _container_moved(session: Session, fact: Aggregate, container: str, site: str) -> list[Draft]:
    kind = known_place(session, container).kind
    if kind not in CONTAINERS:
        msg = f"{container} is a place and no container: boxes, crates, baskets and vehicles are put into others"
        raise ConflictError(msg)
    around = known_place(session, fact.parent).kind
    if kind is PlaceKind.VEHICLE and fact.action is Action.ADD and around in CONTAINERS - {PlaceKind.VEHICLE}:
        msg = f"vehicle {container} does not go into {fact.parent}, a {around.value}; nothing was changed"
        raise ConflictError(msg)
    words = session.records.containments_of
    parent = fact.parent if fact.action is Action.ADD else None
    payload = Containment(container=container, parent=parent, at_ms=fact.at_ms)
    known = next((one for one in words(container) if one.at_ms == fact.at_ms), None)
    if known == payload:
        return []
    if known is not None:
        msg = f"container {container} was put into {known.parent or 'nothing'} at that very time; nothing was changed"
        raise ConflictError(msg)
    if parent is None and fact.parent not in inside_of(container, fact.at_ms, words)[:1]:
        msg = f"container {container} is not in {fact.parent} at {fact.at_ms}: there is nothing to take out"
        raise ConflictError(msg)
    require_not_an_error(
        session, ErrorOf.CONTAINMENT, Said(unit=container, at_ms=fact.at_ms, object=payload.parent or "")
    )
    if parent is not None:
        _require_shallow(session, container, parent, fact.at_ms, words)
    return [Draft(kind=EntryKind.CONTAINMENT, actor=fact.actor, site=site, payload=payload)]


def uncontained(session: Session, wrong: Containment) -> set[str]:
    """Return the units whose stays a containment touches that counts no more, for the time for which it did.

    What was said before it counts on instead of it: raises ConflictError if that makes a circle or too high a tower.
    """

    def words(container: str) -> list[Containment]:
        return [one for one in session.records.containments_of(container) if one != wrong]

    before = [one for one in words(wrong.container) if one.at_ms < wrong.at_ms]
    parent = max(before, key=lambda one: one.at_ms).parent if before else None
    if parent is not None:
        _require_shallow(session, wrong.container, parent, wrong.at_ms, words)
    return _carried_units(session, wrong)


def _require_shallow(session: Session, container: str, parent: str, at_ms: int, words: Words) -> None:
    """Refuse a circle and a tower at any instant for which the word counts: what was said of later counts too."""
    own = [one.at_ms for one in words(container) if one.at_ms > at_ms]
    until_ms = min(own, default=OPEN_END_MS)
    around = _ever_around(session, parent)
    moved = {one.at_ms for name in around for one in words(name) if at_ms < one.at_ms < until_ms}
    for when_ms in sorted({at_ms, *moved}):
        above = [parent, *inside_of(parent, when_ms, words)]
        if container in above:
            msg = f"{container} cannot stand in what stands in it at {when_ms}; nothing was changed"
            raise ConflictError(msg)
        if len(above) + _height(session, container, when_ms, words) > DEPTH_MAX:
            msg = f"more than {DEPTH_MAX} containers in each other at {when_ms}; nothing was changed"
            raise ConflictError(msg)


def _height(session: Session, container: str, at_ms: int, words: Words, depth: int = 0) -> int:
    """Return how many levels a container has with what is in it at an instant."""
    ever = session.records.contained_in(container) if depth < DEPTH_MAX else ()
    inner = [one for one in ever if inside_of(one, at_ms, words)[:1] == [container]]
    return 1 + max((_height(session, one, at_ms, words, depth + 1) for one in inner), default=0)


def _carried_units(session: Session, word: Containment) -> set[str]:
    """Return the units that are, while a word counts, in its container or in what was ever put into that."""
    later = (one.at_ms for one in session.records.containments_of(word.container) if one.at_ms > word.at_ms)
    until_ms = min(later, default=None)
    inner = {word.container}
    for _ in range(DEPTH_MAX):
        inner |= {one for name in inner for one in session.records.contained_in(name)}
    found: set[str] = set()
    for name in inner:
        for place in _ever_around(session, name) | ({name, word.parent} if word.parent else {name}):
            stays = session.records.stays_in_place(place, word.at_ms, until_ms)
            found |= {stay.unit for stay in stays if name in (stay.place, stay.via)}
    return found


def _ever_around(session: Session, container: str) -> set[str]:
    around = {container}
    for _ in range(DEPTH_MAX):
        around |= {one.parent for name in around for one in session.records.containments_of(name) if one.parent}
    return around

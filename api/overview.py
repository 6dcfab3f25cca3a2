"""What the overview shows: what needs somebody first, every place, what is on hold and why, what is kept aside."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, NamedTuple

from api.alarm_views import Waiting, waiting_for_people
from api.first import NAMED_MAX, Beside
from api.inside import units_inside
from api.kept_aside import KeptAside, kept_aside
from api.running import FindingView, finding_view
from api.standings import standings
from api.urgent import UrgentUnit, urgent_units
from api.watching import place_profile
from api.whereabouts import UnitWhere, where_is
from coldchain.entries import Manifest
from coldchain.lineage import Recall
from coldchain.places import Place, PlaceKind, Probe
from coldchain.ports import Session
from coldchain.standing import PlaceStanding
from coldchain.units import OF_FINDING, OF_RECALL, Finding, FindingStatus, Hold, Unit

LISTED_MAX: Final = 100
PLACES_MAX: Final = 60  # tiles on one page; a wall or a phone shows no more, and the API has all
FINDINGS_MAX: Final = 10
SHARED: Final = (OF_FINDING, OF_RECALL)  # what units are held for together


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldUnit:
    """A unit on hold, and whether it was certainly inside."""

    unit: Unit
    certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldGroup:
    """Units on hold for the same findings and recalls; `missing` names those that the record does not have.

    `kept`: the bases of holds that are each unit's own and have no finding in common (how it was kept, a defect seen).
    `all` of them are on hold, `possible` of those were only possibly inside; `units` are those that are listed.
    """

    findings: Sequence[Finding]
    recalls: Sequence[Recall]
    missing: Sequence[str]
    kept: Sequence[str]
    units: Sequence[HeldUnit]
    all: int
    possible: int
    still: bool  # one of the findings goes on


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All that the overview shows: tiles for `standings`; what needs somebody first is looked for in `every` place.

    `waiting`: alarms that wait for a person.

    `lost_all` units on hold are in no place of ours, not even possibly, and were not handed out; `lost`: the first.
    """

    standings: Sequence[PlaceStanding]
    every: Sequence[PlaceStanding]
    waiting: Waiting
    names: Mapping[str, Place]
    roles: Mapping[str, str]
    beside: Beside
    urgent: Sequence[UrgentUnit]
    held: Sequence[HeldGroup]
    held_shown: int
    held_all: int
    lost: Sequence[UnitWhere]
    lost_all: int
    aside: Sequence[KeptAside]
    findings: Sequence[FindingView]
    findings_all: int
    last_ms: int | None
    now_ms: int


class Hung(NamedTuple):
    """Every registered probe, and the gateways that read the probes of each place."""

    probes: Sequence[Probe]
    gateways: Mapping[str, Sequence[str]]


def read_overview(session: Session, now_ms: int) -> Overview:
    """Read all that the overview needs."""
    places = {place.id: place for place in session.records.places()}
    stand = sorted(standings(session, now_ms), key=_as_they_are_walked)
    standing = session.records.holds_that_stand()
    held, held_all = _held(session, standing)
    urgent = urgent_units(session, now_ms)
    lost = _lost(session, standing, places, {one.unit for one in urgent}, now_ms)
    findings = session.records.findings()[::-1]
    taken = [probe.taken_ms for one in stand for probe in one.probes if probe.taken_ms is not None]
    return Overview(
        standings=stand[:PLACES_MAX],
        every=stand,
        waiting=waiting_for_people(session),
        names=places,
        roles=probe_roles(session),
        beside=_beside(session, places, stand, now_ms, every_probe(session)),
        urgent=urgent,
        held=held,
        held_shown=sum(len(group.units) for group in held),
        held_all=held_all,
        lost=[where_is(session, unit, now_ms) for unit in lost[:NAMED_MAX]],
        lost_all=len(lost),
        aside=kept_aside(session, now_ms),
        findings=[finding_view(session, finding, now_ms) for finding in findings[:FINDINGS_MAX]],
        findings_all=len(findings),
        last_ms=max(taken, default=None),
        now_ms=now_ms,
    )


def _as_they_are_walked(standing: PlaceStanding) -> tuple[int, str]:
    """Return the order of tiles: fridges, freezers, agitators, boxes; always the same, so that eyes find them."""
    return list(PlaceKind).index(PlaceKind(standing.kind)), standing.place


def probe_roles(session: Session) -> dict[str, str]:
    """Return where each probe sits, by probe."""
    return {probe.id: probe.role for probe in session.records.probes()}


def place_beside(session: Session, standing: PlaceStanding, now_ms: int, hung: Hung | None = None) -> Beside:
    """Return what is known beside the standing of one place. `hung`: every probe, where that is known."""
    place = session.records.place(standing.place)
    return _beside(session, {place.id: place} if place else {}, [standing], now_ms, hung or every_probe(session))


def every_probe(session: Session) -> Hung:
    """Read which probe hangs where: once for all places, not once for each."""
    probes = session.records.probes()
    gateways: dict[str, dict[str, None]] = {}
    for probe in probes:
        gateways.setdefault(probe.place, {})[probe.gateway] = None
    return Hung(probes, {place: list(named) for place, named in gateways.items()})


def _beside(
    session: Session,
    places: Mapping[str, Place],
    stand: Sequence[PlaceStanding],
    now_ms: int,
    hung: Hung,
) -> Beside:
    opened = [name for one in stand for name in one.findings_open][:LISTED_MAX]
    found = [finding for name in opened if (finding := session.records.finding(name))]
    return Beside(
        profiles={place.id: place_profile(session, place, now_ms) for place in places.values()},
        findings={finding.id: finding_view(session, finding, now_ms, hung.probes) for finding in found},
        manifests=_on_the_road(session, places.values()),
        gateways=hung.gateways,
    )


def _on_the_road(session: Session, places: Iterable[Place]) -> dict[str, Manifest]:
    """Return the newest packing list of each box."""
    lists: dict[str, Manifest] = {}
    for place in places:
        newest = session.records.manifests(place.id)[-1:] if place.kind is PlaceKind.BOX else ()
        lists.update({one.box: one for one in newest})
    return lists


def _lost(
    session: Session, standing: Sequence[Hold], places: Iterable[str], issued: AbstractSet[str], now_ms: int
) -> list[str]:
    """Return the units on hold of which nobody knows where they are, those that were put on hold last first."""
    on_hold = dict.fromkeys(hold.unit for hold in reversed(standing))
    inside = {one.unit for place in places for one in units_inside(session, place, now_ms)}
    return [unit for unit in on_hold if unit not in inside and unit not in issued]


def _held(session: Session, standing: Sequence[Hold]) -> tuple[list[HeldGroup], int]:
    """Return the units that were put on hold last, grouped by what they are held for, and how many there are."""
    by_unit: dict[str, list[Hold]] = {}
    for hold in reversed(standing):
        by_unit.setdefault(hold.unit, []).append(hold)
    groups: dict[tuple[tuple[str, str], ...], dict[str, bool]] = {}
    for name, holds in by_unit.items():
        shared = tuple(sorted({(hold.basis, hold.finding if hold.basis in SHARED else "") for hold in holds}))
        groups.setdefault(shared, {})[name] = any(hold.certain for hold in holds)
    listed = set(list(by_unit)[:LISTED_MAX])
    shown = [group for group in groups.items() if listed & group[1].keys()]
    return [_held_group(session, shared, held, listed) for shared, held in shown], len(by_unit)


def _held_group(
    session: Session, shared: Sequence[tuple[str, str]], held: Mapping[str, bool], listed: AbstractSet[str]
) -> HeldGroup:
    found = {name: session.records.finding(name) for basis, name in shared if basis == OF_FINDING}
    recalls = {name: session.records.recall(name) for basis, name in shared if basis == OF_RECALL}
    findings = sorted((one for one in found.values() if one), key=lambda finding: (-finding.start_ms, finding.id))
    units = [
        HeldUnit(unit=unit, certain=certain)
        for name, certain in held.items()
        if name in listed and (unit := session.records.unit(name))
    ]
    return HeldGroup(
        findings=findings,
        recalls=[one for one in recalls.values() if one],
        missing=[name for name, one in (*found.items(), *recalls.items()) if one is None],
        kept=[basis for basis, name in shared if not name],
        units=sorted(units, key=lambda one: (one.unit.donation_number, one.unit.id)),
        all=len(held),
        possible=sum(not certain for certain in held.values()),
        still=any(finding.status is FindingStatus.OPEN for finding in findings),
    )

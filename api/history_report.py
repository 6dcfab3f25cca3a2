"""The report of a history, read from the record: for a place, a probe or a unit, in one session."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, TypedDict

import numpy as np

from api.figures import unit_figures
from api.probe_trace import curve_points
from api.problems import missing
from api.running import finding_view
from api.trace import away_between
from api.watching import Watched, place_profile, watched_probes
from coldchain.block_ports import Rival
from coldchain.blocks import day_of
from coldchain.commission import Commissioning, Position, WorkWord
from coldchain.decisions import Decision
from coldchain.entries import RecordedGap, StayRecord
from coldchain.evidence import exposures_against
from coldchain.history import EMPTY, History
from coldchain.places import Place
from coldchain.ports import Session
from coldchain.profiles import kept_at, kept_in
from coldchain.register import Certificate
from coldchain.reports import Curve, EventCount, Report, Subject, UnitTotals
from coldchain.retention import RemovedDay
from coldchain.units import Finding, Hold, Unit
from rules.intervals import OPEN_END_MS, Interval, united
from rules.report import PlaceFacts, ProbeFacts, ReportFacts, history_report, require_few, require_readings

CURVE_BUCKETS: Final = 360  # of a probe's curve, each with its lowest and its highest reading
READ_AT_ONCE_MS: Final = 30 * 86_400_000


class _Beside(TypedDict):
    positions: list[Position]
    commissionings: list[Commissioning]
    certificates: list[Certificate]
    work: list[WorkWord]
    gaps: list[RecordedGap]
    events: list[EventCount]


def read_facts(session: Session, subject: Subject, name: str, window: Interval, zone: str) -> ReportFacts:
    """Read all that a report is made of. Raises UnknownThingError, or InvalidValueError for too much of it."""
    match subject:
        case Subject.PLACE:
            place = session.records.place(name)
            if place is None:
                raise missing("place", name)
            return _of_place(session, place, window, zone)
        case Subject.PROBE:
            return _of_probe(session, name, window, zone)
        case Subject.UNIT:
            unit = session.records.unit(name)
            if unit is None:
                raise missing("unit", name)
            return _of_unit(session, unit, window, zone)


def made_report(facts: ReportFacts) -> Report:
    """Return the report that facts make."""
    return history_report(facts, curve_of)


def curve_of(history: History, part: Interval, hold_ms: int) -> Curve:
    """Return a probe's line over a part of the interval: few points, no extreme lost, broken where nobody measured."""
    taken, values = curve_points(history, part, CURVE_BUCKETS, hold_ms)
    return Curve(taken_ms=tuple(taken), micro_celsius=tuple(values))


def _of_place(session: Session, place: Place, window: Interval, zone: str) -> ReportFacts:
    findings = session.records.findings(place=place.id, overlapping=window)
    holds = _holds_of(session, findings)
    probes = _probe_facts(session, watched_probes(session, place, window[1] - 1), [window])
    return ReportFacts(
        subject=Subject.PLACE,
        id=place.id,
        name=place.name,
        site=place.site,
        zone=zone,
        from_ms=window[0],
        to_ms=window[1],
        places=_place_facts(session, place, window),
        probes=probes,
        findings=_up_to(session, findings, window[1]),
        holds=holds,
        decisions=_decided(session, holds),
        stays=_stays_of(session, place, window),
        **_hanging(session, [place.id], [one.probe.id for one in probes], window),
    )


def _stays_of(session: Session, place: Place, window: Interval) -> Sequence[StayRecord]:
    require_few("stays", session.records.count_stays(place.id, *window))  # before they are read
    return session.records.stays_in_place(place.id, *window)


def _holds_of(session: Session, findings: Sequence[Finding]) -> list[Hold]:
    held = [hold for finding in findings for hold in session.records.holds_of_finding(finding.id)]
    return sorted(held, key=lambda hold: (hold.placed_ms, hold.id))


def _decided(session: Session, holds: Sequence[Hold]) -> list[Decision]:
    """Return what was decided of these holds, whenever it was signed."""
    require_few("holds", len(holds))  # before they are asked for unit by unit
    named = {hold.id for hold in holds}
    units = sorted({hold.unit for hold in holds})
    found = [
        one for unit in units for one in session.records.decisions_of_unit(unit) if not named.isdisjoint(one.holds)
    ]
    return sorted(found, key=lambda one: (one.at_ms, one.id))


def _of_probe(session: Session, name: str, window: Interval, zone: str) -> ReportFacts:
    probe = next((one for one in session.records.probes() if one.id == name), None)
    if probe is None:
        raise missing("probe", name)
    place = session.records.place(probe.place)
    watched = [one for one in watched_probes(session, place, window[1] - 1) if one.probe.id == name] if place else []
    findings = session.records.findings(probe=name, overlapping=window)
    return ReportFacts(
        subject=Subject.PROBE,
        id=name,
        name=place.name if place else None,
        site=place.site if place else "",
        zone=zone,
        from_ms=window[0],
        to_ms=window[1],
        places=_place_facts(session, place, window) if place else [],
        probes=_probe_facts(session, watched, [window]),
        findings=_up_to(session, findings, window[1]),
        holds=[],
        decisions=_decided(session, _holds_of(session, findings)),
        stays=[],
        **_hanging(session, [probe.place], [name], window),
    )


def _of_unit(session: Session, unit: Unit, window: Interval, zone: str) -> ReportFacts:
    every = session.records.stays_of_unit(unit.id)
    there = [stay for stay in every if stay.possible_from_ms < window[1] and _end(stay) > window[0]]
    counted = [stay for stay in every if not stay.withdrawn]
    parts = {name: _parts(counted, name, window) for name in dict.fromkeys(stay.place for stay in there)}
    places = [place for name in parts if (place := session.records.place(name))]
    probes: list[ProbeFacts] = []
    for place in places:
        if parts[place.id]:
            probes += _probe_facts(session, watched_probes(session, place, window[1] - 1), parts[place.id])
            require_readings(sum(len(part) for one in probes for part in one.every))
    holds = session.records.holds_of_unit(unit.id)
    exposures = exposures_against(session, unit.id)  # what came with the bag that it was made from is told too
    named = dict.fromkeys([*(one.finding for one in exposures), *(one.finding for one in holds)])
    findings = [found for name in named if (found := session.records.finding(name))]
    findings = [one for one in findings if one.start_ms < window[1] and (one.end_ms or OPEN_END_MS) > window[0]]
    shown = {one.id for one in findings}
    return ReportFacts(
        subject=Subject.UNIT,
        id=unit.id,
        name=None,
        site="",
        zone=zone,
        from_ms=window[0],
        to_ms=window[1],
        unit=unit,
        totals=_totals(session, every, window),
        places=[one for place in places for one in _place_facts(session, place, window)],
        probes=probes,
        findings=_up_to(session, findings, window[1]),
        exposures=[one for one in exposures if one.finding in shown],
        holds=holds,
        decisions=session.records.decisions_of_unit(unit.id),
        stays=there,
        away=[(one.from_ms, one.to_ms) for one in away_between(counted, *window)],
        **_hanging(session, [place.id for place in places], [one.probe.id for one in probes], window),
    )


def _totals(session: Session, stays: Sequence[StayRecord], window: Interval) -> UnitTotals:
    figures = unit_figures(session, stays, window[1], window[0])
    return UnitTotals(
        counted_from_ms=figures.counted_from_ms,
        measured_ms=figures.measured_ms,
        out_ms=figures.out_ms,
        unknown_ms=figures.unknown_ms,
        awaited_ms=figures.awaited_ms,
        unwatched_ms=figures.unwatched_ms,
        away_since_ms=figures.away_since_ms,
    )


def _end(stay: StayRecord) -> int:
    return OPEN_END_MS if stay.possible_to_ms is None else stay.possible_to_ms


def _parts(stays: Iterable[StayRecord], place: str, window: Interval) -> list[Interval]:
    return united(
        (max(window[0], stay.possible_from_ms), min(window[1], _end(stay))) for stay in stays if stay.place == place
    )


def _removed(session: Session, probe: str, parts: Sequence[Interval]) -> list[RemovedDay]:
    """Return the days of the parts whose readings were removed by policy, in order."""
    found = [day for part in parts for day in session.records.removed_days(probe, day_of(part[0]), day_of(part[1] - 1))]
    return list({day.day: day for day in found}.values())


def _rivals(session: Session, probe: str, parts: Sequence[Interval]) -> list[Rival]:
    """Return the readings of instants that have more than one, in order."""
    return [one for part in parts for one in session.readings.conflicts(probe, *part)]


def _place_facts(session: Session, place: Place, window: Interval) -> list[PlaceFacts]:
    """Return a place with each profile that held there in the window, the first one with its entry."""
    recorded = session.records.place_entry(place.id)
    kept = kept_in(place, session.records.place_profiles(place.id))
    first = kept_at(kept, window[0])
    held = [one for one in kept if one is first or window[0] < one.from_ms < window[1]]
    return [
        PlaceFacts(
            place=place,
            profile=place_profile(session, place, one.from_ms),
            recorded_seq=recorded.seq if recorded and one is kept[0] else None,
            recorded_ms=recorded.record_ms if recorded and one is kept[0] else None,
        )
        for one in held
    ]


def _probe_facts(session: Session, watched: Iterable[Watched], parts: Sequence[Interval]) -> list[ProbeFacts]:
    found: list[ProbeFacts] = []
    count = 0
    for one in watched:
        every = []
        for part in parts:
            every.append(_readings(session, one, part, count))
            count += len(every[-1])
        counted = [_counted(one, seen, part) for seen, part in zip(every, parts, strict=True)]
        found.append(
            ProbeFacts(
                probe=one.probe,
                profile=one.profile,
                horizon_ms=one.horizon_ms,
                parts=parts,
                every=[one.counted.corrected(part) for part in every],
                counted=counted,
                kept=one.kept,
                removed=_removed(session, one.probe.id, parts),
                rivals=_rivals(session, one.probe.id, parts),
            )
        )
    return found


def _readings(session: Session, watched: Watched, part: Interval, before: int) -> History:
    """Return all readings of a part, as sent, and those that speak into it.

    They are read month by month so that too many end early.
    """
    begin_ms = part[0] - watched.profile.hold_ms
    read: list[History] = []
    for from_ms in range(begin_ms, part[1], READ_AT_ONCE_MS):
        read.append(session.readings.history(watched.probe.id, from_ms, min(part[1], from_ms + READ_AT_ONCE_MS)))
        require_readings(before + sum(len(one) for one in read))
    if len(read) == 1:
        return read[0]
    return History(
        taken_ms=np.concatenate([one.taken_ms for one in read or [EMPTY]]),
        micro_celsius=np.concatenate([one.micro_celsius for one in read or [EMPTY]]),
        quality=np.concatenate([one.quality for one in read or [EMPTY]]),
    )


def _counted(watched: Watched, every: History, part: Interval) -> History:
    return watched.counted.measured(every.between)(part[0] - watched.profile.hold_ms, part[1])


def _up_to(session: Session, findings: Iterable[Finding], to_ms: int) -> list[Finding]:
    """Return findings as recorded; the figures of what still lasts are those up to the end of the interval."""
    return [finding_view(session, finding, to_ms).finding for finding in findings]


def _hanging(session: Session, places: Sequence[str], probes: Sequence[str], window: Interval) -> _Beside:
    records = session.records
    gateways = sorted({one.gateway for one in records.probes() if one.id in probes})
    hung = [one for place in places for one in records.positions_in(place) if one.probe in probes]
    serials = {one.serial for one in hung} | {one.serial for one in records.probes() if one.id in probes}
    serials -= {""}
    said = [one for place in places for one in records.work_in(place)]
    return {
        "positions": [one for one in hung if one.from_ms < window[1]],
        "certificates": [
            one
            for serial in sorted(serials)
            for one in records.certificates_of(serial)
            if one.calibrated_ms < window[1]
        ],
        "commissionings": [
            one
            for place in places
            for one in records.commissionings_in(place)
            if one.probe in probes and one.from_ms < window[1]
        ],
        "work": [one for one in said if one.probe in ("", *probes) and one.at_ms < window[1]],
        "gaps": [one for gateway in gateways for one in records.gaps(gateway) if _within(one, probes, window)],
        "events": [count for place in places for count in _events(session, place, window)],
    }


def _within(gap: RecordedGap, probes: Sequence[str], window: Interval) -> bool:
    return gap.origin in (*probes, gap.gateway) and gap.from_ms < window[1] and gap.to_ms > window[0]


def _events(session: Session, place: str, window: Interval) -> list[EventCount]:
    counts = Counter(event.kind for event in session.records.events_in_place(place, *window))
    return [EventCount(place=place, kind=str(kind), count=counts[kind]) for kind in sorted(counts)]

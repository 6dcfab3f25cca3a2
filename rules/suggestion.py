"""What the rules have to say about a unit on hold: each point with the source it rests on. Pure.

A suggestion, never a disposition: nothing here lifts a hold or decides anything. It holds the figures of the record
against the numbers of the unit's own profile, names the section and its source, and leaves the rest to people. Where a
profile knows no concession, that is said, and none is made up.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from coldchain.closed_loop import ClockName, ClockState, UnitClock
from coldchain.units import Direction, Exposure, Finding, FindingKind, FindingStatus
from rules.limits import Budget, Profile


class Point(StrEnum):
    """What speaks for or against a unit."""

    BEYOND_HARD = "beyond-hard-limit"  # a peak beyond which no concession is known
    FROZEN = "may-have-frozen"  # cells at or below it are presumed damaged
    THAWED = "may-have-thawed"
    OUTSIDE = "outside-limits"
    NO_CONCESSION = "no-concession"  # the profile names none
    WITHIN = "within-concession"  # its figures are within what the profile's source allows
    BEYOND = "beyond-concession"
    UNSURE = "concession-unsure"  # part of its time is unknown, so that nobody can tell
    NOT_MEASURED = "not-measured"
    SENSOR = "sensor-fault"
    WITHDRAWN = "basis-withdrawn"


_DAMAGED: Final = frozenset({Point.BEYOND_HARD, Point.FROZEN, Point.THAWED})


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """One point, of a finding ("": of the unit), by a section of a profile. `evidence`: how well it is known."""

    point: Point
    finding: str
    profile: str
    version: int
    section: str
    source: str
    evidence: str
    values: dict[str, int]


def suggestions(
    exposures: Iterable[Exposure],
    findings: Mapping[str, Finding],
    limits: Mapping[str, Profile],
    own: Profile | None,
    clocks: Iterable[UnitClock],
) -> tuple[Suggestion, ...]:
    """Return what the rules say of a unit's exposures, in their order, and at the end of its concessions.

    `limits`: of each finding the profile that it names, as it holds in its place; `own`: the unit's. `clocks`: the
    unit's, those of its budgets.
    """
    found: list[Suggestion] = []
    outside = False
    for one in exposures:
        finding, profile = findings.get(one.finding), limits.get(one.finding)
        if finding is None or profile is None:
            continue
        if one.withdrawn or finding.status is FindingStatus.WITHDRAWN:
            found.append(_point(Point.WITHDRAWN, finding.id, profile, "storage", {}))
            continue
        outside = outside or finding.kind is FindingKind.EXCURSION
        found += _of_finding(one, finding, profile)
    if not outside or own is None:
        return tuple(found)
    damaged = any(one.point in _DAMAGED for one in found)
    return (*found, *_concessions(own, clocks, damaged=damaged))


def _of_finding(one: Exposure, finding: Finding, profile: Profile) -> list[Suggestion]:
    match finding.kind:
        case FindingKind.UNMEASURED:
            values = {"unknown_ms": one.unknown_ms_max or 0, "limit_ms": profile.gap_tolerance_ms}
            return [_point(Point.NOT_MEASURED, finding.id, profile, "gap", values)]
        case FindingKind.SENSOR_FAULT:
            return [_point(Point.SENSOR, finding.id, profile, "sensor_fault", {"unknown_ms": one.unknown_ms_max or 0})]
        case FindingKind.EXCURSION:
            return _of_excursion(one, finding, profile)


def _of_excursion(one: Exposure, finding: Finding, profile: Profile) -> list[Suggestion]:
    peak = one.peak_micro_celsius if one.peak_micro_celsius is not None else finding.peak_micro_celsius
    most = {} if one.out_ms_max is None else {"out_ms": one.out_ms_max}
    section = "transport" if finding.rule == "A03" and profile.transport is not None else "storage"
    values = most if peak is None else {**most, "peak_micro_celsius": peak}
    found = [_point(Point.OUTSIDE, finding.id, profile, section, values)]
    if peak is None:
        return found
    hard = _beyond_hard(peak, finding.direction, profile)
    if hard is not None:
        said = {"peak_micro_celsius": peak, "limit_micro_celsius": hard}
        found.append(_point(Point.BEYOND_HARD, finding.id, profile, "hard_limit", said))
    for point, limit, reached in (
        (Point.FROZEN, profile.freeze_micro_celsius, profile.cellular and not profile.frozen),
        (Point.THAWED, profile.thaw_micro_celsius, profile.frozen),
    ):
        if limit is not None and reached and (peak <= limit if point is Point.FROZEN else peak > limit):
            said = {"peak_micro_celsius": peak, "limit_micro_celsius": limit}
            found.append(_point(point, finding.id, profile, "product", said))
    return found


def _beyond_hard(peak: int, direction: Direction | None, profile: Profile) -> int | None:
    low, high = profile.hard_low_micro_celsius, profile.hard_high_micro_celsius
    cold = low is not None and (peak < low or (profile.hard_low_counts and peak == low))
    if direction is Direction.TOO_COLD and cold:
        return low
    warm = high is not None and (peak > high or (profile.hard_high_counts and peak == high))
    return high if direction is Direction.TOO_WARM and warm else None


def _concessions(own: Profile, clocks: Iterable[UnitClock], *, damaged: bool) -> list[Suggestion]:
    """Return how a unit stands with the concessions of its profile: those are its budgets, each with its source.

    Only those without a temperature of their own have a clock; of the others, and of a unit that was beyond a hard
    limit (`damaged`), nobody says here that a concession was kept.
    """
    budgets = own.units.budgets
    if not budgets:
        return [_point(Point.NO_CONCESSION, "", own, "storage", {})]
    running = iter([one for one in clocks if one.clock is ClockName.BUDGET])
    found = []
    for budget in budgets:
        plain = budget.above_micro_celsius is None and budget.below_micro_celsius is None
        clock = next(running, None) if plain else None
        named = {"single_ms": budget.single_ms, "total_ms": budget.total_ms, "occasions": budget.occasions}
        values = {name: value for name, value in named.items() if value is not None}
        values |= {} if clock is None else {"so_far_ms": clock.most_ms, "so_often": clock.occasions}
        found.append(_point(_kept(budget, clock, damaged=damaged), "", own, "budget", values))
    return found


def _kept(budget: Budget, clock: UnitClock | None, *, damaged: bool) -> Point:
    if clock is not None and clock.state is ClockState.OVER:
        return Point.BEYOND
    sure = clock is not None and clock.state in {ClockState.COUNTED, ClockState.WITHIN, ClockState.WARNED}
    single = budget.single_ms is None or (clock is not None and clock.most_ms <= budget.single_ms)
    often = budget.occasions is None or (clock is not None and clock.occasions <= budget.occasions)
    running = clock is not None and clock.running
    return Point.WITHIN if sure and single and often and not running and not damaged else Point.UNSURE


def _point(point: Point, finding: str, profile: Profile, section: str, values: dict[str, int]) -> Suggestion:
    cited = next((one for one in profile.citations if one.section.partition("[")[0].partition(".")[0] == section), None)
    return Suggestion(
        point=point,
        finding=finding,
        profile=profile.id,
        version=profile.version,
        section=section,
        source="" if cited is None else cited.source,
        evidence="" if cited is None else cited.evidence,
        values=values,
    )

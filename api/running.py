"""Figures of what still lasts: findings and exposures without an end, computed up to now on reading."""

from collections.abc import Sequence

import msgspec

from api.watching import Watched, measure_of, sides_of, watched_of
from coldchain.clock_doubt import ClockDoubt
from coldchain.entries import StayRecord, stay_of
from coldchain.places import Probe
from coldchain.ports import Session
from coldchain.units import Direction, Exposure, Finding, FindingKind, FindingStatus
from rules.clock_bounds import doubt_of
from rules.clock_words import bounds_near, stay_clocks, watching_gateways
from rules.exposure import Durations, expose


class FindingView(msgspec.Struct, frozen=True, kw_only=True):
    """A finding. While it is open its figures are computed up to `as_of_ms` and are no part of the record."""

    finding: Finding
    running: bool
    as_of_ms: int


class ExposureView(msgspec.Struct, frozen=True, kw_only=True):
    """An exposure. While it lasts its figures are computed up to `as_of_ms` and are no part of the record."""

    exposure: Exposure
    running: bool
    as_of_ms: int


def finding_view(session: Session, finding: Finding, now_ms: int, probes: Sequence[Probe] | None = None) -> FindingView:
    """Return a finding with its figures up to now. `probes`: every registered one, where they are known."""
    if finding.end_ms is not None or finding.status is not FindingStatus.OPEN or now_ms <= finding.start_ms:
        return FindingView(finding=finding, running=False, as_of_ms=now_ms)
    watched = watched_of(session, finding, probes)
    shown = _figures_of(session, watched, finding, now_ms) if watched else finding
    return FindingView(finding=shown, running=True, as_of_ms=now_ms)


def exposure_view(
    session: Session, exposure: Exposure, finding: Finding | None, stays: Sequence[StayRecord], now_ms: int
) -> ExposureView:
    """Return an exposure with its figures up to now; `stays` are the unit's."""
    running = exposure.to_ms is None and not exposure.withdrawn
    if not running or finding is None:
        return ExposureView(exposure=exposure, running=running, as_of_ms=now_ms)
    watched = watched_of(session, finding)
    until_now = msgspec.structs.replace(finding, end_ms=min(now_ms, finding.end_ms or now_ms))
    there = [stay_of(stay) for stay in stays if stay.place == exposure.place and not stay.withdrawn]
    shown = None
    if watched is not None:
        measure, sides = measure_of(session, watched), sides_of(session, watched, finding.direction)
        # Where another probe of the place measured, the finding touches nobody (ingest.covered).
        touched = [(exposure.from_ms, now_ms)]
        gateways = watching_gateways(session.records.readers(), finding.place)
        clocks = stay_clocks(session.records, finding, watched.probe, gateways)
        shown = expose(exposure.unit, until_now, there, measure, sides=sides, within=touched, clocks=clocks)
    figures = msgspec.structs.replace(shown, to_ms=None, certain=exposure.certain) if shown else exposure
    return ExposureView(exposure=figures, running=True, as_of_ms=now_ms)


def _figures_of(session: Session, watched: Watched, finding: Finding, now_ms: int) -> Finding:
    lasted = measure_of(session, watched)(finding.start_ms, now_ms)
    sides = sides_of(session, watched, finding.direction)
    least = sides.nearer(finding.start_ms, now_ms) if sides else lasted
    cold, outside = finding.direction is Direction.TOO_COLD, finding.kind is FindingKind.EXCURSION
    peak = lasted.min_micro_celsius if cold else lasted.max_micro_celsius
    return msgspec.structs.replace(
        finding,
        peak_micro_celsius=peak if outside else None,
        out_ms=_out(lasted, cold=cold) if outside else 0,
        out_ms_least=_out(least, cold=cold) if outside else None,
        unknown_ms=lasted.unknown_ms,
        clock=_clock_of(session, watched.probe, finding, now_ms),
    )


def _clock_of(session: Session, probe: Probe, finding: Finding, now_ms: int) -> ClockDoubt | None:
    """Return what the clock leaves open of a finding that lasts, as if it ended now."""
    near = bounds_near(session.records, probe.gateway, finding.start_ms, now_ms)
    return doubt_of(near, msgspec.structs.replace(finding, end_ms=now_ms), probe.role)


def _out(lasted: Durations, *, cold: bool) -> int:
    return lasted.too_cold_ms if cold else lasted.too_warm_ms

"""Figures of what still lasts: findings and exposures without an end, computed up to now on reading."""

from collections.abc import Sequence

import msgspec

from api.watching import measure_of_finding
from coldchain.entries import StayRecord, stay_of
from coldchain.ports import Session
from coldchain.units import Direction, Exposure, Finding, FindingKind, FindingStatus
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


def finding_view(session: Session, finding: Finding, now_ms: int) -> FindingView:
    """Return a finding with its figures up to now."""
    if finding.end_ms is not None or finding.status is not FindingStatus.OPEN or now_ms <= finding.start_ms:
        return FindingView(finding=finding, running=False, as_of_ms=now_ms)
    measure = measure_of_finding(session, finding)
    shown = _with_figures(finding, measure(finding.start_ms, now_ms)) if measure else finding
    return FindingView(finding=shown, running=True, as_of_ms=now_ms)


def exposure_view(
    session: Session, exposure: Exposure, finding: Finding | None, stays: Sequence[StayRecord], now_ms: int
) -> ExposureView:
    """Return an exposure with its figures up to now; `stays` are the unit's."""
    running = exposure.to_ms is None and not exposure.withdrawn
    if not running or finding is None:
        return ExposureView(exposure=exposure, running=running, as_of_ms=now_ms)
    measure = measure_of_finding(session, finding)
    until_now = msgspec.structs.replace(finding, end_ms=min(now_ms, finding.end_ms or now_ms))
    there = [stay_of(stay) for stay in stays if stay.place == exposure.place and not stay.withdrawn]
    shown = expose(exposure.unit, until_now, there, measure) if measure else None
    figures = msgspec.structs.replace(shown, to_ms=None, certain=exposure.certain) if shown else exposure
    return ExposureView(exposure=figures, running=True, as_of_ms=now_ms)


def _with_figures(finding: Finding, lasted: Durations) -> Finding:
    cold = finding.direction is Direction.TOO_COLD
    peak = lasted.min_micro_celsius if cold else lasted.max_micro_celsius
    out_ms = lasted.too_cold_ms if cold else lasted.too_warm_ms
    return msgspec.structs.replace(
        finding,
        peak_micro_celsius=peak if finding.kind is FindingKind.EXCURSION else None,
        out_ms=out_ms if finding.kind is FindingKind.EXCURSION else 0,
        unknown_ms=lasted.unknown_ms,
    )

"""Findings keep their identity: an episode found again keeps the id of the finding that it overlaps longest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from coldchain.calibration import Applied, in_span
from coldchain.clock_doubt import ClockDoubt
from coldchain.places import Probe
from coldchain.units import Finding, FindingKind, FindingStatus
from rules.excursion import Episode
from rules.intervals import OPEN_END_MS
from rules.profile import Profile
from rules.rolling import SPARSE

__all__ = ["OPEN_END_MS", "Subject", "finding_of", "reconcile"]


def _nobody_said(_: Episode) -> ClockDoubt | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a finding speaks of. `kept`: (from_ms, profile), rising, each from its instant on.

    `applied`: the calibrations by which its readings are corrected. `clock` says how far the clock may be
    off that stamped them (rules.clock_bounds).
    """

    probe: Probe
    profile: Profile
    kept: Sequence[tuple[int, Profile]] = ()
    applied: Sequence[Applied] = ()
    clock: Callable[[Episode], ClockDoubt | None] = _nobody_said

    def at(self, at_ms: int) -> Profile:
        """Return the profile under which what begins at an instant is judged."""
        return next((profile for from_ms, profile in reversed(self.kept) if from_ms <= at_ms), self.profile)


def reconcile(
    subject: Subject, episodes: Sequence[Episode], old: Sequence[Finding], new_id: Callable[[], str]
) -> list[Finding]:
    """Return the findings that have changed: new ones, amended ones under the next version, withdrawn ones.

    `old` are the stored findings that the fold covers, by ledger sequence, oldest first; ties of overlap go to the
    oldest. What came out as it is stored is not returned.
    """
    pairs = sorted(
        (
            (-_overlap(episode, finding), rank, index)
            for index, episode in enumerate(episodes)
            for rank, finding in enumerate(old)
            if _same_rule(episode, finding) and _overlap(episode, finding)
        ),
    )
    match: dict[int, int] = {}
    for _, rank, index in pairs:
        if index not in match and rank not in match.values():
            match[index] = rank
    changed = []
    for index, episode in enumerate(episodes):
        if index not in match:
            changed.append(finding_of(subject, episode, new_id(), 1))
            continue
        stored = old[match[index]]
        again = finding_of(subject, episode, stored.id, stored.version + 1)
        if msgspec.structs.replace(again, version=stored.version) != stored:
            changed.append(again)
    gone = [finding for rank, finding in enumerate(old) if rank not in match.values()]
    return changed + [
        msgspec.structs.replace(finding, version=finding.version + 1, status=FindingStatus.WITHDRAWN)
        for finding in gone
    ]


def finding_of(subject: Subject, episode: Episode, finding_id: str, version: int) -> Finding:
    """Return the finding for an episode. While it is open its figures are left out: they grow by the minute."""
    closed = episode.end_ms is not None
    profile = subject.at(episode.start_ms)
    excursion = closed and episode.kind is FindingKind.EXCURSION
    return Finding(
        id=finding_id,
        version=version,
        kind=episode.kind,
        rule=episode.rule,
        place=subject.probe.place,
        probe=subject.probe.id,
        profile=profile.id,
        profile_version=profile.version,
        status=FindingStatus.CLOSED if closed else FindingStatus.OPEN,
        holds=episode.kind is not FindingKind.SENSOR_FAULT and episode.detail != SPARSE,
        detail=episode.detail,
        direction=episode.direction,
        start_ms=episode.start_ms,
        condition_ms=episode.condition_ms,
        end_ms=episode.end_ms,
        cleared_ms=episode.cleared_ms,
        peak_micro_celsius=episode.peak_micro_celsius if excursion else None,
        out_ms=episode.out_ms if excursion else None,
        unknown_ms=episode.unknown_ms if closed else None,
        samples_out=episode.samples_out if excursion else None,
        calibrations=_calibrations(subject, episode),
        certain=episode.certain,
        out_ms_least=episode.out_ms_least if excursion else None,
        clock=subject.clock(episode),
    )


def _same_rule(episode: Episode, finding: Finding) -> bool:
    return (finding.kind, finding.direction, finding.detail) == (episode.kind, episode.direction, episode.detail)


def _calibrations(subject: Subject, episode: Episode) -> tuple[Applied, ...]:
    if episode.kind is FindingKind.UNMEASURED:
        return ()
    return in_span(subject.applied, episode.start_ms, episode.end_ms or OPEN_END_MS)


def _overlap(episode: Episode, finding: Finding) -> int:
    end = min(episode.end_ms or OPEN_END_MS, finding.end_ms or OPEN_END_MS)
    return max(0, end - max(episode.start_ms, finding.start_ms))

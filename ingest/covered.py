"""Two probes of a place: while one is blind the other decides, and nobody is exposed to time that one of them measured.

A finding of one probe stays, for the probe is to be looked after. Only the units are spared it: they are touched in the
stretches in which no probe of the place measured, and which lasted as long as a gap of one probe may not. Excursions of
any probe touch everybody all the same.
"""

from collections.abc import Callable

from coldchain.history import History
from coldchain.places import Probe
from coldchain.ports import Session
from coldchain.units import Finding, FindingKind, FindingStatus
from ingest.known import profile_of
from rules.counted import counted_in, work_of
from rules.intervals import OPEN_END_MS, Interval, common
from rules.rolling import SPARSE, unmeasured


def uncovered(session: Session, finding: Finding) -> list[Interval] | None:
    """Return the stretches of a finding A05 in which no probe of its place measured; None: it is not to be asked."""
    if finding.kind is not FindingKind.UNMEASURED or finding.detail == SPARSE:
        return None
    probes = [probe for probe in session.records.probes() if probe.place == finding.place]
    others = [probe for probe in probes if probe.id != finding.probe]
    if not others:
        return None
    profile, counted = profile_of(session, finding.place), counted_in(work_of(session.records, finding.place, probes))
    span = (finding.start_ms, finding.end_ms or OPEN_END_MS)
    left = [span]
    for probe in others:
        read = counted[probe.id].measured(_reader(session, probe))
        history = read(max(0, span[0] - profile.hold_ms), span[1])
        left = common(left, unmeasured(history, profile, span))
    longest = profile.gap_tolerance_ms - profile.hold_ms
    return [part for part in left if part[1] - part[0] >= longest or part == span]


def beside(session: Session, probe: Probe, changed: set[str]) -> dict[str, set[str] | None]:
    """Return the findings A05 of other probes of the place whom a change of this probe's own may uncover or cover."""
    gaps = [finding for finding in map(session.records.finding, sorted(changed)) if finding and _is_gap(finding)]
    if not gaps:
        return {}
    from_ms = min(finding.start_ms for finding in gaps)
    near = session.records.findings(place=probe.place, overlapping=(from_ms - 1, OPEN_END_MS))
    others = [one for one in near if one.probe != probe.id and _is_gap(one)]
    return {one.id: None for one in others if one.status is not FindingStatus.WITHDRAWN}


def _is_gap(finding: Finding) -> bool:
    return finding.kind is FindingKind.UNMEASURED and finding.detail != SPARSE


def _reader(session: Session, probe: Probe) -> Callable[[int, int], History]:
    def read(from_ms: int, to_ms: int) -> History:
        return session.readings.history(probe.id, from_ms, to_ms)

    return read

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
from ingest.known import Known, profile_of_finding
from rules.covered import uncovered_in
from rules.intervals import OPEN_END_MS, Interval
from rules.rolling import SPARSE


def uncovered(session: Session, finding: Finding, now_ms: int) -> list[Interval] | None:
    """Return the stretches of a finding A05 in which no probe of its place measured; None: it is not to be asked.

    What is awaited of another probe decides nothing yet. A stretch that nobody has seen end lasts on.
    """
    if finding.kind is not FindingKind.UNMEASURED or finding.detail == SPARSE:
        return None
    probes = [probe for probe in session.records.probes() if probe.place == finding.place]
    others = [probe for probe in probes if probe.id != finding.probe]
    if not others:
        return None
    known, profile = Known(session, now_ms), profile_of_finding(session, finding)
    span = (finding.start_ms, finding.end_ms or OPEN_END_MS)
    asked = [(known.counted(probe).measured(_reader(session, probe)), known.horizon(probe.gateway)) for probe in others]
    return uncovered_in(span, asked, profile)


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

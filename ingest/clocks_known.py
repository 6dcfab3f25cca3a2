"""What the record knows of the clocks of gateways, and findings that a word on a clock says something new of."""

from collections.abc import Mapping

import msgspec

from coldchain.canonical import INTEGER_MAX
from coldchain.entries import Draft, EntryKind
from coldchain.ports import Session
from coldchain.units import Finding, FindingStatus
from ingest.known import ACTOR, Known, site_of
from rules.clock_bounds import BELIEVED_MS, REACH_MS
from rules.intervals import Interval


def reclocked(session: Session, known: Known, clocks: Mapping[str, Interval], now_ms: int) -> list[str]:
    """Say anew how certain the times of findings are after words on clocks; return the findings that changed.

    `clocks`: of each gateway the first and last instant of its new words. They reach to the words beside them.
    """
    changed: list[Finding] = []
    for gateway, span in sorted(clocks.items()):
        from_ms, to_ms = _reached(session, gateway, span)
        for probe in session.records.probes():
            if probe.gateway != gateway:
                continue
            for finding in session.records.findings(probe=probe.id, overlapping=(from_ms - 1, to_ms + 1)):
                clock = known.clock_doubt(probe, finding)
                if finding.status is not FindingStatus.WITHDRAWN and clock != finding.clock:
                    changed.append(msgspec.structs.replace(finding, version=finding.version + 1, clock=clock))
    drafts = [
        Draft(kind=EntryKind.FINDING, actor=ACTOR, site=site_of(session, one.place), payload=one) for one in changed
    ]
    session.ledger.append(drafts, now_ms)
    return [finding.id for finding in changed]


def _reached(session: Session, gateway: str, span: Interval) -> Interval:
    """Return the time of which new words in a span say something: to the word before it and to the one after it."""
    records = session.records
    first_ms, last_ms = max(0, span[0] - REACH_MS), min(INTEGER_MAX, span[1] + BELIEVED_MS + REACH_MS)
    before = records.clock_marks(gateway, first_ms, max(0, span[0] - BELIEVED_MS), 1, newest_first=True)
    after = records.clock_marks(gateway, min(INTEGER_MAX, span[1] + BELIEVED_MS + 1), last_ms, 1)
    return before[0].taken_ms if before else first_ms, after[0].taken_ms if after else last_ms

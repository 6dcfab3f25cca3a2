"""What the record knows of the clocks of gateways, and findings that a word on a clock says something new of."""

from collections.abc import Mapping

import msgspec

from coldchain.canonical import INTEGER_MAX
from coldchain.entries import Draft, EntryKind
from coldchain.ports import Session
from coldchain.units import Finding, FindingStatus
from ingest.known import ACTOR, Known, site_of
from rules.clock_bounds import BELIEVED_MS, REACH_MS
from rules.clock_words import nearest_word
from rules.intervals import Interval


def reclocked(session: Session, known: Known, clocks: Mapping[str, Interval], now_ms: int) -> list[str]:
    """Say anew how certain the times of findings are after words on clocks; return those to expose anew.

    `clocks`: of each gateway the first and last instant of its new words. They reach to the words beside them. By the
    clock of a reader it is told who was inside, so the findings of its place are among them.
    """
    changed: list[Finding] = []
    seen: list[str] = []
    for gateway, span in sorted(clocks.items()):
        reached = _reached(session, gateway, span)
        changed += _changed(session, known, gateway, reached)
        seen += _seen_by(session, known, gateway, reached)
    drafts = [
        Draft(kind=EntryKind.FINDING, actor=ACTOR, site=site_of(session, one.place), payload=one) for one in changed
    ]
    session.ledger.append(drafts, now_ms)
    return [*(finding.id for finding in changed), *seen]


def _changed(session: Session, known: Known, gateway: str, reached: Interval) -> list[Finding]:
    """Return the findings of a gateway's probes of which its clock leaves something else open now, as they are then."""
    changed = []
    for probe in known.probes_at(gateway):
        for finding in session.records.findings(probe=probe.id, overlapping=reached):
            clock = known.clock_doubt(probe, finding)
            if finding.status is not FindingStatus.WITHDRAWN and clock != finding.clock:
                changed.append(msgspec.structs.replace(finding, version=finding.version + 1, clock=clock))
    return changed


def _seen_by(session: Session, known: Known, gateway: str, reached: Interval) -> list[str]:
    """Return the findings of other gateways' probes in places that a gateway's readers watch."""
    own = {probe.id for probe in known.probes_at(gateway)}
    found = [
        one for place in known.watched_by(gateway) for one in session.records.findings(place=place, overlapping=reached)
    ]
    return [one.id for one in found if one.holds and one.probe not in own]


def _reached(session: Session, gateway: str, span: Interval) -> Interval:
    """Return the time of which new words in a span say something: to the word before it and to the one after it."""
    dated = session.records.backdatings(gateway)
    before = nearest_word(session.records, gateway, span[0] - BELIEVED_MS, dated, back=True)
    after = nearest_word(session.records, gateway, span[1] + BELIEVED_MS, dated, back=False)
    from_ms = before[0].taken_ms if before else span[0] - REACH_MS
    to_ms = after[0].taken_ms if after else span[1] + REACH_MS
    return max(0, from_ms - BELIEVED_MS), min(INTEGER_MAX - 1, to_ms + BELIEVED_MS)

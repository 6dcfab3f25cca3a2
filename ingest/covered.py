"""Two probes of a place: while one is blind the other decides, and nobody is exposed to time that one of them measured.

A finding of one probe stays, for the probe is to be looked after. Only the units are spared it: they are touched in the
stretches in which no probe of the place measured, and which lasted as long as a gap of one probe may not. Excursions of
any probe touch everybody all the same.
"""

from collections.abc import Callable
from dataclasses import dataclass

from coldchain.history import History
from coldchain.places import Probe
from coldchain.ports import FoldHead, Session
from coldchain.units import Finding, FindingKind, FindingStatus
from ingest.known import Known, profile_of_finding
from rules.covered import uncovered_in
from rules.intervals import OPEN_END_MS, Interval
from rules.refold import Ask
from rules.rolling import SPARSE, unmeasured


def uncovered(session: Session, finding: Finding, now_ms: int) -> list[Interval] | None:
    """Return the stretches of a finding A05 in which no probe of its place measured; None: it is not to be asked.

    What is awaited of another probe decides nothing yet. A stretch that nobody has seen end lasts on.
    """
    if finding.kind is not FindingKind.UNMEASURED or finding.detail == SPARSE:
        return None
    known = Known(session, now_ms)
    others = [probe for probe in known.probes_of(finding.place) if probe.id != finding.probe]
    if not others:
        return None
    profile = profile_of_finding(session, finding)
    span = (finding.start_ms, finding.end_ms or OPEN_END_MS)
    asked = [
        (known.counted(probe).measured(_reader(session, probe)), _judged(session, known, probe)) for probe in others
    ]
    return uncovered_in(span, asked, profile)


def _judged(session: Session, known: Known, probe: Probe) -> int:
    """Return the mark of a probe: one that went back counts once its fold has seen it.

    A lost gateway that is heard again takes its own mark back, and where rules fail nothing is folded by it. A unit
    that was judged by it all the same would not be judged again when it is up again: `altered_of` compares folds.
    """
    head = session.books.head(probe.id)
    mark_ms = known.horizon(probe.gateway)
    return mark_ms if head is None else max(mark_ms, head.horizon_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Altered:
    """First and last instant of what has changed of a probe: readings, marks, and time that was or is awaited.

    `went_on`: all of it lies behind what was known before, so nothing is altered where the probe measured.
    """

    from_ms: int
    to_ms: int
    went_on: bool = False


def altered_of(before: FoldHead | None, ask: Ask | None, horizon_ms: int) -> Altered | None:
    """Return what has changed since a fold stood at `before`: what is asked for, and the horizon. None: nothing."""
    spans = [] if ask is None else [(ask.from_ms, ask.settled_ms)]
    if before is not None and horizon_ms != before.horizon_ms:
        spans.append((min(before.horizon_ms, horizon_ms), max(before.horizon_ms, horizon_ms)))
    elif before is None and ask is not None:
        spans.append((ask.from_ms, horizon_ms))
    if not spans:
        return None
    from_ms, to_ms = min(begin for begin, _ in spans), max(end for _, end in spans)
    behind = before is not None and horizon_ms >= before.horizon_ms
    if before is None or not behind or (ask is not None and ask.from_ms <= before.last_taken_ms):
        return Altered(from_ms=from_ms, to_ms=to_ms)
    return Altered(from_ms=min(before.last_taken_ms, before.horizon_ms, from_ms), to_ms=to_ms, went_on=True)


def beside(
    session: Session, known: Known, probe: Probe, changed: set[str], altered: Altered | None
) -> dict[str, set[str] | None]:
    """Return the findings A05 of other probes of the place that what changed of this one may uncover or cover.

    `changed` are its own findings that did. They alone do not say it: a probe that rests has no finding of its own, and
    yet it covers nobody.
    """
    if known.probes_of(probe.place) == [probe]:
        return {}
    gaps = [finding for finding in map(session.records.finding, sorted(changed)) if finding and _is_gap(finding)]
    found: dict[str, set[str] | None] = {}
    if gaps:
        found |= _gaps_of_others(session, probe, (min(finding.start_ms for finding in gaps), OPEN_END_MS))
    if altered is not None:
        hold_ms = max(profile.hold_ms for _, profile in known.profiles(probe.place))
        touched = _gaps_of_others(session, probe, (altered.from_ms, altered.to_ms + hold_ms + 1))
        if touched.keys() - found.keys() and not (altered.went_on and _measured(session, known, probe, altered)):
            found |= touched
    return found


def _measured(session: Session, known: Known, probe: Probe, altered: Altered) -> bool:
    """Tell whether a probe measured all the time of what has changed."""
    profile = min((profile for _, profile in known.profiles(probe.place)), key=lambda one: one.hold_ms)
    read = known.counted(probe).measured(_reader(session, probe))
    history = read(max(0, altered.from_ms - profile.hold_ms), altered.to_ms + 1)
    return not unmeasured(history, profile, (altered.from_ms, altered.to_ms + 1))


def _gaps_of_others(session: Session, probe: Probe, span: Interval) -> dict[str, set[str] | None]:
    near = session.records.findings(place=probe.place, overlapping=(span[0] - 1, span[1]))
    others = [one for one in near if one.probe != probe.id and _is_gap(one)]
    return {one.id: None for one in others if one.status is not FindingStatus.WITHDRAWN}


def _is_gap(finding: Finding) -> bool:
    return finding.kind is FindingKind.UNMEASURED and finding.detail != SPARSE


def _reader(session: Session, probe: Probe) -> Callable[[int, int], History]:
    def read(from_ms: int, to_ms: int) -> History:
        return session.readings.history(probe.id, from_ms, to_ms)

    return read

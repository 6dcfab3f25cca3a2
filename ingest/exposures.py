"""Exposures follow findings and stays; holds are placed for them and never lifted by themselves."""

from functools import cache, partial

import msgspec

from coldchain.canonical import INTEGER_MAX
from coldchain.entries import Draft, EntryKind, stay_of
from coldchain.history import History
from coldchain.ports import Session
from coldchain.units import Exposure, Finding, FindingStatus, Hold, Reason, Stay
from ingest.covered import uncovered
from ingest.decisions import overtaken
from ingest.known import ACTOR, Known, profile_of_finding, site_of
from rules.certain import FARTHER, NEARER, shifted
from rules.counted import ALL_COUNTS, counted_in, work_of
from rules.exposure import Durations, Measure, Sides, durations, expose
from rules.identity import OPEN_END_MS


def reexpose(session: Session, known: Known, finding_id: str, only: set[str] | None, now_ms: int) -> set[str]:
    """Work out what a finding means for the units of its place (all, or only some), and place holds.

    Return the units whose exposures or holds are new or have changed.
    """
    finding = session.records.finding(finding_id)
    if finding is None or only == set():
        return set()
    old = {exposure.unit: exposure for exposure in session.records.exposures_of_finding(finding_id)}
    new = _exposures(session, known, finding, only, now_ms)
    drafts: list[Draft] = []
    held: set[str] = set()
    site = site_of(session, finding.place)
    for unit in sorted(old.keys() | new.keys()):
        if only is not None and unit not in only:
            continue
        exposure = new.get(unit) or msgspec.structs.replace(old[unit], withdrawn=True)
        if exposure != old.get(unit):
            drafts.append(Draft(kind=EntryKind.EXPOSURE, actor=ACTOR, site=site, payload=exposure))
        passed, again = overtaken(session, exposure, finding, now_ms) if exposure != old.get(unit) else ([], set())
        drafts += [Draft(kind=EntryKind.DECISION, actor=ACTOR, site=site, payload=one) for one in passed]
        holds = _holds(session, exposure, again, now_ms)
        drafts += [Draft(kind=EntryKind.HOLD, actor=ACTOR, site=site, payload=hold) for hold in holds]
        held |= {hold.unit for hold in holds} | ({unit} if exposure != old.get(unit) else set())
    session.ledger.append(drafts, now_ms)
    return held


def _exposures(
    session: Session, known: Known, finding: Finding, only: set[str] | None, now_ms: int
) -> dict[str, Exposure]:
    if finding.status is FindingStatus.WITHDRAWN or not finding.holds:
        return {}
    by_unit: dict[str, list[Stay]] = {}
    clocks = known.stay_clocks(finding)
    begin_ms, end_ms = finding.start_ms - clocks.most_ms, finding.end_ms
    end_ms = None if end_ms is None else end_ms + clocks.most_ms
    for record in session.records.stays_in_place(finding.place, max(0, begin_ms), end_ms):
        if only is None or record.unit in only:
            by_unit.setdefault(record.unit, []).append(stay_of(record))
    measure, sides = measures(session, finding)
    within = uncovered(session, finding, now_ms) if by_unit else None
    known_to_ms = _known_to(session, finding)
    found = {}
    for unit, stays in by_unit.items():
        exposure = expose(unit, finding, stays, measure, known_to_ms, sides, within, clocks)
        if exposure:
            found[unit] = exposure
    return found


def _known_to(session: Session, finding: Finding) -> int:
    """Return up to when a finding is known: an open one lasts at least to its probe's last reading or horizon."""
    head = session.books.head(finding.probe)
    if finding.end_ms is not None or head is None:
        return OPEN_END_MS
    return max(head.last_taken_ms, head.horizon_ms)


def measures(session: Session, finding: Finding) -> tuple[Measure, Sides | None]:
    """Return durations of the finding's probe by window, and those at both ends of the uncertainty of its readings.

    Readings are fetched once, and only if asked for.
    """
    profile = profile_of_finding(session, finding)
    probes = session.records.equipment().probes_in.get(finding.place, ())
    counted = counted_in(work_of(session.records, finding.place, probes)).get(finding.probe, ALL_COUNTS)

    def every(from_ms: int, to_ms: int) -> History:
        return session.readings.history(finding.probe, from_ms, to_ms)

    @cache
    def history(uncertainties: int) -> History:
        until_ms = OPEN_END_MS if finding.end_ms is None else finding.end_ms
        return counted.measured(every, uncertainties)(finding.start_ms - profile.hold_ms, until_ms)

    head = session.books.head(finding.probe)
    horizon_ms = INTEGER_MAX if head is None else head.horizon_ms

    @cache
    def measure(from_ms: int, to_ms: int, uncertainties: int = 0) -> Durations:
        part = history(uncertainties).between(from_ms - profile.hold_ms, to_ms)
        return durations(part, profile, from_ms, to_ms, horizon_ms)

    if not counted.uncertain:
        return measure, None
    nearer, farther = shifted(finding.direction, NEARER), shifted(finding.direction, FARTHER)
    sides = Sides(partial(measure, uncertainties=nearer), partial(measure, uncertainties=farther), known=True)
    return measure, sides


def _holds(session: Session, exposure: Exposure, again: set[str], now_ms: int) -> list[Hold]:
    """Return the holds to place or to mark: that of the exposure, and those in `again`, which no decision lifts now.

    One is placed once for unit and finding, and never lifted by itself.
    """
    hold_id = f"h-{exposure.finding.removeprefix('f-')}-{exposure.unit}"
    known = {hold.id: hold for hold in session.records.holds_of_unit(exposure.unit)}
    said = {name: msgspec.structs.replace(known[name], lifted_by="") for name in again}
    held = said.get(hold_id) or known.get(hold_id)
    if held is not None:
        certain = held.certain or (exposure.certain and not exposure.withdrawn)
        stands = msgspec.structs.replace(held, basis_stands=not exposure.withdrawn, certain=certain)
        said[hold_id] = msgspec.structs.replace(stands, **_reason(held, exposure))
    elif not exposure.withdrawn:
        said[hold_id] = Hold(
            id=hold_id,
            unit=exposure.unit,
            finding=exposure.finding,
            placed_ms=now_ms,
            certain=exposure.certain,
            reason=exposure.reason,
            listed=exposure.listed,
            since_ms=exposure.since_ms,
        )
    return [hold for name, hold in sorted(said.items()) if hold != known.get(name)]


def _reason(held: Hold, exposure: Exposure) -> dict[str, Reason | str | int | None]:
    """Return why a hold stands by now. What was certain once stays so; one from before reasons were says none."""
    surer = exposure.certain and not held.certain
    told = held.reason not in {Reason.NOT_SAID, Reason.CERTAIN} and not held.certain
    if exposure.withdrawn or held.lifted_by or not (surer or told):
        return {}
    return {"reason": exposure.reason, "listed": exposure.listed, "since_ms": exposure.since_ms}

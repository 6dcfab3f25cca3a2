"""What people are shown and what they say is checked against: the evidence against a unit, a reading that held."""

from collections.abc import Callable

from coldchain.calibrated import calibrated
from coldchain.decisions import Evidence, evidence_of
from coldchain.facts import Quality
from coldchain.history import History
from coldchain.ports import Session
from coldchain.units import OF_FINDING, Exposure, Hold, Unit


def present_evidence(session: Session, unit: Unit) -> Evidence:
    """Return the version of the evidence against a unit as it is recorded now."""
    records = session.records
    exposures, holds = exposures_against(session, unit.id), records.holds_of_unit(unit.id)
    named = {one.finding for one in exposures} | {one.finding for one in holds}
    findings = {name: found for name in named if (found := records.finding(name))}
    return evidence_of(unit, exposures, findings, holds)


def came(hold: Hold) -> bool:
    """Tell whether a hold stands on a recall or a look at the bag or came over the lineage, not on its own exposure."""
    return hold.basis != OF_FINDING or hold.via != ""


def exposures_against(session: Session, unit: str) -> tuple[Exposure, ...]:
    """Return a unit's own exposures, then those from before it was made of what it was made from, by unit.

    The latter only for findings whose holds came to it: what happened to the bag is evidence against what is in it.
    """
    own = session.records.exposures_of_unit(unit)
    findings = {hold.finding for hold in session.records.holds_of_unit(unit) if hold.via}
    if not findings:
        return own
    found: dict[str, dict[str, Exposure]] = {}
    waiting, seen = [unit], {unit}
    while waiting:
        for edge in session.records.made_from(waiting.pop()):
            for one in session.records.exposures_of_unit(edge.parent):
                if one.finding in findings and one.from_ms < edge.at_ms:
                    found.setdefault(edge.parent, {})[one.finding] = one
            waiting += [] if edge.parent in seen else [edge.parent]
            seen.add(edge.parent)
    behind = [one for _, by_finding in sorted(found.items()) for _, one in sorted(by_finding.items())]
    return (*own, *behind)


def _every(history: History) -> History:
    return calibrated(history, ())


def held_reading(
    session: Session, probe: str, at_ms: int, hold_ms: int, spoken: Callable[[History], History] = _every
) -> tuple[int, int] | None:
    """Return (micro-degrees Celsius, taken_ms) of the effective reading of a probe that held at an instant, if any.

    A reading holds from its instant up to, but not at, `hold_ms` later. `spoken` leaves those of some readings that
    count, corrected; without it all count as they were sent, but no power-on value is a temperature.
    """
    last = spoken(session.readings.last_before(probe, at_ms + 1))
    if not len(last) or int(last.taken_ms[0]) + hold_ms <= at_ms or int(last.quality[0]) != Quality.GOOD:
        return None
    return int(last.micro_celsius[0]), int(last.taken_ms[0])

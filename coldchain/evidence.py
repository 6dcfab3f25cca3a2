"""What people are shown and what they say is checked against: the evidence against a unit, a reading that held."""

from coldchain.decisions import Evidence, evidence_of
from coldchain.facts import Quality
from coldchain.ports import Session
from coldchain.units import Unit


def present_evidence(session: Session, unit: Unit) -> Evidence:
    """Return the version of the evidence against a unit as it is recorded now."""
    records = session.records
    exposures, holds = records.exposures_of_unit(unit.id), records.holds_of_unit(unit.id)
    named = {one.finding for one in exposures} | {one.finding for one in holds}
    findings = {name: found for name in named if (found := records.finding(name))}
    return evidence_of(unit, exposures, findings, holds)


def held_reading(session: Session, probe: str, at_ms: int, hold_ms: int) -> tuple[int, int] | None:
    """Return (micro-degrees Celsius, taken_ms) of the effective reading of a probe that held at an instant, if any."""
    last = session.readings.last_before(probe, at_ms + 1)
    if not len(last) or int(last.taken_ms[0]) + hold_ms < at_ms or int(last.quality[0]) != Quality.GOOD:
        return None
    return int(last.micro_celsius[0]), int(last.taken_ms[0])

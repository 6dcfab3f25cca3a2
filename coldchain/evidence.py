"""The evidence against a unit as a session has it: what a person is shown, and what a decision is checked against."""

from coldchain.decisions import Evidence, evidence_of
from coldchain.ports import Session
from coldchain.units import Unit


def present_evidence(session: Session, unit: Unit) -> Evidence:
    """Return the version of the evidence against a unit as it is recorded now."""
    records = session.records
    exposures, holds = records.exposures_of_unit(unit.id), records.holds_of_unit(unit.id)
    named = {one.finding for one in exposures} | {one.finding for one in holds}
    findings = {name: found for name in named if (found := records.finding(name))}
    return evidence_of(unit, exposures, findings, holds)

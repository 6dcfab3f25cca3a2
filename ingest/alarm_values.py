"""What an alarm says of its finding: how warm, which limit, for how long, which probe. No figure is made up."""

from coldchain.alarms import OF_A_FINDING
from coldchain.ports import Session
from coldchain.units import Direction, Finding
from ingest.known import profile_of_finding
from rules.conditions import minutes
from rules.fold_state import readable_state


def finding_values(session: Session, finding: Finding, now_ms: int) -> dict[str, int | str]:
    """Return the values of an alarm of a finding as they are now: those of the finding, while it lasts of its fold."""
    values: dict[str, int | str] = {OF_A_FINDING: finding.kind.value, "probe": finding.probe}
    if finding.detail:
        values["detail"] = finding.detail.partition(":")[0]
    probe = session.records.equipment().probes.get(finding.probe)
    if probe is not None:
        values["role"] = probe.role.value
    values["minutes"] = minutes(finding.start_ms, now_ms if finding.end_ms is None else finding.end_ms)
    if finding.direction is None:
        return values
    values["direction"] = finding.direction.value
    figures = {"peak_micro_celsius": _peak(session, finding), "limit_micro_celsius": _limit(session, finding)}
    return values | {name: value for name, value in figures.items() if value is not None}


def _peak(session: Session, finding: Finding) -> int | None:
    """Return the most extreme temperature of a finding, while it lasts that of its run so far."""
    if finding.peak_micro_celsius is not None:
        return finding.peak_micro_celsius
    head = session.books.head(finding.probe)
    run = None if head is None or (state := readable_state(head.state)) is None else state.run
    if run is None or (run.start_ms, run.direction) != (finding.start_ms, finding.direction):
        return None
    return run.peak_micro_celsius


def _limit(session: Session, finding: Finding) -> int | None:
    """Return the limit that a finding is beyond, of the profile version that it names."""
    try:
        profile = profile_of_finding(session, finding)
    except LookupError:
        return None
    return profile.high_micro_celsius if finding.direction is Direction.TOO_WARM else profile.low_micro_celsius

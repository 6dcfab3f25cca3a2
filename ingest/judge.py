"""Judging: findings, stays, exposures and holds follow the facts just stored, in the same transaction."""

from dataclasses import dataclass, field

from coldchain.ports import Session
from ingest.exposures import reexpose
from ingest.findings import refind
from ingest.known import Known
from ingest.stays import restay


@dataclass(slots=True, kw_only=True)
class Dirty:
    """What has to be judged again: probes with the span of their new readings, units, and units' findings."""

    probes: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    units: set[str] = field(default_factory=set)

    def readings(self, probe: str, first_ms: int, last_ms: int) -> None:
        """Note new readings of a probe."""
        span = self.probes.get(probe)
        self.probes[probe] = (min(first_ms, span[0]), max(last_ms, span[1])) if span else (first_ms, last_ms)

    def horizon(self, probe: str) -> None:
        """Note that the horizon of a probe's gateway moved."""
        self.probes.setdefault(probe, None)


def judge(session: Session, dirty: Dirty, now_ms: int) -> None:
    """Bring findings, stays, exposures and holds up to what is stored; everything is appended to the ledger."""
    affected: dict[str, set[str] | None] = {}
    for unit in sorted(dirty.units):
        for finding in restay(session, unit, now_ms):
            units = affected.setdefault(finding, set())
            if units is not None:
                units.add(unit)
    known_here = Known(session, now_ms)
    probes = {probe.id: probe for probe in session.records.probes()} if dirty.probes else {}
    for name in sorted(dirty.probes):
        for finding, some in refind(session, known_here, probes[name], dirty.probes[name], now_ms).items():
            known = affected.get(finding, set())
            affected[finding] = None if some is None or known is None else known | some
    for finding in sorted(affected):
        reexpose(session, finding, affected[finding], now_ms)

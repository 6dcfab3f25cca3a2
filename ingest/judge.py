"""Judging: findings, stays, exposures and holds follow the facts just stored, in the same transaction."""

from dataclasses import dataclass, field
from typing import Final

from coldchain.entries import RecordedEvent
from coldchain.places import Probe
from coldchain.ports import Session
from ingest.alarms import finding_alarms
from ingest.anew import fold_anew, waits_for_anew
from ingest.clocks_known import reclocked
from ingest.commissioning import entered_unused
from ingest.excuses import touched_probes
from ingest.exposures import reexpose
from ingest.findings import Changed, refind
from ingest.inheritance import inherit
from ingest.keeping import judge_keeping
from ingest.known import Known
from ingest.returns import judge_returns
from ingest.stays import restay
from ingest.still import Quiet, still
from ingest.tasks import follow_tasks
from ingest.unpacked import Lists
from rules.intervals import Interval

ROUNDS_MAX: Final = 8  # of units that lists name and of those that their lists name; two are enough (see below)
NOTHING: Final = Changed()  # but the horizon


@dataclass(slots=True, kw_only=True)
class Dirty:
    """What has to be judged again: probes with the span of their new readings, units, and what doors excuse.

    `said`: new words of doors and defrosts by place. `excused`: probes with a span in which other time may be excused.
    `anew`: probes folded by another version of the rules, each for its next span. `clocks`: gateways that said
    something new of their clock, or whose times were worked out, with the first and the last instant of it.
    `since_ms`: of units the first instant for which readers said something new; they are worked out in that order.
    """

    probes: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    units: set[str] = field(default_factory=set)
    said: dict[str, list[RecordedEvent]] = field(default_factory=dict)
    excused: dict[str, Interval] = field(default_factory=dict)
    anew: set[str] = field(default_factory=set)
    clocks: dict[str, Interval] = field(default_factory=dict)
    since_ms: dict[str, int] = field(default_factory=dict)

    def readings(self, probe: str, first_ms: int, last_ms: int) -> None:
        """Note new readings of a probe."""
        span = self.probes.get(probe)
        self.probes[probe] = (min(first_ms, span[0]), max(last_ms, span[1])) if span else (first_ms, last_ms)

    def horizon(self, probe: str) -> None:
        """Note that the horizon of a probe's gateway moved."""
        self.probes.setdefault(probe, None)

    def clock(self, gateway: str, first_ms: int, last_ms: int) -> None:
        """Note new words of a gateway on its clock, or times of it that were worked out."""
        span = self.clocks.get(gateway, (first_ms, last_ms))
        self.clocks[gateway] = min(first_ms, span[0]), max(last_ms, span[1])

    def said_of(self, unit: str, at_ms: int | None) -> None:
        """Note a new word of a reader on a unit; None: it is about a time that is not known here."""
        self.units.add(unit)
        if at_ms is not None:
            self.since_ms[unit] = min(at_ms, self.since_ms.get(unit, at_ms))

    def spoke(self, event: RecordedEvent) -> None:
        """Note a new word of a door, lid or defrost contact."""
        self.said.setdefault(event.place, []).append(event)


def judge(session: Session, dirty: Dirty, now_ms: int, quiet: Quiet | None = None) -> bool:
    """Bring findings, stays, exposures and holds up to what is stored; everything is appended to the ledger.

    `quiet`: what is remembered between transactions of probes of which nothing lasts. Returns whether an alarm has
    changed by it.
    """
    quiet = Quiet() if quiet is None else quiet
    affected: dict[str, set[str] | None] = {}
    moved: dict[str, int] = {}
    known_here = Known(session, now_ms)
    units = _restayed(session, known_here, dirty, affected, moved, now_ms)
    unused = entered_unused(session, moved)
    read = {name: _spanning(dirty.probes.get(name), unused.get(name)) for name in dirty.probes.keys() | unused.keys()}
    probes = known_here.equipment.probes
    excused = touched_probes(session, known_here, dirty.said)
    for name, (begin, end) in dirty.excused.items():
        other = excused.get(name, (begin, end))
        excused[name] = min(begin, other[0]), max(end, other[1])
    for name in sorted(read.keys() | excused.keys() | dirty.anew):
        changed = Changed(read=read.get(name), excused=excused.get(name))
        for finding, some in _refound(session, known_here, probes[name], changed, dirty, now_ms, quiet).items():
            known = affected.get(finding, set())
            affected[finding] = None if some is None or known is None else known | some
    affected |= dict.fromkeys(reclocked(session, known_here, dirty.clocks, now_ms))
    held: set[str] = set()
    for finding in sorted(affected):
        held |= reexpose(session, known_here, finding, affected[finding], now_ms)
    held |= judge_returns(session, units, now_ms)
    held |= judge_keeping(session, units | held, now_ms)  # what met a unit counts too
    inherit(session, units | held, now_ms)
    raised = finding_alarms(session, affected, now_ms)
    follow_tasks(session, affected, units, now_ms)
    return raised


def _restayed(
    session: Session,
    known: Known,
    dirty: Dirty,
    affected: dict[str, set[str] | None],
    moved: dict[str, int],
    now_ms: int,
) -> set[str]:
    """Work out the stays of units anew, then those of which their packing lists say something else by that.

    Return the units that were asked for and those of the others whose stays have changed. It comes to an end: what a
    list says of a unit changes nothing of where a reader undoubtedly had it. Who was read first goes first: a list
    says all that it will from then on, so that hardly anybody is worked out twice.
    """
    lists = Lists(session)
    waiting, changed = set(dirty.units), set(dirty.units)
    for _ in range(ROUNDS_MAX):
        for unit in sorted(waiting, key=lambda one: (dirty.since_ms.get(one, 0), one)):
            touched = restay(session, known, unit, now_ms, lists)
            if touched.places:
                changed.add(unit)
            for place, from_ms in touched.places.items():
                moved[place] = min(from_ms, moved.get(place, from_ms))
            for finding in touched.findings:
                some = affected.setdefault(finding, set())
                if some is not None:
                    some.add(unit)
            lists.take(unit, touched.read)
        waiting = lists.behind()
        if not waiting:
            break
    return changed


def _refound(
    session: Session, known: Known, probe: Probe, changed: Changed, dirty: Dirty, now_ms: int, quiet: Quiet
) -> dict[str, set[str] | None]:
    """Fold a probe again, unless it was folded by another version: then it waits for its turn, or this is its turn."""
    only_mark = changed == NOTHING and probe.id not in dirty.anew
    if only_mark and quiet.holds(probe.id, known.horizon(probe.gateway)):
        return {}
    quiet.spans_ms.pop(probe.id, None)
    if probe.id in dirty.anew:
        return fold_anew(session, known, probe, now_ms)
    if waits_for_anew(session, probe, changed) or (only_mark and still(session, known, probe, quiet)):
        return {}
    return refind(session, known, probe, changed, now_ms)


def _spanning(*spans: tuple[int, int] | None) -> tuple[int, int] | None:
    """Return the least span that holds those that there are."""
    known = [span for span in spans if span is not None]
    return (min(begin for begin, _ in known), max(end for _, end in known)) if known else None

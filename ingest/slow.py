"""Rules beside the fold follow readings too: looked at once a full hour is over, and where something came late.

What a change of readings in [from, to] can alter lies within the rules' reach around it. Stored findings that overlap
that stretch widen it; behind them nothing has changed. So it is judged anew, and what overlaps it is replaced.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from coldchain.entries import Draft, EntryKind
from coldchain.history import History
from coldchain.places import Probe, ProbeRole
from coldchain.ports import Session
from coldchain.units import Finding, FindingStatus
from ingest.known import ACTOR, Known, site_of
from rules.fold_state import Episode
from rules.identity import Subject, reconcile
from rules.intervals import OPEN_END_MS, Interval
from rules.limits import Profile
from rules.plausible import JUMP, SIBLINGS, STUCK, disagree, jumps, stuck
from rules.rolling import CUMULATIVE, HOUR_MS, SPARSE, cumulative, judged_to, reach_ms, sparse


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One probe of which readings changed in [from_ms, to_ms], judged up to `until_ms`."""

    session: Session
    known: Known
    probe: Probe
    from_ms: int
    to_ms: int
    until_ms: int
    now_ms: int

    @property
    def profile(self) -> Profile:
        """The profile of its place."""
        return self.known.profile(self.probe.place)

    def read(self, probe: Probe, from_ms: int, to_ms: int) -> History:
        """Return the readings of a probe of the place that count, corrected."""

        def every(begin_ms: int, end_ms: int) -> History:
            return self.session.readings.history(probe.id, begin_ms, end_ms)

        return self.known.counted(probe).measured(every)(from_ms, to_ms)


def look_slowly(
    session: Session, known: Known, probe: Probe, span: Interval, last: tuple[int | None, int], now_ms: int
) -> set[str]:
    """Judge the slow rules of a probe anew as far as needed; return the findings that changed.

    `span`: what has changed of it, first and last instant; `last`: its latest reading that was folded before, and now.
    """
    before_ms, until_ms = judged_to(last[0] or 0), judged_to(last[1])
    from_ms = min(span[0], before_ms) if until_ms > before_ms else span[0]
    if from_ms >= until_ms:
        return set()
    from_ms = span[0] if last[0] is None else from_ms
    look = Look(
        session=session,
        known=known,
        probe=probe,
        from_ms=from_ms,
        to_ms=until_ms if until_ms > before_ms else min(span[1], until_ms),
        until_ms=until_ms,
        now_ms=now_ms,
    )
    return _rolling(look) | _plausible(look) | _siblings(look)


def _rolling(look: Look) -> set[str]:
    counted, horizon_ms = look.known.counted(look.probe), look.known.horizon(look.probe.gateway)

    def judged(history: History, to_ms: int) -> list[Episode]:
        return [
            *cumulative(history, look.profile, to_ms),
            *sparse(history, look.profile, counted.rests, horizon_ms, to_ms),
        ]

    return _judged(look, (CUMULATIVE, SPARSE), reach_ms(look.profile), judged)


def _plausible(look: Look) -> set[str]:
    rules = look.profile.plausibility
    if rules is None:
        return set()

    def judged(history: History, to_ms: int) -> list[Episode]:
        first = history.taken_ms[:1].tolist()
        from_ms = -(-first[0] // HOUR_MS) * HOUR_MS if first else to_ms
        return [*stuck(history, rules, min(from_ms, to_ms), to_ms), *jumps(history, rules, to_ms)]

    return _judged(look, (STUCK, JUMP), rules.flat_ms + HOUR_MS, judged)


def _siblings(look: Look) -> set[str]:
    rules = look.profile.plausibility
    found: set[str] = set()
    others = [probe for probe in look.known.probes_of(look.probe.place) if probe.id != look.probe.id]
    for other in others if rules is not None else ():
        head = look.session.books.head(other.id)
        until_ms = min(look.until_ms, judged_to(head.last_taken_ms) if head else 0)
        owner, beside = sorted((look.probe, other), key=_ranked)[::-1]
        pair = Look(
            session=look.session,
            known=look.known,
            probe=owner,
            from_ms=look.from_ms,
            to_ms=min(look.to_ms, until_ms),
            until_ms=until_ms,
            now_ms=look.now_ms,
        )
        if rules is not None and look.from_ms < until_ms:
            found |= _judged_pair(pair, beside, rules.siblings_ms)
    return found


def _judged_pair(pair: Look, beside: Probe, reach: int) -> set[str]:
    def judged(history: History, to_ms: int) -> list[Episode]:
        from_ms = int(history.taken_ms[0]) if len(history) else to_ms
        other = pair.read(beside, from_ms, to_ms)
        return disagree(history, other, pair.profile, beside.id, to_ms)

    return _judged(pair, (f"{SIBLINGS}:{beside.id}",), reach + HOUR_MS, judged)


def _ranked(probe: Probe) -> tuple[bool, str]:
    """The load probe is believed first: a finding that two probes disagree is of the other one."""
    return probe.role is not ProbeRole.LOAD, probe.id


def _judged(
    look: Look, details: Iterable[str], reach: int, judged: Callable[[History, int], list[Episode]]
) -> set[str]:
    """Replace the findings of these details that overlap what may have changed."""
    wanted = set(details)
    near = (look.from_ms - reach, look.to_ms + reach)
    stored = _overlapping(look, wanted, near)
    while True:
        wide = (
            min([near[0], *(one.start_ms for one in stored)]),
            max([near[1], *(one.end_ms or OPEN_END_MS for one in stored)]),
        )
        more = _overlapping(look, wanted, wide)
        if len(more) == len(stored):
            break
        stored = more
    to_ms = min(look.until_ms, wide[1] + reach)
    history = look.read(look.probe, max(0, wide[0] - look.profile.gap_tolerance_ms), to_ms)
    episodes = [one for one in judged(history, to_ms) if _touches(one, wide)]
    return _record(look, episodes, stored)


def _overlapping(look: Look, details: set[str], span: Interval) -> list[Finding]:
    found = look.session.records.findings(probe=look.probe.id, overlapping=(span[0] - 1, span[1] + 1))
    mine = [one for one in found if one.detail in details and one.status is not FindingStatus.WITHDRAWN]
    return sorted(mine, key=lambda one: int(one.id.removeprefix("f-")))


def _touches(one: Episode, span: Interval) -> bool:
    return one.start_ms <= span[1] and (one.end_ms is None or one.end_ms >= span[0])


def _record(look: Look, episodes: list[Episode], stored: list[Finding]) -> set[str]:
    subject = Subject(probe=look.probe, profile=look.profile, applied=look.known.counted(look.probe).applied)
    numbers = iter(range(look.session.ledger.next_seq(), OPEN_END_MS))
    changed = reconcile(subject, episodes, stored, lambda: f"f-{next(numbers)}")
    site = site_of(look.session, look.probe.place)
    drafts = [Draft(kind=EntryKind.FINDING, actor=ACTOR, site=site, payload=finding) for finding in changed]
    look.session.ledger.append(drafts, look.now_ms)
    return {finding.id for finding in changed}

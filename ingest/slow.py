"""Rules beside the fold follow readings too: looked at once a full hour is over, and where something came late.

What a change of readings in [from, to] can alter lies within the rules' reach around it. Stored findings that overlap
that stretch widen it; behind them nothing has changed. So it is judged anew, and what overlaps it is replaced.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import msgspec

from coldchain.blocks import DAY_MS
from coldchain.entries import Draft, EntryKind
from coldchain.history import History
from coldchain.places import Probe, ProbeRole
from coldchain.ports import Session
from coldchain.units import Finding, FindingStatus
from ingest.known import ACTOR, Known, site_of
from rules.certain import with_certain_sums
from rules.excuses import nothing_excused
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
    def profiles(self) -> tuple[tuple[int, Profile], ...]:
        """The profiles of its place, each from an instant on."""
        return self.known.profiles(self.probe.place)

    def parts(self, to_ms: int) -> list[tuple[Profile, int, int]]:
        """Return (profile, from_ms, to_ms): each is judged for itself, for a change rewrites nothing before it."""
        starts = [0, *(from_ms for from_ms, _ in self.profiles[1:])]
        ends = [*starts[1:], OPEN_END_MS]
        pairs = zip(self.profiles, starts, ends, strict=True)
        return [(profile, begin, min(end, to_ms)) for (_, profile), begin, end in pairs if begin < to_ms]

    def kept_from_ms(self) -> int:
        """Return from when on readings are still there: what was found before stays as it is."""
        day = self.session.records.removed_until(self.probe.id)
        return 0 if day is None else (day + 2) * DAY_MS

    def read(self, probe: Probe, from_ms: int, to_ms: int) -> History:
        """Return the readings of a probe of the place that count, corrected."""
        return self.known.counted(probe).measured(self.every(probe))(from_ms, to_ms)

    def every(self, probe: Probe) -> Callable[[int, int], History]:
        """Return the function that gives all readings of a probe as they were sent."""

        def read(from_ms: int, to_ms: int) -> History:
            return self.session.readings.history(probe.id, from_ms, to_ms)

        return read


def look_slowly(
    session: Session, known: Known, probe: Probe, span: Interval, last: tuple[int | None, int], now_ms: int
) -> set[str]:
    """Judge the slow rules of a probe anew as far as needed; return the findings that changed.

    `span`: what has changed of it, first and last instant; `last`: its latest reading that was folded before, and now.
    """
    look = _look(session, known, probe, span, last, now_ms)
    return set() if look is None else _rolling(look) | _plausible(look) | _siblings(look)


def look_excused(
    session: Session, known: Known, probe: Probe, span: Interval, last: tuple[int | None, int], now_ms: int
) -> set[str]:
    """Judge anew whether a probe disagrees with others, where only what doors and defrosts excuse has changed."""
    look = _look(session, known, probe, span, last, now_ms)
    return set() if look is None else _siblings(look)


def _look(
    session: Session, known: Known, probe: Probe, span: Interval, last: tuple[int | None, int], now_ms: int
) -> Look | None:
    before_ms, until_ms = judged_to(last[0] or 0), judged_to(last[1])
    from_ms = min(span[0], before_ms) if until_ms > before_ms else span[0]
    if from_ms >= until_ms:
        return None
    from_ms = span[0] if last[0] is None else from_ms
    return Look(
        session=session,
        known=known,
        probe=probe,
        from_ms=from_ms,
        to_ms=until_ms if until_ms > before_ms else min(span[1], until_ms),
        until_ms=until_ms,
        now_ms=now_ms,
    )


def _rolling(look: Look) -> set[str]:
    counted, horizon_ms = look.known.counted(look.probe), look.known.horizon(look.probe.gateway)

    def judged(history: History, profile: Profile, to_ms: int) -> list[Episode]:
        return [*cumulative(history, profile, to_ms), *sparse(history, profile, counted.rests, horizon_ms, to_ms)]

    return _judged(look, (CUMULATIVE, SPARSE), max(reach_ms(profile) for _, profile in look.profiles), judged)


def _plausible(look: Look) -> set[str]:
    asked = [profile.plausibility for _, profile in look.profiles if profile.plausibility is not None]
    if not asked:
        return set()

    def judged(history: History, profile: Profile, to_ms: int) -> list[Episode]:
        rules = profile.plausibility
        if rules is None:
            return []
        first = history.taken_ms[:1].tolist()
        from_ms = -(-first[0] // HOUR_MS) * HOUR_MS if first else to_ms
        return [*stuck(history, rules, min(from_ms, to_ms), to_ms), *jumps(history, rules, to_ms)]

    return _judged(look, (STUCK, JUMP), max(rules.flat_ms for rules in asked) + HOUR_MS, judged)


def _siblings(look: Look) -> set[str]:
    asked = [profile.plausibility for _, profile in look.profiles if profile.plausibility is not None]
    found: set[str] = set()
    others = [probe for probe in look.known.probes_of(look.probe.place) if probe.id != look.probe.id]
    for other in others if asked else ():
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
        if look.from_ms < until_ms:
            found |= _judged_pair(pair, beside, max(rules.siblings_ms for rules in asked))
    return found


def _judged_pair(pair: Look, beside: Probe, reach: int) -> set[str]:
    airy = ProbeRole.AIR in (pair.probe.role, beside.role)

    def judged(history: History, profile: Profile, to_ms: int) -> list[Episode]:
        from_ms = int(history.taken_ms[0]) if len(history) else to_ms
        excused = pair.known.excuses(pair.probe.place, profile) if airy else nothing_excused
        return disagree(history, pair.read(beside, from_ms, to_ms), profile, beside.id, to_ms, excused)

    return _judged(pair, (f"{SIBLINGS}:{beside.id}",), reach + HOUR_MS, judged)


def _ranked(probe: Probe) -> tuple[bool, str]:
    """The load probe is believed first: a finding that two probes disagree is of the other one."""
    return probe.role is not ProbeRole.LOAD, probe.id


def _judged(
    look: Look, details: Iterable[str], reach: int, judged: Callable[[History, Profile, int], list[Episode]]
) -> set[str]:
    """Replace the findings of these details that overlap what may have changed."""
    wanted = set(details)
    kept_ms = look.kept_from_ms()
    near = (max(kept_ms, look.from_ms - reach), look.to_ms + reach)
    stored = _overlapping(look, wanted, near, kept_ms)
    while True:
        wide = (
            min([near[0], *(one.start_ms for one in stored)]),
            max([near[1], *(one.end_ms or OPEN_END_MS for one in stored)]),
        )
        more = _overlapping(look, wanted, wide, kept_ms)
        if len(more) == len(stored):
            break
        stored = more
    to_ms = min(look.until_ms, wide[1] + reach)
    tolerated_ms = max(profile.gap_tolerance_ms for _, profile in look.profiles)
    history = look.read(look.probe, max(kept_ms, wide[0] - tolerated_ms), to_ms)
    episodes: list[Episode] = []
    for profile, begin, end in look.parts(to_ms):
        found = judged(history.between(begin, end), profile, end)
        found = with_certain_sums(found, look.known.counted(look.probe), look.every(look.probe), profile, end)
        episodes += found if end == to_ms else [_ended(one, end) for one in found]
    return _record(look, [one for one in episodes if _touches(one, wide)], stored)


def _ended(one: Episode, at_ms: int) -> Episode:
    """Let what lasts end where another version of the profile begins to hold."""
    if one.end_ms is not None:
        return one
    cleared_ms = at_ms if one.detail == CUMULATIVE else None
    return msgspec.structs.replace(one, end_ms=at_ms, cleared_ms=cleared_ms)


def _overlapping(look: Look, details: set[str], span: Interval, kept_ms: int) -> list[Finding]:
    found = list(look.session.records.findings(probe=look.probe.id, overlapping=(span[0] - 1, span[1] + 1)))
    found = [one for one in found if one.detail in details and one.start_ms >= kept_ms]
    mine = [one for one in found if one.status is not FindingStatus.WITHDRAWN]
    return sorted(mine, key=lambda one: int(one.id.removeprefix("f-")))


def _touches(one: Episode, span: Interval) -> bool:
    return one.start_ms <= span[1] and (one.end_ms is None or one.end_ms >= span[0])


def _record(look: Look, episodes: list[Episode], stored: list[Finding]) -> set[str]:
    applied = look.known.counted(look.probe).applied
    clock = partial(look.known.clock_doubt, look.probe)
    subject = Subject(probe=look.probe, profile=look.profiles[0][1], kept=look.profiles, applied=applied, clock=clock)
    numbers = iter(range(look.session.ledger.next_seq(), OPEN_END_MS))
    changed = reconcile(subject, episodes, stored, lambda: f"f-{next(numbers)}")
    site = site_of(look.session, look.probe.place)
    drafts = [Draft(kind=EntryKind.FINDING, actor=ACTOR, site=site, payload=finding) for finding in changed]
    look.session.ledger.append(drafts, look.now_ms)
    return {finding.id for finding in changed}

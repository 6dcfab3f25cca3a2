"""What would change if a place had kept another profile: its history folded under both, and the two compared. Pure.

A probe is folded over [from_ms, to_ms) as the intake folds it, once under what the place really kept and once under
what is proposed, from the same beginning. What an episode before the period began, its rest inside counts from there.
So the answer is what the intake would have found in that time if nothing but the profile had been another, by the fold.
The rules that are looked at once an hour are left out (rules.rolling, rules.plausible), as the page says.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache

import msgspec

from coldchain.history import History
from coldchain.places import Probe
from coldchain.units import Exposure, Finding, FindingKind, Stay
from rules.certain import with_certainty
from rules.counted import Counted
from rules.covered import uncovered_in
from rules.excursion import Episode, Watch
from rules.exposure import Durations, durations, expose
from rules.identity import Subject, finding_of
from rules.intervals import OPEN_END_MS, Interval
from rules.limits import Profile
from rules.refold import Ask, refold
from rules.watches import Watches

Read = Callable[[int, int], History]


class Effect(StrEnum):
    """What becomes of a finding."""

    NEW = "new"
    GONE = "gone"
    LONGER = "longer"
    SHORTER = "shorter"
    OTHER = "other"  # of the same length, but under another rule, or found or cleared at another time
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFacts:
    """One probe, and what it is folded under: as it was, and as it would be. `read(from_ms, to_ms)`: all its readings.

    `last_ms`: its last reading before the end of the period, None if there is none.
    """

    probe: Probe
    kept: Watch | Watches
    proposed: Watch
    counted: Counted
    read: Read
    last_ms: int | None


class FindingImpact(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as it is (None: there is none) and as it would be; what lasts has no end."""

    place: str
    probe: str
    effect: Effect
    before: Episode | None
    after: Episode | None


class UnitImpact(msgspec.Struct, frozen=True, kw_only=True):
    """A unit in a place: how many findings hold it and how long it was outside at most, as it is and as it would be.

    None: it lasts, so nobody can say yet.
    """

    place: str
    unit: str
    holds_before: int
    holds_after: int
    out_ms_before: int | None
    out_ms_after: int | None

    @property
    def changes(self) -> bool:
        """Whether its verdict would be another one."""
        return (self.holds_before, self.out_ms_before) != (self.holds_after, self.out_ms_after)


class PlaceImpact(msgspec.Struct, frozen=True, kw_only=True):
    """What would change in one place, in numbers."""

    place: str
    findings_before: int
    findings_after: int
    effects: dict[str, int]
    units_newly_held: int
    units_no_longer_held: int
    units_otherwise_changed: int


@dataclass(slots=True, kw_only=True)
class Impact:
    """What would change in the period: every finding, and every unit whose verdict would be another one."""

    from_ms: int
    to_ms: int
    findings: list[FindingImpact] = field(default_factory=list)
    units: list[UnitImpact] = field(default_factory=list)
    places: list[PlaceImpact] = field(default_factory=list)


def place_impact(impact: Impact, place: str, probes: Iterable[ProbeFacts], stays: Mapping[str, Sequence[Stay]]) -> None:
    """Add what would change in one place; `stays` by unit, at least all that touch the period."""
    span = impact.from_ms, impact.to_ms
    findings: list[FindingImpact] = []
    probes = list(probes)
    exposures: tuple[list[Exposure], list[Exposure]] = [], []
    for one in probes:
        before, after = replay(one, one.kept, span), replay(one, one.proposed, span)
        findings += _compared(one, before, after)
        for side, (episodes, watch) in enumerate(((before, one.kept), (after, one.proposed))):
            others = [other for other in probes if other is not one]
            exposures[side].extend(_exposures(one, others, episodes, watch, span, stays))
    units = [unit for unit in _units(place, *exposures) if unit.changes]
    impact.findings += findings
    impact.units += units
    impact.places.append(_summed(place, findings, units))


def replay(facts: ProbeFacts, watch: Watch | Watches, span: tuple[int, int]) -> list[Episode]:
    """Return what the fold of a probe finds in a period under a watch, in order; what lasts at its end has no end."""
    from_ms, to_ms = span
    judged = facts.counted.judged(facts.read)

    def read(begin_ms: int, end_ms: int) -> History:
        begin_ms, end_ms = max(begin_ms, from_ms), min(end_ms, to_ms)
        return judged(begin_ms, max(begin_ms, end_ms))

    last_ms = -1 if facts.last_ms is None or facts.last_ms < from_ms else facts.last_ms
    if last_ms < 0 and (facts.probe.since_ms is None or facts.probe.since_ms < from_ms):
        return []
    ask = Ask(from_ms=from_ms, settled_ms=max(last_ms, -1), last_ms=last_ms)
    result = refold(ask, _within(watch, span), None, {}, read)
    found = with_certainty(result.episodes, facts.counted, facts.read, watch, max(last_ms, 0))
    return sorted(found, key=lambda one: (one.start_ms, one.kind, one.rule))


def _within(watch: Watch | Watches, span: tuple[int, int]) -> Watch | Watches:
    """Return a watch that knows nothing behind the period, and nothing of a registration before it."""
    if isinstance(watch, Watches):
        return Watches(spans=tuple((at_ms, _clip(one, span)) for at_ms, one in watch.spans))
    return _clip(watch, span)


def _clip(watch: Watch, span: tuple[int, int]) -> Watch:
    born = watch.since_ms is not None and watch.since_ms >= span[0]
    return replace(watch, horizon_ms=min(watch.horizon_ms, span[1]), since_ms=watch.since_ms if born else None)


def _compared(facts: ProbeFacts, before: Sequence[Episode], after: Sequence[Episode]) -> list[FindingImpact]:
    pairs = _paired(before, after)
    taken = {id(new) for _, new in pairs}
    found: list[tuple[Episode | None, Episode | None]] = list(pairs)
    found += [(old, None) for old in before if not any(one is old for one, _ in pairs)]
    every = [*found, *((None, new) for new in after if id(new) not in taken)]
    impacts = [
        FindingImpact(place=facts.probe.place, probe=facts.probe.id, effect=_effect(old, new), before=old, after=new)
        for old, new in every
    ]
    return sorted(impacts, key=_when)


def _when(one: FindingImpact) -> tuple[int, str]:
    return min(side.start_ms for side in (one.before, one.after) if side is not None), one.probe


def _paired(before: Sequence[Episode], after: Sequence[Episode]) -> list[tuple[Episode, Episode]]:
    """Pair what is the same happening: those of one kind and direction that overlap longest first."""
    overlaps = [
        (-_overlap(old, new), at, to)
        for at, old in enumerate(before)
        for to, new in enumerate(after)
        if (old.kind, old.direction) == (new.kind, new.direction) and _overlap(old, new) > 0
    ]
    pairs: list[tuple[Episode, Episode]] = []
    used: tuple[set[int], set[int]] = set(), set()
    for _, at, to in sorted(overlaps):
        if at not in used[0] and to not in used[1]:
            used[0].add(at)
            used[1].add(to)
            pairs.append((before[at], after[to]))
    return pairs


def _overlap(one: Episode, other: Episode) -> int:
    return min(_end(one), _end(other)) - max(one.start_ms, other.start_ms)


def _end(one: Episode) -> int:
    return 2**53 - 1 if one.end_ms is None else one.end_ms


def _effect(before: Episode | None, after: Episode | None) -> Effect:
    if before is None:
        return Effect.NEW
    if after is None:
        return Effect.GONE
    old, new = _end(before) - before.start_ms, _end(after) - after.start_ms
    if old != new:
        return Effect.LONGER if new > old else Effect.SHORTER
    return Effect.SAME if before == after else Effect.OTHER


def _exposures(
    facts: ProbeFacts,
    others: Sequence[ProbeFacts],
    episodes: Sequence[Episode],
    watch: Watch | Watches,
    span: tuple[int, int],
    stays: Mapping[str, Sequence[Stay]],
) -> list[Exposure]:
    known_ms = max(facts.last_ms or 0, min(facts.proposed.horizon_ms, span[1]))
    found: list[Exposure] = []
    for number, episode in enumerate(episodes):
        if episode.kind is FindingKind.SENSOR_FAULT:
            continue
        profile = _profile_at(watch, episode.start_ms)
        finding = finding_of(Subject(probe=facts.probe, profile=profile), episode, f"{facts.probe.id}-{number}", 1)
        measure = _measure(facts, finding, profile, span)
        within = _uncovered(finding, others, profile, span)
        every = (expose(unit, finding, own, measure, known_ms, None, within) for unit, own in stays.items())
        found += [one for one in every if one is not None]
    return found


def _uncovered(
    finding: Finding, others: Sequence[ProbeFacts], profile: Profile, span: tuple[int, int]
) -> list[Interval] | None:
    """Return where a gap touches units: where no other probe of the place measured; None: everywhere."""
    if finding.kind is not FindingKind.UNMEASURED or not others:
        return None
    whole = (finding.start_ms, finding.end_ms or OPEN_END_MS)
    asked = [(one.counted.measured(one.read), min(one.proposed.horizon_ms, span[1])) for one in others]
    return uncovered_in(whole, asked, profile)


def _profile_at(watch: Watch | Watches, at_ms: int) -> Profile:
    return watch.profile if isinstance(watch, Watch) else watch.at(at_ms).profile


def _measure(
    facts: ProbeFacts, finding: Finding, profile: Profile, span: tuple[int, int]
) -> Callable[[int, int], Durations]:
    horizon_ms = min(facts.proposed.horizon_ms, span[1])

    @cache
    def history() -> History:
        until_ms = span[1] if finding.end_ms is None else finding.end_ms
        return facts.counted.measured(facts.read)(finding.start_ms - profile.hold_ms, until_ms)

    @cache
    def measure(from_ms: int, to_ms: int) -> Durations:
        part = history().between(from_ms - profile.hold_ms, to_ms)
        return durations(part, profile, from_ms, to_ms, horizon_ms)

    return measure


def _units(place: str, before: Sequence[Exposure], after: Sequence[Exposure]) -> list[UnitImpact]:
    names = sorted({one.unit for one in (*before, *after)})
    return [
        UnitImpact(
            place=place,
            unit=name,
            holds_before=sum(one.unit == name for one in before),
            holds_after=sum(one.unit == name for one in after),
            out_ms_before=_outside(one for one in before if one.unit == name),
            out_ms_after=_outside(one for one in after if one.unit == name),
        )
        for name in names
    ]


def _outside(exposures: Iterable[Exposure]) -> int | None:
    total = 0
    for one in exposures:
        if one.out_ms_max is None:
            return None
        total += one.out_ms_max
    return total


def _summed(place: str, findings: Sequence[FindingImpact], units: Sequence[UnitImpact]) -> PlaceImpact:
    newly = sum(unit.holds_before == 0 < unit.holds_after for unit in units)
    no_longer = sum(unit.holds_after == 0 < unit.holds_before for unit in units)
    return PlaceImpact(
        place=place,
        findings_before=sum(one.before is not None for one in findings),
        findings_after=sum(one.after is not None for one in findings),
        effects={effect.value: sum(one.effect is effect for one in findings) for effect in Effect},
        units_newly_held=newly,
        units_no_longer_held=no_longer,
        units_otherwise_changed=len(units) - newly - no_longer,
    )


def total(places: Sequence[PlaceImpact]) -> PlaceImpact:
    """Return the sum over places."""
    return PlaceImpact(
        place="",
        findings_before=sum(one.findings_before for one in places),
        findings_after=sum(one.findings_after for one in places),
        effects={effect.value: sum(one.effects[effect.value] for one in places) for effect in Effect},
        units_newly_held=sum(one.units_newly_held for one in places),
        units_no_longer_held=sum(one.units_no_longer_held for one in places),
        units_otherwise_changed=sum(one.units_otherwise_changed for one in places),
    )

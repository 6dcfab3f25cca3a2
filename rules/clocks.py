"""The clocks of one unit, folded over its stays, its issues and what met it. Pure; any order of its facts is the same.

Time is certain where the record is: between two stays that are certain a unit was out for at least the part in which it
cannot have been inside (`least_ms`) and at most for all of it (`most_ms`). A limit is exceeded when the least exceeds
it, and *possibly* when only the most does: unknown time is never shown as fine. Every limit is the profile's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace as replaced

from coldchain.closed_loop import ClockName, ClockState, ReturnReason, UnitClock
from coldchain.entries import Issue, stay_of
from coldchain.places import ON_THE_ROAD
from coldchain.units import Exposure
from rules.intervals import OPEN_END_MS, Interval, common, united
from rules.limits import Budget, Citation, Profile, Returns, UseClock
from rules.unit_time import Story, agitation_gaps, certain_stays, counted_stays, first_ms, outings, possible_of
from rules.whereabouts import standing_issue

PERCENT: Final = 100
_SECTIONS: Final = {
    ClockName.OUTING: "outing",
    ClockName.OUTINGS: "outing",
    ClockName.FOUR_HOURS: "four_hours",
    ClockName.ISSUED: "issued",
    ClockName.THAWED: "thawed",
    ClockName.EXPIRY: "expiry",
    ClockName.AGITATION_GAP: "agitation",
    ClockName.AGITATION_GAPS: "agitation",
    ClockName.ROAD: "transport",
    ClockName.EXCURSIONS: "budget",
    ClockName.BUDGET: "budget",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnVerdict:
    """Whether a unit may go back to stock, and by which figures. `out_ms` None: nobody knows for how long."""

    reason: ReturnReason
    out_ms: int | None
    limit_ms: int | None
    occasions: int


def clocks(story: Story) -> tuple[UnitClock, ...]:
    """Return the clocks of a unit that its profile asks for, and how often and long it was out, in the order of names.

    Without a profile only figures are given: there is no limit to judge them by.
    """
    found = [*_of_outings(story), *_of_use(story), *_of_expiry(story)]
    found += [*_of_agitation(story), *_of_road(story), *_of_excursions(story)]
    order = {name: number for number, name in enumerate(ClockName)}
    return tuple(sorted(found, key=lambda one: (order[one.clock], one.name)))


def may_return(story: Story, at_ms: int, *, sealed: bool, sound: bool) -> ReturnVerdict:
    """Return whether a unit that was issued may go back to stock at at_ms; `story.now_ms` is that instant.

    All inputs have to be known: where one is not, it may not. Exactly the limit is not yet too long.
    """
    rule = None if story.profile is None else story.profile.units.outing
    gaps = outings(story)
    last = gaps[-1] if gaps and gaps[-1].to_ms >= at_ms else None
    out_ms = None if last is None or last.least_ms < last.most_ms else last.most_ms
    limit_ms = None if rule is None else rule.limit_ms
    looked = ReturnReason.OPENED if not sealed else ReturnReason.DEFECT if not sound else ReturnReason.ACCEPTED
    reason = ReturnReason.NO_RULE
    if rule is not None:
        reason = _return_reason(rule.returns, None if last is None else last.most_ms, limit_ms)
        if reason is ReturnReason.ACCEPTED and rule.occasions is not None and len(gaps) > rule.occasions:
            reason = ReturnReason.TOO_OFTEN
    if reason is ReturnReason.ACCEPTED:
        reason = looked
    return ReturnVerdict(reason=reason, out_ms=out_ms, limit_ms=limit_ms, occasions=len(gaps))


def _return_reason(returns: Returns, most_ms: int | None, limit_ms: int | None) -> ReturnReason:
    match returns:
        case Returns.NEVER:
            return ReturnReason.NEVER
        case Returns.PROVEN:
            return ReturnReason.PROOF
        case Returns.WITHIN_LIMIT:
            if limit_ms is None:
                return ReturnReason.NO_RULE
            if most_ms is None:
                return ReturnReason.TIME_UNKNOWN
            return ReturnReason.TOO_LONG if most_ms > limit_ms else ReturnReason.ACCEPTED


def _of_outings(story: Story) -> list[UnitClock]:
    gaps = outings(story)
    rule = None if story.profile is None else story.profile.units.outing
    made = []
    if gaps:
        last = gaps[-1]
        handed_out = any(last.from_ms <= at_ms <= last.to_ms for at_ms in story.issued_ms)
        handed_out = handed_out or _standing_ms(story) is not None
        judged = rule is not None and not (handed_out and rule.returns is Returns.NEVER)
        limit_ms, warn_ms = (rule.limit_ms, rule.warn_ms) if rule is not None and judged else (None, None)
        spent = (last.least_ms, last.most_ms)
        made.append(_clock(story, ClockName.OUTING, last.from_ms, spent, (warn_ms, limit_ms), running=last.running))
    most = None if rule is None else rule.occasions
    total = (sum(one.least_ms for one in gaps), sum(one.most_ms for one in gaps))
    state = ClockState.OVER if most is not None and len(gaps) > most else ClockState.COUNTED
    source, evidence = _cited(story.profile, ClockName.OUTINGS) if most is not None else ("", "")
    made.append(
        UnitClock(
            clock=ClockName.OUTINGS,
            state=state if first_ms(story.stays) is not None else ClockState.UNKNOWN,
            running=bool(gaps) and gaps[-1].running,
            since_ms=first_ms(story.stays),
            least_ms=total[0],
            most_ms=total[1],
            occasions=len(gaps),
            occasions_max=most,
            source=source,
            evidence=evidence,
        )
    )
    return made


def _of_use(story: Story) -> list[UnitClock]:
    if story.profile is None:
        return []
    rules = story.profile.units
    issued_ms = _standing_ms(story)
    made = []
    if issued_ms is not None:
        left = [one.from_ms for one in outings(story) if one.from_ms <= issued_ms <= one.to_ms]
        if rules.four_hours is not None:
            made.append(_use(story, ClockName.FOUR_HOURS, min(left, default=issued_ms), rules.four_hours))
        if rules.issued is not None:
            made.append(_use(story, ClockName.ISSUED, issued_ms, rules.issued))
    if rules.thawed is not None:
        made.append(_use(story, ClockName.THAWED, story.thawed_ms, rules.thawed))
    return made


def _standing_ms(story: Story) -> int | None:
    """Return when a unit was issued that has not come back since: a stay in a box is no coming back."""
    boxes = {name for name, kind in story.kinds.items() if kind in ON_THE_ROAD}
    issues = [Issue(unit=story.unit.id, to="", at_ms=at_ms) for at_ms in story.issued_ms]
    standing = standing_issue([stay_of(one) for one in counted_stays(story.stays)], issues, boxes, story.until_ms)
    return None if standing is None else standing.at_ms


def _use(story: Story, name: ClockName, begin_ms: int | None, rule: UseClock) -> UnitClock:
    if begin_ms is None:
        source, evidence = _cited(story.profile, name)
        return UnitClock(
            clock=name,
            state=ClockState.UNKNOWN,
            running=False,
            warn_ms=rule.warn_ms,
            limit_ms=rule.limit_ms,
            source=source,
            evidence=evidence,
        )
    spent = max(0, story.until_ms - begin_ms)
    running = story.end_ms is None
    return _clock(story, name, begin_ms, (spent, spent), (rule.warn_ms, rule.limit_ms), running=running)


def _of_expiry(story: Story) -> list[UnitClock]:
    expires_ms = story.unit.expires_ms
    if expires_ms is None:
        return [UnitClock(clock=ClockName.EXPIRY, state=ClockState.UNKNOWN, running=False)]
    warn_ms = 0 if story.profile is None else story.profile.units.expiry_warn_ms or 0
    state = ClockState.WITHIN
    if story.until_ms >= expires_ms:
        state = ClockState.OVER
    elif story.until_ms >= expires_ms - warn_ms:
        state = ClockState.WARNED
    source, evidence = _cited(story.profile, ClockName.EXPIRY)
    return [
        UnitClock(
            clock=ClockName.EXPIRY,
            state=state,
            running=story.end_ms is None,
            warn_ms=warn_ms or None,
            due_ms=expires_ms,
            source=source,
            evidence=evidence,
        )
    ]


def _of_agitation(story: Story) -> list[UnitClock]:
    profile = story.profile
    if profile is None or profile.agitation_stopped_ms is None:
        return []
    gaps = agitation_gaps(story)
    single, total = profile.agitation_single_ms, profile.agitation_total_ms
    longest = max(gaps, key=lambda one: (one.most_ms, one.least_ms, one.from_ms), default=None)
    made = []
    if longest is not None:
        spent = (max(one.least_ms for one in gaps), longest.most_ms)
        running = longest.running
        made.append(_clock(story, ClockName.AGITATION_GAP, longest.from_ms, spent, (None, single), running=running))
    spent = (sum(one.least_ms for one in gaps), sum(one.most_ms for one in gaps))
    running = bool(gaps) and gaps[-1].running
    clock = _clock(story, ClockName.AGITATION_GAPS, first_ms(story.stays), spent, (None, total), running=running)
    return [*made, _counted_as(clock, len(gaps))]


def trips(story: Story) -> list[tuple[Interval, list[Interval]]]:
    """Return each time that a unit may have been in boxes, crates or vehicles, with what of it is certain, in order."""
    driven = [stay for stay in counted_stays(story.stays) if story.kinds.get(stay.place) in ON_THE_ROAD]
    whole = common(united(possible_of(stay) for stay in driven), [(0, story.until_ms)])
    certain = certain_stays(driven)
    return [(one, common(certain, [one])) for one in whole]


def _of_road(story: Story) -> list[UnitClock]:
    road = None if story.profile is None else story.profile.transport
    driven = trips(story)
    if not driven or road is None or road.max_ms is None:
        return []
    (begin, end), certain = driven[-1]
    spent = (sum(to - since for since, to in certain), end - begin)
    return [_clock(story, ClockName.ROAD, begin, spent, (None, road.max_ms), running=end == story.until_ms)]


def certain_occasions(story: Story) -> list[tuple[int, int]]:
    """Return of each time that a unit certainly left its limits since when, and for how long at least, in order."""
    met = {one.finding: one for one in story.excursions if one.certain and not one.withdrawn}
    return [(one[0].from_ms, _spent(one, story.until_ms)[0]) for one in _merged(list(met.values()))]


def _of_excursions(story: Story) -> list[UnitClock]:
    counted = {one.finding: one for one in story.excursions if not one.withdrawn}
    first = min((one.from_ms for one in counted.values()), default=None)
    times = _occasions(list(counted.values()))
    state = ClockState.COUNTED
    if _occasions([one for one in counted.values() if one.certain]) > 1:
        state = ClockState.OVER
    elif times > 1:
        state = ClockState.POSSIBLY_OVER
    made = [
        UnitClock(
            clock=ClockName.EXCURSIONS,
            state=state,
            running=any(one.to_ms is None for one in counted.values()),
            since_ms=first,
            occasions=times,
            occasions_max=1 if story.profile is not None else None,
        )
    ]
    if story.profile is None:
        return made
    budgets = story.profile.units.budgets
    plain = [one for one in budgets if one.above_micro_celsius is None and one.below_micro_celsius is None]
    sums = [one for one in story.sums if not one.withdrawn]
    return made + [_of_budget(story, one, list(counted.values()), sums) for one in plain]


def _occasions(met: Sequence[Exposure]) -> int:
    """Return how often a unit left its limits: what several probes of a place said of the same time is one occasion."""
    return len(_merged(met))


def _merged(met: Sequence[Exposure]) -> list[list[Exposure]]:
    """Return exposures by occasion: those of one place whose times touch are one, whichever probe said so."""
    occasions: list[list[Exposure]] = []
    newest: dict[str, tuple[int, list[Exposure]]] = {}
    for one in sorted(met, key=lambda each: (each.from_ms, each.finding)):
        until_ms = OPEN_END_MS if one.to_ms is None else one.to_ms
        known_ms, same = newest.get(one.place, (-1, []))
        if not same or one.from_ms > known_ms:
            same = []
            occasions.append(same)
        same.append(one)
        newest[one.place] = max(until_ms, known_ms), same
    return occasions


def _of_budget(story: Story, budget: Budget, met: Sequence[Exposure], sums: Sequence[Exposure]) -> UnitClock:
    occasions = _merged(met)
    spans = [_spent_in_all(one, sums, story.until_ms) for one in _merged([*met, *sums])]
    spent = (sum(least for least, _ in spans), sum(most for _, most in spans))
    unknown = any(one.to_ms is None or one.out_ms_max is None for one in (*met, *sums))
    total = budget.total_ms
    warn_ms = None if total is None else total * budget.warn_percent // PERCENT
    first = min((one.from_ms for one in met), default=None)
    made = _clock(story, ClockName.BUDGET, first, spent, (warn_ms, total), running=unknown)
    if _beyond(budget, occasions, story.until_ms):
        made = _in_state(made, ClockState.OVER)
    elif unknown and made.state is ClockState.WITHIN:
        made = _in_state(made, ClockState.UNKNOWN)
    return _counted_as(made, len(occasions))


def _spent(occasion: Sequence[Exposure], until_ms: int) -> tuple[int, int]:
    """Return for how long a unit was outside its limits in one occasion, at least and at most.

    Two probes that say the same hour are one hour: at least what the one that says most says. At most what they say
    together, where that is within the time that they cover: nobody knows how far their times lie over each other.
    """
    least = max(one.out_ms_min or 0 for one in occasion)
    most = sum(one.out_ms_max or 0 for one in occasion)
    if len(occasion) > 1:
        covered = united(
            (one.from_ms, max(one.from_ms, until_ms) if one.to_ms is None else one.to_ms) for one in occasion
        )
        most = min(most, sum(to - since for since, to in covered))
    return least, max(least, most)


def _spent_in_all(together: Sequence[Exposure], sums: Sequence[Exposure], until_ms: int) -> tuple[int, int]:
    """Return for how long a unit was outside in occasions that sums lie over: these may count more than was found."""
    least, most = _spent(together, until_ms)
    found = _merged([one for one in together if one not in sums])
    return max(least, sum(_spent(one, until_ms)[0] for one in found)), most


def _beyond(budget: Budget, occasions: Sequence[Sequence[Exposure]], until_ms: int) -> bool:
    """Tell whether one occasion was too long, or too many are certain."""
    single, most = budget.single_ms, budget.occasions
    too_long = single is not None and any(_spent(one, until_ms)[0] > single for one in occasions)
    certain = _occasions([each for one in occasions for each in one if each.certain])
    return too_long or (most is not None and certain > most)


def _clock(
    story: Story,
    name: ClockName,
    since_ms: int | None,
    spent: tuple[int, int],
    limits: tuple[int | None, int | None],
    *,
    running: bool,
) -> UnitClock:
    (least, most), (warn_ms, limit_ms) = spent, limits
    source, evidence = _cited(story.profile, name) if limit_ms is not None else ("", "")
    due = limit_ms is not None and running and most <= limit_ms
    return UnitClock(
        clock=name,
        state=state_of(least, most, warn_ms, limit_ms),
        running=running,
        since_ms=since_ms,
        least_ms=least,
        most_ms=most,
        warn_ms=warn_ms,
        limit_ms=limit_ms,
        due_ms=story.until_ms + (limit_ms or 0) - most if due else None,
        occasions=1 if since_ms is not None else 0,
        source=source,
        evidence=evidence,
    )


def state_of(least_ms: int, most_ms: int, warn_ms: int | None, limit_ms: int | None) -> ClockState:
    """Return how far a clock has come; exactly the limit is still within, exactly the warning is warned of."""
    if limit_ms is None:
        return ClockState.COUNTED
    if least_ms > limit_ms:
        return ClockState.OVER
    if most_ms > limit_ms:
        return ClockState.POSSIBLY_OVER
    return ClockState.WARNED if warn_ms is not None and most_ms >= warn_ms else ClockState.WITHIN


def _counted_as(clock: UnitClock, occasions: int) -> UnitClock:
    return replaced(clock, occasions=occasions)


def _in_state(clock: UnitClock, state: ClockState) -> UnitClock:
    return replaced(clock, state=state)


def _cited(profile: Profile | None, name: ClockName) -> tuple[str, str]:
    section = _SECTIONS[name]
    named: list[Citation] = []
    if profile is not None:
        named = [one for one in profile.citations if one.section.partition("[")[0].partition(".")[0] == section]
    return (named[0].source, named[0].evidence) if named else ("", "")

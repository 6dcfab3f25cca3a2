"""How a unit was kept, beside what each finding of the cold says of it: out, on the road, misplaced, or outside again.

What only may have been is said by alarms and clocks; what is certain holds the unit (A08: on its return; A10: as soon
as it is certainly inside; A20: from the end of the time for which its box was qualified, and beyond the longest time on
the road; A26: from its second excursion on; A27: beyond what its profile lets one unit bear; A19: once somebody looked
for it in vain: a tag that was not read is no proof). A unit that was issued while it was out is judged by the rule of
returns instead.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import msgspec

from coldchain.closed_loop import ClockName, ClockState
from coldchain.entries import Receipt, StayRecord
from coldchain.places import ON_THE_ROAD
from rules.clocks import certain_occasions, clocks, trips
from rules.closed_loop import Fit, fit
from rules.intervals import Interval, common
from rules.limits import Profile
from rules.unit_time import Story, certain_of, counted_stays, outings

OverOf: TypeAlias = Callable[[StayRecord], Sequence[Interval]]
LimitsOf: TypeAlias = Callable[[StayRecord], tuple[Profile | None, Sequence[tuple[Interval, Profile | None]]]]


class Wrong(StrEnum):
    """What was wrong with how a unit was kept."""

    OUT_TOO_LONG = "out-too-long"  # A08
    WRONG_PLACE = "wrong-place"  # A10
    ROAD_TOO_LONG = "road-too-long"  # A20
    BOX_OVER = "box-over"  # A20
    AGAIN = "again"  # A26
    OVER_BUDGET = "over-budget"  # A27
    NOT_IN_CRATE = "not-in-crate"  # A19


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One occasion on which a unit was kept wrongly, from from_ms on; `place` "" where it was in none of ours.

    `spent_ms`: for how long, at least; of one that lasts, up to the end of all time. `number`: the how manieth it is,
    where that and not its time is what it is known by; 0: nobody counts.
    """

    wrong: Wrong
    place: str
    from_ms: int
    spent_ms: int
    number: int = 0


class Crate(msgspec.Struct, frozen=True, kw_only=True):
    """A crate that was received: its receipt, when it was packed, and the places of that site that do not travel."""

    receipt: Receipt
    packed_ms: int
    shelves: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What decides how a unit was kept, beside its own story.

    `limits` gives of a stay the unit's own limits, and those of the place with the stretches for which they hold, all
    as they are in that kind of place; `over` of a stay in a box the stretches in which the time that it was qualified
    for was over. `crates`: those that were received of which a list names the unit.
    """

    limits: LimitsOf
    over: OverOf
    crates: Sequence[Crate] = ()


def wrongly_kept(story: Story, around: Around, now_ms: int) -> list[Kept]:
    """Return the occasions on which a unit was certainly kept wrongly by now_ms, in order of time.

    The story is that of all time: of what lasts it says how long it is going to.
    """
    found = [*_out_too_long(story), *_in_wrong_places(story, around.limits)]
    found += [*_too_long_on_the_road(story, now_ms), *_in_boxes_over(story, around.over, now_ms)]
    found += [*_outside_again(story), *_over_budget(story), *_not_in_crates(story, around.crates)]
    return sorted(found, key=lambda one: (one.from_ms, one.wrong, one.place))


def due_ms(story: Story, over: OverOf, now_ms: int) -> int | None:
    """Return when a unit is next kept wrongly if nothing is recorded until then; None: time alone changes nothing."""
    ends = [begin for _, begin, _ in _over_inside(story, over) if begin > now_ms]
    limit_ms = _longest_road(story)
    for _, certain in trips(story) if limit_ms is not None else ():
        spent_ms = _by(certain, now_ms)
        if limit_ms is not None and spent_ms <= limit_ms and certain and certain[-1][1] > now_ms:
            since_ms = max(now_ms, certain[-1][0])
            ends.append(since_ms + limit_ms - spent_ms + 1)
    return min((end for end in ends if end < story.until_ms), default=None)


def _out_too_long(story: Story) -> list[Kept]:
    """It is back, and was out for longer than its profile allows; exactly the limit is within."""
    rule = None if story.profile is None else story.profile.units.outing
    if rule is None or rule.limit_ms is None:
        return []
    return [
        Kept(wrong=Wrong.OUT_TOO_LONG, place="", from_ms=one.from_ms, spent_ms=one.least_ms)
        for one in outings(story)
        if not one.running
        and one.least_ms > rule.limit_ms
        and not any(one.from_ms <= at_ms <= one.to_ms for at_ms in story.issued_ms)
    ]


def _in_wrong_places(story: Story, limits: LimitsOf) -> list[Kept]:
    found = []
    for stay in counted_stays(story.stays):
        inside = [part for part in certain_of(stay) if part[0] < part[1]]
        own, kept = limits(stay) if inside else (None, ())
        wrong = [] if own is None else [span for span, place in kept if place and fit(own, place) is Fit.WRONG]
        met = common(inside, wrong)
        if met:
            spent_ms = sum(end - begin for begin, end in met)
            found.append(Kept(wrong=Wrong.WRONG_PLACE, place=stay.place, from_ms=met[0][0], spent_ms=spent_ms))
    return found


def _longest_road(story: Story) -> int | None:
    road = None if story.profile is None else story.profile.transport
    return None if road is None else road.max_ms


def _by(certain: Sequence[Interval], now_ms: int) -> int:
    return sum(max(0, min(end, now_ms) - begin) for begin, end in certain)


def _too_long_on_the_road(story: Story, now_ms: int) -> list[Kept]:
    """It was in boxes, crates or vehicles for longer than its profile allows, there and then; exactly it is within."""
    limit_ms = _longest_road(story)
    return [
        Kept(wrong=Wrong.ROAD_TOO_LONG, place="", from_ms=whole[0], spent_ms=sum(end - begin for begin, end in certain))
        for whole, certain in trips(story)
        if limit_ms is not None and _by(certain, now_ms) > limit_ms
    ]


def _in_boxes_over(story: Story, over: OverOf, now_ms: int) -> list[Kept]:
    """It was in a box at, or after, the end of the time for which that was qualified."""
    return [
        Kept(wrong=Wrong.BOX_OVER, place=place, from_ms=begin, spent_ms=end - begin)
        for place, begin, end in _over_inside(story, over)
        if begin <= now_ms
    ]


def _over_inside(story: Story, over: OverOf) -> list[tuple[str, int, int]]:
    """Return of each box when a unit was certainly in it after its qualified time."""
    boxes = [stay for stay in counted_stays(story.stays) if story.kinds.get(stay.place) in ON_THE_ROAD]
    inside = [(stay.place, common(certain_of(stay), over(stay))) for stay in boxes]
    lived = [(0, story.until_ms)]
    return [(place, begin, end) for place, met in inside for begin, end in common(met, lived)]


def _outside_again(story: Story) -> list[Kept]:
    """It left its limits for the second time ever, and each time after that (A26: a concession is granted once)."""
    times = certain_occasions(story)
    return [
        Kept(
            wrong=Wrong.AGAIN,
            place="",
            from_ms=from_ms,
            spent_ms=sum(least for _, least in times[:number]),
            number=number,
        )
        for number, (from_ms, _) in enumerate(times, 1)
        if number > 1
    ]


def _over_budget(story: Story) -> list[Kept]:
    """It was outside for longer, or more often, than its profile lets one unit bear; exactly that is within."""
    over = [one for one in clocks(story) if one.clock is ClockName.BUDGET and one.state is ClockState.OVER]
    if not over:
        return []
    from_ms, spent_ms = min(one.since_ms or 0 for one in over), max(one.least_ms for one in over)
    return [Kept(wrong=Wrong.OVER_BUDGET, place="", from_ms=from_ms, spent_ms=spent_ms, number=1)]


def _not_in_crates(story: Story, crates: Sequence[Crate]) -> list[Kept]:
    """A list names it, somebody looked for it in vain, and it was not put away there before its crate was received."""
    return [
        Kept(wrong=Wrong.NOT_IN_CRATE, place=one.receipt.place, from_ms=one.receipt.to_ms, spent_ms=0)
        for one in crates
        if _looked_in_vain(one.receipt, story.unit.id) and not _put_away(story, one)
    ]


def _looked_in_vain(receipt: Receipt, unit: str) -> bool:
    here = {*receipt.read, *receipt.scanned}
    return receipt.came_in and unit in receipt.expected and unit in receipt.absent and unit not in here


def _put_away(story: Story, crate: Crate) -> bool:
    return any(
        stay.place in crate.shelves and crate.packed_ms < since_ms <= crate.receipt.to_ms
        for stay in counted_stays(story.stays)
        for since_ms, _ in certain_of(stay)
    )

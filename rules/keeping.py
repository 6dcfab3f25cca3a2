"""How a unit was kept, apart from the cold: too long out of storage, or in a place whose limits no temperature shares.

What only may have been is said by alarms and clocks; what is certain holds the unit (A08: on its return; A10: as soon
as it is certainly inside). A unit that was issued while it was out is judged by the rule of returns instead.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TypeAlias

import msgspec

from coldchain.entries import StayRecord
from rules.closed_loop import Fit, fit
from rules.intervals import Interval, common
from rules.limits import Profile
from rules.unit_time import Story, certain_of, counted_stays, outings

LimitsOf: TypeAlias = Callable[[StayRecord], tuple[Profile | None, Sequence[tuple[Interval, Profile | None]]]]


class Wrong(StrEnum):
    """What was wrong with how a unit was kept."""

    OUT_TOO_LONG = "out-too-long"  # A08
    WRONG_PLACE = "wrong-place"  # A10


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One occasion on which a unit was kept wrongly, from from_ms on; `place` "" where it was in none of ours.

    `spent_ms`: for how long, at least; of one that lasts, up to the end of all time.
    """

    wrong: Wrong
    place: str
    from_ms: int
    spent_ms: int


def wrongly_kept(story: Story, limits: LimitsOf) -> list[Kept]:
    """Return the occasions on which a unit was certainly kept wrongly, in order of time.

    `limits` gives of a stay the unit's own limits, and those of the place with the stretches for which they hold, all
    as they are in that kind of place.
    """
    found = [*_out_too_long(story), *_in_wrong_places(story, limits)]
    return sorted(found, key=lambda one: (one.from_ms, one.wrong, one.place))


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

"""When a unit was where: the time in which it was certainly or possibly in controlled storage, or agitated. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from coldchain.entries import StayRecord
from coldchain.places import PlaceKind
from coldchain.units import Exposure, Unit
from rules.intervals import Interval, common, united, without
from rules.limits import Profile

FOREVER_MS: Final = 2**53 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that decides a unit's clocks at now_ms; the order of its sequences says nothing.

    `profile` None: its limits are not loaded. `kinds`: of places. `moving`: by agitator, when its contact said that it
    moved; `still`: when it said that it stood; time in neither is unknown. `excursions`: exposures of findings of the
    cold that were not withdrawn. `sums`: those of findings that add up time of these, at most what these do not
    count; they say how long, not how often. `end_ms`: when it came to its end.
    """

    unit: Unit
    profile: Profile | None
    stays: Sequence[StayRecord]
    now_ms: int
    issued_ms: Sequence[int] = ()
    end_ms: int | None = None
    thawed_ms: int | None = None
    kinds: Mapping[str, PlaceKind] = field(default_factory=dict)
    moving: Mapping[str, Sequence[Interval]] = field(default_factory=dict)
    still: Mapping[str, Sequence[Interval]] = field(default_factory=dict)
    excursions: Sequence[Exposure] = ()
    sums: Sequence[Exposure] = ()

    @property
    def until_ms(self) -> int:
        """Until when its clocks run: now, or its end."""
        return self.now_ms if self.end_ms is None else min(self.now_ms, self.end_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Once out of controlled storage, or once without agitation. `running`: it lasts."""

    from_ms: int
    to_ms: int
    least_ms: int
    running: bool

    @property
    def most_ms(self) -> int:
        """For how long at most."""
        return self.to_ms - self.from_ms


def outings(story: Story) -> list[Occasion]:
    """Return each time that a unit was out of controlled storage since it was first certainly in it, in order."""
    return _gaps(certain_stays(story.stays), possible_stays(story.stays), story.until_ms)


def agitation_gaps(story: Story) -> list[Occasion]:
    """Return each time that a unit was not agitated since it was first certainly in a place of ours, in order."""
    begin = first_ms(story.stays)
    if begin is None:
        return []
    certain: list[Interval] = []
    possible: list[Interval] = []
    for stay in counted_stays(story.stays):
        if story.kinds.get(stay.place) is not PlaceKind.AGITATOR:
            continue
        moving = united(story.moving.get(stay.place, ()))
        still = united(story.still.get(stay.place, ()))
        certain += common(united(certain_of(stay)), moving)
        possible += without(united([possible_of(stay)]), still)
    return _gaps(united(certain), united(possible), story.until_ms, begin)


def _gaps(
    certain: Sequence[Interval], possible: Sequence[Interval], until_ms: int, begin_ms: int | None = None
) -> list[Occasion]:
    begin = certain[0][0] if begin_ms is None and certain else begin_ms
    if begin is None or begin >= until_ms:
        return []
    return [
        Occasion(
            from_ms=since,
            to_ms=to,
            least_ms=sum(end - start for start, end in without([(since, to)], possible)),
            running=to == until_ms,
        )
        for since, to in without([(begin, until_ms)], certain)
    ]


def counted_stays(stays: Iterable[StayRecord]) -> list[StayRecord]:
    """Return the stays that count."""
    return [stay for stay in stays if not stay.withdrawn]


def certain_stays(stays: Iterable[StayRecord]) -> list[Interval]:
    """Return the time in which a unit was certainly in one of our places."""
    return united(part for stay in counted_stays(stays) for part in certain_of(stay))


def certain_of(stay: StayRecord) -> list[Interval]:
    """Return the time in which a unit was certainly inside by one stay: one stretch, or none."""
    if stay.certain_from_ms is None:
        return []
    ends = [end for end in (stay.certain_to_ms, stay.possible_to_ms) if end is not None]
    return [(stay.certain_from_ms, min(ends, default=FOREVER_MS))]


def possible_stays(stays: Iterable[StayRecord]) -> list[Interval]:
    """Return the time in which a unit may have been in one of our places."""
    return united(possible_of(stay) for stay in counted_stays(stays))


def possible_of(stay: StayRecord) -> Interval:
    """Return the time in which a unit may have been inside by one stay."""
    return stay.possible_from_ms, FOREVER_MS if stay.possible_to_ms is None else stay.possible_to_ms


def first_ms(stays: Iterable[StayRecord]) -> int | None:
    """Return since when anything is certain of a unit; None: nothing is."""
    return next((begin for begin, _ in certain_stays(stays)), None)

"""What needs a look because people work on a place, or may have wired it wrongly. Pure; beside rules/notices.py."""

from collections.abc import Iterable
from typing import Final

from coldchain.commission import Crossing, WorkKind
from coldchain.places import Place
from coldchain.rounds import ManualReading, StockCount
from coldchain.standing import Notice, NoticeKind
from rules.counted import PlaceWork, lasted, planned_end_ms
from rules.intervals import common, united

HOUR_MS: Final = 3_600_000


def of_work(place: Place, work: PlaceWork, now_ms: int) -> list[Notice]:
    """Return which work goes on beyond its planned end, and since when a unit is in a place that is out of use."""
    subjects = [(WorkKind.OUT_OF_USE, ""), *((WorkKind.UNDER_CHECK, probe.id) for probe in work.probes)]
    ends = [(probe or place.id, planned_end_ms(work.words, kind, probe, now_ms)) for kind, probe in subjects]
    notices = [
        Notice(kind=NoticeKind.WORK_OVERRUN, since_ms=end_ms, due_ms=end_ms, origin=origin)
        for origin, end_ms in ends
        if end_ms is not None and end_ms <= now_ms
    ]
    entered = common(lasted(work.words, WorkKind.OUT_OF_USE), united(work.inside))
    notices += [
        Notice(kind=NoticeKind.UNIT_IN_UNUSED, since_ms=begin, due_ms=begin, origin=place.id)
        for begin, end in entered
        if begin <= now_ms < end
    ]
    return notices


def of_display(last: ManualReading | None) -> list[Notice]:
    """Return whether the newest manual reading of a place was too far from its probe; `origin` is the probe.

    `last` is compared with what is known now, not with what was when it was entered: the probe's word may come later.
    """
    if last is None or not last.differs:
        return []
    return [Notice(kind=NoticeKind.DISPLAY_DIFFERS, since_ms=last.at_ms, due_ms=last.at_ms, origin=last.probe)]


def of_rounds(last: ManualReading | None, now_ms: int) -> list[Notice]:
    """Return whether the display of a place was not read in time; the rounds page lists those never read at all."""
    if last is None or now_ms < (due_ms := last.at_ms + last.hours * HOUR_MS):
        return []
    return [Notice(kind=NoticeKind.ROUND_OVERDUE, since_ms=due_ms, due_ms=due_ms, origin=last.place)]


def of_count(last: StockCount | None) -> list[Notice]:
    """Return whether the newest count of a place is not what the record has and its reader heard, until the next."""
    if last is None or not (last.differs or last.unread):
        return []
    return [Notice(kind=NoticeKind.COUNT_DIFFERS, since_ms=last.at_ms, due_ms=last.at_ms, origin=last.place)]


def of_crossings(place: Place, crossings: Iterable[Crossing]) -> list[Notice]:
    """Return with which places a place's probes seem to be crossed; whichever side it is on."""
    others = {one.other if one.place == place.id else one.place: one.since_ms for one in crossings if one.stands}
    return [
        Notice(kind=NoticeKind.PROBES_CROSSED, since_ms=since_ms, due_ms=since_ms, origin=other)
        for other, since_ms in sorted(others.items())
    ]

"""What the chart of a unit's page shows: the probes beside it, the limits, and which time was what."""

from collections.abc import Sequence
from typing import Final

import msgspec

from api.answers import WINDOW_MS_MAX
from api.probe_trace import TraceProbe, probe_trace
from api.standings import contacts_beside
from api.watching import watched_probes
from coldchain.entries import RecordedEvent, StayRecord
from coldchain.facts import EventKind
from coldchain.places import Place
from coldchain.ports import Session
from coldchain.units import Finding, Unit
from rules.contacts import event_order
from rules.intervals import OPEN_END_MS, Interval, united

CONTEXT_MS: Final = 1_800_000  # how long before the first stay a chart begins
MARKS_MAX: Final = 500  # doors and mains on one chart; the newest stay

_MARKED: Final = frozenset(
    {EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED, EventKind.MAINS_LOST, EventKind.MAINS_RESTORED}
)


class TraceAway(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time, after the unit's first stay, in no place of ours: nobody measured beside it."""

    from_ms: int
    to_ms: int


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """All that the chart of one unit needs for [from_ms, to_ms)."""

    unit: str
    from_ms: int
    to_ms: int
    now_ms: int
    probes: list[TraceProbe]
    stays: list[StayRecord]
    away: list[TraceAway]
    findings: list[Finding]
    marks: list[RecordedEvent]


def unit_trace(session: Session, unit: Unit, window: tuple[int, int], buckets: int, now_ms: int) -> Trace:
    """Collect the trace of a unit; probes of a place are shown while the unit was, or may have been, in it."""
    from_ms, to_ms = window
    every = [stay for stay in session.records.stays_of_unit(unit.id) if not stay.withdrawn]
    stays = [stay for stay in every if _meets(stay, window)]
    probes: list[TraceProbe] = []
    marks: list[RecordedEvent] = []
    for place_id in dict.fromkeys(stay.place for stay in stays):
        place = session.records.place(place_id)
        there = [stay for stay in stays if stay.place == place_id]
        if place is not None:
            watched = watched_probes(session, place, now_ms)
            shown = united([_shown(stay, from_ms, min(to_ms, now_ms)) for stay in there])
            told = [(stay.possible_from_ms, stay.possible_to_ms or OPEN_END_MS) for stay in there]
            probes += [probe_trace(session, one, shown, told, window, buckets, now_ms) for one in watched]
            for part in united(_shown(stay, from_ms, to_ms) for stay in there):
                marks += _marks(session, place, part)
    exposed = {exposure.finding for exposure in session.records.exposures_of_unit(unit.id) if not exposure.withdrawn}
    findings = [session.records.finding(finding) for finding in sorted(exposed)]
    return Trace(
        unit=unit.id,
        from_ms=from_ms,
        to_ms=to_ms,
        now_ms=now_ms,
        probes=probes,
        stays=stays,
        away=away_between(every, from_ms, min(to_ms, now_ms)),
        findings=[one for one in findings if one and one.start_ms < to_ms and (one.end_ms or to_ms) > from_ms],
        marks=sorted({event_order(mark): mark for mark in marks}.values(), key=event_order)[-MARKS_MAX:],
    )


def _marks(session: Session, place: Place, part: Interval) -> list[RecordedEvent]:
    contacts = contacts_beside(session, place)
    said = [event for contact in contacts for event in session.records.events_of(contact.id, *part)]
    return [event for event in said if event.kind in _MARKED]


def default_window(stays: Sequence[StayRecord], from_ms: int | None, now_ms: int, hours: int) -> tuple[int, int]:
    """Return the window of the last hours, begun earlier where `from_ms` lies before it, never too long."""
    begin = now_ms - hours * 3_600_000
    if from_ms is not None:
        begin = min(begin, from_ms)
    first = min((stay.possible_from_ms for stay in stays if not stay.withdrawn), default=begin)
    begin = max(begin, min(first - CONTEXT_MS, now_ms - 3_600_000))
    return max(begin, now_ms - WINDOW_MS_MAX, 0), now_ms


def away_between(stays: Sequence[StayRecord], from_ms: int, to_ms: int) -> list[TraceAway]:
    """Return the time between and after stays, as far as it lies in the window."""
    inside = united([(stay.possible_from_ms, stay.possible_to_ms or OPEN_END_MS) for stay in stays])
    ends = [end for _, end in inside]
    begins = [begin for begin, _ in inside[1:]] + [OPEN_END_MS]
    parts = [(max(from_ms, end), min(to_ms, begin)) for end, begin in zip(ends, begins, strict=False)]
    return [TraceAway(from_ms=begin, to_ms=end) for begin, end in parts if begin < end]


def _meets(stay: StayRecord, window: tuple[int, int]) -> bool:
    return stay.possible_from_ms < window[1] and (stay.possible_to_ms is None or stay.possible_to_ms > window[0])


def _shown(stay: StayRecord, from_ms: int, to_ms: int) -> tuple[int, int]:
    left_ms = to_ms if stay.possible_to_ms is None else stay.possible_to_ms
    return max(from_ms, stay.possible_from_ms), min(to_ms, left_ms)

"""What the chart of a unit's page shows: the probes beside it, the limits, and which time was what."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from api.answers import WINDOW_MS_MAX
from api.decimate import decimate, same_spans
from api.watching import ProbeNow, Watched, history_into, probe_now, watched_probes
from coldchain.entries import RecordedEvent, StayRecord
from coldchain.facts import EventKind, Quality
from coldchain.history import History
from coldchain.ports import Session
from coldchain.units import Finding, Unit
from rules.classes import Condition
from rules.exposure import spans
from rules.identity import OPEN_END_MS

CONTEXT_MS: Final = 1_800_000  # how much of a place's trace is shown before a unit came and after it left
BUCKETS_DEFAULT: Final = 800
BUCKETS_MAX: Final = 1_000
MARKS_MAX: Final = 500  # doors and mains on one chart; the newest stay
SPANS_MAX: Final = 2_000  # coloured stretches of one probe on one chart; the newest stay, and `cut` says so

_MARKED: Final = frozenset(
    {EventKind.DOOR_OPENED, EventKind.DOOR_CLOSED, EventKind.MAINS_LOST, EventKind.MAINS_RESTORED}
)


class TraceSpan(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time in one condition at a probe while the unit was, or may have been, in its place."""

    from_ms: int
    to_ms: int
    condition: Condition


class TraceAway(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time, after the unit's first stay, in no place of ours: nobody measured beside it."""

    from_ms: int
    to_ms: int


class TraceLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of a place's profile."""

    profile: str
    version: int
    low_micro_celsius: int | None
    high_micro_celsius: int
    low_inclusive: bool
    high_inclusive: bool


class TraceProbe(msgspec.Struct, frozen=True, kw_only=True):
    """One probe's line: columns of one length. A value of None breaks the line: nobody measured there."""

    now: ProbeNow
    limits: TraceLimits
    hold_ms: int
    taken_ms: list[int]
    micro_celsius: list[int | None]
    spans: list[TraceSpan]
    readings: int
    cut: bool


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
    """Collect the trace of a unit; probes of a place are shown around the unit's stays in it."""
    from_ms, to_ms = window
    every = [stay for stay in session.records.stays_of_unit(unit.id) if not stay.withdrawn]
    stays = [stay for stay in every if _meets(stay, window)]
    probes: list[TraceProbe] = []
    marks: list[RecordedEvent] = []
    for place_id in dict.fromkeys(stay.place for stay in stays):
        place = session.records.place(place_id)
        there = [stay for stay in stays if stay.place == place_id]
        if place is not None:
            watched = watched_probes(session, place)
            probes += [_probe_trace(session, one, there, window, buckets, now_ms) for one in watched]
        for part in _joined([_shown(stay, from_ms, to_ms) for stay in there]):
            marks += [event for event in session.records.events_in_place(place_id, *part) if event.kind in _MARKED]
    exposed = {exposure.finding for exposure in session.records.exposures_of_unit(unit.id) if not exposure.withdrawn}
    findings = [session.records.finding(finding) for finding in sorted(exposed)]
    return Trace(
        unit=unit.id,
        from_ms=from_ms,
        to_ms=to_ms,
        now_ms=now_ms,
        probes=probes,
        stays=stays,
        away=_away(every, from_ms, min(to_ms, now_ms)),
        findings=[one for one in findings if one and one.start_ms < to_ms and (one.end_ms or to_ms) > from_ms],
        marks=sorted(marks, key=lambda mark: mark.taken_ms)[-MARKS_MAX:],
    )


def default_window(stays: Sequence[StayRecord], from_ms: int | None, now_ms: int, hours: int) -> tuple[int, int]:
    """Return the window of the last hours, begun earlier where `from_ms` lies before it, never too long."""
    begin = now_ms - hours * 3_600_000
    if from_ms is not None:
        begin = min(begin, from_ms)
    first = min((stay.possible_from_ms for stay in stays if not stay.withdrawn), default=begin)
    begin = max(begin, min(first - CONTEXT_MS, now_ms - 3_600_000))
    return max(begin, now_ms - WINDOW_MS_MAX, 0), now_ms


def _away(stays: Sequence[StayRecord], from_ms: int, to_ms: int) -> list[TraceAway]:
    """Return the time between and after stays, as far as it lies in the window."""
    inside = _joined([(stay.possible_from_ms, stay.possible_to_ms or OPEN_END_MS) for stay in stays])
    ends = [end for _, end in inside]
    begins = [begin for begin, _ in inside[1:]] + [OPEN_END_MS]
    parts = [(max(from_ms, end), min(to_ms, begin)) for end, begin in zip(ends, begins, strict=False)]
    return [TraceAway(from_ms=begin, to_ms=end) for begin, end in parts if begin < end]


def _meets(stay: StayRecord, window: tuple[int, int]) -> bool:
    return stay.possible_from_ms < window[1] and (stay.possible_to_ms is None or stay.possible_to_ms > window[0])


def _probe_trace(
    session: Session, watched: Watched, stays: Sequence[StayRecord], window: tuple[int, int], buckets: int, now_ms: int
) -> TraceProbe:
    profile = watched.profile
    end_ms = min(window[1], now_ms)
    found: list[TraceSpan] = []
    taken: list[int] = []
    values: list[int | None] = []
    readings = 0
    for from_ms, to_ms in _joined([_shown(stay, window[0], end_ms) for stay in stays]):
        history = history_into(session, watched, from_ms, to_ms)
        readings += len(history)
        taken_part, values_part = _line(history.since(from_ms), window, buckets, profile.hold_ms)
        taken += taken_part
        values += values_part
        for stay in stays:
            inside = max(from_ms, stay.possible_from_ms), min(to_ms, stay.possible_to_ms or to_ms)
            found += _spans(history, watched, *inside)
    return TraceProbe(
        now=probe_now(session, watched, now_ms),
        limits=TraceLimits(
            profile=profile.id,
            version=profile.version,
            low_micro_celsius=profile.low_micro_celsius,
            high_micro_celsius=profile.high_micro_celsius,
            low_inclusive=profile.low_inclusive,
            high_inclusive=profile.high_inclusive,
        ),
        hold_ms=profile.hold_ms,
        taken_ms=taken,
        micro_celsius=values,
        spans=found[-SPANS_MAX:],
        readings=readings,
        cut=len(found) > SPANS_MAX,
    )


def _shown(stay: StayRecord, from_ms: int, to_ms: int) -> tuple[int, int]:
    left_ms = to_ms if stay.possible_to_ms is None else stay.possible_to_ms + CONTEXT_MS
    return max(from_ms, stay.possible_from_ms - CONTEXT_MS), min(to_ms, left_ms)


def _joined(windows: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the union of windows in order of time."""
    joined: list[tuple[int, int]] = []
    for from_ms, to_ms in sorted(window for window in windows if window[0] < window[1]):
        if joined and from_ms <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], to_ms)
        else:
            joined.append((from_ms, to_ms))
    return joined


def _spans(history: History, watched: Watched, from_ms: int, to_ms: int) -> list[TraceSpan]:
    if from_ms >= to_ms:
        return []
    part = history.between(from_ms - watched.profile.hold_ms, to_ms)
    cut = spans(same_spans(part, watched.profile), watched.profile, from_ms, to_ms, watched.horizon_ms)
    return [TraceSpan(from_ms=one.from_ms, to_ms=one.to_ms, condition=one.condition) for one in cut]


def _line(history: History, window: tuple[int, int], buckets: int, hold_ms: int) -> tuple[list[int], list[int | None]]:
    """Return the points of a line, ended by None; None stands also wherever nobody measured for hold_ms, or a fault."""
    good = history.quality == Quality.GOOD
    silent = np.zeros(len(history), np.bool_)
    silent[:-1] = np.diff(history.taken_ms) > hold_ms
    breaks = np.concatenate([history.taken_ms[~good], history.taken_ms[silent & good] + 1])
    few = decimate(history, *window, buckets)
    few_good = few.quality == Quality.GOOD
    taken, value = few.taken_ms[few_good], few.micro_celsius[few_good]
    gaps, first = np.unique(np.searchsorted(taken, breaks), return_index=True)
    points: list[tuple[int, int | None]] = [
        *zip(taken.tolist(), value.tolist(), strict=True),
        *((at_ms, None) for at_ms, gap in zip(breaks[first].tolist(), gaps.tolist(), strict=True) if gap),
    ]
    points.sort(key=lambda point: point[0])
    if points and points[-1][1] is not None:
        points.append((points[-1][0] + 1, None))
    return [at_ms for at_ms, _ in points], [micro for _, micro in points]
